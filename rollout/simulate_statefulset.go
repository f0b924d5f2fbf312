package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

type statefulEngine struct {
	podSim
	set       *appsv1.StatefulSet
	claims    []*corev1.PersistentVolumeClaim
	revisions []*appsv1.ControllerRevision
	last      StatefulSetSync
	refused   string // the pod that the quota refused
}

func newStatefulEngine(s Scenario, to *appsv1.StatefulSet) (*statefulEngine, error) {
	e := &statefulEngine{podSim: podSim{s: s, now: epoch()}, set: to.DeepCopy()}
	if s.From == nil {
		return e, nil
	}
	from, ok := s.From.(*appsv1.StatefulSet)
	if !ok {
		return nil, fmt.Errorf("rollout: the scenario goes from a %T to a StatefulSet", s.From)
	}
	e.set = from.DeepCopy()
	defaultStatefulSet(e.set)
	e.set.Status = appsv1.StatefulSetStatus{}
	e.s = Scenario{Startup: 1, MaxUnavailableStatefulSet: s.MaxUnavailableStatefulSet}
	e.set.Spec.MinReadySeconds = 0 // until the edit that begins the play
	if err := settle(e); err != nil {
		return nil, fmt.Errorf("rollout: StatefulSet From: %w", err)
	}
	e.s, e.made = s, 0
	e.longReady()
	return e, nil
}

// settle plays an engine until nothing happens any more.
func settle(e engine) error {
	for range 100000 {
		if _, err := e.sync(); err != nil {
			return err
		}
		at, more := e.next()
		if !more {
			return nil
		}
		e.advance(at)
	}
	return fmt.Errorf("it does not settle")
}

// longReady makes all pods ready since long before the play.
func (p *podSim) longReady() {
	p.now = epoch()
	for _, sp := range p.pods {
		pod := sp.pod.DeepCopy()
		pod.CreationTimestamp = metav1.NewTime(p.now.Add(-365 * 24 * time.Hour))
		for i := range pod.Status.Conditions {
			pod.Status.Conditions[i].LastTransitionTime = pod.CreationTimestamp
		}
		sp.pod = pod
	}
}

// defaultStatefulSet fills in what the API server would, as far as the rollout depends on it.
func defaultStatefulSet(s *appsv1.StatefulSet) {
	fill(&s.Spec.Replicas, 1)
	st := &s.Spec.UpdateStrategy
	if st.Type == "" {
		st.Type = appsv1.RollingUpdateStatefulSetStrategyType
		if st.RollingUpdate == nil {
			st.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{}
		}
	}
	if s.Spec.Selector == nil {
		s.Spec.Selector = labelSelector(s.Spec.Template.Labels)
	}
}

func (e *statefulEngine) edit(to runtime.Object) error {
	next, ok := to.(*appsv1.StatefulSet)
	if !ok {
		return fmt.Errorf("rollout: the scenario goes from a StatefulSet to a %T", to)
	}
	s := next.DeepCopy()
	defaultStatefulSet(s)
	s.Name, s.Namespace, s.UID, s.Status, s.Generation = e.set.Name, e.set.Namespace, e.set.UID, e.set.Status, e.set.Generation+1
	e.set = s
	return nil
}

func (e *statefulEngine) sync() (string, error) {
	var notes []string
	for range 100000 {
		e.refused = ""
		e.collect()
		y, err := SyncStatefulSet(StatefulSetState{Set: e.set, Pods: e.list(), Claims: e.claims, Revisions: e.revisions}, e.now, StatefulSetOptions{MaxUnavailable: e.s.MaxUnavailableStatefulSet})
		if err != nil {
			return "", err
		}
		e.last = y
		changed := false
		for _, w := range y.Writes {
			if !e.store(w) {
				e.refused = w.Name
				continue
			}
			if w.Kind == "Pod" && (w.Verb == Create || w.Verb == Delete) {
				notes = append(notes, string(w.Verb)+" "+w.Name)
			}
			changed = true
		}
		if !changed {
			break
		}
	}
	return strings.Join(notes, "; "), nil
}

// collect deletes the claims that go with a pod that is gone, as the garbage collector does.
func (e *statefulEngine) collect() {
	e.claims = slices.DeleteFunc(e.claims, func(c *corev1.PersistentVolumeClaim) bool {
		owner := controllerRef(c.OwnerReferences)
		return owner != nil && owner.Kind == "Pod" && !slices.ContainsFunc(e.pods, func(p *simPod) bool { return p.pod.UID == owner.UID })
	})
}

