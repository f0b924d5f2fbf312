// Package qos tells the quality-of-service class of a pod and why, what would
// make it Guaranteed, how the OOM killer and the kubelet's preemption of
// pods regard it. Its subpackage eviction does node-pressure eviction.
//
// The model: [Class] looks at the spec, [Effective] at the status first, as the
// kubelet does. [Explain] names every obstacle between the pod and Guaranteed as data, and
// [GuaranteedEdits] the fewest changes that remove them. [OOMScoreAdj] is the number a
// container gets, [Preempt] the choice among pods when a critical one needs room.
//
//	e := qos.Explain(pod, qos.Options{})
//	fmt.Println(e.Class) // Burstable
//	for _, r := range e.Reasons {
//		fmt.Println(r) // container "app" has no memory limit
//	}
//
// All functions are pure and total: they mutate nothing and panic on no input.
//
// # What is often told wrongly
//
// Only CPU and memory count, and only above zero. Init containers and sidecars count, ephemeral
// containers do not. With spec.resources set, even to {}, containers do not count at all: a pod of
// fully limited containers and an empty spec.resources is BestEffort.
//
// The class does not decide who is evicted under node pressure (see eviction), only
// who is killed by the kernel and, in part, who is preempted by the kubelet.
//
// A class stays for life: [CheckResize].
//
// # Upstream
//
// k8s.io/kubernetes v1.36.3: pkg/apis/core/v1/helper/qos, pkg/kubelet/qos,
// pkg/kubelet/types and pkg/kubelet/preemption. internal/conformance/qos compares.
//
// # Divergences
//
//  1. A node without memory gives an OOM score of 999, and what belongs to a pod without regular containers
//     its own score, where upstream panics: TestOOMScoreAdjTotal.
//  2. Arithmetic on enormous requests saturates where upstream's wraps around: TestOOMScoreAdjSaturates.
package qos
