package rollout

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// simPod is a pod under simulation together with what will happen to it.
type simPod struct {
	pod     *corev1.Pod
	readyAt time.Time // zero for never, or when it is ready already
	goneAt  time.Time // zero while it is not terminating
	each    corev1.ResourceList
}

// podSim is the pods of a StatefulSet or DaemonSet.
type podSim struct {
	s    Scenario
	now  time.Time
	pods []*simPod // by name
	made int
	ids  int
}

// list returns the pods as objects.
func (p *podSim) list() []*corev1.Pod {
	out := make([]*corev1.Pod, len(p.pods))
	for i := range p.pods {
		out[i] = p.pods[i].pod
	}
	return out
}

// admits reports whether the quota has room for a pod.
func (p *podSim) admits(pod *corev1.Pod) bool {
	return len(p.s.Quota) == 0 || room(p.s.Quota, p.requests(), templateUse(&corev1.PodTemplateSpec{Spec: pod.Spec}), len(p.pods)) > 0
}

// create adds a pod that starts now on a node.
func (p *podSim) create(pod *corev1.Pod, node string) {
	p.ids++
	pod.UID = types.UID(fmt.Sprintf("pod-%06d", p.ids))
	if pod.Name == "" {
		pod.Name = fmt.Sprintf("%s%06d", pod.GenerateName, p.ids)
	}
	pod.CreationTimestamp = metav1.NewTime(p.now)
	pod.Spec.NodeName = node
	pod.Status.Phase = corev1.PodRunning
	sp := &simPod{pod: pod, each: templateUse(&corev1.PodTemplateSpec{Spec: pod.Spec})}
	if p.s.Broken == nil || !p.s.Broken(&corev1.PodTemplateSpec{ObjectMeta: *pod.ObjectMeta.DeepCopy(), Spec: *pod.Spec.DeepCopy()}) {
		startup := p.s.Startup
		if p.s.StartupOf != nil {
			startup = p.s.StartupOf(p.made)
		}
		sp.readyAt = p.now.Add(max(startup, 1))
	}
	p.made++
	at, _ := slices.BinarySearchFunc(p.pods, pod.Name, func(s *simPod, name string) int { return strings.Compare(s.pod.Name, name) })
	p.pods = slices.Insert(p.pods, at, sp)
}

// delete begins the end of a pod.
func (p *podSim) delete(name string) {
	for i, sp := range p.pods {
		if sp.pod.Name != name || !sp.goneAt.IsZero() {
			continue
		}
		if p.s.Stop <= 0 {
			p.pods = slices.Delete(p.pods, i, i+1)
			return
		}
		pod := sp.pod.DeepCopy()
		at := metav1.NewTime(p.now)
		pod.DeletionTimestamp = &at
		sp.pod, sp.goneAt = pod, p.now.Add(p.s.Stop)
		return
	}
}

// replace stores a pod that a controller edited, which takes back no deletion.
func (p *podSim) replace(pod *corev1.Pod) {
	for _, sp := range p.pods {
		if sp.pod.Name == pod.Name {
			pod.DeletionTimestamp = sp.pod.DeletionTimestamp
			sp.pod = pod
		}
	}
}

func (p *podSim) advance(to time.Time) {
	p.now = to
	kept := p.pods[:0]
	for _, sp := range p.pods {
		if !sp.goneAt.IsZero() && !sp.goneAt.After(to) {
			continue
		}
		if !sp.readyAt.IsZero() && !sp.readyAt.After(to) && sp.goneAt.IsZero() {
			pod := sp.pod.DeepCopy()
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(sp.readyAt)}}
			sp.pod, sp.readyAt = pod, time.Time{}
		}
		kept = append(kept, sp)
	}
	clear(p.pods[len(kept):])
	p.pods = kept
}

// next is the next instant at which a pod becomes ready or available or is gone.
func (p *podSim) next(minReady int32) (time.Time, bool) {
	first := int64(math.MaxInt64)
	var at time.Time
	see := func(t time.Time) {
		if n := t.UnixNano(); t.After(p.now) && n < first {
			first, at = n, t
		}
	}
	for _, sp := range p.pods {
		switch {
		case !sp.goneAt.IsZero():
			see(sp.goneAt)
		case !sp.readyAt.IsZero():
			see(sp.readyAt)
		default:
			if c := readyCondition(sp.pod); c != nil && minReady > 0 {
				see(c.LastTransitionTime.Add(time.Duration(minReady) * time.Second))
			}
		}
	}
	return at, first != math.MaxInt64
}

// sample counts the pods; fresh tells which are of the latest template.
func (p *podSim) sample(minReady int32, fresh func(*corev1.Pod) bool) Sample {
	var s Sample
	for _, sp := range p.pods {
		if sp.pod.DeletionTimestamp != nil {
			s.Terminating++
			continue
		}
		if fresh(sp.pod) {
			s.New++
		} else {
			s.Old++
		}
		if PodReady(sp.pod) {
			s.Ready++
			if PodAvailable(sp.pod, minReady, p.now) {
				s.Available++
			}
		}
	}
	return s
}

func (p *podSim) requests() corev1.ResourceList {
	sum := corev1.ResourceList{}
	for _, sp := range p.pods {
		times(sum, sp.each, 1)
	}
	return sum
}
