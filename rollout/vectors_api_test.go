package rollout_test

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestVectorsEviction(t *testing.T) {
	type input struct {
		Pod     *corev1.Pod
		Budgets []*policyv1.PodDisruptionBudget
	}
	vectors(t, "eviction", func(v vector[input]) {
		y := rollout.Evict(v.Input.Pod, amongStrangers(v.Input.Budgets), v.Now)
		v.compare(t, map[string]any{"Code": y.Code, "Message": y.Message, "Cause": y.Cause, "Retry": y.RetryAfter, "Budget": y.Budget, "Deleted": y.Allowed()})
	})
}

// errorTexts are the texts of validation errors, sorted.
func errorTexts(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}
	slices.Sort(out)
	return out
}

func TestVectorsValidation(t *testing.T) {
	type input struct {
		Deployment  *appsv1.Deployment
		DaemonSet   *appsv1.DaemonSet
		StatefulSet *appsv1.StatefulSet
		Job         *batchv1.Job
	}
	for _, name := range []string{"validation", "job-validation"} {
		vectors(t, name, func(v vector[input]) {
			errs := slices.Concat(rollout.ValidateDeployment(v.Input.Deployment), rollout.ValidateDaemonSet(v.Input.DaemonSet),
				rollout.ValidateStatefulSet(v.Input.StatefulSet), rollout.ValidateJob(v.Input.Job))
			v.compare(t, errorTexts(errs))
		})
	}
}

func TestVectorsStatus(t *testing.T) {
	type input struct {
		Deployment *appsv1.Deployment
		Revision   int64
	}
	vectors(t, "status", func(v vector[input]) {
		message, done, err := rollout.DeploymentProgress(v.Input.Deployment, v.Input.Revision)
		v.compare(t, map[string]any{"Message": message, "Done": done, "Err": text(err)})
	})
}

func TestVectorsUndo(t *testing.T) {
	type input struct {
		Deployment *appsv1.Deployment
		Sets       []*appsv1.ReplicaSet
		Revision   int64
	}
	vectors(t, "undo", func(v vector[input]) {
		y, err := rollout.UndoDeployment(v.Input.Deployment, amongStrangers(v.Input.Sets), v.Input.Revision)
		v.compare(t, undone(v.Input.Deployment, y.Object, y.Message, err))
	})
}

func TestVectorsUndoRevisions(t *testing.T) {
	type input struct {
		StatefulSet *appsv1.StatefulSet
		DaemonSet   *appsv1.DaemonSet
		Revisions   []*appsv1.ControllerRevision
		Revision    int64
	}
	vectors(t, "undo-revisions", func(v vector[input]) {
		if set := v.Input.StatefulSet; set != nil {
			y, err := rollout.UndoStatefulSet(set, amongStrangers(v.Input.Revisions), v.Input.Revision)
			v.compare(t, undone(set, y.Object, y.Message, err))
			return
		}
		y, err := rollout.UndoDaemonSet(v.Input.DaemonSet, amongStrangers(v.Input.Revisions), v.Input.Revision)
		v.compare(t, undone(v.Input.DaemonSet, y.Object, y.Message, err))
	})
}

// undone is an undo in the form of the recordings: with the object as it is afterwards.
func undone[W any](before, after *W, message string, err error) map[string]any {
	if after == nil {
		after = before
	}
	return map[string]any{"Message": message, "Object": after, "Err": text(err)}
}

func TestVectorsJobExpiry(t *testing.T) {
	type input struct{ Job *batchv1.Job }
	vectors(t, "job-expiry", func(v vector[input]) {
		at, ok, err := rollout.JobExpiry(v.Input.Job)
		after := time.Duration(0)
		if ok {
			after = max(at.Sub(v.Now), 0)
		}
		v.compare(t, map[string]any{"Deleted": ok && after == 0, "After": after, "Err": text(err)})
	})
}
