package scheduler

import (
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
)

// A PodName is the Name of a pod in its Namespace.
type PodName struct{ Namespace, Name string }

// An AddBack says what becomes of some pods and of those that would leave for them.
type AddBack struct {
	// Decisions say where the pods go once all victims have left, in the order of the pods.
	Decisions []Decision
	// Stay and Leave are the groups of victims that can and can not run beside
	// the pods, as indexes into those given, in order.
	Stay, Leave []int
}

// AddBack answers what Preempt does not ask: which of these victims, on
// whatever nodes, have to leave for these pods? Victims come in groups, of which
// all pods stay or leave, the most important group first.
//
// All victims are taken out, and the pods placed as PlaceAll does. Then the
// groups return, one after another, each if all pods still fit where they are;
// those that did not are tried again after others returned, until no more can.
// So no group of Leave could stay beside the pods and the groups of Stay. A
// victim takes back the devices that it held, and leaves where they were taken
// or its claim has got others.
//
// Nothing is changed, and no budget or priority is looked at: who may be a
// victim is the caller's to say. The error is a *GangError where a pod fits
// nowhere even without all victims; victims must be pods on nodes of the
// cluster, each in one group.
//
// Every return is tried against all pods, and costs a look at the cluster for
// each of them.
func (s *Scheduler) AddBack(c *Cluster, pods []*corev1.Pod, victims [][]PodName) (*AddBack, error) {
	c.Fork()
	out, err := s.addBack(c, pods, victims)
	return out, errors.Join(err, c.Revert())
}

func (s *Scheduler) addBack(c *Cluster, pods []*corev1.Pod, victims [][]PodName) (*AddBack, error) {
	gone := make([][]*evicted, len(victims))
	for i, group := range victims {
		for _, name := range group {
			e, err := c.evict(podKey{name.Namespace, name.Name})
			if err != nil {
				return nil, err
			}
			gone[i] = append(gone[i], e)
		}
	}
	decisions, err := s.PlaceAll(c, pods)
	if err != nil {
		return nil, err
	}
	back := make([]bool, len(victims))
	for again := true; again; {
		again = false
		for i, group := range gone {
			if back[i] {
				continue
			}
			if back[i], err = s.comesBack(c, group, pods); err != nil {
				return nil, err
			}
			again = again || back[i]
		}
	}
	out := &AddBack{Decisions: decisions}
	for i := range victims {
		if back[i] {
			out.Stay = append(out.Stay, i)
		} else {
			out.Leave = append(out.Leave, i)
		}
	}
	return out, nil
}

// An evicted is a pod that was taken out, with the claims that it used.
type evicted struct {
	pod    pod
	claims map[podKey]*resourcev1.ResourceClaim
}

func (c *Cluster) evict(key podKey) (*evicted, error) {
	p := c.pods[key]
	switch {
	case p == nil:
		return nil, allow(removing, false, "pod", key.String())
	case p.node == nil || p.nodeName == "":
		return nil, fmt.Errorf("scheduler: pod %q is on no node of the cluster", key)
	}
	e := &evicted{*p, map[podKey]*resourcev1.ResourceClaim{}}
	for key, claim := range c.devices.claims {
		if p.uses(key, claim) {
			e.claims[key] = claim
		}
	}
	c.remove(p)
	return e, nil
}

// comesBack puts a group back where it was, if all pods still fit where they are,
// and reports whether they do.
func (s *Scheduler) comesBack(c *Cluster, group []*evicted, pods []*corev1.Pod) (ok bool, err error) {
	c.Fork()
	ok = !slices.ContainsFunc(group, func(e *evicted) bool { return !c.readmit(e) })
	for i := 0; ok && i < len(pods); i++ {
		ok, err = s.stays(c, pods[i])
	}
	if ok {
		err = c.Commit()
	} else {
		err = errors.Join(err, c.Revert())
	}
	return ok, err
}

// readmit puts a pod back where it was, and reports whether it has its devices
// again.
func (c *Cluster) readmit(e *evicted) bool {
	p := c.newPod()
	*p = e.pod
	c.put(p)
	return c.reclaim(p, e.claims)
}

// stays reports whether a pod that was placed fits where it is.
func (s *Scheduler) stays(c *Cluster, obj *corev1.Pod) (bool, error) {
	c.Fork()
	ok, err := s.fitsAgain(c, obj)
	return ok, errors.Join(err, c.Revert())
}

// fitsAgain takes a pod from its node, and reports whether it fits there.
func (s *Scheduler) fitsAgain(c *Cluster, obj *corev1.Pod) (bool, error) {
	placed := c.pods[keyOf(obj)]
	n := placed.node
	c.remove(placed)
	a, err := s.attempt(c, c.compileWaiting(obj))
	switch {
	case err != nil:
		return false, err
	case a.rejected != nil || a.narrowed && !slices.Contains(a.only, n.name) || !a.admits(n, nil, nil):
		return false, a.failure
	}
	left, err := a.pass([]*node{n})
	return len(left) > 0, err
}
