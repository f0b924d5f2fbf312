package rollout_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

// Every limit holds up to its last number, and not one further.
func TestValidateJobRules(t *testing.T) {
	type edit = func(*batchv1.JobSpec)
	indexed := func(completions int32, more ...edit) edit {
		return func(s *batchv1.JobSpec) {
			s.CompletionMode, s.Completions = ptr(batchv1.IndexedCompletion), &completions
			for _, e := range more {
				e(s)
			}
		}
	}
	var (
		parallelism = func(n int32) edit { return func(s *batchv1.JobSpec) { s.Parallelism = &n } }
		perIndex    = func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex = ptr(int32(0)) }
		mayFail     = func(n int32) edit { return func(s *batchv1.JobSpec) { s.MaxFailedIndexes = &n } }
		failing     = func(rules ...batchv1.PodFailurePolicyRule) edit {
			return func(s *batchv1.JobSpec) { s.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: rules} }
		}
		replacing = func(p batchv1.PodReplacementPolicy) edit {
			return func(s *batchv1.JobSpec) { s.PodReplacementPolicy = &p }
		}
		succeeding = func(rules ...batchv1.SuccessPolicyRule) edit {
			return func(s *batchv1.JobSpec) { s.SuccessPolicy = &batchv1.SuccessPolicy{Rules: rules} }
		}
	)
	exit := func(op batchv1.PodFailurePolicyOnExitCodesOperator, codes ...int32) batchv1.PodFailurePolicyRule {
		return batchv1.PodFailurePolicyRule{Action: "Ignore", OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: op, Values: codes}}
	}
	named := func(container string) batchv1.PodFailurePolicyRule {
		r := exit("In", 1)
		r.OnExitCodes.ContainerName = &container
		return r
	}
	on := func(n int, kind corev1.PodConditionType, status corev1.ConditionStatus) batchv1.PodFailurePolicyRule {
		r := batchv1.PodFailurePolicyRule{Action: "Ignore"}
		for range n {
			r.OnPodConditions = append(r.OnPodConditions, batchv1.PodFailurePolicyOnPodConditionsPattern{Type: kind, Status: status})
		}
		return r
	}
	act := func(a batchv1.PodFailurePolicyAction) batchv1.PodFailurePolicyRule {
		r := exit("In", 1)
		r.Action = a
		return r
	}
	codes := func(n int32) []int32 {
		var out []int32
		for i := range n {
			out = append(out, i+1)
		}
		return out
	}
	some := func(indexes string, count int32) batchv1.SuccessPolicyRule {
		return batchv1.SuccessPolicyRule{SucceededIndexes: &indexes, SucceededCount: &count}
	}
	count := func(n int32) batchv1.SuccessPolicyRule { return batchv1.SuccessPolicyRule{SucceededCount: &n} }
	rules := func(n int) []batchv1.SuccessPolicyRule {
		var out []batchv1.SuccessPolicyRule
		for range n {
			out = append(out, count(1))
		}
		return out
	}
	failures := func(n int) []batchv1.PodFailurePolicyRule {
		var out []batchv1.PodFailurePolicyRule
		for range n {
			out = append(out, exit("In", 1))
		}
		return out
	}
	for _, c := range []struct {
		name string
		edit edit
		want string // the fields that are wrong and how, separated by semicolons
	}{
		{"a plain Job", func(*batchv1.JobSpec) {}, ""},
		{"less than none", func(s *batchv1.JobSpec) {
			s.Parallelism, s.Completions, s.ActiveDeadlineSeconds, s.BackoffLimit, s.TTLSecondsAfterFinished = ptr(int32(-1)), ptr(int32(-1)), ptr(int64(-1)), ptr(int32(-1)), ptr(int32(-1))
		}, "spec.parallelism: Invalid value: -1; spec.completions: Invalid value: -1; spec.activeDeadlineSeconds: Invalid value: -1; spec.backoffLimit: Invalid value: -1; spec.ttlSecondsAfterFinished: Invalid value: -1"},
		{"none at all", func(s *batchv1.JobSpec) {
			s.Parallelism, s.Completions, s.ActiveDeadlineSeconds, s.BackoffLimit, s.TTLSecondsAfterFinished = ptr(int32(0)), ptr(int32(0)), ptr(int64(0)), ptr(int32(0)), ptr(int32(0))
		}, ""},
		{"an unknown mode", func(s *batchv1.JobSpec) {
			s.CompletionMode, s.BackoffLimitPerIndex, s.MaxFailedIndexes = ptr(batchv1.CompletionMode("Odd")), ptr(int32(1)), ptr(int32(1))
		}, "spec.completionMode: Unsupported value"},
		{"limits of indexes without indexes", func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex, s.MaxFailedIndexes = ptr(int32(1)), ptr(int32(1)) },
			"spec.backoffLimitPerIndex: Invalid value: 1; spec.maxFailedIndexes: Invalid value: 1"},
		{"limits of indexes less than none", indexed(3, func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex, s.MaxFailedIndexes = ptr(int32(-1)), ptr(int32(-1)) }),
			"spec.backoffLimitPerIndex: Invalid value: -1; spec.maxFailedIndexes: Invalid value: -1"},
		{"failed indexes need a limit for each", indexed(3, mayFail(1)), "spec.backoffLimitPerIndex: Required value"},
		{"an indexed Job says how many", indexed(3, func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, ptr(int32(1)) }), "spec.completions: Required value"},
		{"but for one pod", indexed(3, func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, nil }), ""},
		{"the highest parallelism of indexes", indexed(3, parallelism(100000)), ""},
		{"one more", indexed(3, parallelism(100001)), "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000"},
		{"all indexes may fail", indexed(3, perIndex, mayFail(3)), ""},
		{"and no more", indexed(3, perIndex, mayFail(4)), "spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"},
		{"one, when there is one by default", indexed(3, perIndex, mayFail(1), func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, nil }), ""},
		{"not two", indexed(3, perIndex, mayFail(2), func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, nil }), "spec.maxFailedIndexes: Invalid value: 2: must be less than or equal to completions"},
		{"it is not said twice", indexed(3, perIndex, mayFail(2), func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, ptr(int32(1)) }), "spec.completions: Required value"},
		{"as many indexes as go without further limits", indexed(100000, perIndex, parallelism(100000)), ""},
		{"all of them may fail", indexed(100000, perIndex, mayFail(100000)), ""},
		{"one more has to limit its failures", indexed(100001, perIndex), "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000"},
		{"unless they are not counted by index", indexed(100001), ""},
		{"to ten thousand", indexed(100001, perIndex, mayFail(10000), parallelism(10000)), ""},
		{"and no more of many", indexed(100001, perIndex, mayFail(10001), parallelism(10001)), "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000; spec.maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000"},
		{"far more", indexed(200000, perIndex, mayFail(100001)), "spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000; spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 when"},
		{"twenty failure rules", failing(failures(20)...), ""},
		{"one too many", failing(failures(21)...), "spec.podFailurePolicy.rules: Too many: 21"},
		{"a rule does something", failing(act("")), "spec.podFailurePolicy.rules[0].action: Required value"},
		{"a rule does something known", failing(exit("In", 1), act("Odd")), "spec.podFailurePolicy.rules[1].action: Unsupported value"},
		{"an index fails only where it has a limit", failing(act("FailIndex")), "spec.podFailurePolicy.rules[0].action: Invalid value"},
		{"an index that has one", indexed(3, perIndex, failing(act("FailIndex"), act("FailJob"), act("Count"))), ""},
		{"a rule without a condition", failing(batchv1.PodFailurePolicyRule{Action: "Ignore"}), "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of"},
		{"a rule with both kinds", failing(batchv1.PodFailurePolicyRule{Action: "Ignore", OnExitCodes: exit("In", 1).OnExitCodes, OnPodConditions: on(1, "Ready", "True").OnPodConditions}), "spec.podFailurePolicy.rules[0]: Invalid value: specifying both"},
		{"exit codes need an operator", failing(exit("", 1)), "spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value"},
		{"a known one", failing(exit("Odd", 1)), "spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value"},
		{"a container of the template", failing(named("c")), ""},
		{"an init container of the template", failing(named("init")), ""},
		{"no other", failing(named("d")), "spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value"},
		{"no exit code", failing(exit("In")), "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required"},
		{"many exit codes", failing(exit("In", codes(255)...)), ""},
		{"too many exit codes", failing(exit("In", codes(256)...)), "spec.podFailurePolicy.rules[0].onExitCodes.values: Too many: 256"},
		{"success is no failure", failing(exit("In", 0, 1)), "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0"},
		{"all but success", failing(exit("NotIn", 0)), ""},
		{"twice the same", failing(exit("In", 1, 2, 1, 3)), "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 1"},
		{"out of order", failing(exit("In", 1, 3, 2, 4)), "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [1,3,2,4]: must be ordered"},
		{"twenty conditions", failing(on(20, "Ready", "Unknown")), ""},
		{"too many conditions", failing(on(21, "Ready", "False")), "spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21"},
		{"a condition that cannot be", failing(on(1, "a b", "True")), "spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value"},
		{"a condition of no status", failing(on(1, "Ready", "")), ""},
		{"a condition of an odd status", failing(on(1, "Ready", "Odd")), "spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value"},
		{"success rules without indexes", succeeding(count(1)), "spec.successPolicy: Invalid value"},
		{"no success rule", indexed(3, succeeding()), "spec.successPolicy.rules: Required value"},
		{"twenty success rules", indexed(3, succeeding(rules(20)...)), ""},
		{"too many success rules", indexed(3, succeeding(rules(21)...)), "spec.successPolicy.rules: Too many: 21"},
		{"success rules without completions are not looked at", indexed(3, succeeding(batchv1.SuccessPolicyRule{}), func(s *batchv1.JobSpec) { s.Completions, s.Parallelism = nil, nil }), ""},
		{"a success rule asks for something", indexed(3, succeeding(count(1), batchv1.SuccessPolicyRule{})), "spec.successPolicy.rules[1]: Required value"},
		{"all completions", indexed(3, succeeding(count(3))), ""},
		{"and no more completions", indexed(3, succeeding(count(4))), "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)"},
		{"less than no completions", indexed(3, succeeding(count(-1))), "spec.successPolicy.rules[0].succeededCount: Invalid value: -1"},
		{"all that are named", indexed(9, succeeding(some("0-2,4,6-7", 6))), ""},
		{"and no more than are named", indexed(9, succeeding(some("0-2,4,6-7", 7))), "spec.successPolicy.rules[0].succeededCount: Invalid value: 7: must be less than or equal to 6 (the number of indexes"},
		{"none that are named", indexed(9, succeeding(some("", 1))), "spec.successPolicy.rules[0].succeededCount: Invalid value: 1: must be less than or equal to 0"},
		{"the last index", indexed(9, succeeding(some("8", 1))), ""},
		{"beyond the last index", indexed(9, succeeding(some("9", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "9": error parsing succeededIndexes: too large index: "9"`},
		{"an interval up to the last index", indexed(9, succeeding(some("0-8", 9))), ""},
		{"an interval beyond the last index", indexed(9, succeeding(some("0-9", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"`},
		{"an interval of three ends", indexed(9, succeeding(some("1-2-3", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1-2-3": error parsing succeededIndexes: the fragment "1-2-3" violates`},
		{"an interval without a beginning", indexed(9, succeeding(some("-1", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "-1": error parsing succeededIndexes: cannot convert string to integer for index: ""`},
		{"the same index twice", indexed(9, succeeding(some("3,3", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3,3": error parsing succeededIndexes: non-increasing order, previous: 3, current: 3`},
		{"indexes backwards", indexed(9, succeeding(some("1,5-4", 0))), `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1,5-4": error parsing succeededIndexes: non-increasing order, previous: 5, current: 4`},
		{"replacing what has failed", replacing("Failed"), ""},
		{"replacing what is going", replacing("TerminatingOrFailed"), ""},
		{"replacing something else", replacing("Odd"), "spec.podReplacementPolicy: Unsupported value"},
		{"with failure rules what has failed is replaced", func(s *batchv1.JobSpec) { failing(exit("In", 1))(s); replacing("Failed")(s) }, ""},
		{"and nothing else", func(s *batchv1.JobSpec) { failing(exit("In", 1))(s); replacing("TerminatingOrFailed")(s) }, "spec.podReplacementPolicy: Unsupported value"},
		{"restarting on failure", func(s *batchv1.JobSpec) { s.Template.Spec.RestartPolicy = "OnFailure" }, ""},
		{"not with failure rules", func(s *batchv1.JobSpec) { failing(exit("In", 1))(s); s.Template.Spec.RestartPolicy = "OnFailure" }, "spec.template.spec.restartPolicy: Invalid value"},
		{"always restarting", func(s *batchv1.JobSpec) { failing(exit("In", 1))(s); s.Template.Spec.RestartPolicy = "Always" }, "spec.template.spec.restartPolicy: Required value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJob(1, 3)
			j.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
			j.Spec.Template.Spec.InitContainers = []corev1.Container{{Name: "init"}}
			c.edit(&j.Spec)
			var got, want []string
			for _, e := range rollout.ValidateJob(j) {
				got = append(got, e.Error())
			}
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			require.Len(t, got, len(want), "%q", got)
			for i := range want {
				require.True(t, strings.HasPrefix(got[i], want[i]), "%q", got)
			}
		})
	}
	require.Empty(t, rollout.ValidateJob(nil))
}
