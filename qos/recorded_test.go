package qos_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/recorded"
	"github.com/kubealgo/kubealgo/qos"
)

func TestRecordedClasses(t *testing.T) {
	var vectors []recorded.Class
	if err := recorded.Load("testdata/class.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if got := qos.Class(v.Pod, qos.Options{}); got != v.Class {
			t.Errorf("vector %d: class %s, upstream %s", i, got, v.Class)
		}
		if got := qos.Effective(v.Pod, qos.Options{}); got != v.Effective {
			t.Errorf("vector %d: effective class %s, upstream %s", i, got, v.Effective)
		}
		if got := qos.Mismatch(v.Pod, qos.Options{}); got != (v.Class != v.Effective) {
			t.Errorf("vector %d: mismatch %v", i, got)
		}
		if qos.IsCritical(v.Pod) != v.Critical || qos.IsNodeCritical(v.Pod) != v.NodeCritical {
			t.Errorf("vector %d: critical %v, upstream %v", i, qos.IsCritical(v.Pod), v.Critical)
		}
		if got := qos.Explain(v.Pod, qos.Options{}).Class; got != v.Class {
			t.Errorf("vector %d: explained class %s, upstream %s", i, got, v.Class)
		}
		if v.OOM == nil {
			continue
		}
		for _, c := range containers(v.Pod) {
			if got := qos.OOMScoreAdj(v.Pod, c, v.Memory, qos.Options{}); got != v.OOM[c.Name] {
				t.Errorf("vector %d: container %s: %d, upstream %d", i, c.Name, got, v.OOM[c.Name])
			}
		}
	}
}

func containers(pod *corev1.Pod) []*corev1.Container {
	var out []*corev1.Container
	for i := range pod.Spec.Containers {
		out = append(out, &pod.Spec.Containers[i])
	}
	for i := range pod.Spec.InitContainers {
		out = append(out, &pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.EphemeralContainers {
		c := corev1.Container(pod.Spec.EphemeralContainers[i].EphemeralContainerCommon)
		out = append(out, &c)
	}
	return out
}

func TestRecordedPreemptions(t *testing.T) {
	var vectors []recorded.Preemption
	if err := recorded.Load("testdata/preempt.json.gz", &vectors); err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		victims, err := qos.Preempt(v.Preemptor, v.Pods, v.Needs, qos.Options{})
		text := ""
		if err != nil {
			text = err.Error()
		}
		var got []int
		for _, victim := range victims {
			got = append(got, slices.Index(v.Pods, victim.Pod))
			if victim.Class != qos.Effective(victim.Pod, qos.Options{}) {
				t.Errorf("vector %d: victim of class %s", i, victim.Class)
			}
		}
		if text != v.Error || !slices.Equal(got, v.Victims) {
			t.Errorf("vector %d: victims %v %q, upstream %v %q", i, got, text, v.Victims, v.Error)
		}
	}
}
