package scheduler

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestSmoke(t *testing.T) {
	c := NewCluster()
	for _, n := range []string{"a", "b"} {
		if err := c.AddNode(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("110")}}}); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := New(Config{})
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: "p"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("1Gi")}}}}}}
	d, err := s.Schedule(c, p)
	t.Log(d, err)
	if d.Score != 452 {
		t.Fatal(d)
	}
	p.Spec.Containers[0].Resources.Requests["cpu"] = resource.MustParse("5")
	_, err = s.Schedule(c, p)
	t.Log(err)
}
