package rollout_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// settled are a Deployment of three whose rollout is over, and its ReplicaSets: the given ones, each an image and the text of
// its revision, without pods, and that of the current template last.
func settled(olds ...string) (*appsv1.Deployment, []*appsv1.ReplicaSet) {
	d := deployment("now", 3)
	d.UID = "d"
	d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(1))
	sets := revisionSets(d, append(olds, "now 9")...)
	for _, rs := range sets {
		withSize(rs, 0, 0)
	}
	withSize(sets[len(olds)], 3, 3)
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "9"}
	d.Status = appsv1.DeploymentStatus{Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 3, AvailableReplicas: 3}
	return d, sets
}

func syncDeployment(t *testing.T, d *appsv1.Deployment, sets ...*appsv1.ReplicaSet) rollout.DeploymentSync {
	t.Helper()
	y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{})
	require.NoError(t, err)
	return y
}

// setWrites are the writes of ReplicaSets as verb and name.
func setWrites(y rollout.DeploymentSync) []string {
	var out []string
	for _, w := range y.Writes {
		if w.Kind == "ReplicaSet" {
			out = append(out, string(w.Verb)+" "+w.Name)
		}
	}
	return out
}

// When a rollout is over, the oldest revisions beyond the limit go, unless they are still in use.
func TestDeploymentHistoryLimit(t *testing.T) {
	for _, c := range []struct {
		name  string
		olds  []string
		limit *int32
		edit  func(d *appsv1.Deployment, sets []*appsv1.ReplicaSet)
		want  []string
	}{
		{"the oldest beyond the limit", []string{"a 1", "b 2", "c 3"}, ptr(int32(1)), nil, []string{"delete web-1", "delete web-2"}},
		{"by revision, not by age", []string{"a 3", "b 1", "c 2"}, ptr(int32(1)), nil, []string{"delete web-2", "delete web-3"}},
		{"by age where one cannot be read", []string{"b 2", "a x"}, ptr(int32(1)), nil, []string{"delete web-1"}},
		{"whichever", []string{"a x", "b -1"}, ptr(int32(1)), nil, []string{"delete web-1"}},
		{"by age where revisions are equal", []string{"a 1", "b 1", "c 1"}, ptr(int32(1)), nil, []string{"delete web-1", "delete web-2"}},
		{"as many as allowed stay", []string{"a 1", "b 2"}, ptr(int32(2)), nil, nil},
		{"fewer than allowed stay", []string{"a 1"}, ptr(int32(2)), nil, nil},
		{"none is allowed", []string{"a 1"}, ptr(int32(0)), nil, []string{"delete web-1"}},
		{"fewer than none is none", []string{"a 1"}, ptr(int32(-1)), nil, []string{"delete web-1"}},
		{"no limit", []string{"a 1", "b 2"}, nil, nil, nil},
		{"one with pods is passed over", []string{"a 1", "b 2", "c 3"}, ptr(int32(1)),
			func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { sets[0].Status.Replicas = 1 }, []string{"delete web-2"}},
		{"one that was not observed is passed over", []string{"a 1", "b 2", "c 3"}, ptr(int32(1)),
			func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { sets[1].Generation = 2 }, []string{"delete web-1"}},
		{"one that is going does not count", []string{"a 1", "b 2", "c 3"}, ptr(int32(1)),
			func(_ *appsv1.Deployment, sets []*appsv1.ReplicaSet) { sets[0].DeletionTimestamp = &metav1.Time{} }, []string{"delete web-2"}},
		{"not before the rollout is over", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Status.UpdatedReplicas = 2 }, nil},
		{"not before all are available", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Status.AvailableReplicas = 2 }, nil},
		{"not while old pods are left", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Status.Replicas = 4 }, nil},
		{"not before the last edit was observed", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Generation = 1 }, nil},
		{"Recreate does the same", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Strategy = recreate }, []string{"delete web-1"}},
		{"Recreate does not before the rollout is over", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) {
			d.Spec.Strategy, d.Status.UpdatedReplicas = recreate, 2
		}, nil},
		{"a paused Deployment does at any time", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) {
			d.Spec.Paused, d.Status.UpdatedReplicas = true, 2
		}, []string{"delete web-1"}},
		{"by age, too, where revisions are equal", []string{"a 1", "b 1"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) { d.Spec.Paused = true }, []string{"delete web-1"}},
		{"unless it was asked to go back", []string{"a 1", "b 2"}, ptr(int32(1)), func(d *appsv1.Deployment, _ []*appsv1.ReplicaSet) {
			d.Spec.Paused, d.Annotations["deprecated.deployment.rollback.to"] = true, "1"
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := settled(c.olds...)
			d.Spec.RevisionHistoryLimit = c.limit
			if c.edit != nil {
				c.edit(d, sets)
			}
			var got []string
			for _, w := range setWrites(syncDeployment(t, d, sets...)) {
				if w != "update web-3" { // Recreate wants other annotations
					got = append(got, w)
				}
			}
			require.Equal(t, c.want, got)
		})
	}
	d, sets := settled("a 1")
	d.Spec.RevisionHistoryLimit, d.Spec.Paused = ptr(int32(0)), true
	withSize(sets[0], 1, 0)
	sets[0].Status.Replicas = 0
	require.Equal(t, []string{"update web-1"}, setWrites(syncDeployment(t, d, sets...)), "one that had a size is passed over")
}

