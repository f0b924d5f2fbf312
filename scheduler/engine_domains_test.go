package scheduler

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestEngineFollowsDomains holds the cached decisions to those of the plain path
// where one rule about other pods decides alone, on nodes labelled as in real
// clusters: with host names of their own and zones that they share. What the
// engine misses of such a rule no other rule makes it look at by chance.
func TestEngineFollowsDomains(t *testing.T) {
	selector := func(app string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}
	}
	term := func(app, key string) corev1.PodAffinityTerm {
		return corev1.PodAffinityTerm{LabelSelector: selector(app), TopologyKey: key}
	}
	weighted := func(app, key string) []corev1.WeightedPodAffinityTerm {
		return []corev1.WeightedPodAffinityTerm{{Weight: 7, PodAffinityTerm: term(app, key)}}
	}
	spread := func(app, key string, action corev1.UnsatisfiableConstraintAction) []corev1.TopologySpreadConstraint {
		return []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: key, WhenUnsatisfiable: action, LabelSelector: selector(app)}}
	}
	rules := []struct {
		name string
		set  func(spec *corev1.PodSpec, app, key string)
	}{
		{"required affinity", func(s *corev1.PodSpec, app, key string) {
			s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term(app, key)}}}
		}},
		{"required anti-affinity", func(s *corev1.PodSpec, app, key string) {
			s.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term(app, key)}}}
		}},
		{"preferred affinity", func(s *corev1.PodSpec, app, key string) {
			s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: weighted(app, key)}}
		}},
		{"preferred anti-affinity", func(s *corev1.PodSpec, app, key string) {
			s.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: weighted(app, key)}}
		}},
		{"hard spread", func(s *corev1.PodSpec, app, key string) {
			s.TopologySpreadConstraints = spread(app, key, corev1.DoNotSchedule)
		}},
		{"soft spread", func(s *corev1.PodSpec, app, key string) {
			s.TopologySpreadConstraints = spread(app, key, corev1.ScheduleAnyway)
		}},
	}
	schedulers := newBoth(t, Config{})
	for _, rule := range rules {
		for _, key := range []string{corev1.LabelHostname, corev1.LabelTopologyZone} {
			t.Run(rule.name+" by "+key, func(t *testing.T) {
				for seed := range uint64(12) {
					rng := rand.New(rand.NewPCG(seed, 3))
					c := NewCluster()
					nodes := 3 + rng.IntN(6)
					for i := range nodes {
						n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", i)}}
						n.Labels = map[string]string{corev1.LabelHostname: n.Name, corev1.LabelTopologyZone: fmt.Sprint("z", i%3)}
						n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("16"), "memory": resource.MustParse("64Gi"), "pods": resource.MustParse("12")}
						if err := c.AddNode(n); err != nil {
							t.Fatal(err)
						}
					}
					var placed []*corev1.Pod
					for step := range 50 {
						if len(placed) > 0 && rng.IntN(4) == 0 {
							i := rng.IntN(len(placed))
							if err := c.RemovePod(placed[i].Namespace, placed[i].Name); err != nil {
								t.Fatal(err)
							}
							placed = append(placed[:i], placed[i+1:]...)
						}
						p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "d", Name: fmt.Sprint("p", step), Labels: map[string]string{"app": string("ab"[rng.IntN(2)])}}}
						p.Spec.Containers = []corev1.Container{{Name: "c"}}
						if rng.IntN(3) > 0 { // the others have no rule, but are told of, or shunned, by those with one
							rule.set(&p.Spec, string("ab"[rng.IntN(2)]), key)
						}
						d, err := schedulers.best(t, c, p, "seed", seed, "step", step)
						node := d.Node
						if err != nil || rng.IntN(4) == 0 {
							node = fmt.Sprint("n", rng.IntN(nodes)) // as the user's own decisions come in
						}
						if err := c.Place(p, node); err == nil {
							placed = append(placed, p)
						}
					}
				}
			})
		}
	}
}
