package rollout_test

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

func Example() {
	plan, err := rollout.Simulate(rollout.Scenario{From: deployment("shop:1.4", 10), To: deployment("shop:1.5", 10), Stop: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	for _, s := range plan.Samples {
		fmt.Printf("%4v old %2d new %2d available %2d pods %2d\n", s.At, s.Old, s.New, s.Available, s.Pods())
	}
	fmt.Println("quota:", plan.Summary.PeakPods, "pods; lowest:", plan.Summary.MinAvailable, "available; wedged:", plan.Wedge != nil)
	// Output:
	//   0s old 10 new  0 available 10 pods 10
	//   0s old  8 new  5 available  8 pods 15
	//   5s old  8 new  5 available  8 pods 13
	//  10s old  3 new 10 available  8 pods 18
	//  15s old  3 new 10 available  8 pods 13
	//  20s old  0 new 10 available 10 pods 13
	//  25s old  0 new 10 available 10 pods 10
	// quota: 18 pods; lowest: 8 available; wedged: false
}

func ExampleSimulate() {
	plan, _ := rollout.Simulate(rollout.Scenario{
		From:   statefulSet("db:1", 3),
		To:     statefulSet("broken", 3),
		Broken: func(t *corev1.PodTemplateSpec) bool { return t.Spec.Containers[0].Image == "broken" },
		Steps:  []rollout.Step{{At: time.Minute, To: statefulSet("db:1", 3)}},
	})
	fmt.Println(plan.Wedge.Rule)
	fmt.Println(plan.Wedge.Remedy)
	// Output:
	// wait-ready
	// correct the template or revert it, then delete pod db-2 by hand: a corrected template alone does not replace it
}

func ExampleSyncDeployment() {
	d := rolling(deployment("web:1", 3), intstr.FromString("25%"), intstr.FromString("25%"))
	sync, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, time.Unix(0, 0), rollout.DeploymentOptions{})
	if err != nil {
		panic(err)
	}
	for _, w := range sync.Writes {
		fmt.Println(w.Verb, w.Kind, w.Name)
	}
	fmt.Println(sync.Events[0].Message)
	// Output:
	// create ReplicaSet web-85c5b7874c
	// update-status Deployment web
	// Scaled up replica set web-85c5b7874c from 0 to 3
}

func ExampleTemplateHash() {
	t := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web", "b": "c"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx:1.25"}}},
	}
	one := int32(1)
	fmt.Println(rollout.TemplateHash(&t, nil), rollout.TemplateHash(&t, &one))
	// Output: 78c6b8d7bb 696d654d75
}

func ExampleRevisionHash() {
	fmt.Println(rollout.RevisionHash([]byte("{}"), nil))
	// Output: 5894b84845
}

func ExampleStatefulSetRevisionData() {
	data, _ := rollout.StatefulSetRevisionData(&corev1.PodTemplateSpec{Spec: corev1.PodSpec{TerminationGracePeriodSeconds: ptr(int64(1)<<53 + 1)}})
	fmt.Println(string(data))
	t, err := rollout.RevisionTemplate(&appsv1.ControllerRevision{})
	fmt.Println(t == nil, err != nil)
	// Output:
	// {"spec":{"template":{"$patch":"replace","metadata":{},"spec":{"containers":null,"terminationGracePeriodSeconds":9007199254740992}}}}
	// true true
}

func ExampleDaemonSetRevisionData() {
	data, _ := rollout.DaemonSetRevisionData(&corev1.PodTemplateSpec{Spec: corev1.PodSpec{TerminationGracePeriodSeconds: ptr(int64(1)<<53 + 1)}})
	fmt.Println(string(data))
	// Output:
	// {"spec":{"template":{"$patch":"replace","metadata":{},"spec":{"containers":null,"terminationGracePeriodSeconds":9007199254740993}}}}
}

func ExampleFenceposts() {
	quarter := intstr.FromString("25%")
	for _, replicas := range []int32{1, 3, 5, 10} {
		surge, unavailable, _ := rollout.Fenceposts(&quarter, &quarter, replicas)
		fmt.Println(replicas, surge, unavailable)
	}
	// Output:
	// 1 1 0
	// 3 1 0
	// 5 2 1
	// 10 3 2
}

