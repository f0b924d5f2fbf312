// Package taints decides what taints and tolerations do, exactly as Kubernetes v1.36.3 does: who tolerates what, which
// pods leave a node and when, which taints a node gets for its conditions, which tolerations a pod gets at admission, and
// what a `kubectl taint` command changes.
//
// # Model
//
// A taint has a key, a value and an effect; a toleration matches some taints ([Tolerates], and [Explain] for why not). A
// taint that none of a pod's tolerations matches acts on it: NoSchedule and PreferNoSchedule on its scheduling
// ([FirstUntolerated]), NoExecute also on running pods. Those leave at once, or after the tolerationSeconds of the
// tolerations that match ([PatienceOf]). What the eviction controller makes of changes is a step function without a clock
// ([Eviction.Step]); [Timeline] plays it for all pods of a node. How fast the failing nodes of a zone get such taints is one
// too ([ZoneOptions.Next], [Pace]).
//
//	if t, found := taints.FirstUntolerated(node.Spec.Taints, pod.Spec.Tolerations, taints.Hard, taints.Options{}); found {
//		fmt.Println("untolerated taint", taints.Format(t))
//	}
//
// Two notions of one toleration including another are here: upstream's own, which admission uses ([IsSuperset], [Merge],
// [Allowed]), and the exact one ([Covers], [Meet], [Simplify]).
//
// # Upstream
//
// Reproduced, all v1.36.3: matching of k8s.io/api and component-helpers, pkg/apis/core/validation,
// pkg/controller/tainteviction, the taints of pkg/controller/nodelifecycle, the tolerations of pkg/controller/daemon, the
// admission plugins DefaultTolerationSeconds, ExtendedResourceToleration, PodTolerationRestriction and
// TaintNodesByCondition, pkg/util/tolerations, kubectl taint and the kubelet's --register-with-taints. internal/conformance/taints compares on
// random and hostile input; testdata holds recorded answers.
//
// # Divergences
//
//  1. tolerationSeconds over 9223372036 saturate at 292 years. EvictionOptions.UpstreamWrap does as upstream does, where they
//     overflow to forever or to less than a second (TestPatienceRules).
//  2. [Timeline] counts from a taint's timeAdded, as if the controller had been there and had seen it at once; upstream
//     counts from when it sees the change, and anew after it restarts (TestTimeline).
//  3. [DiffReady] has no memory. A node lifecycle controller that has just started sets the time of a taint that is
//     already there anew, once (internal/conformance/taints, TestLifecycle).
//  4. Errors of annotations in [Restriction.Admit] are this package's (TestRestriction); the JSON decoder is the standard
//     library's.
//  5. A zone whose rate was 0 gets a rate of 1 node per second like any other ([ZoneOptions.Next], [Pace.Swap]). Upstream's
//     controller with --node-eviction-rate=1 stays at 0, because its limiter that lets none says its rate is 1
//     (TestPaceRules; internal/conformance/taints, TestPace).
package taints
