package rollout

import (
	"fmt"
	"iter"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// manage finds the nodes that lack a pod and the pods that should not be.
func (y *daemonSyncer) manage() {
	n, err := y.scaled(surgeOf(y.ds), 1)
	y.surges = err == nil && n > 0
	for i := range y.nodes {
		y.manageNode(&y.nodes[i])
	}
	for i := range y.stray {
		for _, pod := range y.stray[i].pods {
			if pod.Spec.NodeName == "" {
				y.delete = append(y.delete, pod)
			}
		}
	}
}

func (y *daemonSyncer) manageNode(p *daemonPlace) {
	switch {
	case p.run && len(p.pods) == 0:
		y.create = append(y.create, p.node)
	case p.mayStay:
		y.tidyNode(p)
	default:
		for _, pod := range p.pods {
			if pod.DeletionTimestamp == nil {
				y.delete = append(y.delete, pod)
			}
		}
	}
}

// tidyNode removes finished and superfluous pods of a node.
func (y *daemonSyncer) tidyNode(p *daemonPlace) {
	running := make([]*corev1.Pod, 0, 2)
	for _, pod := range p.pods {
		switch {
		case pod.DeletionTimestamp != nil:
		case pod.Status.Phase == corev1.PodFailed:
			if y.s.BackOff != nil && y.s.BackOff(p.node) {
				continue
			}
			y.out.Events = append(y.out.Events, warningEvent("FailedDaemonPod", fmt.Sprintf("Found failed daemon pod %s/%s on node %s, will try to kill it", pod.Namespace, pod.Name, p.node)))
			y.delete = append(y.delete, pod)
		case pod.Status.Phase == corev1.PodSucceeded:
			y.out.Events = append(y.out.Events, normalEvent("SucceededDaemonPod", fmt.Sprintf("Found succeeded daemon pod %s/%s on node %s, will try to delete it", pod.Namespace, pod.Name, p.node)))
			y.delete = append(y.delete, pod)
		default:
			running = append(running, pod)
		}
	}
	if !y.surges {
		if len(running) > 1 {
			sortOldest(running)
			y.delete = append(y.delete, running[1:]...)
		}
		return
	}
	if len(running) == 0 && p.run {
		y.create = append(y.create, p.node)
	}
	if len(running) > 1 {
		y.tidySurge(running)
	}
}

// tidySurge keeps the oldest new and the oldest old pod of a node, and ends the old one's time when it is not ready or the
// new one is available.
func (y *daemonSyncer) tidySurge(running []*corev1.Pod) {
	sortOldest(running)
	var newest, oldest *corev1.Pod
	for _, pod := range running {
		keep := &oldest
		if pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == y.hash {
			keep = &newest
		}
		if *keep == nil {
			*keep = pod
			continue
		}
		y.delete = append(y.delete, pod)
	}
	if newest != nil && oldest != nil && (!PodReady(oldest) || y.available(newest)) {
		y.delete = append(y.delete, oldest)
	}
}

func sortOldest(pods []*corev1.Pod) { slices.SortStableFunc(pods, oldest) }

// oldest orders pods with a node first, then by age.
func oldest(a, b *corev1.Pod) int {
	if x, y := a.Spec.NodeName != "", b.Spec.NodeName != ""; x != y {
		return first(x)
	}
	return compareCreation(a, b)
}

func (y *daemonSyncer) available(pod *corev1.Pod) bool {
	return PodAvailable(pod, y.ds.Spec.MinReadySeconds, y.now)
}

func surgeOf(ds *appsv1.DaemonSet) *intstr.IntOrString {
	if ru := rollingDaemon(ds); ru != nil {
		return ru.MaxSurge
	}
	return nil
}

func rollingDaemon(ds *appsv1.DaemonSet) *appsv1.RollingUpdateDaemonSet {
	if ds.Spec.UpdateStrategy.Type != appsv1.RollingUpdateDaemonSetStrategyType {
		return nil
	}
	return ds.Spec.UpdateStrategy.RollingUpdate
}

// scaled resolves a limit of the strategy, rounded up; nil is zero.
func (y *daemonSyncer) scaled(v *intstr.IntOrString, desired int) (int, error) {
	if v == nil {
		return 0, nil
	}
	return Scaled(v, desired, RoundUp)
}

// limits resolves maxSurge and maxUnavailable for a number of nodes.
func (y *daemonSyncer) limits(desired int) (surge, unavailable int, err error) {
	if surge, err = y.scaled(surgeOf(y.ds), desired); err != nil {
		return 0, 0, fmt.Errorf("invalid value for MaxSurge: %v", err)
	}
	if ru := rollingDaemon(y.ds); ru != nil {
		if unavailable, err = y.scaled(ru.MaxUnavailable, desired); err != nil {
			return 0, 0, fmt.Errorf("invalid value for MaxUnavailable: %v", err)
		}
	}
	if desired > 0 && surge == 0 && unavailable == 0 {
		unavailable = 1
	}
	return surge, unavailable, nil
}

// updated reports whether a pod is of the current revision.
func (y *daemonSyncer) updated(pod *corev1.Pod) bool {
	if y.generation != "" && pod.Labels["pod-template-generation"] == y.generation {
		return true
	}
	return y.hash != "" && pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey] == y.hash
}

