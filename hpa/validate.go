package hpa

import (
	"slices"
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// The largest numbers of seconds that rules may name.
const (
	maxWindowSeconds = 3600
	maxPeriodSeconds = 1800
)

// Validate returns what the API server finds wrong with the specification of a new object, in its order and words; nil if nothing is.
// The object is defaulted first, as the API server does. Metadata is not looked at. Where the API server names superfluous metric sources in any
// order, this function names them in the order of the API's fields. Of the options only ScaleToZero matters.
func Validate(object *autoscalingv2.HorizontalPodAutoscaler, o Options) field.ErrorList {
	spec := &Default(object).Spec
	path := field.NewPath("spec")
	var errs field.ErrorList
	lowest := int32(1)
	if o.ScaleToZero {
		lowest = 0
	}
	if *spec.MinReplicas < lowest {
		errs = append(errs, field.Invalid(path.Child("minReplicas"), *spec.MinReplicas, "must be greater than or equal to "+strconv.Itoa(int(lowest))))
	}
	switch {
	case spec.MaxReplicas == 0:
		errs = append(errs, field.Required(path.Child("maxReplicas"), "must be set and greater than 0"))
	case spec.MaxReplicas < 0:
		errs = append(errs, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than or equal to 1"))
	}
	if spec.MaxReplicas < *spec.MinReplicas {
		errs = append(errs, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than or equal to `minReplicas`"))
	}
	errs = append(errs, validateReference(&spec.ScaleTargetRef, path.Child("scaleTargetRef"), true)...)
	errs = append(errs, validateMetrics(spec, path.Child("metrics"))...)
	if b := spec.Behavior; b != nil {
		errs = append(errs, validateRules(b.ScaleUp, path.Child("behavior", "scaleUp"))...)
		errs = append(errs, validateRules(b.ScaleDown, path.Child("behavior", "scaleDown"))...)
	}
	return errs
}

// validateReference checks a reference to another object. The target of an autoscaler must name an API group, unless it is of the one kind
// with a scale subresource in the group without a name.
func validateReference(ref *autoscalingv2.CrossVersionObjectReference, path *field.Path, needsGroup bool) (errs field.ErrorList) {
	errs = append(errs, validateSegment(ref.Kind, path.Child("kind"), "")...)
	errs = append(errs, validateSegment(ref.Name, path.Child("name"), "")...)
	gv, err := schema.ParseGroupVersion(ref.APIVersion)
	switch {
	case err != nil:
		errs = append(errs, field.Invalid(path.Child("apiVersion"), ref.APIVersion, err.Error()))
	case needsGroup && gv.Group == "" && ref.Kind != "ReplicationController":
		errs = append(errs, field.Invalid(path.Child("apiVersion"), ref.APIVersion, "apiVersion must specify API group"))
	}
	return errs
}

// validateSegment checks a name that becomes a segment of a URL.
func validateSegment(name string, path *field.Path, missing string) (errs field.ErrorList) {
	switch name {
	case "":
		return field.ErrorList{field.Required(path, missing)}
	case ".", "..":
		return field.ErrorList{field.Invalid(path, name, "may not be '"+name+"'")}
	}
	for _, c := range []string{"/", "%"} {
		if strings.Contains(name, c) {
			errs = append(errs, field.Invalid(path, name, "may not contain '"+c+"'"))
		}
	}
	return errs
}

func validateMetrics(spec *autoscalingv2.HorizontalPodAutoscalerSpec, path *field.Path) (errs field.ErrorList) {
	canBeZero := false
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		errs = append(errs, validateMetric(m, path.Index(i))...)
		canBeZero = canBeZero || m.Type == autoscalingv2.ObjectMetricSourceType || m.Type == autoscalingv2.ExternalMetricSourceType
	}
	if *spec.MinReplicas == 0 && !canBeZero {
		errs = append(errs, field.Forbidden(path, "must specify at least one Object or External metric to support scaling to zero replicas"))
	}
	return errs
}

// sourceField is one of the fields of which a metric has exactly one.
type sourceField struct {
	kind     autoscalingv2.MetricSourceType
	name     string
	present  bool
	validate func(*field.Path) field.ErrorList
}

// sourceFields lists the sources in the order in which the API server looks at them: only the first is validated.
func sourceFields(m *autoscalingv2.MetricSpec) []sourceField {
	return []sourceField{
		{autoscalingv2.ObjectMetricSourceType, "object", m.Object != nil, func(p *field.Path) field.ErrorList { return validateObject(m.Object, p) }},
		{autoscalingv2.ExternalMetricSourceType, "external", m.External != nil, func(p *field.Path) field.ErrorList { return validateExternal(m.External, p) }},
		{autoscalingv2.PodsMetricSourceType, "pods", m.Pods != nil, func(p *field.Path) field.ErrorList { return validatePods(m.Pods, p) }},
		{autoscalingv2.ResourceMetricSourceType, "resource", m.Resource != nil, func(p *field.Path) field.ErrorList { return validateResource(m.Resource, p) }},
		{autoscalingv2.ContainerResourceMetricSourceType, "containerResource", m.ContainerResource != nil, func(p *field.Path) field.ErrorList { return validateContainerResource(m.ContainerResource, p) }},
	}
}

func validateMetric(m *autoscalingv2.MetricSpec, path *field.Path) (errs field.ErrorList) {
	fields := sourceFields(m)
	known := slices.IndexFunc(fields, func(f sourceField) bool { return f.kind == m.Type })
	unsupported := field.NotSupported(path.Child("type"), m.Type, []autoscalingv2.MetricSourceType{
		autoscalingv2.ContainerResourceMetricSourceType, autoscalingv2.ExternalMetricSourceType, autoscalingv2.ObjectMetricSourceType,
		autoscalingv2.PodsMetricSourceType, autoscalingv2.ResourceMetricSourceType,
	})
	if m.Type == "" {
		errs = append(errs, field.Required(path.Child("type"), "must specify a metric source type"))
	}
	if known < 0 {
		errs = append(errs, unsupported)
	}
	present := slices.DeleteFunc(slices.Clone(fields), func(f sourceField) bool { return !f.present })
	if len(present) > 0 {
		errs = append(errs, present[0].validate(path.Child(present[0].name))...)
	}
	switch {
	case known < 0:
		errs = append(errs, unsupported)
	case !fields[known].present:
		errs = append(errs, field.Required(path.Child(fields[known].name), "must populate information for the given metric source"))
	}
	if len(present) > 1 {
		for _, f := range present {
			if f.kind != m.Type {
				errs = append(errs, field.Forbidden(path.Child(f.name), "must populate the given metric source only"))
			}
		}
	}
	return errs
}

func validateObject(m *autoscalingv2.ObjectMetricSource, path *field.Path) (errs field.ErrorList) {
	errs = append(errs, validateReference(&m.DescribedObject, path.Child("describedObject"), false)...)
	errs = append(errs, validateMetricName(m.Metric.Name, path)...)
	errs = append(errs, validateTarget(&m.Target, path.Child("target"))...)
	if m.Target.Value == nil && m.Target.AverageValue == nil {
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must set either a target value or averageValue"))
	}
	return errs
}

func validateExternal(m *autoscalingv2.ExternalMetricSource, path *field.Path) (errs field.ErrorList) {
	errs = append(errs, validateMetricName(m.Metric.Name, path)...)
	errs = append(errs, validateTarget(&m.Target, path.Child("target"))...)
	switch {
	case m.Target.Value == nil && m.Target.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must set either a target value for metric or a per-pod target"))
	case m.Target.Value != nil && m.Target.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("target", "value"), "may not set both a target value for metric and a per-pod target"))
	}
	return errs
}

