package scheduler_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/scheduler"
	"github.com/kubealgo/kubealgo/taints"
)

// own are three plugins of kube-scheduler written as rules of the caller's own.
// Their names begin with "own".
func own() []scheduler.Rule {
	prepared := func(name string, prepare func(*corev1.Pod) scheduler.PodRule) scheduler.Rule {
		return scheduler.Rule{Name: "own" + name, Prepare: func(pod *corev1.Pod, _ iter.Seq[scheduler.NodeView]) (scheduler.PodRule, error) {
			return prepare(pod), nil
		}}
	}
	filter := func(admits func(scheduler.NodeView) bool, reason string) func(scheduler.NodeView) (scheduler.Verdict, error) {
		return func(n scheduler.NodeView) (scheduler.Verdict, error) {
			if admits(n) {
				return scheduler.Verdict{}, nil
			}
			return scheduler.Verdict{Code: scheduler.UnschedulableAndUnresolvable, Reasons: []string{reason}}, nil
		}
	}
	return []scheduler.Rule{
		prepared("NodeUnschedulable", func(pod *corev1.Pod) scheduler.PodRule {
			cordon := []corev1.Taint{{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}}
			_, minds := taints.FirstUntolerated(cordon, pod.Spec.Tolerations, taints.All, taints.Options{})
			return scheduler.PodRule{Filter: filter(func(n scheduler.NodeView) bool { return !n.Unschedulable() || !minds }, "node(s) were unschedulable")}
		}),
		prepared("NodeName", func(pod *corev1.Pod) scheduler.PodRule {
			return scheduler.PodRule{Filter: filter(func(n scheduler.NodeView) bool {
				return pod.Spec.NodeName == "" || pod.Spec.NodeName == n.Name()
			}, "node(s) didn't match the requested node name")}
		}),
		prepared("TaintToleration", func(pod *corev1.Pod) scheduler.PodRule {
			return scheduler.PodRule{
				Filter: filter(func(n scheduler.NodeView) bool {
					_, untolerated := taints.FirstUntolerated(n.Taints(), pod.Spec.Tolerations, taints.Hard, taints.Options{})
					return !untolerated
				}, "node(s) had untolerated taint(s)"),
				Score: func(n scheduler.NodeView) (int64, error) {
					var untolerated int64
					for _, taint := range n.Taints() {
						if _, bad := taints.FirstUntolerated([]corev1.Taint{taint}, pod.Spec.Tolerations, taints.PreferNoSchedule, taints.Options{}); bad {
							untolerated++
						}
					}
					return untolerated, nil
				},
				Normalize: func(scores []scheduler.NodeScore) error {
					var most int64
					for _, s := range scores {
						most = max(most, s.Score)
					}
					for i := range scores {
						scores[i].Score = 100 - 100*scores[i].Score/max(1, most)
					}
					return nil
				},
			}
		}),
	}
}

// A plugin written as a rule, in its place and with its weight, decides as the
// plugin does: for one pod, for the next one, for preemption and for what-ifs.
func TestOwnRulesAreLikePlugins(t *testing.T) {
	const order = "SchedulingGates PrioritySort NodeUnschedulable NodeName TaintToleration=3 NodeAffinity=2 NodePorts NodeResourcesFit=1 VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread=2 InterPodAffinity=2 DynamicResources=2 DefaultPreemption NodeResourcesBalancedAllocation=1 ImageLocality=1 DefaultBinder NodeDeclaredFeatures"
	with := order
	for _, r := range own() {
		with = strings.Replace(with, r.Name[len("own"):], r.Name, 1)
	}
	check(t, func(t *rapid.T, s situation) {
		s.config.Features.TaintTolerationComparisonOperators = false
		theirs := s.config
		theirs.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("*"), Enabled: plugins(strings.Fields(order)...)}}
		ours := theirs
		ours.Plugins = scheduler.Plugins{MultiPoint: scheduler.PluginSet{Disabled: plugins("*"), Enabled: plugins(strings.Fields(with)...)}}
		ours.Rules = own()
		said := func(config scheduler.Config) string {
			c, sched := forgiving(s.objects), newScheduler(t, config)
			text := everything(t, sched, c, s.pod) + everything(t, sched, c, s.pod)
			p, err := sched.Preempt(c, s.pod)
			text += fmt.Sprintf("%v %v\n", err, err == nil && p.Message != "")
			if err == nil {
				text += fmt.Sprintf("%+v %s\n", p.Candidates, p.Message)
			}
			n, err := sched.HowMany(c, s.pod, 5)
			return strings.ReplaceAll(text+fmt.Sprint(n, err), "own", "")
		}
		if a, b := said(ours), said(theirs); a != b {
			t.Fatalf("rules:\n%s\nplugins:\n%s", a, b)
		}
	})
}