// update is one step of the RollingUpdate strategy.
func (y *daemonSyncer) update() error {
	if y.ds.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		y.out.Rule = DaemonOnDelete
		return nil
	}
	y.out.Rule = DaemonSettled
	if y.ds.Spec.UpdateStrategy.Type != appsv1.RollingUpdateDaemonSetStrategyType {
		return nil
	}
	desired := 0
	for i := range y.nodes {
		if y.nodes[i].run {
			desired++
		}
	}
	surge, unavailable, err := y.limits(desired)
	if err != nil {
		return fmt.Errorf("couldn't get unavailable numbers: %w", err)
	}
	var waiting int
	if surge == 0 {
		waiting = y.replace(unavailable)
	} else {
		waiting = y.replaceBySurge(surge, desired)
	}
	switch {
	case len(y.delete)+len(y.create) > 0:
		y.out.Rule = DaemonUpdate
		y.flush()
	case waiting > 0:
		y.out.Rule = DaemonWait
	}
	return nil
}

// onNode finds the new and the old pod of a node, leaving terminating ones aside; false when there is more than one of a
// kind.
func (y *daemonSyncer) onNode(p *daemonPlace) (fresh, old *corev1.Pod, ok bool) {
	for _, pod := range p.pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		if y.updated(pod) {
			if fresh != nil {
				return nil, nil, false
			}
			fresh = pod
		} else {
			if old != nil {
				return nil, nil, false
			}
			old = pod
		}
	}
	return fresh, old, true
}

// replace deletes old pods: those that are not available at once, available ones as far as the limit allows. It returns how
// many had to wait.
func (y *daemonSyncer) replace(limit int) int {
	unavailable := 0
	var candidates []*corev1.Pod
	for p := range places(y.nodes, y.stray) {
		if len(p.pods) == 0 {
			continue
		}
		fresh, old, ok := y.onNode(p)
		switch {
		case !ok, fresh == nil && old == nil, fresh != nil && old != nil:
			unavailable++
		case fresh != nil:
			if !y.available(fresh) {
				unavailable++
			}
		case !y.available(old):
			unavailable++
			y.delete = append(y.delete, old)
		default:
			candidates = append(candidates, old)
		}
	}
	n := min(max(limit-unavailable, 0), len(candidates))
	y.delete = append(y.delete, candidates[:n]...)
	return len(candidates) - n
}

// replaceBySurge creates new pods beside old ones and deletes the old when the new are available. It returns how many nodes
// had to wait.
func (y *daemonSyncer) replaceBySurge(limit, desired int) int {
	surging, available := 0, 0
	var candidates []string
	var deferred []*corev1.Pod
	for p := range places(y.stray, y.nodes) {
		fresh, old, ok := y.onNode(p)
		if fresh != nil && y.available(fresh) || old != nil && y.available(old) {
			available++
		}
		switch {
		case !ok:
			surging++
		case old == nil:
		case fresh == nil && !y.available(old):
			if p.run {
				y.create = append(y.create, p.node)
			} else {
				y.delete = append(y.delete, old)
			}
		case fresh == nil:
			if p.run {
				candidates = append(candidates, p.node)
			} else {
				deferred = append(deferred, old)
			}
		case !y.available(fresh):
			surging++
		default:
			y.delete = append(y.delete, old)
		}
	}
	n := min(max(limit-surging, 0), len(candidates))
	y.create = append(y.create, candidates[:n]...)
	y.delete = append(y.delete, deferred[:min(max(available-desired, 0), len(deferred))]...)
	return len(candidates) - n
}

// places goes through nodes in two lists.
func places(lists ...[]daemonPlace) iter.Seq[*daemonPlace] {
	return func(yield func(*daemonPlace) bool) {
		for _, list := range lists {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}
