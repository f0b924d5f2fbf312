package eviction

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/taints"
)

// Admit reports whether a kubelet takes a new pod while its node has the conditions
// of pressure ([Outcome].Conditions). If it does not, the pod fails with [Reason] and the message.
//
// Without any condition all pods are taken, critical ones always. Under memory pressure alone
// all but BestEffort pods are taken, and of these the ones that tolerate the taint of
// memory pressure. Under anything else nothing is taken. The class is that of [qos.Effective]. A nil pod is an empty one.
//
// Source: the eviction manager's Admit, k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3. The order
// in which it names several conditions is random; here it is that given.
func (p Policy) Admit(pod *corev1.Pod, conditions []corev1.NodeConditionType) (message string, ok bool) {
	if pod == nil {
		pod = &corev1.Pod{}
	}
	switch {
	case len(conditions) == 0, qos.IsCritical(pod):
		return "", true
	case len(conditions) == 1 && conditions[0] == corev1.NodeMemoryPressure:
		if qos.Effective(pod, p.qos()) != corev1.PodQOSBestEffort || toleratesMemoryPressure(pod) {
			return "", true
		}
	}
	return fmt.Sprintf("The node had condition: %v. ", conditions), false
}

func toleratesMemoryPressure(pod *corev1.Pod) bool {
	taint := Taint(corev1.NodeMemoryPressure)
	return slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool {
		return taints.Tolerates(&t, &taint, taints.Options{})
	})
}
