package rollout

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/polymorphichelpers"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// undoOutcome is what kubectl prints and what becomes of the object.
type undoOutcome struct {
	Message string
	Object  any
	Err     string
}

// undoUpstream lets kubectl undo the rollout of an object.
func undoUpstream(t *testing.T, client kubernetes.Interface, kind string, o runtime.Object, revision int64) (string, error) {
	t.Helper()
	r, err := polymorphichelpers.RollbackerFor(schema.GroupKind{Group: "apps", Kind: kind}, client)
	if err != nil {
		t.Fatal(err)
	}
	return r.Rollback(o, nil, revision, cmdutil.DryRunNone)
}

// ownedBy gives an object its controller, seldom somebody else.
func ownedBy(r *rand.Rand, o metav1.Object, owner metav1.Object, kind string) {
	ref := *metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind(kind))
	switch r.IntN(20) {
	case 0:
		ref.UID = "other"
	case 1:
		return
	}
	o.SetOwnerReferences([]metav1.OwnerReference{ref})
}

// undoDeployment draws a Deployment with a history.
func undoDeployment(r *rand.Rand) (*appsv1.Deployment, []*appsv1.ReplicaSet) {
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: "d", Annotations: map[string]string{"own": "1", "team": "a", "deployment.kubernetes.io/revision": "3"}},
		Spec:       appsv1.DeploymentSpec{Replicas: ptr(int32(r.IntN(5))), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: templateOf(r.IntN(3), r), Paused: chance(r, 10)},
	}
	d.Annotations[pick(r, "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to", "deployment.kubernetes.io/desired-replicas", "kubernetes.io/change-cause")] = "x"
	if chance(r, 10) {
		d.Annotations = nil
	}
	var sets []*appsv1.ReplicaSet
	for i := range r.IntN(5) {
		rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("web-%d", i), Namespace: "ns", UID: types.UID(fmt.Sprint(i)), Labels: map[string]string{"app": "web"}, CreationTimestamp: metav1.Unix(int64(r.IntN(3)), 0)}}
		ownedBy(r, rs, d, "Deployment")
		rs.Spec.Replicas, rs.Spec.Template = ptr(int32(r.IntN(3))), templateOf(r.IntN(3), r)
		rs.Spec.Template.Labels = map[string]string{"app": "web", "pod-template-hash": "h"}
		rs.Annotations = map[string]string{"deployment.kubernetes.io/revision": strconv.Itoa(1 + i), "team": pick(r, "a", "b"), "deployment.kubernetes.io/max-replicas": "4"}
		switch r.IntN(20) {
		case 0:
			rs.Annotations["deployment.kubernetes.io/revision"] = pick(r, "x", "", "-1", "7")
		case 1:
			rs.Annotations = nil
		case 2:
			rs.Labels = map[string]string{"app": "other"}
		}
		if chance(r, 30) && rs.Annotations != nil {
			rs.Annotations["kubernetes.io/change-cause"] = "why " + strconv.Itoa(i)
		}
		sets = append(sets, rs)
	}
	return d, sets
}

func TestUndoDeployment(t *testing.T) {
	rec := recordTo("undo", 5, 300)
	campaign(t, 1500, rec, func(_ int, r *rand.Rand, cov coverage) string {
		d, sets := undoDeployment(r)
		revision := int64(pick(r, 0, 0, 0, 1, 2, 3, 9, -1))
		objects := []runtime.Object{d.DeepCopy()}
		for _, rs := range sets {
			objects = append(objects, rs.DeepCopy())
		}
		client := fake.NewSimpleClientset(objects...)
		client.PrependReactor("list", "replicasets", func(clienttesting.Action) (bool, runtime.Object, error) { // in order, unlike the fake
			l := &appsv1.ReplicaSetList{}
			for _, rs := range sets {
				if rs.Labels["app"] == "web" {
					l.Items = append(l.Items, *rs.DeepCopy())
				}
			}
			return true, l, nil
		})
		history := historyDifference(t, client, d, sets) // of the Deployment before it is undone
		message, err := undoUpstream(t, client, "Deployment", d.DeepCopy(), revision)
		after, gerr := client.AppsV1().Deployments("ns").Get(t.Context(), "web", metav1.GetOptions{})
		if gerr != nil {
			return gerr.Error()
		}
		want := undoOutcome{message, after, errText(err)}
		rec.add(time.Time{}, rec.input(map[string]any{"Deployment": d, "Sets": sets, "Revision": revision}), want)
		y, oerr := ours.UndoDeployment(d, sets, revision)
		got := undoOutcome{y.Message, d, errText(oerr)}
		if y.Object != nil {
			got.Object = y.Object
		}
		cov[undoClass(got)]++
		return cmp.Or(differenceOf(want, got, revision, d, sets), history)
	}, undoClasses...)
}

