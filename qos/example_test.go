package qos_test

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
)

func pod() *corev1.Pod {
	return podtext.Pod(`
		container app   cpu=500m/1 mem=1Gi/1Gi
		container proxy cpu=100m/100m mem=64Mi`)
}

func ExampleClass() {
	fmt.Println(qos.Class(pod(), qos.Options{}))
	// Output: Burstable
}

func ExampleEffective() {
	p := pod()
	p.Status.QOSClass = corev1.PodQOSGuaranteed
	fmt.Println(qos.Effective(p, qos.Options{}), qos.Class(p, qos.Options{}), qos.Mismatch(p, qos.Options{}))
	// Output: Guaranteed Burstable true
}

func ExampleMismatch() {
	fmt.Println(qos.Mismatch(pod(), qos.Options{}))
	// Output: false
}

func ExampleExplain() {
	e := qos.Explain(pod(), qos.Options{})
	fmt.Println(e.Class)
	for _, r := range e.Reasons {
		fmt.Println("-", r)
	}
	// Output:
	// Burstable
	// - container "app" requests cpu 500m but is limited to 1
	// - container "proxy" has no memory limit
}

func ExampleExplanation_String() {
	fmt.Println(qos.Explain(podtext.Pod("container a"), qos.Options{}))
	// Output: BestEffort: no container has a cpu or memory request or limit above zero
}

func ExampleReason_String() {
	fmt.Println(qos.Reason{Rule: qos.LimitMissing, Kind: qos.Sidecar, Container: "proxy", Resource: corev1.ResourceMemory})
	// Output: sidecar "proxy" has no memory limit
}

func ExampleGuaranteedEdits() {
	edits, _ := qos.GuaranteedEdits(pod(), qos.Options{})
	for _, e := range edits {
		fmt.Println(e)
	}
	// Output:
	// set spec.containers[0].resources.requests.cpu to 1
	// set spec.containers[1].resources.limits.memory to 64Mi
}

func ExampleEdit_String() {
	fmt.Println(qos.Edit{Kind: qos.PodLevel, Field: qos.Whole})
	// Output: remove spec.resources
}

func ExampleApply() {
	edits, _ := qos.GuaranteedEdits(pod(), qos.Options{})
	fmt.Println(qos.Class(qos.Apply(pod(), edits), qos.Options{}))
	// Output: Guaranteed
}

func ExampleCheckResize() {
	smaller := podtext.Pod("container app; container proxy")
	fmt.Println(qos.CheckResize(pod(), smaller, qos.Options{}))
	// Output: Pod QOS Class may not change as a result of resizing
}

func ExampleResizeError_Error() {
	fmt.Println(&qos.ResizeError{Old: corev1.PodQOSGuaranteed, New: corev1.PodQOSBurstable})
	// Output: Pod QOS Class may not change as a result of resizing
}

func ExampleOOMScoreAdj() {
	p := pod()
	for i := range p.Spec.Containers {
		fmt.Println(p.Spec.Containers[i].Name, qos.OOMScoreAdj(p, &p.Spec.Containers[i], 8<<30, qos.Options{}))
	}
	// Output:
	// app 875
	// proxy 993
}

func ExampleIsCritical() {
	fmt.Println(qos.IsCritical(podtext.Pod("priority 2000000000")))
	// Output: true
}

func ExampleIsNodeCritical() {
	fmt.Println(qos.IsNodeCritical(podtext.Pod("priority 2000001000; class system-node-critical")))
	// Output: true
}

func ExampleIsStatic() {
	fmt.Println(qos.IsStatic(podtext.Pod("annotation kubernetes.io/config.source=file")))
	// Output: true
}

func ExampleIsMirror() {
	fmt.Println(qos.IsMirror(podtext.Pod("annotation kubernetes.io/config.mirror=0123")))
	// Output: true
}

func ExamplePreemptable() {
	fmt.Println(qos.Preemptable(podtext.Pod("priority 2000000000"), podtext.Pod("priority 10")))
	// Output: true
}

func ExamplePreempt() {
	critical := podtext.Pod("name dns; priority 2000000000")
	running := []*corev1.Pod{
		podtext.Pod("name batch; container a"),
		podtext.Pod("name web; container a cpu=1"),
		podtext.Pod("name db; container a cpu=2/2 mem=1Gi/1Gi"),
	}
	victims, err := qos.Preempt(critical, running, []qos.Need{{Resource: corev1.ResourceCPU, Amount: 500}}, qos.Options{})
	for _, v := range victims {
		fmt.Println(v.Pod.Name, v.Class)
	}
	fmt.Println(err)
	// Output:
	// web Burstable
	// <nil>
}

func ExampleNeedsError_Error() {
	_, err := qos.Preempt(podtext.Pod("priority 2000000000"), nil, []qos.Need{{Resource: corev1.ResourceCPU, Amount: 500}}, qos.Options{})
	fmt.Println(err)
	// Output: no set of running pods found to reclaim resources: [(res: cpu, q: 500), ]
}

// Limits alone are enough, once the API server has seen them.
func ExampleWithDefaults() {
	p := podtext.Pod("container a cpu=/1 mem=/1Gi")
	fmt.Println(qos.Class(p, qos.Options{}), qos.Class(qos.WithDefaults(p, qos.Options{}), qos.Options{}))
	// Output: Burstable Guaranteed
}
