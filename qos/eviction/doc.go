// Package eviction decides as the kubelet does when its node runs low on
// memory, disk or processes: which thresholds are met, which conditions the
// node reports, and which pod goes.
//
// The model: a [Config] is parsed to thresholds, a [Summary] of measurements observed
// as signals, and [Policy.Step] takes a [State], the observations and the time to the next State
// and an [Outcome]. [Rank] orders the pods with the reasons for it, and [Policy.Evict] takes the first;
// [Policy.Admit] tells which new pods the node takes meanwhile. No clock
// is read and nothing is kept: a test, a simulation and an autopsy of an incident work alike.
//
//	thresholds, err := eviction.Parse(eviction.Config{Hard: eviction.Defaults()})
//	policy := eviction.Policy{Thresholds: thresholds}
//	state, outcome := policy.Step(state, summary.Observe(), now)
//	for _, i := range outcome.Act { ... }
//
// # What is often told wrongly
//
// Eviction does not go BestEffort, Burstable, Guaranteed. The class is no key at all: pods that use more than they
// request go first, then lower priority, then the larger excess. A Guaranteed pod can be first
// for disk or processes, of which it requested nothing.
//
// Setting evictionHard replaces all defaults. Soft eviction grants the smaller of
// evictionMaxPodGracePeriod (0 by default) and the pod's own grace period. A soft threshold
// with a grace period of 0s is hard. Percentages are kept in 32 bits: 1% of 100 inodes is 0.
//
// The taints of pressure keep pods away and evict none. They keep all pods away that do not tolerate them: no pod but those of DaemonSets
// gets such a toleration by default, so that the scheduler holds Burstable and Guaranteed pods off a node
// under memory pressure too, although the kubelet would take them.
//
// What a pod requests says nothing about disk and processes: a pod with spec.resources has requested no
// ephemeral-storage at all, and no pod can request inodes or processes.
//
// # Upstream
//
// k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3. internal/conformance/qos runs the kubelet's
// eviction manager beside this package. Not built: reclaiming from the node itself (dead
// containers, unused images), for which [Policy.Resolved] answers whether it was enough.
//
// # Divergences
//
//  1. Pods equal in all keys stay in the order given, where upstream sorts unstably: TestRankIsStable.
//  2. The order of the Policy decides among thresholds for the same priority of resources, and the order given
//     among conditions that are named, where upstream has that of a map: TestStepOrdersMemoryFirst, TestAdmit.
//  3. Quantities with exponents of more than three digits are refused, as parsing them takes very long: TestParseRefusesHugeExponents.
//  4. Measurements above the largest int64 count as that, where upstream wraps around: TestObserveSaturates.
//  5. A volume without usedBytes counts as empty, where upstream panics: TestLocalStorageWithoutUsage.
//  6. The layout of file systems holds from the first look on, upstream's from the second (10 seconds later): internal/conformance/qos TestLoop.
package eviction
