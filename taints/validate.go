package taints

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/labels"
)

func invalid(path *field.Path, value any, problems []string) *field.Error {
	return field.Invalid(path, value, strings.Join(problems, ";"))
}

// Validate returns the errors of a node's taints at a path, as the API server reports them: keys and values are label
// keys and values, effects are required, and a key and effect occur once.
func Validate(taints []corev1.Taint, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range taints {
		t, at := &taints[i], path.Index(i)
		for _, problem := range labels.ValidateKey(t.Key) {
			errs = append(errs, field.Invalid(at.Child("key"), t.Key, problem))
		}
		if problems := labels.ValidateValue(t.Value); problems != nil {
			errs = append(errs, invalid(at.Child("value"), t.Value, problems))
		}
		errs = append(errs, validateEffect(t.Effect, at.Child("effect"))...)
		if find(taints[:i], t) >= 0 {
			duplicate := field.Duplicate(at, internalTaint(*t))
			duplicate.Detail = "taints must be unique by key and effect pair"
			errs = append(errs, duplicate)
		}
	}
	return errs
}

// internalTaint is a taint as the API server's internal type prints it in errors.
type internalTaint struct {
	Key       string
	Value     string
	Effect    corev1.TaintEffect
	TimeAdded *metav1.Time
}

func validateEffect(e corev1.TaintEffect, path *field.Path) field.ErrorList {
	switch {
	case EffectOf(e) != 0:
		return nil
	case e == "":
		return field.ErrorList{field.Required(path, "")}
	}
	return field.ErrorList{field.NotSupported(path, e, []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute})}
}

// ValidateTolerations returns the errors of a pod's tolerations at a path, as the API server reports them.
// Options.ComparisonOperators says whether Lt and Gt may be used: by the feature gate, or because the pod already does.
func ValidateTolerations(tolerations []corev1.Toleration, o Options, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range tolerations {
		t, at := &tolerations[i], path.Index(i)
		if t.Key != "" {
			for _, problem := range labels.ValidateKey(t.Key) {
				errs = append(errs, field.Invalid(at.Child("key"), t.Key, problem))
			}
		}
		if t.Key == "" && t.Operator != corev1.TolerationOpExists {
			errs = append(errs, field.Invalid(at.Child("operator"), t.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
		}
		if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
			errs = append(errs, field.Invalid(at.Child("effect"), t.Effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
		}
		errs = append(errs, validateOperator(t, o, at)...)
		if t.Effect != "" {
			errs = append(errs, validateEffect(t.Effect, at.Child("effect"))...)
		}
	}
	return errs
}

func validateOperator(t *corev1.Toleration, o Options, at *field.Path) field.ErrorList {
	supported := []corev1.TolerationOperator{corev1.TolerationOpEqual, corev1.TolerationOpExists}
	switch t.Operator {
	case corev1.TolerationOpEqual, "":
		if problems := labels.ValidateValue(t.Value); problems != nil {
			return field.ErrorList{invalid(at.Child("operator"), t.Value, problems)}
		}
		return nil
	case corev1.TolerationOpExists:
		if t.Value != "" {
			return field.ErrorList{field.Invalid(at.Child("operator"), t.Value, "value must be empty when `operator` is 'Exists'")}
		}
		return nil
	case corev1.TolerationOpLt, corev1.TolerationOpGt:
		if o.ComparisonOperators {
			return validateThreshold(t.Value, at.Child("value"))
		}
		supported = append(supported, corev1.TolerationOpLt, corev1.TolerationOpGt)
	}
	return field.ErrorList{field.NotSupported(at.Child("operator"), t.Operator, supported)}
}

func validateThreshold(value string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if value == "" {
		errs = append(errs, field.Invalid(path, value, "must be non-empty"))
	} else if !canonicalForm(value) {
		errs = append(errs, field.Invalid(path, value, "must be a valid decimal integer in canonical form"))
	}
	if _, err := strconv.ParseInt(value, 10, 64); err != nil {
		errs = append(errs, field.Invalid(path, value, err.Error()))
	}
	return errs
}

// ValidateTolerationsUpdate returns the errors of a running pod's new tolerations at a path: each old one must still be
// there, its tolerationSeconds excepted, and what is added must be valid.
func ValidateTolerationsUpdate(updated, old []corev1.Toleration, o Options, path *field.Path) field.ErrorList {
	for i := range old {
		kept := false
		for j := range updated {
			if sameToleration(&old[i], &updated[j]) {
				kept = true
			}
		}
		if !kept {
			return field.ErrorList{field.Forbidden(path, "existing toleration can not be modified except its tolerationSeconds")}
		}
	}
	return ValidateTolerations(updated, o, path)
}