func ExampleScaled() {
	third := intstr.FromString("33%")
	down, _ := rollout.Scaled(&third, 10, rollout.RoundDown)
	up, _ := rollout.Scaled(&third, 10, rollout.RoundUp)
	_, err := rollout.Scaled(&intstr.IntOrString{Type: intstr.String, StrVal: "3"}, 10, rollout.RoundUp)
	fmt.Println(down, up, err)
	// Output: 3 4 invalid value for IntOrString: invalid type: string is not a percentage
}

// owned returns a Deployment and two ReplicaSets of it, the newer one current.
func owned() (*appsv1.Deployment, []*appsv1.ReplicaSet) {
	d := deployment("web:2", 3)
	d.UID = "d"
	return d, revisionSets(d, "web:1 1", "web:2 2")
}

func ExampleUndoDeployment() {
	d, sets := owned()
	undone, err := rollout.UndoDeployment(d, sets, 0)
	fmt.Println(undone.Message, undone.From.Name, undone.Object.Spec.Template.Spec.Containers[0].Image, err)
	_, err = rollout.UndoDeployment(d, sets, 7)
	fmt.Println(err)
	// Output:
	// rolled back web-1 web:1 <nil>
	// unable to find specified revision 7 in history
}

func ExampleDeploymentHistory() {
	d, sets := owned()
	for _, h := range rollout.DeploymentHistory(d, sets) {
		fmt.Println(h.Revision, h.ReplicaSet.Name, h.ChangeCause)
	}
	// Output:
	// 1 web-1 web:1
	// 2 web-2 web:2
}

func ExampleDeploymentProgress() {
	d := deployment("web:2", 3)
	d.Status.UpdatedReplicas = 1
	message, done, _ := rollout.DeploymentProgress(d, 0)
	fmt.Print(message, done, "\n")
	// Output:
	// Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...
	// false
}

func ExampleRevision() {
	_, sets := owned()
	fmt.Println(rollout.Revision(sets[1]))
	// Output: 2 true
}

func ExampleSameTemplate() {
	a, b := template("web:1"), template("web:1")
	b.Labels["pod-template-hash"] = "abc"
	fmt.Println(rollout.SameTemplate(&a, &b))
	// Output: true
}

func pod(name, node string, ready bool) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", Labels: map[string]string{"app": "web"}}}
	p.Spec.NodeName = node
	p.Status.Phase = corev1.PodRunning
	if ready {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	return p
}

func ExampleVictims() {
	pods := []*corev1.Pod{pod("a", "n1", true), pod("b", "n1", false), pod("c", "n2", true)}
	for _, p := range rollout.Victims(pods, pods, 2, time.Now(), rollout.VictimOptions{}) {
		fmt.Println(p.Name)
	}
	// Output:
	// b
	// a
}

func ExampleCompareVictims() {
	c, rule := rollout.CompareVictims(pod("a", "n1", true), pod("b", "", true), 1, 1, time.Now(), rollout.VictimOptions{})
	fmt.Println(c, rule)
	// Output: 1 not assigned to a node
}

func ExampleSlowStart() {
	batches, succeeded, err := rollout.SlowStart(10, func(i int) error {
		if i == 4 {
			return fmt.Errorf("quota")
		}
		return nil
	})
	fmt.Println(batches, succeeded, err)
	// Output: [1 2 4] 6 quota
}

func ExampleSyncReplicaSet() {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "default", UID: "r"}}
	rs.Spec.Replicas = ptr(int32(1))
	rs.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	sync, _ := rollout.SyncReplicaSet(rollout.ReplicaSetState{ReplicaSet: rs, Pods: []*corev1.Pod{pod("a", "n", true), pod("b", "n", false)}}, time.Now(), rollout.ReplicaSetOptions{})
	for _, w := range sync.Writes {
		fmt.Println(w.Verb, w.Kind, w.Name)
	}
	// Output:
	// adopt Pod a
	// adopt Pod b
	// delete Pod b
	// update-status ReplicaSet web-1
}

