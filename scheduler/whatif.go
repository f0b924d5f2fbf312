package scheduler

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// An Outcome is what became of one pod of a sequence.
type Outcome struct {
	Decision Decision // where the pod was placed
	Err      error    // why it was not: what Schedule returned
}

// Sequence schedules pods one after another, in the order of SortQueue, and
// places each that fits before it looks at the next. It yields every pod with
// its outcome. The pods are not changed; the cluster is, up to the point where
// the loop is left.
func (s *Scheduler) Sequence(c *Cluster, pods []*corev1.Pod) iter.Seq2[*corev1.Pod, Outcome] {
	queue := append([]*corev1.Pod(nil), pods...)
	SortQueue(queue)
	return func(yield func(*corev1.Pod, Outcome) bool) {
		for _, pod := range queue {
			d, err := s.Schedule(c, pod)
			if err == nil {
				err = c.Apply(pod, d)
			}
			if err != nil {
				d = Decision{}
			}
			if !yield(pod, Outcome{d, err}) {
				return
			}
		}
	}
}

// A GangError says which pod of a gang kept the others from being placed, and
// the Err that Schedule returned for it.
type GangError struct {
	Index int // of the pod among those given
	Err   error
}

// Error names the pod by its index, and says why it was not placed.
func (e *GangError) Error() string {
	return fmt.Sprintf("scheduler: pod %d of the gang: %v", e.Index, e.Err)
}

// Unwrap returns why the pod was not placed.
func (e *GangError) Unwrap() error { return e.Err }

// PlaceAll places all pods, one after another in the given order, or none. Where
// one of them does not fit, the cluster is as it was and the error is a *GangError.
func (s *Scheduler) PlaceAll(c *Cluster, pods []*corev1.Pod) ([]Decision, error) {
	c.Fork()
	decisions := make([]Decision, 0, len(pods))
	for i, pod := range pods {
		d, err := s.Schedule(c, pod)
		if err == nil {
			err = c.Apply(pod, d)
		}
		if err != nil {
			return nil, errors.Join(&GangError{i, err}, c.Revert())
		}
		decisions = append(decisions, d)
	}
	return decisions, c.Commit()
}

// HowMany returns how many pods like the template could be placed, one after
// another, at most limit. The cluster stays as it is. A template that can not
// be scheduled at all gives the error of Schedule.
func (s *Scheduler) HowMany(c *Cluster, template *corev1.Pod, limit int) (int, error) {
	c.Fork()
	n, err := s.fill(c, template, limit)
	return n, errors.Join(err, c.Revert())
}

// fill places up to limit unnamed pods like the template.
func (s *Scheduler) fill(c *Cluster, template *corev1.Pod, limit int) (int, error) {
	p, err := s.admissible(c, template)
	if errors.Is(err, ErrNoNodes) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for n := range limit {
		d, err := s.find(c, p)
		if d.Node == "" {
			return n, err
		}
		c.putUnnamed(p, d)
	}
	return max(limit, 0), nil
}

// find decides where a compiled pod goes; the node is "" for nowhere. It is
// Schedule without reasons.
func (s *Scheduler) find(c *Cluster, p pod) (Decision, error) {
	if r := s.cached(c, p); r != nil {
		if d, ok, err := r.decide(p.key, chosenOnly); ok {
			return d, err
		}
	}
	d, err := s.plain(c, p, chosenOnly)
	var fit *FitError
	if errors.As(err, &fit) {
		err = nil
	}
	return d, err
}

// putUnnamed puts a pod on a node without an entry among the cluster's pods.
func (c *Cluster) putUnnamed(p pod, d Decision) {
	q := c.newPod()
	*q = p
	q.key, q.nodeName, q.nominated, q.object = podKey{}, d.Node, "", nil
	c.allocate(q, d.Claims)
	c.put(q)
}

// A Demand is a Count of pods that are equal to Pod.
type Demand struct {
	Pod   *corev1.Pod
	Count int
}

// A Growth is how many nodes of a template some pods need.
type Growth struct {
	Added   int   // nodes
	Placed  []int // pods, by demand
	Pending []int // pods that do not fit even on a new node, or found no more of them
}

// Grow places the demands in order, pod by pod, and adds a node like the
// template whenever a pod fits nowhere but would fit with it, at most limit
// nodes. The nodes are named after the template with a number, and so is the
// value of their host name label. The cluster stays as it is. With an error,
// the Growth is what came of the pods before.
//
// This is the question of the cluster autoscaler, with the scheduler's own
// answer, scores included.
func (s *Scheduler) Grow(c *Cluster, template *corev1.Node, limit int, demands []Demand) (Growth, error) {
	c.Fork()
	g, err := s.grow(c, template, limit, demands)
	return g, errors.Join(err, c.Revert())
}

func (s *Scheduler) grow(c *Cluster, template *corev1.Node, limit int, demands []Demand) (Growth, error) {
	g := Growth{Placed: make([]int, len(demands)), Pending: make([]int, len(demands))}
	if template == nil {
		return g, errNilObject
	}
	stamp := newNode(template)
	for i, demand := range demands {
		p, err := s.admissible(c, demand.Pod)
		if err != nil && !errors.Is(err, ErrNoNodes) {
			return g, err
		}
		for done := 0; done < demand.Count; done++ {
			d, err := s.find(c, p)
			if d.Node == "" && err == nil && g.Added < limit {
				d, err = s.findOnNew(c, p, stamp, g.Added)
				if d.Node != "" {
					g.Added++
				}
			}
			if err != nil {
				return g, err
			}
			if d.Node == "" { // equal pods would fail as this one did
				g.Pending[i] = demand.Count - done
				break
			}
			c.putUnnamed(p, d)
			g.Placed[i]++
		}
	}
	return g, nil
}

// findOnNew is find with one node more, which stays if it helps.
func (s *Scheduler) findOnNew(c *Cluster, p pod, like *node, number int) (Decision, error) {
	c.Fork()
	err := c.stamp(like, number)
	var d Decision
	if err == nil {
		d, err = s.find(c, p)
	}
	if d.Node == "" {
		return d, errors.Join(err, c.Revert())
	}
	return d, c.Commit()
}

// stamp adds a node like another, with a number behind its name.
func (c *Cluster) stamp(like *node, number int) error {
	n := *like
	n.name = like.name + "-" + strconv.Itoa(number)
	if err := allow(adding, c.nodes[n.name] != nil, "node", n.name); err != nil {
		return err
	}
	if _, ok := like.labels[corev1.LabelHostname]; ok {
		n.labels = maps.Clone(like.labels)
		n.labels[corev1.LabelHostname] = n.name
	}
	c.join(&n)
	return nil
}