// Of two ReplicaSets with the current template the older is the new one, and the other one is old.
func TestDeploymentWithTwins(t *testing.T) {
	d, sets := settled("now 8")
	withSize(sets[0], 3, 3)
	y := syncDeployment(t, d, sets[1], sets[0])
	require.Equal(t, "web-1", y.New)
	require.Equal(t, rollout.RuleScaleDownOld, y.Rule)
	require.Equal(t, []string{"update web-1", "update web-2"}, setWrites(y), "the new one gets a revision, the old one shrinks")
}

// A ReplicaSet that is adopted or let go, and written for another reason in the same sync, keeps the change of its owner.
func TestDeploymentWritesOwnersOnce(t *testing.T) {
	d, sets := settled("a 1")
	owner := sets[1].OwnerReferences
	sets[1].OwnerReferences = nil
	withSize(sets[1], 2, 2)
	y := syncDeployment(t, d, sets...)
	require.Equal(t, []string{"adopt web-2"}, setWrites(y))
	written := y.Writes[0].Object.(*appsv1.ReplicaSet)
	require.Equal(t, owner, written.OwnerReferences)
	require.EqualValues(t, 3, *written.Spec.Replicas)

	d, sets = settled("a 1")
	sets[0].OwnerReferences = append(sets[0].OwnerReferences, metav1.OwnerReference{Name: "x", UID: "x"})
	owners := slices.Clone(sets[0].OwnerReferences)
	withSize(sets[0], 3, 2)
	withSize(sets[1], 1, 1)
	sets[0].Annotations["deployment.kubernetes.io/max-replicas"] = "99"
	y = syncDeployment(t, d, sets...)
	require.Equal(t, "4", y.Writes[0].Object.(*appsv1.ReplicaSet).Annotations["deployment.kubernetes.io/max-replicas"])
	require.Len(t, y.Events, 2, "it shrinks by the broken, and then by an available one")
	require.Equal(t, owners, y.Writes[0].Object.(*appsv1.ReplicaSet).OwnerReferences)

	d, sets = settled()
	sets[0].Name, sets[0].Labels = "web-"+rollout.TemplateHash(&d.Spec.Template, nil), nil
	withSize(sets[0], 2, 2)
	y = syncDeployment(t, d, sets...)
	name := sets[0].Name
	require.Equal(t, []string{"release " + name, "update " + name}, setWrites(y), "it is let go, found again by its name, and scaled")
	require.Empty(t, y.Writes[1].Object.(*appsv1.ReplicaSet).OwnerReferences)
}

