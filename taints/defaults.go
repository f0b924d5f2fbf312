package taints

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// DefaultSeconds are the tolerationSeconds that the admission plugin DefaultTolerationSeconds sets. The zero value
// sends pods away at once; [StandardSeconds] is what API servers do unless told otherwise.
type DefaultSeconds struct {
	NotReady    int64 // of node.kubernetes.io/not-ready
	Unreachable int64 // of node.kubernetes.io/unreachable
}

// StandardSeconds returns the defaults of the API server's flags: 300 and 300.
func StandardSeconds() DefaultSeconds { return DefaultSeconds{300, 300} }

// WithDefaults returns the tolerations with those that the admission plugin DefaultTolerationSeconds adds at creation
// and update of a pod: not-ready and then unreachable, each for some seconds, unless some toleration already speaks of
// the key (or of all keys) and of NoExecute (or of all effects). That toleration's operator and value are not looked
// at, so that one which does not match keeps the default away.
func WithDefaults(tolerations []corev1.Toleration, s DefaultSeconds) []corev1.Toleration {
	out := clone(tolerations)
	add := func(key string, seconds int64) {
		for i := range tolerations {
			t := &tolerations[i]
			if (t.Key == key || t.Key == "") && (t.Effect == corev1.TaintEffectNoExecute || t.Effect == "") {
				return
			}
		}
		t := exists(key, corev1.TaintEffectNoExecute)
		t.TolerationSeconds = &seconds
		out = append(out, t)
	}
	add(NotReady, s.NotReady)
	add(Unreachable, s.Unreachable)
	return out
}

func exists(key string, effect corev1.TaintEffect) corev1.Toleration {
	return corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: effect}
}

// ForDaemonSet returns the tolerations with those that the DaemonSet controller gives its pods: not-ready and
// unreachable forever, the pressures, unschedulable and, for pods of the host's network, network-unavailable. A
// toleration of the pod with the same key, effect, operator and value is replaced where it stands, its seconds lost.
func ForDaemonSet(spec *corev1.PodSpec) []corev1.Toleration {
	out := clone(spec.Tolerations)
	want := []corev1.Toleration{
		exists(NotReady, corev1.TaintEffectNoExecute),
		exists(Unreachable, corev1.TaintEffectNoExecute),
		exists(DiskPressure, corev1.TaintEffectNoSchedule),
		exists(MemoryPressure, corev1.TaintEffectNoSchedule),
		exists(PIDPressure, corev1.TaintEffectNoSchedule),
		exists(Unschedulable, corev1.TaintEffectNoSchedule),
	}
	if spec.HostNetwork {
		want = append(want, exists(NetworkUnavailable, corev1.TaintEffectNoSchedule))
	}
	for _, t := range want {
		out = addOrReplace(out, t)
	}
	return out
}

// sameToleration reports whether all but the seconds are equal. Operators "" and Equal differ, as upstream has it.
func sameToleration(a, b *corev1.Toleration) bool {
	return a.Key == b.Key && a.Effect == b.Effect && a.Operator == b.Operator && a.Value == b.Value
}

// ForStaticPod returns the toleration that the kubelet gives pods from files: of every NoExecute taint.
func ForStaticPod() corev1.Toleration { return exists("", corev1.TaintEffectNoExecute) }

// ForExtendedResources returns the tolerations with those that the admission plugin ExtendedResourceToleration, off by
// default, adds: for every extended resource that a container or init container requests, by name, a taint of that
// name is tolerated with effect NoSchedule.
func ForExtendedResources(spec *corev1.PodSpec) []corev1.Toleration {
	names := map[string]bool{}
	for _, containers := range [][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range containers {
			for name := range containers[i].Resources.Requests {
				if extended(string(name)) {
					names[string(name)] = true
				}
			}
		}
	}
	out := clone(spec.Tolerations)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = addOrReplace(out, exists(name, corev1.TaintEffectNoSchedule))
	}
	return out
}

// addOrReplace replaces, in place, the tolerations that are the same but for their seconds, or appends.
func addOrReplace(list []corev1.Toleration, t corev1.Toleration) []corev1.Toleration {
	found := false
	for i := range list {
		if sameToleration(&list[i], &t) {
			list[i], found = t, true
		}
	}
	if !found {
		list = append(list, t)
	}
	return list
}

// extended reports whether a resource is an extended one: named by a domain that is not Kubernetes' own.
func extended(name string) bool {
	return strings.Contains(name, "/") && !strings.Contains(name, "kubernetes.io/") && !strings.HasPrefix(name, "requests.") &&
		labels.ValidateKey("requests."+name) == nil
}