// store carries out a write; false when the quota refuses it.
func (e *statefulEngine) store(w Write) bool {
	switch o := w.Object.(type) {
	case *corev1.Pod:
		switch w.Verb {
		case Create:
			if !e.admits(o) {
				return false
			}
			e.create(o, "node")
		case Delete:
			e.delete(w.Name)
		default:
			e.replace(o)
		}
	case *corev1.PersistentVolumeClaim:
		e.claims = upsert(e.claims, o, func(c *corev1.PersistentVolumeClaim) bool { return c.Name == o.Name })
	case *appsv1.ControllerRevision:
		same := func(r *appsv1.ControllerRevision) bool { return r.Name == o.Name }
		if w.Verb == Delete {
			e.revisions = without(e.revisions, same)
		} else {
			e.revisions = upsert(e.revisions, o, same)
		}
	case *appsv1.StatefulSet:
		s := *e.set
		s.Status = o.Status
		e.set = &s
	}
	return true
}

func upsert[T any](list []*T, o *T, same func(*T) bool) []*T {
	for i := range list {
		if same(list[i]) {
			list[i] = o
			return list
		}
	}
	return append(list, o)
}

func without[T any](list []*T, same func(*T) bool) []*T {
	var out []*T
	for _, o := range list {
		if !same(o) {
			out = append(out, o)
		}
	}
	return out
}

func (e *statefulEngine) fresh(pod *corev1.Pod) bool {
	return pod.Labels[appsv1.StatefulSetRevisionLabel] == e.last.Status.UpdateRevision
}

func (e *statefulEngine) sample() Sample { return e.podSim.sample(e.set.Spec.MinReadySeconds, e.fresh) }

func (e *statefulEngine) next() (time.Time, bool) { return e.podSim.next(e.set.Spec.MinReadySeconds) }

func (e *statefulEngine) complete() bool {
	s := e.sample()
	return s.Old == 0 && s.Terminating == 0 && int32(s.New) == *e.set.Spec.Replicas && s.Available == s.New
}

func (e *statefulEngine) diagnose() Wedge {
	s := e.sample()
	w := Wedge{Rule: string(e.last.Rule)}
	partition := 0
	if ru := e.set.Spec.UpdateStrategy.RollingUpdate; ru != nil {
		partition = int(value(ru.Partition, 0))
	}
	stuck := e.brokenPod()
	switch {
	case e.refused != "":
		w.Rule = "quota"
		w.Why = fmt.Sprintf("the quota leaves no room for pod %s", e.refused)
		w.Remedy = fmt.Sprintf("raise the quota to at least %d pods", s.Pods()+1)
	case e.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
		w.Why = fmt.Sprintf("the strategy OnDelete replaces a pod only when somebody deletes it; %d are of an old revision", s.Old)
		w.Remedy = "delete the pods one by one, or set the strategy to RollingUpdate"
	case stuck != nil && e.set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement && !e.s.MaxUnavailableStatefulSet:
		w.Why = fmt.Sprintf("pod %s never becomes ready", stuck.Name)
		w.Remedy = "correct the template; the pod is then replaced without further help"
	case stuck != nil && e.set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement:
		w.Why = fmt.Sprintf("pod %s never becomes ready and uses up maxUnavailable", stuck.Name)
		w.Remedy = fmt.Sprintf("correct the template or revert it, then delete pod %s by hand: a corrected template alone does not replace it", stuck.Name)
	case stuck != nil:
		w.Why = fmt.Sprintf("pod %s never becomes ready, and nothing else happens before it does: neither an update nor a scale-down", stuck.Name)
		w.Remedy = fmt.Sprintf("correct the template or revert it, then delete pod %s by hand: a corrected template alone does not replace it", stuck.Name)
	case partition > 0 && s.Old > 0:
		w.Why = fmt.Sprintf("the partition %d keeps %d pods at the old revision", partition, s.Old)
		w.Remedy = "lower spec.updateStrategy.rollingUpdate.partition to 0"
	case s.Terminating > 0:
		w.Why = fmt.Sprintf("%d pods are still terminating", s.Terminating)
		w.Remedy = "let them end, or delete them by force"
	default:
		w.Why = fmt.Sprintf("%d of %d pods are available", s.Available, s.Old+s.New)
		w.Remedy = "find out why pods do not become available"
	}
	return w
}

// brokenPod is the first pod that will never be ready.
func (p *podSim) brokenPod() *corev1.Pod {
	for _, sp := range p.pods {
		if sp.goneAt.IsZero() && sp.readyAt.IsZero() && !PodReady(sp.pod) {
			return sp.pod
		}
	}
	return nil
}
