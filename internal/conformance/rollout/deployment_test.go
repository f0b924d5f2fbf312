package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
	_ "unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname syncDeployment k8s.io/kubernetes/pkg/controller/deployment.(*DeploymentController).syncDeployment
func syncDeployment(dc *deployment.DeploymentController, ctx context.Context, key string) error

// podIndexers are the indexes that the controllers want of a pod informer.
func podIndexers() cache.Indexers {
	inf := informers.NewSharedInformerFactory(fake.NewClientset(), 0).Core().V1().Pods().Informer()
	if err := controller.AddPodControllerIndexer(inf); err != nil {
		panic(err)
	}
	if err := controller.AddPodNodeNameIndexer(inf); err != nil {
		panic(err)
	}
	return inf.GetIndexer().GetIndexers()
}

// runUpstreamDeployment lets the real controller sync the world once.
func runUpstreamDeployment(w *world, podIx cache.Indexers) ([]ours.Event, time.Duration, error) {
	rec := &recorder{}
	q := &queue{}
	dc := &deployment.DeploymentController{}
	set(dc, "client", w)
	set(dc, "eventRecorder", rec)
	set(dc, "rsControl", controller.RealRSControl{KubeClient: w, Recorder: rec})
	set(dc, "dLister", appslisters.NewDeploymentLister(indexer([]*appsv1.Deployment{w.deployment}, nil)))
	set(dc, "rsLister", appslisters.NewReplicaSetLister(indexer(w.replicaSets(), nil)))
	pix := indexer(w.podList(), podIx)
	set(dc, "podIndexer", pix)
	set(dc, "podLister", corelisters.NewPodLister(pix))
	set(dc, "queue", q)
	err := syncDeployment(dc, context.Background(), w.deployment.Namespace+"/"+w.deployment.Name)
	return rec.events, q.after, err
}

// deploymentOutcome is what both sides must agree on.
type deploymentOutcome struct {
	Deployment *appsv1.Deployment
	Sets       map[string]*appsv1.ReplicaSet
	Events     []ours.Event
	Requeue    time.Duration
	Err        string
}

// applyDeployment performs the writes of our sync on a copy of the stored objects.
func applyDeployment(w *world, y ours.DeploymentSync) (*appsv1.Deployment, map[string]*appsv1.ReplicaSet) {
	d := w.deployment
	sets := map[string]*appsv1.ReplicaSet{}
	for k, v := range w.sets {
		sets[k] = v
	}
	for _, wr := range y.Writes {
		switch o := wr.Object.(type) {
		case *appsv1.ReplicaSet:
			if wr.Verb == ours.Delete {
				delete(sets, wr.Name)
				continue
			}
			sets[wr.Name] = o
		case *appsv1.Deployment:
			fresh := d.DeepCopy()
			if wr.Verb == ours.UpdateStatus {
				fresh.Status, fresh.Annotations = o.Status, o.Annotations
			} else {
				fresh.Spec, fresh.Annotations = o.Spec, o.Annotations
			}
			d = fresh
		}
	}
	return d, sets
}

var deploymentCmp = []cmp.Option{
	cmpopts.IgnoreFields(metav1.ObjectMeta{}, "UID", "CreationTimestamp", "Generation"),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b resource.Quantity) bool { return a.Cmp(b) == 0 }),
}

// templateOf returns the template of an image. Those of images 4 and 5 hold what is hard to hash, to store and to compare.
func templateOf(image int, r *rand.Rand) corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "c", Image: fmt.Sprintf("i:%d", image),
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("100m")}},
		}}},
	}
	switch c := &t.Spec.Containers[0]; image {
	case 4:
		t.Annotations = map[string]string{"<&>": "\u2028\"\\", "é": "ÿ"}
		t.Spec.TerminationGracePeriodSeconds = ptr(int64(1)<<53 + 1)
		t.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists, TolerationSeconds: ptr(int64(-1)<<60 - 1)}}
		c.Env = []corev1.EnvVar{{Name: "A", Value: "<script>"}, {Name: "B", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}}}
	case 5:
		c.Resources.Limits = corev1.ResourceList{"memory": resource.MustParse("1.5Gi"), "cpu": resource.MustParse("1500m"), "a.b/c": resource.MustParse("1e3")}
		c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("http")}}}
		c.Args = []string{}
		t.Spec.Volumes = []corev1.Volume{{Name: "data"}, {Name: "e", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		t.Spec.NodeSelector = map[string]string{}
	}
	return decoded(t)
}

