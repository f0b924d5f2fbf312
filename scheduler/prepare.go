package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Prepare returns a copy of a pod as an API server would store it, as far as
// scheduling reads it, so that plain manifests give the answer of a cluster:
//
//   - spec.priority and spec.preemptionPolicy from the priority class, which is
//     one of those given, a system class, or for pods that name none the global
//     default (of several, the one of the lowest value);
//   - spec.schedulerName, the namespace, and the protocols and host ports of
//     containers that use the host's network;
//   - matchLabelKeys and mismatchLabelKeys of pod affinity terms, and
//     matchLabelKeys of topology spread constraints, merged into the selectors.
//
// What is set already stays. A pod that names a class that is not there is an
// error, as is one whose priority is not that of its class.
func Prepare(pod *corev1.Pod, classes []*schedulingv1.PriorityClass) (*corev1.Pod, error) {
	if pod == nil {
		return nil, errNilObject
	}
	p := pod.DeepCopy()
	if p.Namespace == "" {
		p.Namespace = metav1.NamespaceDefault
	}
	if p.Spec.SchedulerName == "" {
		p.Spec.SchedulerName = DefaultSchedulerName
	}
	if err := setPriority(p, classes); err != nil {
		return nil, err
	}
	for _, list := range [...][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
		for i := range list {
			setPorts(&list[i], p.Spec.HostNetwork)
		}
	}
	for i := range p.Spec.TopologySpreadConstraints {
		c := &p.Spec.TopologySpreadConstraints[i]
		mergeKeys(c.LabelSelector, p.Labels, c.MatchLabelKeys, metav1.LabelSelectorOpIn)
	}
	eachTerm(p.Spec.Affinity, func(t *corev1.PodAffinityTerm) {
		mergeKeys(t.LabelSelector, p.Labels, t.MatchLabelKeys, metav1.LabelSelectorOpIn)
		mergeKeys(t.LabelSelector, p.Labels, t.MismatchLabelKeys, metav1.LabelSelectorOpNotIn)
	})
	return p, nil
}

// systemPriority returns the values of the classes that every cluster has.
func systemPriority(name string) (int32, bool) {
	switch name {
	case "system-cluster-critical":
		return 2000000000, true
	case "system-node-critical":
		return 2000001000, true
	}
	return 0, false
}

func setPriority(p *corev1.Pod, classes []*schedulingv1.PriorityClass) error {
	name := p.Spec.PriorityClassName
	value, known := systemPriority(name)
	policy := corev1.PreemptLowerPriority
	for _, c := range classes {
		if c == nil {
			continue
		}
		chosen := c.Name == name && name != ""
		if name == "" && c.GlobalDefault && (!known || c.Value < value) {
			chosen = true
		}
		if chosen {
			value, known = c.Value, true
			policy = corev1.PreemptLowerPriority
			if c.PreemptionPolicy != nil {
				policy = *c.PreemptionPolicy
			}
		}
	}
	switch {
	case name != "" && !known && p.Spec.Priority == nil:
		return fmt.Errorf("scheduler: pod %q: spec.priorityClassName: no PriorityClass %q is given", keyOf(p), name)
	case known && p.Spec.Priority != nil && *p.Spec.Priority != value && name != "":
		return fmt.Errorf("scheduler: pod %q: spec.priority: invalid value %d: must be %d, the value of PriorityClass %q", keyOf(p), *p.Spec.Priority, value, name)
	}
	if p.Spec.Priority == nil {
		p.Spec.Priority = &value
	}
	if p.Spec.PreemptionPolicy == nil {
		p.Spec.PreemptionPolicy = &policy
	}
	return nil
}

func setPorts(c *corev1.Container, hostNetwork bool) {
	for i := range c.Ports {
		port := &c.Ports[i]
		if port.Protocol == "" {
			port.Protocol = corev1.ProtocolTCP
		}
		if hostNetwork && port.HostPort == 0 {
			port.HostPort = port.ContainerPort
		}
	}
}

// eachTerm calls f for every term of pod affinity and anti-affinity.
func eachTerm(a *corev1.Affinity, f func(*corev1.PodAffinityTerm)) {
	if a == nil {
		return
	}
	var required [][]corev1.PodAffinityTerm
	var preferred [][]corev1.WeightedPodAffinityTerm
	if x := a.PodAffinity; x != nil {
		required = append(required, x.RequiredDuringSchedulingIgnoredDuringExecution)
		preferred = append(preferred, x.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	if x := a.PodAntiAffinity; x != nil {
		required = append(required, x.RequiredDuringSchedulingIgnoredDuringExecution)
		preferred = append(preferred, x.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	for _, list := range required {
		for i := range list {
			f(&list[i])
		}
	}
	for _, list := range preferred {
		for i := range list {
			f(&list[i].PodAffinityTerm)
		}
	}
}

// mergeKeys adds a requirement for the pod's value of each key that the pod
// has, unless it is there.
func mergeKeys(s *metav1.LabelSelector, labels map[string]string, keys []string, op metav1.LabelSelectorOperator) {
	if s == nil {
		return
	}
	for _, key := range keys {
		value, ok := labels[key]
		r := metav1.LabelSelectorRequirement{Key: key, Operator: op, Values: []string{value}}
		there := slices.ContainsFunc(s.MatchExpressions, func(o metav1.LabelSelectorRequirement) bool {
			return o.Key == key && o.Operator == op && slices.Equal(o.Values, r.Values)
		})
		if ok && !there {
			s.MatchExpressions = append(s.MatchExpressions, r)
		}
	}
}
