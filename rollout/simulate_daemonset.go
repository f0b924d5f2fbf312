package rollout

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

type daemonEngine struct {
	podSim
	set     *appsv1.DaemonSet
	nodes   []*corev1.Node
	last    DaemonSetSync
	refused int
}

func newDaemonEngine(s Scenario, to *appsv1.DaemonSet) (*daemonEngine, error) {
	e := &daemonEngine{podSim: podSim{s: s, now: epoch()}, set: to.DeepCopy(), nodes: s.Nodes}
	if s.From == nil {
		return e, nil
	}
	from, ok := s.From.(*appsv1.DaemonSet)
	if !ok {
		return nil, fmt.Errorf("rollout: the scenario goes from a %T to a DaemonSet", s.From)
	}
	e.set = from.DeepCopy()
	defaultDaemonSet(e.set)
	e.set.Status = appsv1.DaemonSetStatus{}
	e.s = Scenario{Startup: 1}
	e.set.Spec.MinReadySeconds = 0 // until the edit that begins the play
	if err := settle(e); err != nil {
		return nil, fmt.Errorf("rollout: DaemonSet From: %w", err)
	}
	e.s, e.made = s, 0
	e.longReady()
	return e, nil
}

// defaultDaemonSet fills in what the API server would, as far as the rollout depends on it: limits that are not given mean the
// same as their defaults.
func defaultDaemonSet(ds *appsv1.DaemonSet) {
	if ds.Spec.UpdateStrategy.Type == "" {
		ds.Spec.UpdateStrategy.Type = appsv1.RollingUpdateDaemonSetStrategyType
	}
	if ds.Spec.Selector == nil {
		ds.Spec.Selector = labelSelector(ds.Spec.Template.Labels)
	}
}

func (e *daemonEngine) edit(to runtime.Object) error {
	next, ok := to.(*appsv1.DaemonSet)
	if !ok {
		return fmt.Errorf("rollout: the scenario goes from a DaemonSet to a %T", to)
	}
	ds := next.DeepCopy()
	defaultDaemonSet(ds)
	ds.Name, ds.Namespace, ds.UID, ds.Status, ds.Generation = e.set.Name, e.set.Namespace, e.set.UID, e.set.Status, e.set.Generation+1
	e.set = ds
	return nil
}

func (e *daemonEngine) sync() (string, error) {
	made, deleted := 0, 0
	for range 100000 {
		y, err := SyncDaemonSet(DaemonSetState{Set: e.set, Nodes: e.nodes, Pods: e.list()}, e.now)
		if err != nil {
			return "", err
		}
		e.last, e.refused = y, 0
		changed := false
		for _, w := range y.Writes {
			switch o := w.Object.(type) {
			case *corev1.Pod:
				switch {
				case w.Verb == Create && !e.admits(o):
					e.refused++
					continue
				case w.Verb == Create:
					e.create(o, targetNode(o))
					made++
				case w.Verb == Delete:
					e.delete(w.Name)
					deleted++
				default:
					e.replace(o)
				}
			case *appsv1.ControllerRevision:
				continue // the hash of a template is the same with and without its revision
			case *appsv1.DaemonSet:
				ds := *e.set
				ds.Status = o.Status
				e.set = &ds
			}
			changed = true
		}
		if !changed {
			break
		}
	}
	var notes []string
	if deleted > 0 {
		notes = append(notes, fmt.Sprintf("delete %d", deleted))
	}
	if made > 0 {
		notes = append(notes, fmt.Sprintf("create %d", made))
	}
	return strings.Join(notes, "; "), nil
}

func (e *daemonEngine) fresh(pod *corev1.Pod) bool {
	return pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == e.last.Hash
}

func (e *daemonEngine) sample() Sample { return e.podSim.sample(e.set.Spec.MinReadySeconds, e.fresh) }

func (e *daemonEngine) next() (time.Time, bool) { return e.podSim.next(e.set.Spec.MinReadySeconds) }

func (e *daemonEngine) complete() bool {
	s := e.sample()
	return s.Old == 0 && s.Terminating == 0 && int32(s.New) == e.last.Status.DesiredNumberScheduled && s.Available == s.New
}

func (e *daemonEngine) diagnose() Wedge {
	s := e.sample()
	w := Wedge{Rule: string(e.last.Rule)}
	stuck := e.brokenPod()
	switch {
	case e.refused > 0:
		w.Rule = "quota"
		w.Why = fmt.Sprintf("the quota leaves no room for %d more pods", e.refused)
		w.Remedy = fmt.Sprintf("raise the quota to at least %d pods, or use maxUnavailable instead of maxSurge", s.Pods()+e.refused)
	case e.last.Rule == DaemonOnDelete:
		w.Why = fmt.Sprintf("the strategy OnDelete replaces a pod only when somebody deletes it; %d are of an old revision", s.Old)
		w.Remedy = "delete the pods one by one, or set the strategy to RollingUpdate"
	case stuck != nil:
		w.Why = fmt.Sprintf("pod %s on node %s never becomes ready and uses up what may be unavailable", stuck.Name, stuck.Spec.NodeName)
		w.Remedy = "correct the template or undo it: pods that are not available are then replaced at once"
	case s.Terminating > 0:
		w.Why = fmt.Sprintf("%d pods are still terminating", s.Terminating)
		w.Remedy = "let them end, or delete them by force"
	default:
		w.Why = fmt.Sprintf("%d of %d nodes have an available pod", s.Available, e.last.Status.DesiredNumberScheduled)
		w.Remedy = "find out why pods do not become available"
	}
	return w
}
