package rollout

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

type deploymentEngine struct {
	s      Scenario
	d      *appsv1.Deployment
	sets   []*setSim
	byName map[string]*setSim
	now    time.Time
	events podEvents
	seq    int
	made   int
	edits  int
	rule   DeploymentRule
	syncer deploymentSyncer
}

func newDeploymentEngine(s Scenario, to *appsv1.Deployment) (*deploymentEngine, error) {
	e := &deploymentEngine{s: s, now: epoch(), byName: map[string]*setSim{}}
	from := to
	if s.From != nil {
		f, ok := s.From.(*appsv1.Deployment)
		if !ok {
			return nil, fmt.Errorf("rollout: the scenario goes from a %T to a Deployment", s.From)
		}
		from = f
	}
	e.d = from.DeepCopy()
	defaultDeployment(e.d)
	e.d.Status = appsv1.DeploymentStatus{}
	if s.From == nil {
		return e, nil
	}
	return e, e.settle()
}

// defaultDeployment fills in what the API server would, as far as the rollout depends on it.
func defaultDeployment(d *appsv1.Deployment) {
	fill(&d.Spec.Replicas, 1)
	fill(&d.Spec.RevisionHistoryLimit, 10)
	st := &d.Spec.Strategy
	if st.Type == "" {
		st.Type = appsv1.RollingUpdateDeploymentStrategyType
	}
	if st.RollingUpdate == nil {
		st.RollingUpdate = &appsv1.RollingUpdateDeployment{}
	}
	quarter := percentOf(25)
	st.RollingUpdate.MaxSurge = cmp.Or(st.RollingUpdate.MaxSurge, &quarter)
	st.RollingUpdate.MaxUnavailable = cmp.Or(st.RollingUpdate.MaxUnavailable, &quarter)
	if d.Spec.Selector == nil {
		d.Spec.Selector = labelSelector(d.Spec.Template.Labels)
	}
}

// settle plays the starting state into being with pods that start at once.
func (e *deploymentEngine) settle() error {
	scenario := e.s
	e.d.Spec.Paused = false // until the edit that begins the play
	e.s = Scenario{Startup: time.Nanosecond, Until: scenario.Until}
	for range 10000 {
		if _, err := e.sync(); err != nil {
			return err
		}
		at, more := e.next()
		if e.complete() || !more {
			break
		}
		e.advance(at)
	}
	if !e.complete() {
		return errors.New("rollout: the Deployment From does not settle")
	}
	e.s, e.made, e.events = scenario, 0, nil
	// Long since: the pods have been available for as long as anybody asks.
	e.now = epoch()
	return nil
}

func (e *deploymentEngine) edit(to runtime.Object) error {
	next, ok := to.(*appsv1.Deployment)
	if !ok {
		return fmt.Errorf("rollout: the scenario goes from a Deployment to a %T", to)
	}
	d := next.DeepCopy()
	defaultDeployment(d)
	d.Name, d.Namespace, d.UID = e.d.Name, e.d.Namespace, e.d.UID
	d.Status, d.Generation = e.d.Status, e.d.Generation+1
	e.d = d
	e.edits++
	return nil
}

// sync runs the Deployment's and the ReplicaSets' controllers in turn until neither does anything.
func (e *deploymentEngine) sync() (string, error) {
	var notes []string
	collided := false
	for range 1000 {
		collisions := value(e.d.Status.CollisionCount, 0)
		changed, texts, err := e.syncDeployment()
		if err != nil && (collided || collisions == value(e.d.Status.CollisionCount, 0)) {
			return "", err
		}
		collided = collided || err != nil // once is chance: the status says so, and the next sync takes another name
		notes = append(notes, texts...)
		moved := e.syncSets()
		if !changed && !moved {
			break
		}
	}
	return strings.Join(notes, "; "), nil
}

func (e *deploymentEngine) syncDeployment() (changed bool, notes []string, err error) {
	state := DeploymentState{Deployment: e.d, ReplicaSets: e.replicaSets(), Pods: e.leavingPods()}
	y := &e.syncer
	y.begin(state, e.now, DeploymentOptions{Share: true})
	y.known = e.sameTemplate
	err = y.run()
	out := y.out
	e.rule = out.Rule
	if y.dirty {
		e.d.Status, e.d.Annotations = y.d.Status, y.d.Annotations
		changed = true
	}
	for _, w := range out.Writes {
		changed = true
		switch o := w.Object.(type) {
		case *appsv1.ReplicaSet:
			e.apply(w.Verb, o)
		case *appsv1.Deployment:
			d := o.DeepCopy()
			d.Generation++
			e.d = d
			e.edits++
		}
	}
	for _, ev := range out.Events {
		notes = append(notes, ev.Message)
	}
	return changed, notes, err
}

