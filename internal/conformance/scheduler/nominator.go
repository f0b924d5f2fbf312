package scheduler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
)

// nominator holds the pods that were promised room, by node. Upstream's own
// takes them from the scheduling queue, which stands still here.
type nominator map[string][]fwk.PodInfo

func (n nominator) AddNominatedPod(_ klog.Logger, pod fwk.PodInfo, _ *fwk.NominatingInfo) {
	name := pod.GetPod().Status.NominatedNodeName
	n[name] = append(n[name], pod)
}

// drop takes back a promise.
func (n nominator) drop(pod *corev1.Pod) {
	name := pod.Status.NominatedNodeName
	n[name] = slices.DeleteFunc(n[name], func(p fwk.PodInfo) bool { return p.GetPod().UID == pod.UID })
}

func (n nominator) DeleteNominatedPodIfExists(*corev1.Pod) {}

func (n nominator) UpdateNominatedPod(klog.Logger, *corev1.Pod, fwk.PodInfo) {}

func (n nominator) NominatedPodsForNode(name string) []fwk.PodInfo { return n[name] }
