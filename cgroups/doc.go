// Package cgroups turns the requests and limits of pods into the settings of
// Linux control groups, as a kubelet v1.36.3 and its container runtime do, and
// reads such settings back.
//
// The model: a [Resources] value holds what one group is to be set to, and
// there is a function per level of the tree that makes one: [Container], [Pod],
// [QoS], [KubePods] and [Reserve], all steered by one [Options] of which the zero
// value is a kubelet with its defaults. A value is rendered as files
// ([Resources.V2Files], [Resources.V1Files]) or as properties of a systemd unit
// ([Resources.SystemdProperties]). [Name] and [ParsePath] deal in the paths of groups. The
// inverse of every conversion is an [Interval], for information is lost;
// [Read] puts them together for a set of files.
//
//	r := cgroups.Pod(pod, cgroups.Options{})
//	for _, f := range r.Files(cgroups.V2) {
//		fmt.Println(f.Name, f.Content) // cpu.weight 20
//	}
//
// Nothing here touches the file system, so it works on every platform. All
// functions are total: no input panics, arithmetic saturates.
//
// # What is often told wrongly
//
// One CPU is a cpu.weight of 39 in a pod's group and of 100 in a container's (not 102): the
// kubelet writes the former itself by the [Linear] formula, runtimes of today
// the latter by the [Quadratic] one. Weights are no amounts and compare only among siblings: a
// Burstable pod competes through the group burstable, whose weight is that of all its pods.
//
// A CPU limit below 10m is 10m: the kernel takes no quota below 1 ms, and the
// shorter the period the larger that floor is. With systemd quotas are whole
// percents besides, and the file is rewritten so, whatever the kubelet or runtime wrote: 15m is 20m.
//
// A limit without a request gives shares by the limit, not the least ones; even where
// the limit is that of spec.resources.
//
// The memory limit of kubepods does not subtract evictionHard; status.allocatable does, and the huge pages too.
//
// memory.high is not set for containers without memory request and limit, and
// memory.min not at all unless memoryReservationPolicy is TieredReservation; Burstable
// pods then get memory.low.
//
// LimitedSwap lets only those containers of Burstable pods swap whose memory request is not
// their limit, and no container of a critical pod.
//
// On cgroup v2 the OOM killer takes whole containers unless singleProcessOOMKill is true.
//
// A kubelet v1.36 does not start on cgroup v1 unless failCgroupV1 is false.
//
// # Upstream
//
// k8s.io/kubernetes v1.36.3: pkg/kubelet/cm (conversions, pod, QoS class and node
// level, names) and pkg/kubelet/kuberuntime (containers, sandboxes, swap, memory
// QoS); github.com/opencontainers/cgroups v0.0.6, which runc uses (quadratic weights,
// files, systemd properties, slices). internal/conformance/cgroups compares.
//
// Not built: the feature gate PodLevelResourceManagers (alpha), block I/O.
//
// # Divergences
//
//  1. Arithmetic saturates where upstream's int64 wraps around: TestConversionsSaturate.
//  2. What panics upstream is an error or zero here: a period of 0, a group name with a slash
//     or underscore, a node of no memory: TestTotal.
//  3. Where two names mean one size of huge pages (hugepages-2Mi and hugepages-2048Ki) in a container's limits,
//     upstream lets the order of a map decide; here the last name wins: TestHugePageNamesCollide.
//  4. 0 shares have no weight and 1 share has the weight of 2, where the kubelet's
//     linear formula underflows: TestWeightOfTooFewShares.
//  5. A [ReservationError] names the first resource by name, and writes amounts as
//     quantities, where the kubelet prints Go structs: TestReservationError.
//  6. The pod is left alone, where upstream adds overhead to amounts of spec.resources that int64 cannot
//     hold (1n, say), and sees the sum when it then asks for the class: TestPodRules.
package cgroups
