// Package podresources adds up what a pod requests and what it is limited to,
// exactly as Kubernetes v1.36.3 does.
//
// # Model
//
// The lists of the regular containers and of the sidecars (init containers
// with restartPolicy Always) are summed. Each ordinary init container runs
// alone with the sidecars that started before it; a name whose largest need of
// that phase exceeds the sum is raised to it. Then pod-level resources
// (spec.resources) replace the result for the names they mention, and last the
// pod's overhead is added:
//
//	result[name] = podLevel[name] or max(sum of containers and sidecars, init phase) + overhead
//
// The callers of Kubernetes differ in which of these steps they take: see
// [Options], whose zero value is the scheduler's view of a pod that waits for
// a node.
//
// # Usage
//
//	requests := podresources.Requests(pod, podresources.Options{})
//	cpu := requests[corev1.ResourceCPU]
//	milli := cpu.MilliValue() // rounds up, once per pod
//
// [Request], [Limit] and [Bound] add up one name without allocating; the lists are made of the first two.
//
// Quantities keep full precision; rounding is the caller's. Quantities whose
// exponents are absurd (1e10000000) make resource.Quantity itself slow: bound
// them before they come here.
//
// # Upstream
//
// k8s.io/component-helpers/resource v0.36.3 (PodRequests, PodLimits), and of
// k8s.io/kubernetes v1.36.3 the classification of resource names and
// GetResourceRequestQuantity ([Claim]). The feature
// gate DRANodeAllocatableResources (alpha, off) is not modelled.
//
// # Divergences
//
//  1. Upstream adds the overhead to the pod's own pod-level request, in place,
//     where that quantity is held at arbitrary precision (1.5Gi is): the pod
//     grows with every call. Here every call gives the first answer and leaves
//     the pod alone (TestInputIsNotChangedNorShared here,
//     TestUpstreamChangesThePod in internal/conformance/podresources).
package podresources
