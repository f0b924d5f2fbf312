package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestVectorsEviction(t *testing.T) {
	i := 0
	vectors(t, "eviction", func(now time.Time, input, want json.RawMessage) {
		i++
		var in struct {
			Pod     *corev1.Pod
			Budgets []*policyv1.PodDisruptionBudget
		}
		require.NoError(t, json.Unmarshal(input, &in))
		y := rollout.Evict(in.Pod, in.Budgets, now)
		compare(t, i, input, want, map[string]any{"Code": y.Code, "Message": y.Message, "Cause": y.Cause, "Retry": y.RetryAfter, "Budget": y.Budget, "Deleted": y.Allowed()})
	})
}

func TestVectorsValidation(t *testing.T) {
	vectors(t, "validation", func(_ time.Time, input, want json.RawMessage) {
		var in struct {
			Deployment  *appsv1.Deployment
			DaemonSet   *appsv1.DaemonSet
			StatefulSet *appsv1.StatefulSet
		}
		require.NoError(t, json.Unmarshal(input, &in))
		var errs field.ErrorList
		switch {
		case in.Deployment != nil:
			errs = rollout.ValidateDeployment(in.Deployment)
		case in.DaemonSet != nil:
			errs = rollout.ValidateDaemonSet(in.DaemonSet)
		default:
			errs = rollout.ValidateStatefulSet(in.StatefulSet)
		}
		var got, texts []string
		for _, e := range errs {
			got = append(got, e.Error())
		}
		slices.Sort(got)
		require.NoError(t, json.Unmarshal(want, &texts))
		require.Equal(t, texts, got, "%s", input)
	})
}

func TestVectorsStatus(t *testing.T) {
	i := 0
	vectors(t, "status", func(_ time.Time, input, want json.RawMessage) {
		i++
		var in struct {
			Deployment *appsv1.Deployment
			Revision   int64
		}
		require.NoError(t, json.Unmarshal(input, &in))
		message, done, err := rollout.DeploymentProgress(in.Deployment, in.Revision)
		compare(t, i, input, want, map[string]any{"Message": message, "Done": done, "Err": text(err)})
	})
}

func TestVectorsUndo(t *testing.T) {
	i := 0
	vectors(t, "undo", func(_ time.Time, input, want json.RawMessage) {
		i++
		var in struct {
			Deployment *appsv1.Deployment
			Sets       []*appsv1.ReplicaSet
			Revision   int64
		}
		require.NoError(t, json.Unmarshal(input, &in))
		y, err := rollout.UndoDeployment(in.Deployment, in.Sets, in.Revision)
		after := in.Deployment
		if y.Object != nil {
			after = y.Object
		}
		compare(t, i, input, want, map[string]any{"Message": y.Message, "Object": after, "Err": text(err)})
	})
}
