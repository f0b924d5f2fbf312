package rollout_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestClaimRules(t *testing.T) {
	at := metav1.Unix(1, 0)
	owner := func(uid string) func(*appsv1.ReplicaSet) {
		return func(rs *appsv1.ReplicaSet) {
			d := deployment("a", 1)
			d.UID = types.UID(uid)
			rs.OwnerReferences = []metav1.OwnerReference{{UID: "no-controller"}, {UID: "nor-this", Controller: ptr(false)}, *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))}
		}
	}
	going := func(rs *appsv1.ReplicaSet) { rs.DeletionTimestamp = &at }
	for _, c := range []struct {
		name     string
		edit     func(*appsv1.ReplicaSet)
		matches  bool
		deleting bool
		want     rollout.Claim
	}{
		{"its own", owner("d"), true, false, rollout.ClaimOwned},
		{"its own, while it is deleted", owner("d"), true, true, rollout.ClaimOwned},
		{"its own that no longer matches", owner("d"), false, false, rollout.ClaimRelease},
		{"but not while it is deleted", owner("d"), false, true, rollout.ClaimIgnore},
		{"somebody else's", owner("x"), true, false, rollout.ClaimIgnore},
		{"an orphan", func(*appsv1.ReplicaSet) {}, true, false, rollout.ClaimAdopt},
		{"an orphan that does not match", func(*appsv1.ReplicaSet) {}, false, false, rollout.ClaimIgnore},
		{"an orphan, while it is deleted", func(*appsv1.ReplicaSet) {}, true, true, rollout.ClaimIgnore},
		{"an orphan that is going", going, true, false, rollout.ClaimIgnore},
		{"an orphan elsewhere", func(rs *appsv1.ReplicaSet) { rs.Namespace = "elsewhere" }, true, false, rollout.ClaimIgnore},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := deployment("a", 1)
			d.UID = "d"
			if c.deleting {
				d.DeletionTimestamp = &at
			}
			rs := replicaSet(1)
			c.edit(rs)
			require.Equal(t, c.want, rollout.Claims(d, rs, rollout.Match(c.matches)))
		})
	}
	clusterWide := deployment("a", 1)
	clusterWide.Namespace = ""
	require.Equal(t, rollout.ClaimAdopt, rollout.Claims(clusterWide, replicaSet(1), true), "a controller without namespace adopts anywhere")
}

// The usual selectors are not compiled, and yet those that are not valid are refused.
func TestSelectorsAreChecked(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, c := range []struct {
		key, value string
		ok         bool
	}{
		{"app", "web", true}, {"az09", "09az", true}, {"app", "", true}, {"App", "Web-1", true}, {"a.b/c", "d", true}, {long, long, true},
		{"", "web", false}, {"a`", "web", false}, {"a{", "web", false}, {"a/", "web", false}, {"a:", "web", false},
		{"app", "a`", false}, {"app", "a{", false}, {"app", "a/", false}, {"app", "a:", false}, {long + "a", "web", false}, {"app", long + "a", false},
	} {
		d := deployment("a", 1)
		d.UID, d.Spec.Selector = "d", &metav1.LabelSelector{MatchLabels: map[string]string{c.key: c.value, "app2": "web"}}
		rs := replicaSet(1)
		rs.Labels = map[string]string{c.key: c.value, "app2": "web"}
		y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: rolling(d, intstr.FromInt32(1), intstr.FromInt32(1)), ReplicaSets: []*appsv1.ReplicaSet{rs}}, time.Unix(1000, 0), rollout.DeploymentOptions{})
		if !c.ok {
			require.ErrorContains(t, err, "has invalid label selector", "%q=%q", c.key, c.value)
			continue
		}
		require.NoError(t, err, "%q=%q", c.key, c.value)
		require.Equal(t, rollout.Adopt, y.Writes[0].Verb)
		delete(rs.Labels, c.key)
		y, err = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: []*appsv1.ReplicaSet{rs}}, time.Unix(1000, 0), rollout.DeploymentOptions{})
		require.NoError(t, err)
		require.NotEqual(t, rollout.Adopt, y.Writes[0].Verb, "a label that is missing is none that is empty")
	}
}

// A controller that takes an object or lets it go leaves the other owners alone.
func TestClaimsKeepOtherOwners(t *testing.T) {
	d := deployment("a", 1)
	d.UID, d.Spec.Strategy = "d", recreate
	other, stale := metav1.OwnerReference{Name: "x", UID: "x"}, metav1.OwnerReference{Name: "web", UID: "d"}
	mine := *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	for _, c := range []struct {
		name         string
		labels       map[string]string
		before, want []metav1.OwnerReference
	}{
		{"an orphan", template("a").Labels, nil, []metav1.OwnerReference{mine}},
		{"an orphan with an owner that does not control it", template("a").Labels, []metav1.OwnerReference{other}, []metav1.OwnerReference{other, mine}},
		{"the controller among its owners, but not in control", template("a").Labels, []metav1.OwnerReference{stale, other}, []metav1.OwnerReference{other, mine}},
		{"its own", nil, []metav1.OwnerReference{mine}, nil},
		{"its own and somebody's", nil, []metav1.OwnerReference{other, mine}, []metav1.OwnerReference{other}},
	} {
		rs := replicaSet(1)
		rs.Labels, rs.OwnerReferences = c.labels, c.before
		y, err := rollout.SyncDeployment(rollout.DeploymentState{Deployment: d, ReplicaSets: []*appsv1.ReplicaSet{rs}}, time.Unix(1000, 0), rollout.DeploymentOptions{})
		require.NoError(t, err)
		require.Equal(t, c.want, y.Writes[0].Object.(*appsv1.ReplicaSet).OwnerReferences, c.name)
	}
}

func TestClaimNames(t *testing.T) {
	for claim, want := range map[rollout.Claim]string{rollout.ClaimIgnore: "ignore", rollout.ClaimOwned: "owned", rollout.ClaimAdopt: "adopt", rollout.ClaimRelease: "release", 9: "ignore"} {
		require.Equal(t, want, claim.String())
	}
}

// The usual selectors, of short lower-case letters and digits, are matched as they stand: no sync compiles them.
func TestUsualSelectorsAreNotCompiled(t *testing.T) {
	long := strings.Repeat("a", 63)
	allocs := func(sel metav1.LabelSelector) float64 {
		d := deployment("a", 1)
		d.Spec.Selector = &sel
		least := math.Inf(1)
		for range 20 { // pools lose what they hold now and then
			least = min(least, testing.AllocsPerRun(1, func() {
				_, _ = rollout.SyncDeployment(rollout.DeploymentState{Deployment: d}, time.Unix(1000, 0), rollout.DeploymentOptions{})
			}))
		}
		return least
	}
	usual := allocs(metav1.LabelSelector{MatchLabels: map[string]string{}})
	for _, labels := range []map[string]string{{"app": "web"}, {"a": ""}, {"09az": "az09"}, {long: long}, {"app": "web", "tier": "front"}} {
		require.Equal(t, usual, allocs(metav1.LabelSelector{MatchLabels: labels}), "%v", labels)
	}
	for _, labels := range []map[string]string{{"App": "web"}, {"app": "Web"}, {"a.b/c": "d"}} {
		require.Less(t, usual, allocs(metav1.LabelSelector{MatchLabels: labels}), "%v", labels)
	}
}