// decoded returns a template as a client gets it, quantities included, which show in its hash.
func decoded(t corev1.PodTemplateSpec) (out corev1.PodTemplateSpec) {
	raw, err := json.Marshal(t)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

func fencepost(r *rand.Rand) *intstr.IntOrString {
	switch r.IntN(20) {
	case 0:
		return nil
	case 1:
		return ptr(intstr.FromString(pick(r, "x%", "3", "", "-10%", "200%")))
	case 2, 3, 4, 5, 6, 7:
		return ptr(intstr.FromString(strconv.Itoa(pick(r, 0, 1, 10, 25, 33, 50, 75, 100, 150)) + "%"))
	}
	return ptr(intstr.FromInt32(int32(pick(r, 0, 0, 1, 1, 2, 3, 5, 20))))
}

func strategyOf(r *rand.Rand) appsv1.DeploymentStrategy {
	if chance(r, 20) {
		return appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
	}
	if chance(r, 1) {
		return appsv1.DeploymentStrategy{Type: "Odd"}
	}
	return appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{
		MaxSurge: ptrOr(fencepost(r), intstr.FromInt32(1)), MaxUnavailable: fencepost(r),
	}}
}

// ptrOr keeps maxSurge set in most cases; without it the real controller can create nothing.
func ptrOr(p *intstr.IntOrString, def intstr.IntOrString) *intstr.IntOrString {
	if p == nil {
		return &def
	}
	return p
}

func newDeployment(w *world, r *rand.Rand) *appsv1.Deployment {
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: w.nextUID(), Generation: 1, CreationTimestamp: metav1.Now()},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr(int32(pick(r, 0, 1, 2, 3, 4, 5, 8, 10, 20, 50))),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			Template: templateOf(0, r),
			Strategy: strategyOf(r),
		},
	}
	if chance(r, 80) {
		d.Spec.ProgressDeadlineSeconds = ptr(int32(pick(r, 5, 60, 600, math.MaxInt32)))
	}
	if chance(r, 80) {
		d.Spec.RevisionHistoryLimit = ptr(int32(pick(r, 0, 1, 2, 10, math.MaxInt32)))
	}
	if chance(r, 30) {
		d.Spec.MinReadySeconds = int32(pick(r, 1, 10))
	}
	if chance(r, 30) {
		d.Annotations = map[string]string{"team": "a", "kubernetes.io/change-cause": "first"}
	}
	return d
}

// editDeployment changes something in mid-rollout and names what.
func editDeployment(w *world, r *rand.Rand) string {
	d := w.deployment.DeepCopy()
	w.deployment = d
	d.Generation++
	switch r.IntN(16) {
	case 0, 1, 2, 3:
		d.Spec.Template = templateOf(r.IntN(6), r)
		return "template"
	case 4, 5, 6:
		d.Spec.Replicas = ptr(int32(pick(r, 0, 1, 2, 3, 5, 7, 10, 15, 30, 100)))
		return "replicas"
	case 7:
		d.Spec.Paused = !d.Spec.Paused
		return "pause"
	case 8:
		d.Spec.Strategy = strategyOf(r)
		return "strategy"
	case 9:
		d.Spec.Replicas = ptr(int32(r.IntN(20)))
		d.Spec.Template = templateOf(r.IntN(6), r)
		return "replicas+template"
	case 10:
		d.Spec.MinReadySeconds = int32(r.IntN(5))
		return "minready"
	case 11:
		if d.Annotations == nil {
			d.Annotations = map[string]string{}
		}
		d.Annotations[pick(r, "team", "x", "deployment.kubernetes.io/revision")] = strconv.Itoa(r.IntN(9))
		return "annotation"
	case 12:
		if d.Annotations == nil {
			d.Annotations = map[string]string{}
		}
		d.Annotations["deprecated.deployment.rollback.to"] = pick(r, "0", "1", "2", "3", "x", "")
		return "rollback"
	case 13:
		d.Spec.RevisionHistoryLimit = ptr(int32(r.IntN(3)))
		d.Spec.ProgressDeadlineSeconds = ptr(int32(pick(r, 5, 60)))
		return "limits"
	case 14:
		return hostileEdit(w, d, r)
	}
	if chance(r, 5) {
		d.DeletionTimestamp = ptr(metav1.Now())
		return "delete"
	}
	return "none"
}