// A name that is taken counts a collision, unless the ReplicaSet of that name is the Deployment's own and has its template.
func TestDeploymentNameTaken(t *testing.T) {
	for _, c := range []struct {
		name     string
		edit     func(rs *appsv1.ReplicaSet)
		collides bool
	}{
		{"its own with its template", func(*appsv1.ReplicaSet) {}, false},
		{"nobody's", func(rs *appsv1.ReplicaSet) { rs.OwnerReferences = nil }, true},
		{"somebody else's", func(rs *appsv1.ReplicaSet) { rs.OwnerReferences[0].UID = "x" }, true},
		{"its own with another template", func(rs *appsv1.ReplicaSet) { rs.Spec.Template = template("x") }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := settled()
			d.Status.CollisionCount = ptr(int32(4))
			taken := sets[0]
			taken.Name, taken.Labels = "web-"+rollout.TemplateHash(&d.Spec.Template, d.Status.CollisionCount), nil
			withSize(taken, 3, 1)
			c.edit(taken)
			elsewhere := taken.DeepCopy()
			elsewhere.Namespace, elsewhere.OwnerReferences = "elsewhere", nil
			d.Spec.ProgressDeadlineSeconds = ptr(int32(60))
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: []*appsv1.ReplicaSet{nil, elsewhere, taken}}, time.Unix(1000, 0), rollout.DeploymentOptions{})
			if c.collides {
				require.ErrorContains(t, err, "already exists")
				require.EqualValues(t, 5, *y.Status.CollisionCount)
				require.Equal(t, "Deployment", y.Writes[len(y.Writes)-1].Kind, "the count is written")
				return
			}
			require.NoError(t, err)
			require.EqualValues(t, 4, *y.Status.CollisionCount)
			require.Equal(t, taken.Name, y.New)
			require.NotEqual(t, "NewReplicaSetCreated", progressOf(y.Status).Reason)
		})
	}
}

// The condition Progressing notes how the new ReplicaSet came about, where there is a deadline.
func TestDeploymentNotesNewReplicaSet(t *testing.T) {
	quota := errors.New("quota")
	for _, c := range []struct {
		name     string
		deadline *int32
		found    bool
		answer   error
		want     string
	}{
		{"found", ptr(int32(60)), true, nil, "FoundNewReplicaSet"},
		{"found, without a deadline", nil, true, nil, ""},
		{"created", ptr(int32(60)), false, nil, "NewReplicaSetCreated"},
		{"created, without a deadline", nil, false, nil, ""},
		{"refused", ptr(int32(60)), false, quota, "ReplicaSetCreateError"},
		{"refused, without a deadline", nil, false, quota, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := settled("a 1")
			if c.found {
				d.DeletionTimestamp = &metav1.Time{} // nothing more is noted
				d.Status = syncDeployment(t, d, sets...).Status
			} else {
				sets = sets[:1]
			}
			d.Spec.ProgressDeadlineSeconds = c.deadline
			y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{CreateError: c.answer})
			require.Equal(t, c.answer, err)
			require.Equal(t, c.want, progressOf(y.Status).Reason)
			require.Equal(t, c.want == "" && (c.found || c.answer != nil), len(y.Writes) == 0)
		})
	}
}

// A ReplicaSet whose revision is no number gets no new one; the annotations of its Deployment reach it with the next write.
func TestDeploymentUnreadableRevision(t *testing.T) {
	d, sets := settled()
	sets[0].Annotations["deployment.kubernetes.io/revision"] = "x"
	d.Annotations = map[string]string{"team": "a"}
	y := syncDeployment(t, d, sets...)
	require.Empty(t, setWrites(y))
	require.Equal(t, "x", y.Writes[0].Object.(*appsv1.Deployment).Annotations["deployment.kubernetes.io/revision"], "the Deployment learns what it has")
	withSize(sets[0], 2, 2)
	y = syncDeployment(t, d, sets...)
	require.Equal(t, "a", y.Writes[0].Object.(*appsv1.ReplicaSet).Annotations["team"])
	require.Equal(t, "x", y.Writes[0].Object.(*appsv1.ReplicaSet).Annotations["deployment.kubernetes.io/revision"])
}

