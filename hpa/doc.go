// Package hpa decides what the HorizontalPodAutoscaler controller of Kubernetes decides, as a function: specification, pods, metrics, what
// the controller remembers and the time go in; the size, the status, the events and the next memory come out. There is no clock and no
// cluster in it.
//
// # The model
//
// A pass of the controller has four parts. Every metric compares what is measured with its target and proposes a size; the highest proposal
// counts. Recent proposals hold it back (stabilization). Policies bound how fast the size may change (limits). The bounds of the
// specification have the last word.
//
//   - [Step] makes one pass and forgets; [Explain] says why as well, as data ([Trace]) with a text.
//   - [Autoscaler] makes pass after pass, without allocating when nothing changes. What it remembers ([State]) can be stored and restored.
//   - [PodSet] holds the pods in a form that is cheap to read; tell it what changed.
//   - [Replay] makes the passes of a recorded history. [Simulate] closes the loop: a load is given, pods share it, new pods take their time
//     to start. [Compare] does so for several autoscalers, and [Summary] says what each one cost and how well it served.
//   - [ReadCSV] and [ReadPrometheus] read recorded loads. [Default] and [Validate] do what the API server does to a new object.
//
// A decision for a Deployment that wants half of each requested core, and finds nine tenths used:
//
//	r := hpa.Step(object, hpa.Observation{
//		Replicas: 3, StatusReplicas: 3, Selector: "app=web",
//		Pods:    hpa.NewPodSet(pods...),
//		Metrics: []hpa.Samples{{Pods: samples}},
//	}, hpa.State{}, now, hpa.Options{})
//	fmt.Println(r.Replicas, r.Reason) // 6 cpu resource utilization (percentage of request) above target
//
// Metric values are int64 thousandths of the unit, times are arguments, and every sum, rounding and comparison is done in the way and in
// the order of the controller, so that the results agree to the last pod.
//
// # Upstream
//
// kube-controller-manager v1.36.3, controller horizontalpodautoscaling (pkg/controller/podautoscaler): the whole reconciliation, with its
// conditions, messages, events and memory; the replica calculator; how reported usage becomes samples. kube-apiserver v1.36.3: defaulting
// and validation of autoscaling/v2. internal/conformance/hpa runs that code beside this package on random histories; vectors recorded from it
// are part of the tests here.
//
// # Known to be odd upstream, and the same here
//
//  1. Without spec.behavior other rules hold than with an empty one, even where all defaults agree: 1 replica under a huge load grows to 4, not
//     to 5, and a single spike keeps the size growing for more passes (TestLegacyDiffersFromEmptyBehavior).
//  2. Utilization is cut to whole percents before it is compared: 88.9 % of a target of 80 % is within tolerance (TestUtilizationIsTruncated).
//  3. Proportions are computed in floating point and rounded up: 56 % of 50 % with 25 pods is 29, not 28; 10 % more than 50 pods are
//     56, not 55 (TestFloatingPointProportions, TestFloatingPointPolicies).
//  4. A Pods policy with the largest number for "no limit" overflows and freezes the size (TestPodsPolicyOverflow).
//  5. Changes in one direction give budget back to the other, and the memory of one direction is recycled by its own longest period only, so
//     that steps can be larger than any policy (TestRefund).
//  6. The requests of ignored pods can fail a metric (TestRequestOfIgnoredPodFails); samples of unknown pods count in averages (TestStraySamples).
//  7. A sum of an External metric that is negative, on the way or at the end, is taken for an overflow under an average target
//     (TestNegativeSeriesIsOverflow).
//  8. With no pods in existence the average in the status is a number without meaning (TestAverageWithoutPods).
//  9. Within tolerance of an average target of External and Object metrics the proposal is the number of pods that exist, which during a rollout
//     is more than the size (TestSurgeProposal).
//  10. observedGeneration is lost in the first pass (TestObservedGenerationIsLost).
//  11. The reason of a change is chosen before stabilization and limits, which can turn it around (TestReasonIsFromBefore).
//
// # Divergences
//
//  1. Floating-point numbers that do not fit their integer saturate here; the controller leaves them to the processor, and on amd64 the largest
//     becomes the smallest. Options.Conversion set to WrapAMD64 does the same (TestConversions, TestLegacyLimitOverflow).
//  2. Metrics whose source, or whose pods target, is missing make the controller crash; here they fail, with an error
//     (TestBrokenMetricsFail). The API server refuses such objects.
//  3. Objects are defaulted before every pass; the controller only ever sees defaulted ones (TestStepDefaults).
//  4. Where the controller names things in the order of a map, this package sorts them: rivals by name (TestRivals), superfluous metric
//     sources in validation. The pods of a PodSet are taken in their order, where the controller's lister has none: it shows only in which of
//     several pods without a request is named.
//  5. The controller asks for the time several times in one pass; here a pass has one time (TestOneTimePerPass).
//
// # Not built
//
// The gathering of metrics and pods from a cluster, and the fallback from one API version of the scale target to another: the caller brings the
// observation, or the error. Validation of metadata and of updates. The annotations that carry metrics in autoscaling/v1.
package hpa