// hostileEdit spoils what the controller relies upon.
func hostileEdit(w *world, d *appsv1.Deployment, r *rand.Rand) string {
	switch r.IntN(20) {
	case 0:
		d.Spec.Selector = &metav1.LabelSelector{}
		return "hostile"
	case 1:
		d.Spec.Replicas = ptr(int32(pick(r, math.MaxInt32, math.MaxInt32-1, 1<<30, 1<<30+1, 1<<31-1000)))
		return "hostile"
	case 2:
		d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: pick(r, "Odd", appsv1.DeploymentProgressing, appsv1.DeploymentAvailable, appsv1.DeploymentReplicaFailure), Status: pick(r, corev1.ConditionTrue, corev1.ConditionFalse, "Odd"),
			Reason: pick(r, "", "NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused", "ReplicaSetUpdated"), LastUpdateTime: pick(r, metav1.Now(), metav1.Time{}), LastTransitionTime: pick(r, metav1.Now(), metav1.Time{})})
		return "hostile"
	case 3:
		d.Status.CollisionCount = ptr(int32(pick(r, 0, 1, 7, -1, math.MaxInt32)))
		return "hostile"
	case 4:
		d.Status.ObservedGeneration, d.Status.Replicas, d.Status.UpdatedReplicas = int64(r.IntN(20)), int32(pick(r, -1, 0, 3, 1000, math.MaxInt32)), int32(r.IntN(9))
		return "hostile"
	case 5:
		d.Spec.Selector = pick(r, &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpExists}}},
			&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Odd"}}}, &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web", "b": "c"}})
		return "hostile"
	case 6:
		d.Annotations = map[string]string{"deployment.kubernetes.io/revision": pick(r, "x", "3", ""), "deployment.kubernetes.io/desired-replicas": "3", "kubectl.kubernetes.io/last-applied-configuration": "{}", "": "empty"}
		return "hostile"
	case 7:
		d.Spec.MinReadySeconds, d.Spec.ProgressDeadlineSeconds = int32(pick(r, math.MaxInt32, -1)), ptr(int32(pick(r, 0, -1, 1, math.MaxInt32-1)))
		return "hostile"
	}
	var names = sortedKeys(w.sets)
	if len(names) == 0 {
		return "hostile"
	}
	rs := w.sets[pick(r, names...)].DeepCopy()
	w.sets[rs.Name] = rs
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	switch r.IntN(16) {
	case 0:
		rs.Annotations["deployment.kubernetes.io/revision"] = pick(r, "x", "", "7", "-1", "007", "99999999999999999999")
	case 1:
		rs.Annotations["deployment.kubernetes.io/desired-replicas"] = pick(r, "x", "", "3", "-1", "+3", "4294967295", "007")
	case 2:
		rs.Annotations["deployment.kubernetes.io/max-replicas"] = pick(r, "x", "", "0", "-1", "+3", "4294967295", "12")
	case 3:
		rs.Labels = map[string]string{"app": "other"}
	case 4:
		rs.OwnerReferences = nil
	case 5:
		rs.Spec.Replicas = ptr(int32(r.IntN(8)))
	case 6:
		var long string
		for i := range 600 {
			long += strconv.Itoa(i) + ","
		}
		rs.Annotations["deployment.kubernetes.io/revision-history"] = pick(r, long[:1990]+"9", long+"1", "1,2", "")
	case 7:
		rs.DeletionTimestamp = ptr(metav1.Now())
	case 8:
		rs.Status.AvailableReplicas = *rs.Spec.Replicas + 2
	case 9: // two of one template
		rs.Spec.Template = *d.Spec.Template.DeepCopy()
	case 10:
		rs.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "other", UID: "other", Controller: ptr(true)}}
	case 11:
		rs.OwnerReferences = append(rs.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "c", UID: "c"})
	case 12:
		rs.Spec.Replicas = ptr(int32(pick(r, math.MaxInt32, 1<<30, -3)))
	case 13:
		rs.CreationTimestamp = pick(r, metav1.Time{}, metav1.Now(), metav1.NewTime(time.Now().Add(time.Hour)))
	case 14:
		rs.Spec.MinReadySeconds, rs.Labels, rs.Spec.Selector = 7, map[string]string{"app": "web"}, &metav1.LabelSelector{}
	case 15:
		rs.Status.Replicas, rs.Status.AvailableReplicas = int32(pick(r, -2, 0, 5, math.MaxInt32)), int32(pick(r, -2, 0, 5, math.MaxInt32))
	}
	return "hostile"
}

