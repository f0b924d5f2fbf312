package rollout

import (
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ValidateDeployment checks the fields of a Deployment's spec that govern its rollout: replicas, minReadySeconds, strategy,
// revisionHistoryLimit and progressDeadlineSeconds. The errors, their order and texts are those of the API server. Metadata,
// selector and template are not checked. Nil fields are taken as the API server fills them in.
func ValidateDeployment(d *appsv1.Deployment) field.ErrorList {
	if d == nil {
		return nil
	}
	spec, path := &d.Spec, field.NewPath("spec")
	errs := nonNegative(int64(value(spec.Replicas, 1)), path.Child("replicas"))
	errs = append(errs, validateDeploymentStrategy(spec, path.Child("strategy"))...)
	errs = append(errs, nonNegative(int64(spec.MinReadySeconds), path.Child("minReadySeconds"))...)
	if spec.RevisionHistoryLimit != nil {
		errs = append(errs, nonNegative(int64(*spec.RevisionHistoryLimit), path.Child("revisionHistoryLimit"))...)
	}
	if p := spec.ProgressDeadlineSeconds; p != nil {
		at := path.Child("progressDeadlineSeconds")
		errs = append(errs, nonNegative(int64(*p), at)...)
		if *p <= spec.MinReadySeconds {
			errs = append(errs, field.Invalid(at, *p, "must be greater than minReadySeconds"))
		}
	}
	return errs
}

func nonNegative(n int64, at *field.Path) field.ErrorList {
	if n < 0 {
		return field.ErrorList{field.Invalid(at, n, "must be greater than or equal to 0").WithOrigin("minimum")}
	}
	return nil
}

func validateDeploymentStrategy(spec *appsv1.DeploymentSpec, at *field.Path) field.ErrorList {
	st := &spec.Strategy
	switch st.Type {
	case appsv1.RecreateDeploymentStrategyType:
		if st.RollingUpdate != nil {
			return field.ErrorList{field.Forbidden(at.Child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")}
		}
		return nil
	case appsv1.RollingUpdateDeploymentStrategyType, "":
		if st.RollingUpdate == nil {
			return nil
		}
		return validateFenceposts(st.RollingUpdate.MaxUnavailable, st.RollingUpdate.MaxSurge, at.Child("rollingUpdate"))
	}
	e := field.NotSupported(at, st.Type, []appsv1.DeploymentStrategyType{appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType})
	e.BadValue = shownDeploymentStrategy{st.Type, shownLimits(st.RollingUpdate)}
	return field.ErrorList{e}
}

func validateFenceposts(unavailable, surge *intstr.IntOrString, at *field.Path) field.ErrorList {
	def := intstr.FromString("25%")
	u, s := *orDefault(unavailable, &def), *orDefault(surge, &def)
	errs := countOrPercent(u, at.Child("maxUnavailable"))
	errs = append(errs, countOrPercent(s, at.Child("maxSurge"))...)
	if literal(u) == 0 && literal(s) == 0 {
		errs = append(errs, field.Invalid(at.Child("maxUnavailable"), u, "may not be 0 when `maxSurge` is 0"))
	}
	return append(errs, notBeyondAll(u, at.Child("maxUnavailable"))...)
}

func orDefault(v, def *intstr.IntOrString) *intstr.IntOrString {
	if v == nil {
		return def
	}
	return v
}

// countOrPercent requires a number that is not negative, or digits followed by a percent sign.
func countOrPercent(v intstr.IntOrString, at *field.Path) field.ErrorList {
	switch v.Type {
	case intstr.String:
		if !isPercent(v.StrVal) {
			return field.ErrorList{field.Invalid(at, v, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")}
		}
		return nil
	case intstr.Int:
		return nonNegative(int64(v.IntValue()), at)
	}
	return field.ErrorList{field.Invalid(at, v, "must be an integer or percentage (e.g '5%%')")}
}

func isPercent(s string) bool {
	digits, ok := strings.CutSuffix(s, "%")
	if !ok || digits == "" {
		return false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// percent returns the number of a percentage.
func percent(v intstr.IntOrString) (int, bool) {
	if v.Type != intstr.String || !isPercent(v.StrVal) {
		return 0, false
	}
	n, _ := strconv.Atoi(strings.TrimSuffix(v.StrVal, "%")) // of too many digits the largest
	return n, true
}

// literal is the number of a value, be it a count or a percentage.
func literal(v intstr.IntOrString) int {
	if n, ok := percent(v); ok {
		return n
	}
	return v.IntValue()
}

func notBeyondAll(v intstr.IntOrString, at *field.Path) field.ErrorList {
	if n, _ := percent(v); n > 100 {
		return field.ErrorList{field.Invalid(at, v, "must not be greater than 100%")}
	}
	return nil
}

// ValidateDaemonSet checks the fields of a DaemonSet's spec that govern its rollout: minReadySeconds, updateStrategy and
// revisionHistoryLimit. The errors, their order and texts are those of the API server; selector and template are not
// checked.
func ValidateDaemonSet(ds *appsv1.DaemonSet) field.ErrorList {
	if ds == nil {
		return nil
	}
	spec, path := &ds.Spec, field.NewPath("spec")
	errs := nonNegative(int64(spec.MinReadySeconds), path.Child("minReadySeconds"))
	at := path.Child("updateStrategy")
	switch st := &spec.UpdateStrategy; st.Type {
	case appsv1.OnDeleteDaemonSetStrategyType:
	case appsv1.RollingUpdateDaemonSetStrategyType, "":
		if ru := st.RollingUpdate; ru != nil {
			errs = append(errs, validateDaemonLimits(ru, at.Child("rollingUpdate"))...)
		}
	default:
		e := field.NotSupported(at, st.Type, []appsv1.DaemonSetUpdateStrategyType{appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType})
		e.BadValue = shownDaemon(st)
		errs = append(errs, e)
	}
	if spec.RevisionHistoryLimit != nil {
		errs = append(errs, nonNegative(int64(*spec.RevisionHistoryLimit), path.Child("revisionHistoryLimit"))...)
	}
	return errs
}

// shownDaemonStrategy is an update strategy as the API server's messages show it: by the field names of its internal types.
type shownDaemonStrategy struct {
	Type          appsv1.DaemonSetUpdateStrategyType
	RollingUpdate *shownDaemonLimits
}

// shownDeploymentStrategy is the same for a Deployment.
type shownDeploymentStrategy struct {
	Type          appsv1.DeploymentStrategyType
	RollingUpdate *shownDaemonLimits
}

func shownLimits(ru *appsv1.RollingUpdateDeployment) *shownDaemonLimits {
	if ru == nil {
		return nil
	}
	return &shownDaemonLimits{value(ru.MaxUnavailable, intstr.IntOrString{}), value(ru.MaxSurge, intstr.IntOrString{})}
}

type shownDaemonLimits struct{ MaxUnavailable, MaxSurge intstr.IntOrString }

func shownDaemon(st *appsv1.DaemonSetUpdateStrategy) shownDaemonStrategy {
	out := shownDaemonStrategy{Type: st.Type}
	if ru := st.RollingUpdate; ru != nil {
		out.RollingUpdate = &shownDaemonLimits{value(ru.MaxUnavailable, intstr.IntOrString{}), value(ru.MaxSurge, intstr.IntOrString{})}
	}
	return out
}

func validateDaemonLimits(ru *appsv1.RollingUpdateDaemonSet, at *field.Path) field.ErrorList {
	one, zero := intstr.FromInt32(1), intstr.FromInt32(0)
	u, s := *orDefault(ru.MaxUnavailable, &one), *orDefault(ru.MaxSurge, &zero)
	errs := countOrPercent(u, at.Child("maxUnavailable"))
	errs = append(errs, countOrPercent(s, at.Child("maxSurge"))...)
	errs = append(errs, notBeyondAll(u, at.Child("maxUnavailable"))...)
	errs = append(errs, notBeyondAll(s, at.Child("maxSurge"))...)
	switch hasU, hasS := literal(u) != 0, literal(s) != 0; {
	case hasU && hasS:
		errs = append(errs, field.Invalid(at.Child("maxSurge"), s, "may not be set when maxUnavailable is non-zero"))
	case !hasU && !hasS:
		errs = append(errs, field.Required(at.Child("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
	}
	return errs
}

// ValidateStatefulSet checks the fields of a StatefulSet's spec that govern its rollout: podManagementPolicy,
// updateStrategy, the retention policy of claims, replicas, minReadySeconds and ordinals; nobody checks its revisionHistoryLimit. The
// errors and their texts are those of the API server; metadata, selector, template and claims are not checked.
func ValidateStatefulSet(s *appsv1.StatefulSet) field.ErrorList {
	if s == nil {
		return nil
	}
	spec, path := &s.Spec, field.NewPath("spec")
	var errs field.ErrorList
	switch spec.PodManagementPolicy {
	case "", appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement:
	default:
		errs = append(errs, field.Invalid(path.Child("podManagementPolicy"), spec.PodManagementPolicy,
			fmt.Sprintf("must be '%s' or '%s'", appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement)))
	}
	errs = append(errs, validateSetStrategy(spec, path.Child("updateStrategy"))...)
	errs = append(errs, validateRetention(spec.PersistentVolumeClaimRetentionPolicy, path.Child("persistentVolumeClaimRetentionPolicy"))...)
	errs = append(errs, nonNegative(int64(value(spec.Replicas, 1)), path.Child("replicas"))...)
	errs = append(errs, nonNegative(int64(spec.MinReadySeconds), path.Child("minReadySeconds"))...)
	if spec.Ordinals != nil {
		errs = append(errs, nonNegative(int64(spec.Ordinals.Start), path.Child("ordinals.start"))...)
	}
	return errs
}

func validateSetStrategy(spec *appsv1.StatefulSetSpec, at *field.Path) field.ErrorList {
	st := &spec.UpdateStrategy
	switch st.Type {
	case "", appsv1.RollingUpdateStatefulSetStrategyType:
		ru := st.RollingUpdate
		if ru == nil {
			return nil
		}
		errs := nonNegative(int64(value(ru.Partition, 0)), at.Child("rollingUpdate", "partition"))
		if ru.MaxUnavailable != nil {
			where := at.Child("rollingUpdate", "maxUnavailable")
			errs = append(errs, countOrPercent(*ru.MaxUnavailable, where)...)
			if literal(*ru.MaxUnavailable) == 0 {
				errs = append(errs, field.Invalid(where, *ru.MaxUnavailable, "cannot be 0"))
			}
			errs = append(errs, notBeyondAll(*ru.MaxUnavailable, where)...)
		}
		return errs
	case appsv1.OnDeleteStatefulSetStrategyType:
		if st.RollingUpdate != nil {
			return field.ErrorList{field.Invalid(at.Child("rollingUpdate"), shownRolling(st.RollingUpdate), fmt.Sprintf("only allowed for updateStrategy '%s'", appsv1.RollingUpdateStatefulSetStrategyType))}
		}
		return nil
	}
	return field.ErrorList{field.Invalid(at, shownStrategy{st.Type, shownRolling(st.RollingUpdate)}, fmt.Sprintf("must be '%s' or '%s'", appsv1.RollingUpdateStatefulSetStrategyType, appsv1.OnDeleteStatefulSetStrategyType))}
}

// shownStrategy is an update strategy as the API server's messages show it: by the field names of its internal types.
type shownStrategy struct {
	Type          appsv1.StatefulSetUpdateStrategyType
	RollingUpdate *shownRollingUpdate
}

type shownRollingUpdate struct {
	Partition      int32
	MaxUnavailable *intstr.IntOrString
}

func shownRolling(ru *appsv1.RollingUpdateStatefulSetStrategy) *shownRollingUpdate {
	if ru == nil {
		return nil
	}
	return &shownRollingUpdate{value(ru.Partition, 0), ru.MaxUnavailable}
}

func validateRetention(p *appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy, at *field.Path) field.ErrorList {
	if p == nil {
		return nil
	}
	var errs field.ErrorList
	for _, f := range []struct {
		name string
		v    appsv1.PersistentVolumeClaimRetentionPolicyType
	}{{"whenDeleted", p.WhenDeleted}, {"whenScaled", p.WhenScaled}} {
		switch f.v {
		case appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType, "":
		default:
			errs = append(errs, field.NotSupported(at.Child(f.name), f.v,
				[]appsv1.PersistentVolumeClaimRetentionPolicyType{appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType}))
		}
	}
	return errs
}
