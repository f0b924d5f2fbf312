package rollout

import (
	"fmt"
	"math"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// FailureMatch is the rule of a pod failure policy that applies to a failed pod.
type FailureMatch struct {
	// Rule is the index of the rule in the policy.
	Rule int
	// Action is what the rule demands.
	Action batchv1.PodFailurePolicyAction
	// Message names the container and its exit code, or the condition. It is what a Job that fails for this reason says.
	Message string
}

// MatchFailurePolicy returns the first rule of a pod failure policy that applies to a pod, and whether there is one. Whether
// the pod has failed is not asked. Containers that ended with exit code 0 or still run match nothing; regular containers are
// looked at before init containers. A rule with an unknown action is skipped.
func MatchFailurePolicy(policy *batchv1.PodFailurePolicy, pod *corev1.Pod) (FailureMatch, bool) {
	if policy == nil || pod == nil {
		return FailureMatch{}, false
	}
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		if !knownAction(rule.Action) {
			continue
		}
		if text, ok := matchRule(rule, pod); ok {
			return FailureMatch{i, rule.Action, fmt.Sprintf("%s matching %s rule at index %d", text, rule.Action, i)}, true
		}
	}
	return FailureMatch{}, false
}

func knownAction(a batchv1.PodFailurePolicyAction) bool {
	switch a {
	case batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionIgnore, batchv1.PodFailurePolicyActionCount:
		return true
	}
	return false
}

// matchRule says what of a pod a rule applies to.
func matchRule(rule *batchv1.PodFailurePolicyRule, pod *corev1.Pod) (string, bool) {
	if rule.OnExitCodes != nil {
		for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
			for i := range list {
				if c := &list[i]; matchExitCode(rule.OnExitCodes, c) {
					return fmt.Sprintf("Container %s for pod %s/%s failed with exit code %d", c.Name, pod.Namespace, pod.Name, c.State.Terminated.ExitCode), true
				}
			}
		}
		return "", false
	}
	for _, c := range pod.Status.Conditions {
		for _, p := range rule.OnPodConditions {
			if c.Type == p.Type && c.Status == p.Status {
				return fmt.Sprintf("Pod %s/%s has condition %s", pod.Namespace, pod.Name, c.Type), true
			}
		}
	}
	return "", false
}

func matchExitCode(r *batchv1.PodFailurePolicyOnExitCodesRequirement, c *corev1.ContainerStatus) bool {
	end := c.State.Terminated
	if end == nil || end.ExitCode == 0 || r.ContainerName != nil && *r.ContainerName != c.Name {
		return false
	}
	switch listed := slices.Contains(r.Values, end.ExitCode); r.Operator {
	case batchv1.PodFailurePolicyOnExitCodesOpIn:
		return listed
	case batchv1.PodFailurePolicyOnExitCodesOpNotIn:
		return !listed
	}
	return false
}

// MatchSuccessPolicy returns the index of the first rule of a success policy that the succeeded indexes of a Job fulfil, and
// whether there is one. A rule with succeededIndexes demands all of these, or succeededCount of them if that is less; one
// without demands succeededCount of any. Indexes from completions on count for nothing.
func MatchSuccessPolicy(policy *batchv1.SuccessPolicy, succeeded Indexes, completions int) (int, bool) {
	if policy == nil {
		return 0, false
	}
	for i, rule := range policy.Rules {
		have, want := succeeded.Len(), int(value(rule.SucceededCount, math.MaxInt32))
		if rule.SucceededIndexes != nil {
			named := ParseIndexes(*rule.SucceededIndexes, completions)
			have, want = succeeded.overlap(named), min(want, named.Len())
		}
		if have > 0 && have >= want {
			return i, true
		}
	}
	return 0, false
}