// Limits of a rolling update mean nothing to Recreate.
func TestRecreateHasNoLimits(t *testing.T) {
	d, sets := settled()
	d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	withSize(sets[0], 2, 2)
	y := syncDeployment(t, d, sets...)
	require.Equal(t, "3", y.Writes[0].Object.(*appsv1.ReplicaSet).Annotations["deployment.kubernetes.io/max-replicas"])
	require.Equal(t, "MinimumReplicasUnavailable", y.Status.Conditions[0].Reason)
}

// Where sharing was asked for, writes hold the template that was given and own no more than their annotations.
func TestDeploymentShares(t *testing.T) {
	d, sets := settled()
	withSize(sets[0], 2, 2)
	for _, share := range []bool{false, true} {
		y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: sets}, time.Unix(1000, 0), rollout.DeploymentOptions{Share: share})
		require.NoError(t, err)
		written := y.Writes[0].Object.(*appsv1.ReplicaSet)
		require.Equal(t, share, &written.Spec.Template.Spec.Containers[0] == &sets[0].Spec.Template.Spec.Containers[0])
	}
}

// An old ReplicaSet whose status counts more available pods than it has replicas is still being scaled: its counts free
// nothing, and what they contradict is not done.
func TestDeploymentStaleCounts(t *testing.T) {
	for _, c := range []struct {
		name                  string
		size, available       []int32 // of the old ReplicaSets, the oldest first
		newSize, newAvailable int32
		unavailable           int
		want                  map[string]int32
		rule                  rollout.DeploymentRule
		events                int
	}{
		{"the new one holds the rest", []int32{1}, []int32{3}, 3, 1, 1, nil, rollout.RuleWaitAvailable, 0},
		{"the new one holds more than the rest", []int32{1}, []int32{3}, 3, 0, 1, nil, rollout.RuleWaitAvailable, 0},
		{"one to give, but one too many counted", []int32{1}, []int32{2}, 3, 2, 1, nil, rollout.RuleWaitAvailable, 0},
		{"one that has gone is not looked at", []int32{0, 1}, []int32{1, 1}, 3, 2, 1, map[string]int32{"web-2": 0}, rollout.RuleScaleDownOld, 1},
		{"one to give", []int32{1}, []int32{1}, 3, 2, 1, map[string]int32{"web-1": 0}, rollout.RuleScaleDownOld, 1},
		{"the first gives it all before the second is looked at", []int32{1, 1}, []int32{0, 2}, 3, 1, 1, map[string]int32{"web-1": 0, "web-2": 0}, rollout.RuleScaleDownOld, 2},
		{"the broken go before the others, and once", []int32{1, 2}, []int32{0, 2}, 1, 1, 1, map[string]int32{"web-1": 0, "web-2": 1}, rollout.RuleScaleDownOld, 2},
		{"the broken of one", []int32{3}, []int32{2}, 1, 1, 1, map[string]int32{"web-1": 1}, rollout.RuleScaleDownOld, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var olds []string
			for i := range c.size {
				olds = append(olds, "a "+itoa(i+1))
			}
			d, sets := settled(olds...)
			d = rolling(d, intstr.FromInt32(1), intstr.FromInt32(int32(c.unavailable)))
			for i := range c.size {
				withSize(sets[i], c.size[i], c.available[i])
			}
			withSize(sets[len(olds)], c.newSize, c.newAvailable)
			y := syncDeployment(t, d, sets...)
			require.Equal(t, c.rule, y.Rule)
			var got map[string]int32
			for _, w := range y.Writes {
				if rs, ok := w.Object.(*appsv1.ReplicaSet); ok {
					if got == nil {
						got = map[string]int32{}
					}
					got[w.Name] = *rs.Spec.Replicas
				}
			}
			require.Equal(t, c.want, got)
			require.Len(t, y.Events, c.events)
		})
	}
}

