package rollout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/rollout"
)

// revisionSets are ReplicaSets of a Deployment, each an image and the text of its revision, from the oldest to the youngest.
func revisionSets(d *appsv1.Deployment, sets ...string) []*appsv1.ReplicaSet {
	var out []*appsv1.ReplicaSet
	for i, s := range sets {
		image, revision, _ := strings.Cut(s, " ")
		out = append(out, &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{
				Name: fmt.Sprintf("web-%d", i+1), UID: types.UID(fmt.Sprintf("set-%d", i+1)), Namespace: d.Namespace, Labels: template(image).Labels, CreationTimestamp: metav1.Unix(int64(i), 0),
				Annotations:     map[string]string{"deployment.kubernetes.io/revision": revision, "kubernetes.io/change-cause": image},
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
			},
			Spec: appsv1.ReplicaSetSpec{Template: template(image)},
		})
	}
	return out
}

func TestUndoDeploymentRules(t *testing.T) {
	d := deployment("now", 3)
	d.UID = "d"
	for _, c := range []struct {
		name    string
		sets    []*appsv1.ReplicaSet
		to      int64
		from    string
		history string
	}{
		{"zero is the one before the newest", revisionSets(d, "a 1", "b 2", "now 3"), 0, "b", "1=a 2=b 3=now"},
		{"the newest is that with the highest number, whatever its age", revisionSets(d, "now 3", "a 1", "b 2"), 0, "b", "1=a 2=b 3=now"},
		{"a number is itself", revisionSets(d, "a 1", "b 2", "now 3"), 1, "a", "1=a 2=b 3=now"},
		{"of one number twice the current template is the one before the other, and is listed", revisionSets(d, "now 1", "a 1"), 0, "now", "1=now"},
		{"without the current template the younger is", revisionSets(d, "a 1", "b 1"), 0, "b", "1=b"},
		{"of one number twice the older is found", revisionSets(d, "a 1", "b 1", "now 2"), 1, "a", "1=b 2=now"},
		{"a number that cannot be read does not count", revisionSets(d, "a 1", "b x", "now 3"), 0, "a", "1=a 3=now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			undone, err := rollout.UndoDeployment(d, c.sets, c.to)
			require.NoError(t, err)
			require.Equal(t, c.from, undone.From.Spec.Template.Spec.Containers[0].Image)
			slices.Reverse(c.sets)
			again, err := rollout.UndoDeployment(d, c.sets, c.to)
			require.NoError(t, err)
			require.Equal(t, undone, again, "the order given does not matter")
			var entries []string
			for _, e := range rollout.DeploymentHistory(d, c.sets) {
				entries = append(entries, fmt.Sprintf("%d=%s", e.Revision, e.ChangeCause))
			}
			require.Equal(t, c.history, strings.Join(entries, " "))
		})
	}
}

// A ReplicaSet that the Deployment does not control, does not select or that lives elsewhere is no part of its history.
func TestUndoSeesOwnSetsOnly(t *testing.T) {
	d := deployment("now", 3)
	d.UID = "d"
	sets := revisionSets(d, "a 1", "b 2", "c 3", "e 4", "now 5")
	sets[0].Namespace = "elsewhere"
	sets[1].Labels = nil
	sets[2].OwnerReferences = nil
	sets[3].OwnerReferences[0].UID = "x"
	_, err := rollout.UndoDeployment(d, append(sets, nil), 0)
	require.EqualError(t, err, `no rollout history found for deployment "web"`)
	require.Len(t, rollout.DeploymentHistory(d, sets), 1)
	d.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Odd"}}}
	require.Empty(t, rollout.DeploymentHistory(d, sets))
	_, err = rollout.UndoDeployment(d, sets, 0)
	require.ErrorContains(t, err, "is not a valid label selector operator")
	require.Empty(t, rollout.DeploymentHistory(nil, sets))
	_, err = rollout.UndoDeployment(nil, sets, 0)
	require.EqualError(t, err, "rollout: no Deployment given")
}

func TestDeploymentProgressRules(t *testing.T) {
	for _, c := range []struct {
		name     string
		edit     func(*appsv1.Deployment)
		revision int64
		message  string
		done     bool
		err      string
	}{
		{"all as wanted", func(*appsv1.Deployment) {}, 0, "deployment \"web\" successfully rolled out\n", true, ""},
		{"without replicas nothing is waited for", func(d *appsv1.Deployment) { d.Spec.Replicas = nil }, 0, "deployment \"web\" successfully rolled out\n", true, ""},
		{"an edit that was not seen", func(d *appsv1.Deployment) { d.Generation = 2 }, 0, "Waiting for deployment spec update to be observed...\n", false, ""},
		{"too few updated", func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 2 }, 0, "Waiting for deployment \"web\" rollout to finish: 2 out of 3 new replicas have been updated...\n", false, ""},
		{"old ones left", func(d *appsv1.Deployment) { d.Status.Replicas = 4 }, 0, "Waiting for deployment \"web\" rollout to finish: 1 old replicas are pending termination...\n", false, ""},
		{"too few available", func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 2 }, 0, "Waiting for deployment \"web\" rollout to finish: 2 of 3 updated replicas are available...\n", false, ""},
		{"past the deadline", func(d *appsv1.Deployment) {
			d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Reason: "ProgressDeadlineExceeded"}}
		}, 0, "", false, `deployment "web" exceeded its progress deadline`},
		{"its revision", func(*appsv1.Deployment) {}, 4, "deployment \"web\" successfully rolled out\n", true, ""},
		{"another revision", func(*appsv1.Deployment) {}, 3, "", false, "desired revision (3) is different from the running revision (4)"},
		{"no revision is zero", func(d *appsv1.Deployment) { d.Annotations = nil }, 3, "", false, "desired revision (3) is different from the running revision (0)"},
		{"no number", func(d *appsv1.Deployment) { d.Annotations["deployment.kubernetes.io/revision"] = "x" }, 3, "", false, `cannot get the revision of deployment "web": strconv.ParseInt: parsing "x": invalid syntax`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := deployment("a", 3)
			d.Generation, d.Annotations = 1, map[string]string{"deployment.kubernetes.io/revision": "4"}
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 3, UpdatedReplicas: 3, AvailableReplicas: 3}
			c.edit(d)
			message, done, err := rollout.DeploymentProgress(d, c.revision)
			require.Equal(t, c.message, message)
			require.Equal(t, c.done, done)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.err)
			}
		})
	}
	_, _, err := rollout.DeploymentProgress(nil, 0)
	require.EqualError(t, err, "rollout: no Deployment given")
}

func TestDeploymentHistoryIsSorted(t *testing.T) {
	d := deployment("now", 3)
	d.UID = "d"
	sets := revisionSets(d, "a 8", "b 1", "c 5", "d 3", "e 7", "f 2", "g 6", "h 4", "i 10", "now 9")
	for range 10 {
		for i, h := range rollout.DeploymentHistory(d, sets) {
			require.EqualValues(t, i+1, h.Revision)
		}
	}
}
