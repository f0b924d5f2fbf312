// Package scheduler decides where a pod lands, and why it can not land
// elsewhere, exactly as kube-scheduler v1.36.3 does with its default plugins.
//
// # Model
//
// A Cluster holds nodes, their pods, and the namespaces, services and
// controllers that some rules look at. A Scheduler is one profile. A pod goes
// through the filters, then through the scores, then one of the best nodes is
// chosen:
//
//	Cluster   nodes, pods and other objects
//	   |  compile(pod) -> its class: everything that scheduling reads of it
//	Filter    each rule -> verdict per node (plugin, code, reasons, numbers)
//	Score     each rule -> raw -> normalized -> weighted
//	Choose    the best nodes, and one of them
//	   v
//	Decision  a node, or a FitError with upstream's sentence
//
// Every node is looked at, but by Scheduler.Sample, which samples as upstream does
// in large clusters.
//
// # Usage
//
//	c := scheduler.NewCluster()
//	for _, obj := range objects { // nodes, pods, namespaces, services, ...
//		if err := c.Add(obj); err != nil { ... }
//	}
//	s, err := scheduler.New(scheduler.Config{})
//	d, err := s.Schedule(c, pod)
//	var fit *scheduler.FitError
//	switch {
//	case errors.As(err, &fit): // pending: fit says why, node by node
//	case err == nil:
//		err = c.Place(pod, d.Node)
//	}
//
// A pod that fits nowhere may find room by Preempt. Fork, Commit and Revert
// make a Cluster answer what-ifs; Sequence, PlaceAll, HowMany, Grow and AddBack
// are built on them.
//
// # Cost
//
// What the rules said is kept by class of pods and group of nodes (Config.NoCache
// turns that off). The first pod of a class costs a look at every node. The next
// one costs a heap operation for every node that changed since, and a look at
// one node of every group; nodes are in one group when no rule tells them apart
// but by their resources:
//
//   - resources, taints, node affinity, images, host ports: one group for each
//     combination of scores of soft taints and preferred node affinity;
//   - topology spread and pod affinity by zone or region: times the number of zones;
//   - the same by host name: times the number of different counts of pods per node.
//
// Pods with volumes or devices that restrict the choice of a node, pods with spec.nodeName
// or a nominated node, and all pods while others are nominated, cost a look at
// every node.
//
// # Upstream
//
// k8s.io/kubernetes v1.36.3, pkg/scheduler: the default profile with the
// feature gates at their defaults, and DefaultPreemption. Devices for resource
// claims, and for extended resources of a device class, are chosen by a
// DeviceAllocator that the caller plugs in; DeviceCounter is one for claims that
// only count. Without one a pod that needs devices is refused with an error. Not
// modelled is the alpha Workload API.
//
// Sums of resources wrap around at 64 bits as upstream's do.
//
// # Divergences
//
//  1. Upstream chooses among the best nodes by the order of a heap of nodes
//     that were filtered in parallel. Here the choice is explicit: TieBreak
//     (TestTieBreaks).
//  2. Upstream lists the missing scalar resources of a node in random order,
//     here they are sorted by name. The sentence of a FitError is the same.
//  3. Answers depend on the objects, not on their history: the size of an image
//     is that of the node's own status and the number of nodes that have it is
//     today's; a host port stays taken until the last pod that has it leaves.
//     Upstream's cache remembers the first reported size, counts images as of
//     the node's last change, and frees a port with the first pod that leaves.
//  4. Preempt tries every node and breaks the last tie by name, where upstream
//     tries a random part of the nodes and breaks the tie at random.
//  5. Among volumes of equal size, and volumes that are reserved for one claim,
//     upstream takes any; here the first by name is taken.
//  6. Where no devices do, upstream's allocator may try for 10 seconds and then
//     fail the cycle; DeviceCounter counts (TestPools).
package scheduler