// A ReplicaSet takes over its Deployment's annotations, but for those that either side keeps for itself, and remembers the
// revisions that it had before, as long as they fit into 2,000 characters.
func TestDeploymentAnnotatesNewReplicaSet(t *testing.T) {
	long := strings.Repeat("1,", 999) // 1,998 characters
	for _, c := range []struct {
		name                    string
		before                  map[string]string
		highest, want, wantPast string
	}{
		{"the next revision", map[string]string{annRevision: "1"}, "4", "5", "1"},
		{"its own when it is higher", map[string]string{annRevision: "7"}, "4", "7", ""},
		{"its own when it is the next", map[string]string{annRevision: "5"}, "4", "5", ""},
		{"the first one without a past", nil, "4", "5", ""},
		{"an empty one is no past", map[string]string{annRevision: ""}, "4", "5", ""},
		{"a longer past", map[string]string{annRevision: "3", annHistory: "1,2"}, "4", "5", "1,2,3"},
		{"a past that just fits", map[string]string{annRevision: "3", annHistory: long[2:] + "22"}, "4", "5", long[2:] + "22,3"},
		{"a past that is one too long", map[string]string{annRevision: "3", annHistory: long[2:] + "222"}, "4", "5", long[4:] + "222,3"},
		{"a past that does not", map[string]string{annRevision: "3", annHistory: long + "22"}, "4", "5", long[2:] + "22,3"},
		{"a number that fills it alone", map[string]string{annRevision: strings.Repeat("0", 1999) + "3", annHistory: "1,2"}, "4", "5", strings.Repeat("0", 1999) + "3"},
		{"a number that does not fit", map[string]string{annRevision: strings.Repeat("0", 2000) + "3", annHistory: "1,2"}, "4", "5", "1,2"},
		{"no number", map[string]string{annRevision: "x"}, "4", "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, sets := settled("a " + c.highest)
			d.Annotations = map[string]string{"team": "b", "empty": "", "kubectl.kubernetes.io/last-applied-configuration": "{}", annHistory: "9", "deployment.kubernetes.io/max-replicas": "99"}
			sets[1].Annotations = c.before
			y := syncDeployment(t, d, sets...)
			if c.want == "x" {
				require.Empty(t, setWrites(y))
				return
			}
			got := y.Writes[0].Object.(*appsv1.ReplicaSet).Annotations
			require.Equal(t, c.want, got[annRevision])
			require.Equal(t, c.wantPast, got[annHistory])
			require.Equal(t, "b", got["team"])
			require.Contains(t, got, "empty")
			if c.before == nil {
				require.NotContains(t, got, annHistory)
			}
			require.NotContains(t, got, "kubectl.kubernetes.io/last-applied-configuration")
			require.NotEqual(t, "99", got["deployment.kubernetes.io/max-replicas"])
		})
	}
}

const (
	annRevision = "deployment.kubernetes.io/revision"
	annHistory  = "deployment.kubernetes.io/revision-history"
)