func validatePods(m *autoscalingv2.PodsMetricSource, path *field.Path) (errs field.ErrorList) {
	errs = append(errs, validateMetricName(m.Metric.Name, path)...)
	errs = append(errs, validateTarget(&m.Target, path.Child("target"))...)
	if m.Target.AverageValue == nil {
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must specify a positive target averageValue"))
	}
	return errs
}

func validateResource(m *autoscalingv2.ResourceMetricSource, path *field.Path) (errs field.ErrorList) {
	if m.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), "must specify a resource name"))
	}
	return append(errs, validatePerPodTarget(&m.Target, path)...)
}

func validateContainerResource(m *autoscalingv2.ContainerResourceMetricSource, path *field.Path) (errs field.ErrorList) {
	errs = append(errs, validateContainerResourceName(m.Name, path.Child("name"))...)
	if m.Container == "" {
		errs = append(errs, field.Required(path.Child("container"), "must specify a container"))
	} else {
		for _, msg := range validation.IsDNS1123Label(m.Container) {
			errs = append(errs, field.Invalid(path.Child("container"), m.Container, msg))
		}
	}
	return append(errs, validatePerPodTarget(&m.Target, path)...)
}

func validatePerPodTarget(t *autoscalingv2.MetricTarget, path *field.Path) field.ErrorList {
	path = path.Child("target")
	errs := validateTarget(t, path)
	switch {
	case t.AverageUtilization == nil && t.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("averageUtilization"), "must set either a target raw value or a target utilization"))
	case t.AverageUtilization != nil && t.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("averageValue"), "may not set both a target raw value and a target utilization"))
	}
	return errs
}

func validateMetricName(name string, path *field.Path) field.ErrorList {
	return validateSegment(name, path.Child("metric", "name"), "must specify a metric name")
}