// replicaSetController brings the ReplicaSets' statuses nearer to their sizes, and the pods with them.
func replicaSetController(w *world, r *rand.Rand, broken map[string]bool) {
	for _, name := range sortedKeys(w.sets) {
		if chance(r, 15) {
			continue
		}
		rs := w.sets[name].DeepCopy()
		w.sets[rs.Name] = rs
		s := &rs.Status
		s.Replicas = *rs.Spec.Replicas
		image := rs.Spec.Template.Spec.Containers[0].Image
		s.ReadyReplicas = min(s.ReadyReplicas, s.Replicas)
		s.AvailableReplicas = min(s.AvailableReplicas, s.ReadyReplicas)
		if !broken[image] {
			s.ReadyReplicas = s.Replicas
			s.AvailableReplicas = s.Replicas
			if chance(r, 40) {
				s.AvailableReplicas -= int32(r.Int64N(max(int64(s.Replicas), 0) + 1))
			}
		} else if chance(r, 10) {
			s.ReadyReplicas = 0
			s.AvailableReplicas = 0
		}
		s.ObservedGeneration = rs.Generation
		if chance(r, 10) {
			s.ObservedGeneration--
		}
		s.TerminatingReplicas = ptr(int32(r.IntN(3)))
		if chance(r, 3) {
			s.TerminatingReplicas = nil
		}
		s.Conditions = nil
		if chance(r, 5) {
			s.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: "quota " + strconv.Itoa(r.IntN(3)), LastTransitionTime: metav1.Now()}}
		}
	}
	w.pods = map[string]*corev1.Pod{}
	for _, rs := range w.replicaSets() {
		n := int(rs.Status.Replicas)
		if chance(r, 15) {
			n++ // one that is just going
		}
		for i := range min(n, 4) {
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
				Name: fmt.Sprintf("%s-%d", rs.Name, i), Namespace: "ns", UID: types.UID(fmt.Sprintf("%s-%d", rs.Name, i)), Labels: rs.Spec.Template.Labels,
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
			}}
			p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodFailed, corev1.PodSucceeded, corev1.PodUnknown)
			if chance(r, 10) {
				p.OwnerReferences = nil
			}
			w.pods[p.Name] = p
		}
	}
}

// compareDeployment syncs the world on both sides and moves it on by what the real controller did.
func compareDeployment(w *world, podIx cache.Indexers, cov coverage, rec *recording, share bool) string {
	before := &world{deployment: w.deployment, sets: map[string]*appsv1.ReplicaSet{}, pods: w.pods}
	for k, v := range w.sets {
		before.sets[k] = v
	}
	state := ours.DeploymentState{Deployment: w.deployment, ReplicaSets: w.replicaSets(), Pods: w.podList()}
	in := rec.input(struct {
		State     ours.DeploymentState
		CreateErr string
	}{state, errText(w.createErr)})
	y, err := ours.SyncDeployment(state, time.Now(), ours.DeploymentOptions{CreateError: w.createErr, Share: share})
	d, sets := applyDeployment(before, y)
	got := deploymentOutcome{Deployment: d, Sets: sets, Events: y.Events, Requeue: y.RequeueAfter, Err: errText(err)}
	cov["rule:"+string(y.Rule)]++

	var want deploymentOutcome
	events, after, uerr := runUpstreamDeployment(w, podIx)
	want = deploymentOutcome{Deployment: w.deployment, Sets: w.sets, Events: events, Requeue: after, Err: errText(uerr)}
	rec.add(time.Now(), in, want)
	if diff := difference(want, got); diff != "" {
		return fmt.Sprintf("(-upstream +ours)\n%s\nrule %s\ndeployment:\n%s\nsets:\n%s", diff, y.Rule, asYAML(before.deployment), asYAML(before.replicaSets()))
	}
	return ""
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDeployment(t *testing.T) {
	podIx := podIndexers()
	synctest.Test(t, func(t *testing.T) {
		n, cov := cases(700), coverage{}
		steps := 0
		rec := recordTo("deployment", 11, 1000)
		defer rec.save(t)
		for i := range n {
			r := random(uint64(i))
			w := newWorld()
			w.deployment = newDeployment(w, r)
			broken := map[string]bool{}
			if chance(r, 30) {
				broken[fmt.Sprintf("i:%d", r.IntN(4))] = true
			}
			length := 5 + r.IntN(25)
			for step := range length {
				w.createErr = nil
				if chance(r, 1) {
					w.createErr = errors.New("no")
				}
				steps++
				if diff := compareDeployment(w, podIx, cov, rec, i%2 == 1); diff != "" {
					t.Fatalf("seed %d case %d step %d: %s", seed(), i, step, diff)
				}
				time.Sleep(time.Duration(r.IntN(4)) * time.Second)
				if chance(r, 3) {
					time.Sleep(time.Duration(r.IntN(700)) * time.Second)
				}
				replicaSetController(w, r, broken)
				if chance(r, 35) {
					cov["edit:"+editDeployment(w, r)]++
				}
			}
		}
		cov.check(t, steps, "rule:scale-up-new", "rule:scale-down-old", "rule:wait-available", "rule:scaling", "rule:paused", "rule:settled")
		t.Logf("%d rollouts", n)
	})
}