// leavingPods stands in for terminating pods, which only the Recreate strategy waits for.
func (e *deploymentEngine) leavingPods() []*corev1.Pod {
	if e.d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		return nil
	}
	var pods []*corev1.Pod
	for _, s := range e.sets {
		if s.terminating > 0 {
			pod := &corev1.Pod{}
			pod.Namespace = e.d.Namespace
			pod.OwnerReferences = append(pod.OwnerReferences, newControllerRef(s.rs, replicaSetKind))
			pods = append(pods, pod)
		}
	}
	return pods
}

func (e *deploymentEngine) replicaSets() []*appsv1.ReplicaSet {
	out := make([]*appsv1.ReplicaSet, 0, len(e.sets))
	for _, s := range e.sets {
		out = append(out, s.rs)
	}
	return out
}

// sameTemplate compares a ReplicaSet's template with the Deployment's, once per edit.
func (e *deploymentEngine) sameTemplate(rs *appsv1.ReplicaSet) bool {
	s, ok := e.byName[rs.Name]
	if !ok {
		return SameTemplate(&rs.Spec.Template, &e.d.Spec.Template)
	}
	if s.matches != e.edits+1 {
		s.matches, s.same = e.edits+1, SameTemplate(&rs.Spec.Template, &e.d.Spec.Template)
	}
	return s.same
}

// apply stores what the Deployment's controller wrote.
func (e *deploymentEngine) apply(v Verb, rs *appsv1.ReplicaSet) {
	switch v {
	case Create:
		rs.UID = types.UID(fmt.Sprintf("set-%d", len(e.byName)))
		rs.CreationTimestamp = metav1.NewTime(e.now.Add(time.Duration(len(e.byName))))
		s := &setSim{rs: rs, each: templateUse(&rs.Spec.Template)}
		s.broken = e.s.Broken != nil && e.s.Broken(rs.Spec.Template.DeepCopy())
		e.sets = append(e.sets, s)
		e.byName[rs.Name] = s
	case Delete:
		for i, s := range e.sets {
			if s.rs.Name == rs.Name {
				e.sets = append(e.sets[:i:i], e.sets[i+1:]...)
			}
		}
		delete(e.byName, rs.Name)
	default:
		if s, ok := e.byName[rs.Name]; ok {
			rs.Status = s.rs.Status
			s.rs = rs
		}
	}
}

// next is when the next group of pods changes. That a deadline passes changes no pod.
func (e *deploymentEngine) next() (time.Time, bool) {
	if len(e.events) == 0 {
		return time.Time{}, false
	}
	return e.events[0].at, true
}

func (e *deploymentEngine) advance(to time.Time) {
	e.now = to
	for len(e.events) > 0 && !e.events[0].at.After(to) {
		ev := heap.Pop(&e.events).(podEvent)
		switch c := ev.group; {
		case ev.leaves > 0:
			ev.set.terminating -= ev.leaves
		case c == nil || c.count == 0:
		case !c.ready:
			c.ready = true
			ev.set.ready += c.count
			wait := time.Duration(ev.set.rs.Spec.MinReadySeconds) * time.Second
			e.push(podEvent{at: ev.at.Add(wait), set: ev.set, group: c})
		default:
			c.avail = true
			ev.set.available += c.count
		}
	}
	for _, s := range e.sets {
		e.status(s)
	}
}

func (e *deploymentEngine) sample() Sample {
	var out Sample
	for _, s := range e.sets {
		if e.sameTemplate(s.rs) {
			out.New += s.total
		} else {
			out.Old += s.total
		}
		out.Ready += s.ready
		out.Available += s.available
		out.Terminating += s.terminating
	}
	return out
}

func (e *deploymentEngine) requests() corev1.ResourceList {
	sum := corev1.ResourceList{}
	for _, s := range e.sets {
		times(sum, s.each, s.pods()+s.terminating)
	}
	return sum
}

func (e *deploymentEngine) complete() bool {
	s := e.sample()
	return e.rule == RuleSettled && s.Old == 0 && int32(s.New) == *e.d.Spec.Replicas && s.Available == s.New
}
