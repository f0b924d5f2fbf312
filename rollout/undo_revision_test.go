package rollout_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/rollout"
)

// revisionsOf returns ControllerRevisions of a workload, numbered from one, with a template each.
func revisionsOf(owner metav1.Object, kind string, images ...string) []*appsv1.ControllerRevision {
	var out []*appsv1.ControllerRevision
	for i, image := range images {
		t := template(image)
		data, err := rollout.StatefulSetRevisionData(&t)
		if err != nil {
			panic(err)
		}
		out = append(out, &appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", owner.GetName(), i+1), Namespace: owner.GetNamespace(), Labels: t.Labels,
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind(kind))}},
			Data: runtime.RawExtension{Raw: data}, Revision: int64(i + 1),
		})
	}
	return out
}

func selecting(set *appsv1.StatefulSet) *appsv1.StatefulSet {
	set.UID, set.Spec.Selector = "set", &metav1.LabelSelector{MatchLabels: set.Spec.Template.Labels}
	return set
}

func ExampleUndoStatefulSet() {
	set := selecting(statefulSet("db:3", 3))
	undone, err := rollout.UndoStatefulSet(set, revisionsOf(set, "StatefulSet", "db:1", "db:2", "db:3"), 0)
	fmt.Println(undone.Message, undone.From.Name, undone.Object.Spec.Template.Spec.Containers[0].Image, err)
	// Output: rolled back db-2 db:2 <nil>
}

func ExampleUndoDaemonSet() {
	ds := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent", UID: "ds"}, Spec: appsv1.DaemonSetSpec{Template: template("a:2")}}
	ds.Spec.Selector = &metav1.LabelSelector{MatchLabels: ds.Spec.Template.Labels}
	undone, err := rollout.UndoDaemonSet(ds, revisionsOf(ds, "DaemonSet", "a:1", "a:2"), 1)
	fmt.Println(undone.Message, undone.From.Name, undone.Object.Spec.Template.Spec.Containers[0].Image, err)
	// Output: rolled back agent-1 a:1 <nil>
}

func TestUndoRevisionRules(t *testing.T) {
	set := selecting(statefulSet("b", 3))
	history := revisionsOf(set, "StatefulSet", "a", "b")
	foreign, other, elsewhere := history[0].DeepCopy(), history[0].DeepCopy(), history[0].DeepCopy()
	foreign.OwnerReferences[0].UID = "x"
	other.Labels = nil
	elsewhere.Namespace = "elsewhere"
	broken := history[0].DeepCopy()
	broken.Data.Raw = []byte("{")
	for _, c := range []struct {
		name      string
		revisions []*appsv1.ControllerRevision
		to        int64
		from      string
		message   string
		err       string
	}{
		{"zero is the one before the newest", history, 0, "db-1", "rolled back", ""},
		{"the order given does not matter", []*appsv1.ControllerRevision{history[1], nil, history[0]}, 0, "db-1", "rolled back", ""},
		{"a number is itself", history, 1, "db-1", "rolled back", ""},
		{"the current template is left alone", history, 2, "db-2", "skipped rollback (current template already matches revision 2)", ""},
		{"one revision has none before it", history[1:], 0, "", "", "no last revision to roll back to"},
		{"an unknown number", history, 3, "", "", "unable to find specified revision 3 in history"},
		{"a negative number", history, -1, "", "", "unable to find specified revision -1 in history"},
		{"revisions of others do not count", []*appsv1.ControllerRevision{foreign, history[1]}, 0, "", "", "no last revision to roll back to"},
		{"revisions that are not selected do not count", []*appsv1.ControllerRevision{other, history[1]}, 1, "", "", "unable to find specified revision 1 in history"},
		{"revisions of other namespaces do not count", []*appsv1.ControllerRevision{elsewhere, history[1]}, 1, "", "", "unable to find specified revision 1 in history"},
		{"unreadable data", []*appsv1.ControllerRevision{broken, history[1]}, 0, "db-1", "", "unexpected end of JSON input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := rollout.UndoStatefulSet(set, c.revisions, c.to)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				require.Nil(t, got.Object)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.message, got.Message)
			require.Equal(t, c.from, got.From.Name)
			require.Equal(t, c.message == "rolled back", got.Object != nil)
		})
	}
	bad := set.DeepCopy()
	bad.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}
	_, err := rollout.UndoStatefulSet(bad, history, 0)
	require.ErrorContains(t, err, "is not a valid label selector operator")
	_, err = rollout.UndoStatefulSet(nil, nil, 0)
	require.EqualError(t, err, "rollout: no StatefulSet given")
	_, err = rollout.UndoDaemonSet(nil, nil, 0)
	require.EqualError(t, err, "rollout: no DaemonSet given")
}

// Unlike for a Deployment, the label pod-template-hash is like any other.
func TestUndoRevisionComparesAllLabels(t *testing.T) {
	set := selecting(statefulSet("a", 3))
	history := revisionsOf(set, "StatefulSet", "a", "b")
	set.Spec.Template.Labels = map[string]string{"app": "web", "pod-template-hash": "h"}
	got, err := rollout.UndoStatefulSet(set, history, 1)
	require.NoError(t, err)
	require.Equal(t, "rolled back", got.Message)
	require.NotContains(t, got.Object.Spec.Template.Labels, "pod-template-hash")
}

func TestUndoRevisionRestoresTheTemplateOnly(t *testing.T) {
	set := selecting(statefulSet("b", 3))
	history := revisionsOf(set, "StatefulSet", "a", "b")
	history[0].Data.Raw = []byte(`{"spec":{"replicas":7,"template":{"spec":{"containers":[{"name":"c","image":"z"}]},"$patch":"replace"}}}`)
	got, err := rollout.UndoStatefulSet(set, history, 1)
	require.NoError(t, err)
	require.EqualValues(t, 3, *got.Object.Spec.Replicas)
	require.Equal(t, "z", got.Object.Spec.Template.Spec.Containers[0].Image)
	require.Equal(t, "b", set.Spec.Template.Spec.Containers[0].Image)
}

func TestRevisionOfNoTemplate(t *testing.T) {
	for _, data := range []func(*corev1.PodTemplateSpec) ([]byte, error){rollout.StatefulSetRevisionData, rollout.DaemonSetRevisionData} {
		got, err := data(nil)
		require.NoError(t, err)
		require.JSONEq(t, `{"spec":{"template":{"$patch":"replace"}}}`, string(got))
	}
}
