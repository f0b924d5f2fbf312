package labels

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxAnnotations is the size limit of all annotations of an object, keys and values together, in bytes.
const maxAnnotations = 256 * 1024

func invalid(path *field.Path, value any, problems []string) *field.Error {
	return field.Invalid(path, value, strings.Join(problems, "; "))
}

// Validate returns the errors of a label set at a path, as the API server reports them: one per problem, sorted
// by key (upstream's follow map order).
func Validate(set map[string]string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, k := range slices.Sorted(maps.Keys(set)) {
		for _, problem := range ValidateKey(k) {
			errs = append(errs, field.Invalid(path, k, problem))
		}
		for _, problem := range ValidateValue(set[k]) {
			errs = append(errs, field.Invalid(path, set[k], problem))
		}
	}
	return errs
}

// ValidateAnnotations returns the errors of annotations at a path: keys are label keys in any case of letters,
// values are free, and all together have at most 256 KiB.
func ValidateAnnotations(set map[string]string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	size := 0
	for _, k := range slices.Sorted(maps.Keys(set)) {
		for _, problem := range ValidateKey(strings.ToLower(k)) {
			errs = append(errs, field.Invalid(path, k, problem))
		}
		size += len(k) + len(set[k])
	}
	if size > maxAnnotations {
		errs = append(errs, field.TooLong(path, "", maxAnnotations))
	}
	return errs
}

// SelectorValidation changes how selectors of API objects are validated. The zero value is what new objects get.
type SelectorValidation struct {
	// AllowInvalidValues accepts values that are no label values: what an update gets whose old object has them.
	AllowInvalidValues bool
}

// ValidateLabelSelector returns the errors of an API object's selector at a path, as the API server reports them.
// Nil is valid.
func ValidateLabelSelector(ls *metav1.LabelSelector, o SelectorValidation, path *field.Path) field.ErrorList {
	if ls == nil {
		return nil
	}
	errs := Validate(ls.MatchLabels, path.Child("matchLabels"))
	for i := range ls.MatchExpressions {
		errs = append(errs, validateExpression(&ls.MatchExpressions[i], o, path.Child("matchExpressions").Index(i))...)
	}
	return errs
}

func validateExpression(e *metav1.LabelSelectorRequirement, o SelectorValidation, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch e.Operator {
	case metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn:
		if len(e.Values) == 0 {
			errs = append(errs, field.Required(path.Child("values"), "must be specified when `operator` is 'In' or 'NotIn'"))
		}
	case metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist:
		if len(e.Values) > 0 {
			errs = append(errs, field.Forbidden(path.Child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
		}
	default:
		errs = append(errs, field.Invalid(path.Child("operator"), e.Operator, "not a valid selector operator"))
	}
	for _, problem := range ValidateKey(e.Key) {
		errs = append(errs, field.Invalid(path.Child("key"), e.Key, problem))
	}
	if o.AllowInvalidValues {
		return errs
	}
	for i, v := range e.Values {
		for _, problem := range ValidateValue(v) {
			errs = append(errs, field.Invalid(path.Child("values").Index(i), v, problem))
		}
	}
	return errs
}
