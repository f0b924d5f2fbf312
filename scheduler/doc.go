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
// Every node is looked at: upstream's sampling of nodes is not modelled.
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
// # Upstream
//
// k8s.io/kubernetes v1.36.3, pkg/scheduler: the default profile with the
// feature gates at their defaults, but for volumes, dynamic resource
// allocation, preemption and extenders. A pod that uses volumes that restrict
// the choice of a node, or resource claims, is refused with an error.
//
// Sums of resources wrap around at 64 bits as upstream's do.
//
// # Divergences
//
//  1. Upstream chooses among the best nodes by the order of a heap of nodes
//     that were filtered in parallel. Here the choice is explicit: TieBreak.
//  2. Upstream lists the missing scalar resources of a node in random order,
//     here they are sorted by name. The sentence of a FitError is the same.
//  3. The size of an image is that of the node's own status; in upstream's live
//     cache it is that of the node that first reported the image.
package scheduler