// How a Deployment that is scaled in the midst of a rollout divides what it gets or gives up.
func TestDeploymentSpread(t *testing.T) {
	for _, c := range []struct {
		name     string
		replicas int32
		sizes    []int32 // of the ReplicaSets, the new one last
		limits   []string
		pods     int32 // status.replicas
		want     string
	}{
		{"in proportion to the size, and the rest to the largest", 10, []int32{1, 3}, []string{"4", "4"}, 4, "web-2=8 web-1=3"},
		{"of equal ones the newer gets the rest", 6, []int32{2, 2}, []string{"4", "4"}, 4, "web-2=4 web-1=3"},
		{"of equal ones the older gives the rest", 2, []int32{2, 2}, []string{"4", "4"}, 4, "web-1=1 web-2=2"},
		{"the limit is not known: by the pods there are", 6, []int32{2, 2}, []string{"", "x"}, 4, "web-2=4 web-1=3"},
		{"a limit of zero is none", 6, []int32{2, 2}, []string{"0", "-4"}, 4, "web-2=4 web-1=3"},
		{"a limit beyond 31 bits is none", 6, []int32{2, 2}, []string{"2147483648", "4"}, 4, "web-2=4 web-1=3"},
		{"nor any pods: all to the first", 6, []int32{2, 2}, []string{"", ""}, 0, "web-2=5 web-1=2"},
		{"all are given up", 0, []int32{2, 1}, []string{"4", "4"}, 3, "web-1=0 web-2=0"},
		{"nothing to divide: the old ones first, from the youngest, and their annotations alone", 3, []int32{2, 1, 1}, []string{"2", "2", "2"}, 4, "web-2=1 web-1=2 web-3=1"},
		{"nothing to divide among one and its surge", 1, []int32{1, 1}, []string{"2", "2"}, 2, "web-1=1 web-2=1"},
		{"one more for the one that is short of it, and not for the largest", 3, []int32{1, 2}, []string{"2", "4"}, 3, "web-2=2 web-1=2"},
		{"one less from the one that has it to spare, and not from the largest", 3, []int32{3, 2}, []string{"4", "16"}, 5, "web-1=3 web-2=1"},
		{"nor more from it than is given up", 3, []int32{3, 2}, []string{"4", "64"}, 5, "web-1=3 web-2=1"},
		{"without limits and pods the first gives all", 2, []int32{3, 3}, []string{"", ""}, 0, "web-1=0 web-2=3"},
		{"too few pods make one grow that should shrink", 2, []int32{3, 3}, []string{"", ""}, 1, "web-1=0 web-2=9"},
		{"halves are rounded away from zero", 1, []int32{3, 3}, []string{"4", "4"}, 6, "web-1=0 web-2=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var olds []string
			for i := range c.sizes[1:] {
				olds = append(olds, "a "+itoa(i+1))
			}
			d, sets := settled(olds...)
			d.Spec.Replicas, d.Status.Replicas = &c.replicas, c.pods
			for i, rs := range sets {
				withSize(rs, c.sizes[i], c.sizes[i])
				rs.Annotations["deployment.kubernetes.io/max-replicas"] = c.limits[i]
				rs.Annotations["deployment.kubernetes.io/desired-replicas"] = "99"
			}
			y := syncDeployment(t, d, sets...)
			require.Equal(t, rollout.RuleScaling, y.Rule)
			var got []string
			for _, w := range y.Writes {
				if rs, ok := w.Object.(*appsv1.ReplicaSet); ok {
					got = append(got, w.Name+"="+itoa(int(*rs.Spec.Replicas)))
				}
			}
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

// Where none is active, a paused Deployment gives all to the new ReplicaSet, or else to the youngest.
func TestDeploymentAllInactive(t *testing.T) {
	d, sets := settled("a 1", "b 2")
	d.Spec.Paused = true
	withSize(sets[2], 0, 0)
	require.Equal(t, []string{"update web-3"}, setWrites(syncDeployment(t, d, sets...)))
	require.Equal(t, []string{"update web-2"}, setWrites(syncDeployment(t, d, sets[:2]...)))
	require.Equal(t, []string{"update web-1"}, setWrites(syncDeployment(t, d, sets[:1]...)))
	require.Empty(t, setWrites(syncDeployment(t, d)))
	withSize(sets[1], 3, 3)
	require.Empty(t, setWrites(syncDeployment(t, d, sets...)), "one that is active has all")
}

// The name of a ReplicaSet is cut so that the hash fits.
func TestDeploymentNamesReplicaSets(t *testing.T) {
	for _, length := range []int{1, 242, 243, 244, 245, 253, 300} {
		d := rolling(deployment("now", 3), intstr.FromInt32(1), intstr.FromInt32(1))
		d.Name = strings.Repeat("a", length)
		hash := rollout.TemplateHash(&d.Spec.Template, nil)
		require.Equal(t, strings.Repeat("a", min(length, 252-len(hash)))+"-"+hash, syncDeployment(t, d).New)
	}
}

// A Deployment that selects nothing makes a ReplicaSet that does not either.
func TestDeploymentWithoutASelector(t *testing.T) {
	d := rolling(deployment("now", 3), intstr.FromInt32(1), intstr.FromInt32(1))
	d.Spec.Selector = nil
	require.Nil(t, syncDeployment(t, d).Writes[0].Object.(*appsv1.ReplicaSet).Spec.Selector)
}
