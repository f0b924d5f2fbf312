package podresources

import (
	corev1 "k8s.io/api/core/v1"
)

// add adds every quantity of list to sum, creating absent names.
func add(sum, list corev1.ResourceList) {
	for name, quantity := range list {
		if have, ok := sum[name]; ok {
			have.Add(quantity)
			sum[name] = have
		} else {
			// Not zero plus quantity: how a number beyond 64 bits is held decides to
			// what it overflows.
			sum[name] = quantity.DeepCopy()
		}
	}
}

// addWithDefaults adds list to sum, with the defaults for names it lacks.
func addWithDefaults(sum, list, defaults corev1.ResourceList) {
	add(sum, list)
	for name, quantity := range defaults {
		if _, mentioned := list[name]; !mentioned {
			add(sum, corev1.ResourceList{name: quantity})
		}
	}
}

// raise sets every name of top to the larger of both, creating absent names.
func raise(top, list corev1.ResourceList) {
	for name, quantity := range list {
		if have, ok := top[name]; !ok || quantity.Cmp(have) > 0 {
			top[name] = quantity.DeepCopy()
		}
	}
}

// replace overwrites total with the quantities of list for the supported
// names that wanted mentions.
func replace(total, list, wanted corev1.ResourceList) {
	for name := range wanted {
		if SupportedPodLevel(name) {
			quantity := list[name]
			total[name] = quantity.DeepCopy()
		}
	}
}
