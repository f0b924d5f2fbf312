package hpa

import (
	"fmt"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// targetKind is the quantity of a metric that is compared.
type targetKind uint8

const (
	targetNone targetKind = iota
	targetUtilization
	targetAverage
	targetValue
)

// metric is one entry of spec.metrics, compiled.
type metric struct {
	spec        autoscalingv2.MetricSpec
	target      targetKind
	utilization int32 // percent
	milli       int64 // average or value
	request     requestKey
	broken      error // the entry cannot be evaluated

	label  string // in reasons
	above  string // the reason of a scale-up
	found  string // the message of ScalingActive
	reason string // of a failure
	outer  string // what the error of a pass puts before the error of the metric
	inner  string // what the event puts before the error of the calculation
	get    string // what comes before an error of the metrics API
}

// compileMetric reads an entry. A broken entry stays, with the error that evaluating it gives.
func compileMetric(spec *autoscalingv2.MetricSpec, namespace string, s *settings) metric {
	m := metric{spec: *spec.DeepCopy()}
	switch spec.Type {
	case autoscalingv2.ResourceMetricSourceType:
		m.resource(s)
	case autoscalingv2.ContainerResourceMetricSourceType:
		m.containerResource()
	case autoscalingv2.PodsMetricSourceType:
		m.pods()
	case autoscalingv2.ObjectMetricSourceType:
		m.object(namespace)
	case autoscalingv2.ExternalMetricSourceType:
		m.external(namespace)
	default:
		m.reason = "InvalidMetricSourceType"
		m.broken = fmt.Errorf("unknown metric source type %q", string(spec.Type))
	}
	m.above = m.label + " above target"
	m.found = "the HPA was able to successfully calculate a replica count from " + m.label
	return m
}

func (m *metric) resource(s *settings) {
	m.reason = "FailedGetResourceMetric"
	src := m.spec.Resource
	if src == nil {
		m.broken = errResourceTarget
		m.outer = "failed to get resource metric value: "
		return
	}
	m.outer = fmt.Sprintf("failed to get %s resource metric value: ", src.Name)
	m.perPod(src.Name, "", " resource utilization (percentage of request)", &src.Target)
	m.request.podLevel = s.podLevel
}

func (m *metric) containerResource() {
	m.reason = "FailedGetContainerResourceMetric"
	src := m.spec.ContainerResource
	if src == nil {
		m.broken = errResourceTarget
		m.outer = "failed to get container metric value: "
		return
	}
	m.outer = fmt.Sprintf("failed to get %s container metric value: ", src.Container)
	m.perPod(src.Name, src.Container, " container resource utilization (percentage of request)", &src.Target)
}

// perPod compiles the target of both resource sources.
func (m *metric) perPod(name corev1.ResourceName, container, suffix string, target *autoscalingv2.MetricTarget) {
	m.request = requestKey{resource: name, container: container}
	m.get = fmt.Sprintf("unable to get metrics for resource %s: ", name)
	switch {
	case target.AverageValue != nil:
		m.target, m.milli = targetAverage, target.AverageValue.MilliValue()
		m.label = string(name) + " resource"
		m.inner = fmt.Sprintf("failed to get %s usage: ", name)
	case target.AverageUtilization != nil:
		m.target, m.utilization = targetUtilization, *target.AverageUtilization
		m.label = string(name) + suffix
		m.inner = fmt.Sprintf("failed to get %s utilization: ", name)
	default:
		m.broken = errResourceTarget
	}
}

func (m *metric) pods() {
	m.reason = "FailedGetPodsMetric"
	m.outer = "failed to get pods metric value: "
	src := m.spec.Pods
	switch {
	case src == nil:
		m.broken = errPodsTarget
	case m.badSelector(src.Metric.Selector):
	case src.Target.AverageValue == nil:
		m.broken = errPodsTarget
	default:
		m.get = fmt.Sprintf("unable to get metric %s: ", src.Metric.Name)
		m.target, m.milli = targetAverage, src.Target.AverageValue.MilliValue()
		m.label = "pods metric " + src.Metric.Name
	}
}

func (m *metric) object(namespace string) {
	m.reason = "FailedGetObjectMetric"
	m.outer = "failed to get object metric value: "
	src := m.spec.Object
	switch {
	case src == nil:
		m.broken = errObjectTarget
		return
	case m.badSelector(src.Metric.Selector):
		return
	}
	m.get = fmt.Sprintf("unable to get metric %s: %s on %s %s/", src.Metric.Name, src.DescribedObject.Kind, namespace, src.DescribedObject.Name)
	switch {
	case src.Target.Type == autoscalingv2.ValueMetricType && src.Target.Value != nil:
		m.target, m.milli = targetValue, src.Target.Value.MilliValue()
		m.label = src.DescribedObject.Kind + " metric " + src.Metric.Name
	case src.Target.Type == autoscalingv2.AverageValueMetricType && src.Target.AverageValue != nil:
		m.target, m.milli = targetAverage, src.Target.AverageValue.MilliValue()
		m.label = fmt.Sprintf("external metric %s(%v)", src.Metric.Name, src.Metric.Selector)
		m.outer += fmt.Sprintf("failed to get %s object metric: ", src.Metric.Name)
	default:
		m.broken = errObjectTarget
	}
}

func (m *metric) external(namespace string) {
	m.reason = "FailedGetExternalMetric"
	src := m.spec.External
	if src == nil {
		m.broken = errExternalTarget
		m.outer = "failed to get external metric value: "
		return
	}
	name := src.Metric.Name
	m.outer = fmt.Sprintf("failed to get %s external metric value: ", name)
	switch {
	case src.Target.AverageValue != nil:
		m.target, m.milli = targetAverage, src.Target.AverageValue.MilliValue()
		m.outer += fmt.Sprintf("failed to get %s external metric: ", name)
	case src.Target.Value != nil:
		m.target, m.milli = targetValue, src.Target.Value.MilliValue()
		m.outer += fmt.Sprintf("failed to get external metric %s: ", name)
	default:
		m.broken = errExternalTarget
		return
	}
	m.badSelector(src.Metric.Selector)
	m.label = fmt.Sprintf("external metric %s(%v)", name, src.Metric.Selector)
	m.get = fmt.Sprintf("unable to get external metric %s/%s/%v: ", namespace, name, src.Metric.Selector)
}

// badSelector reports whether the selector of a metric cannot be used, and notes why.
func (m *metric) badSelector(s *metav1.LabelSelector) bool {
	_, err := metav1.LabelSelectorAsSelector(s)
	m.broken = err
	return err != nil
}

// whole reports whether the metric has one value for the whole target.
func (m *metric) whole() bool {
	return m.spec.Type == autoscalingv2.ObjectMetricSourceType || m.spec.Type == autoscalingv2.ExternalMetricSourceType
}

// evaluation is the result of one metric in one pass.
type evaluation struct {
	err      error // as the event has it
	proposal int32
	pods     podsCalculation
	whole    wholeCalculation
}

// passInput is what evaluating a metric reads besides the metric.
type passInput struct {
	observation *Observation
	samples     Samples
	settings    *settings
	tolerances  tolerances
	now         time.Time
	grouping    *grouping
}

// evaluate computes the proposal of the metric.
func (m *metric) evaluate(in *passInput, out *evaluation) {
	*out = evaluation{}
	var err error
	switch {
	case m.broken != nil:
		out.err = m.broken
		return
	case in.samples.Err != nil:
		err = fmt.Errorf("%s%w", m.get, in.samples.Err)
	case m.whole():
		err = m.evaluateWhole(in, out)
	default:
		err = m.evaluatePods(in, out)
	}
	if err != nil {
		err = fmt.Errorf("%s%w", m.inner, err)
	}
	out.err = err
}

func (m *metric) evaluatePods(in *passInput, out *evaluation) error {
	set := in.observation.Pods
	if set.Len() == 0 {
		return errNoPods
	}
	c := &out.pods
	*c = podsCalculation{
		current:           in.observation.Replicas,
		targetUtilization: m.utilization,
		targetAverage:     m.milli,
		tolerances:        in.tolerances,
		conversion:        in.settings.conversion,
	}
	in.grouping.join(set, in.samples.Pods)
	in.grouping.classify(set, in.samples.Pods, m.request.resource == corev1.ResourceCPU, in.settings, in.now)
	if err := c.group(in.grouping); err != nil {
		return err
	}
	if m.target == targetUtilization {
		requests, err := set.column(m.request)
		if err != nil {
			return err
		}
		c.requests = requests
	}
	err := c.run(in.grouping, in.samples.Pods)
	out.proposal = c.proposal
	return err
}

func (m *metric) evaluateWhole(in *passInput, out *evaluation) error {
	c := &out.whole
	*c = wholeCalculation{
		current:    in.observation.Replicas,
		status:     in.observation.StatusReplicas,
		usage:      in.samples.Value,
		target:     m.milli,
		tolerances: in.tolerances,
		conversion: in.settings.conversion,
	}
	external := m.spec.Type == autoscalingv2.ExternalMetricSourceType
	var err error
	switch {
	case external && m.target == targetValue:
		c.usage = sumValue(in.samples.Series)
	case external:
		c.usage = sumAverage(in.samples.Series)
	}
	if m.target == targetValue {
		err = c.value(in.observation.Pods)
	} else {
		c.averageValue(external)
	}
	out.proposal = c.proposal
	return err
}

// status renders the entry of status.currentMetrics; a failed metric leaves an empty entry.
func (m *metric) status(e *evaluation) autoscalingv2.MetricStatus {
	if e.err != nil {
		return autoscalingv2.MetricStatus{}
	}
	out := autoscalingv2.MetricStatus{Type: m.spec.Type}
	switch m.spec.Type {
	case autoscalingv2.ResourceMetricSourceType:
		out.Resource = &autoscalingv2.ResourceMetricStatus{Name: m.spec.Resource.Name, Current: m.current(e)}
	case autoscalingv2.ContainerResourceMetricSourceType:
		src := m.spec.ContainerResource
		out.ContainerResource = &autoscalingv2.ContainerResourceMetricStatus{Name: src.Name, Container: src.Container, Current: m.current(e)}
	case autoscalingv2.PodsMetricSourceType:
		out.Pods = &autoscalingv2.PodsMetricStatus{Metric: *m.spec.Pods.Metric.DeepCopy(), Current: m.current(e)}
	case autoscalingv2.ObjectMetricSourceType:
		src := m.spec.Object
		out.Object = &autoscalingv2.ObjectMetricStatus{Metric: *src.Metric.DeepCopy(), Current: m.current(e), DescribedObject: src.DescribedObject}
	case autoscalingv2.ExternalMetricSourceType:
		out.External = &autoscalingv2.ExternalMetricStatus{Metric: *m.spec.External.Metric.DeepCopy(), Current: m.current(e)}
	}
	return out
}

func (m *metric) current(e *evaluation) (v autoscalingv2.MetricValueStatus) {
	switch {
	case m.target == targetValue:
		v.Value = resource.NewMilliQuantity(e.whole.usage, resource.DecimalSI)
	case m.whole():
		v.AverageValue = resource.NewMilliQuantity(e.whole.average, resource.DecimalSI)
	default:
		format := resource.DecimalSI
		if m.request.resource == corev1.ResourceMemory {
			format = resource.BinarySI
		}
		v.AverageValue = resource.NewMilliQuantity(e.pods.first.average, format)
	}
	if m.target == targetUtilization {
		n := e.pods.first.utilization
		v.AverageUtilization = &n
	}
	return v
}
