package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/rollout"
)

// Which revision a set updates to, and which it comes from.
func TestStatefulSetRevisions(t *testing.T) {
	fresh := updatingSet()
	fresh.Revisions = nil
	own := syncStatefulSet(t, fresh, rollout.StatefulSetOptions{}).Status.UpdateRevision // the name of template b without collisions
	taken := func(s *rollout.StatefulSetState, image string) {
		r := revisionsOf(s.Set, "StatefulSet", image)[0]
		r.Name, r.OwnerReferences[0].UID = own, "other"
		s.Revisions = append(s.Revisions[:1], r)
	}
	for _, c := range []struct {
		name                      string
		edit                      func(s *rollout.StatefulSetState)
		current, update           string
		adopted, updated, created string
		number                    int64 // of the one that is updated or created
		collisions                *int32
	}{
		{name: "the last one holds the template", edit: func(s *rollout.StatefulSetState) {}, current: "db-a", update: "db-b"},
		{name: "the last of several that do", edit: func(s *rollout.StatefulSetState) {
			again := revisionsOf(s.Set, "StatefulSet", "b")[0]
			again.Name, again.Revision = "db-c", 3
			s.Revisions = append(s.Revisions, again)
		}, current: "db-a", update: "db-c"},
		{name: "an earlier one becomes the last", edit: func(s *rollout.StatefulSetState) { s.Revisions[0].Revision = 7 }, current: "db-a", update: "db-b", updated: "db-b", number: 8},
		{name: "in the order of their numbers", edit: func(s *rollout.StatefulSetState) { s.Revisions[0], s.Revisions[1] = s.Revisions[1], s.Revisions[0] }, current: "db-a", update: "db-b"},
		{name: "a template without revision gets one", edit: func(s *rollout.StatefulSetState) { s.Revisions = s.Revisions[:1] }, current: "db-a", update: own, created: own, number: 2},
		{name: "the first revision", edit: func(s *rollout.StatefulSetState) { s.Revisions = nil }, current: own, update: own, created: own, number: 1},
		{name: "what is current is gone", edit: func(s *rollout.StatefulSetState) { s.Set.Status.CurrentRevision = "db-x" }, current: "db-b", update: "db-b"},
		{name: "nobody's is adopted", edit: func(s *rollout.StatefulSetState) { s.Revisions[1].OwnerReferences = nil }, current: "db-a", update: "db-b", adopted: "db-b"},
		{name: "an owner that is no controller", edit: func(s *rollout.StatefulSetState) { s.Revisions[1].OwnerReferences[0].Controller = nil }, current: "db-a", update: "db-b", adopted: "db-b"},
		{name: "another's is none", edit: func(s *rollout.StatefulSetState) { s.Revisions[1].OwnerReferences[0].UID = "other" }, current: "db-a", update: own, created: own, number: 2},
		{name: "one of other labels is none", edit: func(s *rollout.StatefulSetState) { s.Revisions[1].Labels = nil }, current: "db-a", update: own, created: own, number: 2},
		{name: "one of another namespace is none", edit: func(s *rollout.StatefulSetState) { s.Revisions[1].Namespace = "other" }, current: "db-a", update: own, created: own, number: 2},
		{name: "one that is not there", edit: func(s *rollout.StatefulSetState) { s.Revisions[1] = nil }, current: "db-a", update: own, created: own, number: 2},
		{name: "a name that is taken by another template", edit: func(s *rollout.StatefulSetState) { taken(s, "x") }, current: "db-a", update: "*", created: "*", number: 2, collisions: ptr(int32(1))},
		{name: "a name that is taken, after two others were", edit: func(s *rollout.StatefulSetState) {
			taken(s, "x")
			s.Set.Status.CollisionCount = ptr(int32(2))
		}, current: "db-a", update: "*", created: "*", number: 2, collisions: ptr(int32(2))},
		{name: "a name that is taken by the template", edit: func(s *rollout.StatefulSetState) { taken(s, "b") }, current: "db-a", update: own},
		{name: "a name that is taken in another namespace", edit: func(s *rollout.StatefulSetState) {
			taken(s, "x")
			s.Revisions[1].Namespace = "other"
		}, current: "db-a", update: own, created: own, number: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet()
			s.Set.Spec.Template.Labels = map[string]string{"app": "web"}
			c.edit(&s)
			s.Pods = statefulPods(s.Set, "0a 1a 2a-")
			y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
			created := written(y.Writes, rollout.Create, "ControllerRevision")
			if c.update == "*" {
				require.NotEqual(t, own, created)
				c.update, c.created = created, created
			}
			require.Equal(t, c.current, y.Status.CurrentRevision)
			require.Equal(t, c.update, y.Status.UpdateRevision)
			require.Equal(t, c.created, created)
			require.Equal(t, c.adopted, written(y.Writes, rollout.Adopt, "ControllerRevision"))
			require.Equal(t, c.updated, written(y.Writes, rollout.Update, "ControllerRevision"))
			require.Empty(t, written(y.Writes, rollout.Delete, "ControllerRevision"))
			for _, w := range y.Writes {
				r, ok := w.Object.(*appsv1.ControllerRevision)
				switch {
				case ok && w.Verb == rollout.Adopt:
					require.Equal(t, s.Set.UID, metav1.GetControllerOf(r).UID)
				case ok:
					require.Equal(t, c.number, r.Revision)
				}
			}
			if c.collisions != nil {
				require.Equal(t, c.collisions, y.Status.CollisionCount)
			}
		})
	}
}

// A revision that holds no template is an error when it is the current one, and nothing when it is an old one.
func TestStatefulSetUnreadableRevision(t *testing.T) {
	s := updatingSet()
	s.Revisions[0].Data = runtime.RawExtension{Raw: []byte("{")}
	_, err := rollout.SyncStatefulSet(s, time.Unix(1000, 0), rollout.StatefulSetOptions{})
	require.Error(t, err)
	s.Set.Status.CurrentRevision = "db-b"
	_, err = rollout.SyncStatefulSet(s, time.Unix(1000, 0), rollout.StatefulSetOptions{})
	require.NoError(t, err)
}

// The oldest revisions beyond the limit go, but for those that pods are of, and the two that the set is between.
func TestStatefulSetHistory(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit *int32
		pods  string
		gone  string
	}{
		{"ten by default", nil, "0a 1a 2a", "db-3"},
		{"none", ptr(int32(0)), "0a 1a 2a", "db-3 db-4 db-5 db-6 db-7 db-8 db-9 db-10 db-11 db-12 db-13"},
		{"less than none", ptr(int32(-1)), "0a 1a 2a", "db-3 db-4 db-5 db-6 db-7 db-8 db-9 db-10 db-11 db-12 db-13"},
		{"as many as there are", ptr(int32(11)), "0a 1a 2a", ""},
		{"one less", ptr(int32(10)), "0a 1a 2a", "db-3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := updatingSet()
			all := revisionsOf(s.Set, "StatefulSet", "a", "c", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "b")
			all[0].Name, all[13].Name = "db-a", "db-b"
			s.Revisions, s.Set.Spec.RevisionHistoryLimit = all, c.limit
			s.Pods = statefulPods(s.Set, c.pods)
			s.Pods[0].Labels[appsv1.StatefulSetRevisionLabel] = "db-2" // a pod that was left behind
			y := syncStatefulSet(t, s, rollout.StatefulSetOptions{})
			require.Equal(t, c.gone, written(y.Writes, rollout.Delete, "ControllerRevision"))
		})
	}
}
