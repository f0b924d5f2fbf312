package scheduler

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A class that is asked for once is decided by a scan, which takes large
// clusters in parts: the best node must be found in each of them.
func TestScanInParts(t *testing.T) {
	schedulers := newBoth(t, Config{})
	const nodes = 2*minScan + 7
	for _, emptiest := range []int{0, 1, minScan, minScan + 3, nodes/2 - 1, nodes / 2, nodes/2 + 1, nodes - 2, nodes - 1} {
		c := NewCluster()
		for i := range nodes {
			cpu := "2"
			if i == emptiest || i == nodes/3 {
				cpu = "4"
			}
			n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%05d", i), Labels: map[string]string{"topology.kubernetes.io/zone": fmt.Sprint(i % 3)}}}
			n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse("4Gi"), "pods": resource.MustParse("10")}
			if err := c.AddNode(n); err != nil {
				t.Fatal(err)
			}
		}
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: "p"}}
		p.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}}
		if _, err := schedulers.best(t, c, p, "emptiest", emptiest); err != nil {
			t.Fatal(err)
		}
	}
}
