package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The limits that the API server sets to Indexed Jobs and to policies.
const (
	mostIndexedParallelism = 100000
	mostFailedIndexes      = 100000
	manyCompletions        = 100000
	mostOfMany             = 10000
	mostPolicyRules        = 20
	mostExitCodes          = 255
	mostPatterns           = 20
)

// ValidateJob checks the fields of a Job's spec that govern its run: numbers, limits, completion mode, policies and the restart
// policy of its template. The errors and their texts are those of the API server; metadata, selector, managedBy and the rest
// of the template are not checked. Nil fields are taken as the API server fills them in.
func ValidateJob(job *batchv1.Job) field.ErrorList {
	if job == nil {
		return nil
	}
	spec, path := &job.Spec, field.NewPath("spec")
	errs := optionalNonNegative(spec.Parallelism, path.Child("parallelism"))
	errs = append(errs, optionalNonNegative(spec.Completions, path.Child("completions"))...)
	if spec.ActiveDeadlineSeconds != nil {
		errs = append(errs, nonNegative(*spec.ActiveDeadlineSeconds, path.Child("activeDeadlineSeconds"))...)
	}
	errs = append(errs, optionalNonNegative(spec.BackoffLimit, path.Child("backoffLimit"))...)
	errs = append(errs, optionalNonNegative(spec.TTLSecondsAfterFinished, path.Child("ttlSecondsAfterFinished"))...)
	errs = append(errs, optionalNonNegative(spec.BackoffLimitPerIndex, path.Child("backoffLimitPerIndex"))...)
	errs = append(errs, optionalNonNegative(spec.MaxFailedIndexes, path.Child("maxFailedIndexes"))...)
	if spec.MaxFailedIndexes != nil && spec.BackoffLimitPerIndex == nil {
		errs = append(errs, field.Required(path.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"))
	}
	errs = append(errs, validateCompletionMode(spec, path)...)
	errs = append(errs, validateFailurePolicy(spec, path.Child("podFailurePolicy", "rules"))...)
	errs = append(errs, validateSuccessPolicy(spec, path.Child("successPolicy"))...)
	errs = append(errs, validateReplacement(spec, path.Child("podReplacementPolicy"))...)
	return append(errs, validateRestart(spec, path.Child("template", "spec", "restartPolicy"))...)
}

func optionalNonNegative(n *int32, at *field.Path) field.ErrorList {
	return nonNegative(int64(value(n, 0)), at)
}

func validateCompletionMode(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	const needsIndexes = "requires indexed completion mode"
	var errs field.ErrorList
	mode := value(spec.CompletionMode, batchv1.NonIndexedCompletion)
	if mode != batchv1.NonIndexedCompletion && mode != batchv1.IndexedCompletion {
		errs = append(errs, field.NotSupported(path.Child("completionMode"), mode, []batchv1.CompletionMode{batchv1.NonIndexedCompletion, batchv1.IndexedCompletion}))
	}
	if mode == batchv1.IndexedCompletion {
		return append(errs, validateIndexed(spec, path)...)
	}
	known := len(errs) == 0
	if known && spec.BackoffLimitPerIndex != nil {
		errs = append(errs, field.Invalid(path.Child("backoffLimitPerIndex"), *spec.BackoffLimitPerIndex, needsIndexes))
	}
	if known && spec.MaxFailedIndexes != nil {
		errs = append(errs, field.Invalid(path.Child("maxFailedIndexes"), *spec.MaxFailedIndexes, needsIndexes))
	}
	if spec.SuccessPolicy != nil {
		errs = append(errs, field.Invalid(path.Child("successPolicy"), shownSuccess(spec.SuccessPolicy), needsIndexes))
	}
	return errs
}

// shownSuccessPolicy is a success policy as the API server's messages show it: by the field names of its internal types.
type shownSuccessPolicy struct{ Rules []shownSuccessRule }

type shownSuccessRule struct {
	SucceededIndexes *string
	SucceededCount   *int32
}

func shownSuccess(p *batchv1.SuccessPolicy) shownSuccessPolicy {
	var out shownSuccessPolicy
	for _, r := range p.Rules {
		out.Rules = append(out.Rules, shownSuccessRule(r))
	}
	return out
}

func validateIndexed(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	missing := spec.Completions == nil && spec.Parallelism != nil
	if missing {
		errs = append(errs, field.Required(path.Child("completions"), "when completion mode is Indexed"))
	}
	parallelism, completions := value(spec.Parallelism, 1), value(spec.Completions, 1)
	if parallelism > mostIndexedParallelism {
		errs = append(errs, field.Invalid(path.Child("parallelism"), parallelism, fmt.Sprintf("must be less than or equal to %d when completion mode is Indexed", mostIndexedParallelism)))
	}
	at := path.Child("maxFailedIndexes")
	if n := spec.MaxFailedIndexes; n != nil {
		if !missing && *n > completions {
			errs = append(errs, field.Invalid(at, *n, "must be less than or equal to completions"))
		}
		if *n > mostFailedIndexes {
			errs = append(errs, field.Invalid(at, *n, fmt.Sprintf("must be less than or equal to %d", mostFailedIndexes)))
		}
	}
	if completions > manyCompletions && spec.BackoffLimitPerIndex != nil {
		when := fmt.Sprintf("when completions are above %d and used with backoff limit per index", manyCompletions)
		if spec.MaxFailedIndexes == nil {
			errs = append(errs, field.Required(at, fmt.Sprintf("must be specified when completions is above %d", manyCompletions)))
		}
		if parallelism > mostOfMany {
			errs = append(errs, field.Invalid(path.Child("parallelism"), parallelism, fmt.Sprintf("must be less than or equal to %d %s", mostOfMany, when)))
		}
		if n := value(spec.MaxFailedIndexes, 0); n > mostOfMany {
			errs = append(errs, field.Invalid(at, n, fmt.Sprintf("must be less than or equal to %d %s", mostOfMany, when)))
		}
	}
	return errs
}

func validateFailurePolicy(spec *batchv1.JobSpec, at *field.Path) field.ErrorList {
	policy := spec.PodFailurePolicy
	if policy == nil {
		return nil
	}
	var errs field.ErrorList
	if len(policy.Rules) > mostPolicyRules {
		errs = append(errs, field.TooMany(at, len(policy.Rules), mostPolicyRules))
	}
	for i := range policy.Rules {
		errs = append(errs, validateFailureRule(spec, &policy.Rules[i], at.Index(i))...)
	}
	return errs
}

func validateFailureRule(spec *batchv1.JobSpec, rule *batchv1.PodFailurePolicyRule, at *field.Path) field.ErrorList {
	actions := []batchv1.PodFailurePolicyAction{batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore}
	var errs field.ErrorList
	switch {
	case rule.Action == "":
		errs = append(errs, field.Required(at.Child("action"), fmt.Sprintf("valid values: %q", actions)))
	case rule.Action == batchv1.PodFailurePolicyActionFailIndex && spec.BackoffLimitPerIndex == nil:
		errs = append(errs, field.Invalid(at.Child("action"), rule.Action, "requires the backoffLimitPerIndex to be set"))
	case !slices.Contains(actions, rule.Action):
		errs = append(errs, field.NotSupported(at.Child("action"), rule.Action, actions))
	}
	if rule.OnExitCodes != nil {
		errs = append(errs, validateExitCodes(spec, rule.OnExitCodes, at.Child("onExitCodes"))...)
	}
	errs = append(errs, validatePatterns(rule.OnPodConditions, at.Child("onPodConditions"))...)
	switch exit, conditions := rule.OnExitCodes != nil, len(rule.OnPodConditions) > 0; {
	case exit && conditions:
		errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying both OnExitCodes and OnPodConditions is not supported"))
	case !exit && !conditions:
		errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required"))
	}
	return errs
}

func validateExitCodes(spec *batchv1.JobSpec, e *batchv1.PodFailurePolicyOnExitCodesRequirement, at *field.Path) field.ErrorList {
	operators := []batchv1.PodFailurePolicyOnExitCodesOperator{batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn}
	var errs field.ErrorList
	switch {
	case e.Operator == "":
		errs = append(errs, field.Required(at.Child("operator"), fmt.Sprintf("valid values: %q", operators)))
	case !slices.Contains(operators, e.Operator):
		errs = append(errs, field.NotSupported(at.Child("operator"), e.Operator, operators))
	}
	if name := e.ContainerName; name != nil {
		named := func(c corev1.Container) bool { return c.Name == *name }
		if t := &spec.Template.Spec; !slices.ContainsFunc(t.Containers, named) && !slices.ContainsFunc(t.InitContainers, named) {
			errs = append(errs, field.Invalid(at.Child("containerName"), *name, "must be one of the container or initContainer names in the pod template"))
		}
	}
	values := at.Child("values")
	switch n := len(e.Values); {
	case n == 0:
		errs = append(errs, field.Invalid(values, e.Values, "at least one value is required"))
	case n > mostExitCodes:
		errs = append(errs, field.TooMany(values, n, mostExitCodes))
	}
	ordered := true
	seen := map[int32]bool{}
	for i, v := range e.Values {
		if e.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn && v == 0 {
			errs = append(errs, field.Invalid(values.Index(i), v, "must not be 0 for the In operator"))
		}
		if seen[v] {
			errs = append(errs, field.Duplicate(values.Index(i), v))
		} else if i > 0 && v < e.Values[i-1] {
			ordered = false
		}
		seen[v] = true
	}
	if !ordered {
		errs = append(errs, field.Invalid(values, e.Values, "must be ordered"))
	}
	return errs
}

func validatePatterns(patterns []batchv1.PodFailurePolicyOnPodConditionsPattern, at *field.Path) field.ErrorList {
	statuses := []corev1.ConditionStatus{corev1.ConditionFalse, corev1.ConditionTrue, corev1.ConditionUnknown}
	var errs field.ErrorList
	if n := len(patterns); n > mostPatterns {
		errs = append(errs, field.TooMany(at, n, mostPatterns))
	}
	for i, p := range patterns {
		for _, m := range validation.IsQualifiedName(string(p.Type)) {
			errs = append(errs, field.Invalid(at.Index(i).Child("type"), p.Type, m))
		}
		if p.Status != "" && !slices.Contains(statuses, p.Status) {
			errs = append(errs, field.NotSupported(at.Index(i).Child("status"), p.Status, statuses))
		}
	}
	return errs
}

func validateSuccessPolicy(spec *batchv1.JobSpec, at *field.Path) field.ErrorList {
	policy := spec.SuccessPolicy
	if policy == nil || value(spec.CompletionMode, batchv1.NonIndexedCompletion) != batchv1.IndexedCompletion || spec.Completions == nil {
		return nil
	}
	rules := at.Child("rules")
	var errs field.ErrorList
	if len(policy.Rules) == 0 {
		errs = append(errs, field.Required(rules, "at least one rules must be specified when the successPolicy is specified"))
	}
	if n := len(policy.Rules); n > mostPolicyRules {
		errs = append(errs, field.TooMany(rules, n, mostPolicyRules))
	}
	for i := range policy.Rules {
		errs = append(errs, validateSuccessRule(&policy.Rules[i], *spec.Completions, rules.Index(i))...)
	}
	return errs
}

func validateSuccessRule(rule *batchv1.SuccessPolicyRule, completions int32, at *field.Path) field.ErrorList {
	if rule.SucceededIndexes == nil && rule.SucceededCount == nil {
		return field.ErrorList{field.Required(at, "at least one of succeededCount or succeededIndexes must be specified")}
	}
	var errs field.ErrorList
	total := 0
	if text := rule.SucceededIndexes; text != nil {
		var err error
		if total, err = countIndexes(*text, completions); err != nil {
			errs = append(errs, field.Invalid(at.Child("succeededIndexes"), *text, "error parsing succeededIndexes: "+err.Error()))
		}
	}
	if n := rule.SucceededCount; n != nil {
		count := at.Child("succeededCount")
		errs = append(errs, nonNegative(int64(*n), count)...)
		if *n > completions {
			errs = append(errs, field.Invalid(count, *n, fmt.Sprintf("must be less than or equal to %d (the number of specified completions)", completions)))
		}
		if rule.SucceededIndexes != nil && int(*n) > total {
			errs = append(errs, field.Invalid(count, *n, fmt.Sprintf("must be less than or equal to %d (the number of indexes in the specified succeededIndexes field)", total)))
		}
	}
	return errs
}

// countIndexes counts the indexes of a text that has to be without fault.
func countIndexes(text string, completions int32) (int, error) {
	if text == "" {
		return 0, nil
	}
	total, last := 0, -1
	for part := range strings.SplitSeq(text, ",") {
		ends := strings.Split(part, "-")
		if len(ends) > 2 {
			return 0, fmt.Errorf("the fragment %q violates the requirement that an index interval can have at most two parts separated by '-'", part)
		}
		total++
		for i, end := range ends {
			n, err := strconv.Atoi(end)
			switch {
			case err != nil:
				return 0, fmt.Errorf("cannot convert string to integer for index: %q", end)
			case n >= int(completions):
				return 0, fmt.Errorf("too large index: %q", end)
			case n <= last:
				return 0, fmt.Errorf("non-increasing order, previous: %d, current: %d", last, n)
			}
			total += i * (n - last)
			last = n
		}
	}
	return total, nil
}

func validateReplacement(spec *batchv1.JobSpec, at *field.Path) field.ErrorList {
	policy := spec.PodReplacementPolicy
	if policy == nil {
		return nil
	}
	allowed := []batchv1.PodReplacementPolicy{batchv1.Failed, batchv1.TerminatingOrFailed}
	if spec.PodFailurePolicy != nil {
		allowed = allowed[:1]
	}
	if !slices.Contains(allowed, *policy) {
		return field.ErrorList{field.NotSupported(at, *policy, allowed)}
	}
	return nil
}

func validateRestart(spec *batchv1.JobSpec, at *field.Path) field.ErrorList {
	policy := spec.Template.Spec.RestartPolicy
	switch {
	case policy != corev1.RestartPolicyNever && policy != corev1.RestartPolicyOnFailure:
		return field.ErrorList{field.Required(at, fmt.Sprintf("valid values: %q, %q", corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever))}
	case policy != corev1.RestartPolicyNever && spec.PodFailurePolicy != nil:
		return field.ErrorList{field.Invalid(at, policy, fmt.Sprintf("only %q is supported when podFailurePolicy is specified", corev1.RestartPolicyNever))}
	}
	return nil
}