// undoClasses are the outcomes that an undo can have.
var undoClasses = []string{"rolled back", "skipped", "error"}

func undoClass(o undoOutcome) string {
	switch {
	case o.Err != "":
		return "error"
	case o.Message == "rolled back":
		return o.Message
	}
	return "skipped"
}

// historyDifference compares the revisions that kubectl lists.
func historyDifference(t *testing.T, client kubernetes.Interface, d *appsv1.Deployment, sets []*appsv1.ReplicaSet) string {
	t.Helper()
	viewer, err := polymorphichelpers.HistoryViewerFor(schema.GroupKind{Group: "apps", Kind: "Deployment"}, client)
	if err != nil {
		t.Fatal(err)
	}
	text, err := viewer.ViewHistory("ns", "web", 0)
	if err != nil {
		t.Fatal(err)
	}
	return differenceOf(text, historyTable(ours.DeploymentHistory(d, sets)), d, sets)
}

// historyTable prints a history as kubectl does.
func historyTable(entries []ours.HistoryEntry) string {
	if len(entries) == 0 {
		return "No rollout history found."
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "REVISION\tCHANGE-CAUSE\n")
	for _, e := range entries {
		fmt.Fprintf(w, "%d\t%s\n", e.Revision, cmp.Or(e.ChangeCause, "<none>"))
	}
	w.Flush()
	return b.String()
}

// undoHistory draws the ControllerRevisions of a workload.
func undoHistory(r *rand.Rand, owner metav1.Object, kind string) []*appsv1.ControllerRevision {
	var out []*appsv1.ControllerRevision
	for i := range r.IntN(5) {
		t := undoTemplate(r)
		data, err := ours.StatefulSetRevisionData(&t)
		if err != nil {
			panic(err)
		}
		rev := &appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("w-%d", i), Namespace: "ns", Labels: map[string]string{"app": "web"}},
			Data:       runtime.RawExtension{Raw: data}, Revision: int64(i + 1),
		}
		ownedBy(r, rev, owner, kind)
		if chance(r, 5) {
			rev.Labels = nil
		}
		if chance(r, 5) {
			rev.Revision = int64(7 + i)
		}
		out = append(out, rev)
	}
	return out
}

func undoTemplate(r *rand.Rand) corev1.PodTemplateSpec {
	t := daemonTemplate(r.IntN(2), r)
	if chance(r, 10) {
		t.Labels["pod-template-hash"] = "h"
	}
	if chance(r, 20) {
		t.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": strconv.Itoa(r.IntN(2))}
	}
	return t
}

func TestUndoRevisions(t *testing.T) {
	rec := recordTo("undo-revisions", 5, 300)
	campaign(t, 1500, rec, func(_ int, r *rand.Rand, cov coverage) string {
		revision := int64(pick(r, 0, 0, 0, 1, 2, 3, 9, -1))
		selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
		meta := metav1.ObjectMeta{Name: "w", Namespace: "ns", UID: "w"}
		var before, after runtime.Object
		var got undoOutcome
		var revisions []*appsv1.ControllerRevision
		var kind string
		if chance(r, 50) {
			set := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector, Template: undoTemplate(r), Replicas: ptr(int32(2))}}
			kind, before, revisions = "StatefulSet", set, undoHistory(r, set, "StatefulSet")
			y, err := ours.UndoStatefulSet(set, revisions, revision)
			got = undoOutcome{y.Message, set, errText(err)}
			if y.Object != nil {
				got.Object = y.Object
			}
		} else {
			ds := &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Selector: selector, Template: undoTemplate(r)}}
			kind, before, revisions = "DaemonSet", ds, undoHistory(r, ds, "DaemonSet")
			y, err := ours.UndoDaemonSet(ds, revisions, revision)
			got = undoOutcome{y.Message, ds, errText(err)}
			if y.Object != nil {
				got.Object = y.Object
			}
		}
		objects := []runtime.Object{before.DeepCopyObject()}
		for _, rev := range revisions {
			objects = append(objects, rev.DeepCopy())
		}
		client := fake.NewSimpleClientset(objects...)
		message, uerr := undoUpstream(t, client, kind, before.DeepCopyObject(), revision)
		if kind == "StatefulSet" {
			after, _ = client.AppsV1().StatefulSets("ns").Get(t.Context(), "w", metav1.GetOptions{})
		} else {
			after, _ = client.AppsV1().DaemonSets("ns").Get(t.Context(), "w", metav1.GetOptions{})
		}
		want := undoOutcome{message, after, errText(uerr)}
		rec.add(time.Time{}, rec.input(map[string]any{kind: before, "Revisions": revisions, "Revision": revision}), want)
		cov[undoClass(got)]++
		return differenceOf(want, got, revision, before, revisions)
	}, undoClasses...)
}