func validateTarget(t *autoscalingv2.MetricTarget, path *field.Path) (errs field.ErrorList) {
	if t.Type == "" {
		errs = append(errs, field.Required(path.Child("type"), "must specify a metric target type"))
	}
	switch t.Type {
	case autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType, autoscalingv2.AverageValueMetricType:
	default:
		errs = append(errs, field.Invalid(path.Child("type"), t.Type, "must be either Utilization, Value, or AverageValue"))
	}
	errs = append(errs, validatePositive(t.Value, path.Child("value"))...)
	errs = append(errs, validatePositive(t.AverageValue, path.Child("averageValue"))...)
	if u := t.AverageUtilization; u != nil && *u < 1 {
		errs = append(errs, field.Invalid(path.Child("averageUtilization"), *u, "must be greater than 0"))
	}
	return errs
}

func validatePositive(q *resource.Quantity, path *field.Path) field.ErrorList {
	if q == nil || q.Sign() > 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, q.String(), "must be positive")}
}

// standardNames are the resource names without a prefix that Kubernetes knows; those of containers come first.
var standardNames = [...]string{
	"cpu", "memory", "ephemeral-storage",
	"requests.cpu", "requests.memory", "requests.ephemeral-storage", "requests.storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
	"storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
	"services.nodeports", "services.loadbalancers",
}

const containerNames = 3

func validateContainerResourceName(name corev1.ResourceName, path *field.Path) (errs field.ErrorList) {
	if name == "" {
		return field.ErrorList{field.Required(path, "must specify a resource name")}
	}
	invalid := func(msg string) { errs = append(errs, field.Invalid(path, string(name), msg)) }
	for _, msg := range validation.IsQualifiedName(string(name)) {
		invalid(msg)
	}
	i := slices.Index(standardNames[:], string(name))
	switch {
	case strings.Contains(string(name), "/"):
		if !strings.Contains(string(name), corev1.ResourceDefaultNamespacePrefix) && !podresources.IsExtended(name) {
			invalid("doesn't follow extended resource name standard")
		}
	case podresources.IsHugePages(name):
	default:
		if i < 0 && len(errs) == 0 && !strings.HasPrefix(string(name), "requests.hugepages-") {
			invalid("must be a standard resource type or fully qualified")
		}
		if i < 0 || i >= containerNames {
			invalid("must be a standard resource for containers")
		}
	}
	return errs
}

func validateRules(r *autoscalingv2.HPAScalingRules, path *field.Path) (errs field.ErrorList) {
	if w := r.StabilizationWindowSeconds; w != nil {
		errs = append(errs, validateAtMost(*w, maxWindowSeconds, path.Child("stabilizationWindowSeconds"))...)
		if *w < 0 {
			errs = append(errs, field.Invalid(path.Child("stabilizationWindowSeconds"), *w, "must be greater than or equal to zero"))
		}
	}
	switch *r.SelectPolicy {
	case autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect:
	default:
		errs = append(errs, field.NotSupported(path.Child("selectPolicy"), *r.SelectPolicy, []autoscalingv2.ScalingPolicySelect{
			autoscalingv2.DisabledPolicySelect, autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect,
		}))
	}
	if len(r.Policies) == 0 {
		errs = append(errs, field.Required(path.Child("policies"), "must specify at least one Policy"))
	}
	for i := range r.Policies {
		errs = append(errs, validatePolicy(&r.Policies[i], path.Child("policies").Index(i))...)
	}
	if t := r.Tolerance; t != nil && t.Sign() < 0 {
		errs = append(errs, field.Invalid(path.Child("tolerance"), t.String(), "must be greater than or equal to 0"))
	}
	return errs
}

func validatePolicy(p *autoscalingv2.HPAScalingPolicy, path *field.Path) (errs field.ErrorList) {
	switch p.Type {
	case autoscalingv2.PodsScalingPolicy, autoscalingv2.PercentScalingPolicy:
	default:
		errs = append(errs, field.NotSupported(path.Child("type"), p.Type, []autoscalingv2.HPAScalingPolicyType{
			autoscalingv2.PercentScalingPolicy, autoscalingv2.PodsScalingPolicy,
		}))
	}
	if p.Value <= 0 {
		errs = append(errs, field.Invalid(path.Child("value"), p.Value, "must be greater than zero"))
	}
	if p.PeriodSeconds <= 0 {
		errs = append(errs, field.Invalid(path.Child("periodSeconds"), p.PeriodSeconds, "must be greater than zero"))
	}
	return append(errs, validateAtMost(p.PeriodSeconds, maxPeriodSeconds, path.Child("periodSeconds"))...)
}

func validateAtMost(n, most int32, path *field.Path) field.ErrorList {
	if n <= most {
		return nil
	}
	return field.ErrorList{field.Invalid(path, n, "must be less than or equal to "+strconv.Itoa(int(most)))}
}
