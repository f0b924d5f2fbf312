package rollout

import (
	"math/rand/v2"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"

	ours "github.com/kubealgo/kubealgo/rollout"
)

func oddNumber(r *rand.Rand, values ...int32) *int32 {
	if chance(r, 50) {
		return nil
	}
	return ptr(pick(r, append(values, -1, 0, 1, 3)...))
}

// many repeats a value often enough to pass a limit, now and then.
func many[T any](r *rand.Rand, v T, limit int) []T {
	n := 1
	if chance(r, 4) {
		n = limit + 1
	}
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func oddFailureRule(r *rand.Rand) batchv1.PodFailurePolicyRule {
	rule := failureRule(r)
	if chance(r, 10) {
		rule.Action = ""
	}
	if rule.OnExitCodes != nil {
		rule.OnExitCodes.Values = pick(r, []int32{1}, []int32{1, 2}, []int32{0}, nil, []int32{2, 1}, []int32{3, 3}, []int32{0, 1}, []int32{-1})
		if chance(r, 4) {
			rule.OnExitCodes.Values = nil
			for i := range int32(256) {
				rule.OnExitCodes.Values = append(rule.OnExitCodes.Values, i+1)
			}
		}
		if chance(r, 10) {
			rule.OnExitCodes.Operator = ""
		}
	} else {
		p := rule.OnPodConditions[0]
		p.Type = pick(r, p.Type, p.Type, "", "a b", "example.com/x")
		p.Status = pick(r, p.Status, p.Status, "", "Odd", corev1.ConditionUnknown)
		rule.OnPodConditions = many(r, p, 20)
	}
	switch r.IntN(12) {
	case 0:
		rule.OnExitCodes, rule.OnPodConditions = nil, nil
	case 1:
		rule.OnPodConditions = []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: "A", Status: corev1.ConditionTrue}}
		rule.OnExitCodes = &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{1}}
	}
	return rule
}

func oddJob(r *rand.Rand) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "job", Namespace: "ns", UID: "u"}}
	s := &j.Spec
	s.Template = runnable()
	s.Template.Spec.RestartPolicy = pick(r, corev1.RestartPolicyNever, corev1.RestartPolicyNever, corev1.RestartPolicyNever, corev1.RestartPolicyOnFailure, corev1.RestartPolicyAlways, "")
	s.ManualSelector = ptr(true)
	s.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	s.Parallelism = oddNumber(r, 10000, 10001, 100000, 100001)
	s.Completions = oddNumber(r, 100000, 100001)
	if chance(r, 30) {
		s.ActiveDeadlineSeconds = ptr(pick(r, int64(-1), 0, 1))
	}
	s.BackoffLimit = oddNumber(r)
	s.TTLSecondsAfterFinished = oddNumber(r)
	if chance(r, 60) {
		s.CompletionMode = ptr(pick(r, batchv1.IndexedCompletion, batchv1.IndexedCompletion, batchv1.NonIndexedCompletion, "Odd"))
		s.BackoffLimitPerIndex = oddNumber(r)
		s.MaxFailedIndexes = oddNumber(r, 10000, 10001, 100000, 100001)
	}
	if chance(r, 30) {
		s.PodReplacementPolicy = ptr(pick(r, batchv1.Failed, batchv1.TerminatingOrFailed, "", "Odd"))
	}
	if chance(r, 40) {
		s.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: many(r, oddFailureRule(r), 20)}
		if chance(r, 10) {
			s.PodFailurePolicy.Rules = nil
		}
	}
	if chance(r, 40) {
		rule := successRule(r)
		if chance(r, 30) {
			rule.SucceededIndexes = ptr(pick(r, "", "x", "3-1", "1,1", "2,1", "0-", "-1", "0-2-3", "1-2,2", "1-x", "0,99999999999999999999", "1,,2"))
		}
		if chance(r, 20) {
			rule.SucceededCount = ptr(pick(r, int32(-1), 0, 5))
		}
		if chance(r, 10) {
			rule = batchv1.SuccessPolicyRule{}
		}
		s.SuccessPolicy = &batchv1.SuccessPolicy{Rules: many(r, rule, 20)}
		if chance(r, 10) {
			s.SuccessPolicy.Rules = nil
		}
		if s.Completions == nil { // the real validation panics for an Indexed Job
			s.Completions = ptr(int32(4))
		}
	}
	return j
}

func TestJobValidation(t *testing.T) {
	rec := recordTo("job-validation", 7, 700)
	campaign(t, 5000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		j := oddJob(r)
		return compareErrors(rec, cov, j, ours.ValidateJob(j), func(j *batch.Job) field.ErrorList {
			return batchvalidation.ValidateJob(j, batchvalidation.JobValidationOptions{})
		}, "metadata")
	}, "valid", "invalid")
}