func ExampleSyncStatefulSet() {
	sync, _ := rollout.SyncStatefulSet(rollout.StatefulSetState{Set: statefulSet("db:1", 3)}, time.Now(), rollout.StatefulSetOptions{})
	fmt.Println(sync.Rule, sync.Pod)
	// Output: create db-0
}

func ExampleSyncDaemonSet() {
	ds := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "default"}, Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template("agent:1"),
	}}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}
	sync, _ := rollout.SyncDaemonSet(rollout.DaemonSetState{Set: ds, Nodes: []*corev1.Node{node}}, time.Now())
	fmt.Println(sync.Rule, sync.Hash == rollout.TemplateHash(&ds.Spec.Template, nil), sync.Status.DesiredNumberScheduled)
	// Output: manage true 1
}

func ExampleRunsOn() {
	ds := &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: template("agent:1")}}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}
	node.Spec.Taints = []corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}
	fmt.Println(rollout.RunsOn(ds, node))
	// Output: false true
}

func budget() *policyv1.PodDisruptionBudget {
	half := intstr.FromString("50%")
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &half, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
	}
}

func ExampleSyncBudget() {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "r"}, Spec: appsv1.ReplicaSetSpec{Replicas: ptr(int32(3))}}
	var pods []*corev1.Pod
	for _, name := range []string{"a", "b", "c"} {
		p := pod(name, "n", true)
		p.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
		pods = append(pods, p)
	}
	sync, err := rollout.SyncBudget(rollout.BudgetState{Budget: budget(), Pods: pods, ReplicaSets: []*appsv1.ReplicaSet{rs}}, time.Now())
	fmt.Println(sync.Status.ExpectedPods, sync.Status.DesiredHealthy, sync.Status.DisruptionsAllowed, err)
	// Output: 3 1 2 <nil>
}

func ExampleEvict() {
	b := budget()
	b.Status.DesiredHealthy, b.Status.CurrentHealthy = 2, 2
	e := rollout.Evict(pod("a", "n", true), []*policyv1.PodDisruptionBudget{b}, time.Now())
	fmt.Println(e.Allowed(), e.Code, e.Rule)
	fmt.Println(e.Message)
	fmt.Println(e.Cause)
	// Output:
	// false 429 no-disruptions-allowed
	// Cannot evict pod as it would violate the pod's disruption budget.
	// The disruption budget web needs 2 healthy pods and has 2 currently
}

func ExampleClaims() {
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default", UID: "r"}}
	fmt.Println(rollout.Claims(rs, pod("a", "n", true), true), rollout.Claims(rs, pod("a", "n", true), false))
	// Output: adopt ignore
}

func ExamplePodAvailable() {
	p := pod("a", "n", true)
	at := time.Unix(100, 0)
	p.Status.Conditions[0].LastTransitionTime = metav1.NewTime(at)
	fmt.Println(rollout.PodAvailable(p, 10, at.Add(9*time.Second)), rollout.PodAvailable(p, 10, at.Add(10*time.Second)))
	// Output: false true
}

func ExamplePodReady() {
	fmt.Println(rollout.PodReady(pod("a", "n", true)), rollout.PodActive(pod("a", "n", false)), rollout.PodTerminating(pod("a", "n", true)))
	// Output: true true false
}

func ExampleValidateDeployment() {
	d := rolling(deployment("a", 3), intstr.FromInt32(0), intstr.FromString("0%"))
	fmt.Println(rollout.ValidateDeployment(d).ToAggregate())
	// Output: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0
}

func ExampleValidateStatefulSet() {
	s := statefulSet("a", -1)
	fmt.Println(rollout.ValidateStatefulSet(s).ToAggregate())
	// Output: spec.replicas: Invalid value: -1: must be greater than or equal to 0
}

func ExampleValidateDaemonSet() {
	ds := &appsv1.DaemonSet{}
	two := intstr.FromInt32(2)
	ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxSurge: &two}}
	fmt.Println(rollout.ValidateDaemonSet(ds).ToAggregate())
	// Output: spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 2: may not be set when maxUnavailable is non-zero
}
