package hpa

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Autoscaler makes the decisions of one HorizontalPodAutoscaler, pass by pass. It is a machine without a clock: observations and times go
// in, decisions come out, and what it remembers can be taken out and put back. It owns reusable memory, so that a pass that changes
// nothing allocates nothing. It must not be used by two goroutines at once.
type Autoscaler struct {
	settings   settings
	target     string // of the scale, for errors
	min, max   int32
	metrics    []metric
	behavior   *behavior
	tolerances tolerances
	zeroable   bool // has an Object or External metric

	state      State
	conditions []condition
	status     statusFields

	now       time.Time
	decision  Decision
	events    []Event
	evals     []evaluation
	grouping  grouping
	input     passInput
	selector  selectorCheck
	recording *Trace
}

// statusFields are the parts of the status that are not conditions.
type statusFields struct {
	generation       *int64
	current, desired int32
	scaled           *metav1.Time
	metrics          []autoscalingv2.MetricStatus
	evaluated        bool // the metrics are those of the last decision
}

// selectorCheck remembers the last selector and what was wrong with it.
type selectorCheck struct {
	text string
	err  error
}

// Decision is the result of a pass.
type Decision struct {
	// Replicas is the size that the target should have. It is the current size if nothing is to change or nothing could be decided.
	Replicas int32 `json:"replicas"`
	// Rescale says that the size was to be changed; if the write failed, Err says so.
	Rescale bool `json:"rescale"`
	// Reason is why, as the event has it, before stabilization and limits; it is empty if the metrics ask for no change.
	Reason string `json:"reason,omitempty"`
	// Metric is the position of the metric that set the proposal, or -1.
	Metric int `json:"metric"`
	// Err is the error that the controller's pass returns. A pass can rescale and still return one.
	Err error `json:"-"`
}

// Event is an event that the controller records on the object. Type is "Normal" or "Warning", Reason a word such as SuccessfulRescale, and
// Message the sentence.
type Event struct {
	Type    string `json:"type"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// New returns the autoscaler of the object with nothing remembered, as in a controller that has just started. The object is defaulted (see
// Default), but not validated; its status is where the first pass begins. Entries of spec.metrics that lack what they need stay, and fail
// in every pass. The object is not kept.
func New(object *autoscalingv2.HorizontalPodAutoscaler, o Options) *Autoscaler {
	h := Default(object)
	s := o.settings()
	a := &Autoscaler{
		settings: s,
		target:   fmt.Sprintf("%s/%s/%s", h.Spec.ScaleTargetRef.Kind, h.Namespace, h.Spec.ScaleTargetRef.Name),
		min:      *h.Spec.MinReplicas,
		max:      h.Spec.MaxReplicas,
		behavior: compileBehavior(h.Spec.Behavior, &s),
	}
	a.tolerances = tolerancesOf(h.Spec.Behavior, &s)
	for i := range h.Spec.Metrics {
		m := &h.Spec.Metrics[i]
		a.metrics = append(a.metrics, compileMetric(m, h.Namespace, &s))
		a.zeroable = a.zeroable || m.Type == autoscalingv2.ObjectMetricSourceType || m.Type == autoscalingv2.ExternalMetricSourceType
	}
	a.evals = make([]evaluation, len(a.metrics))
	a.conditions = conditionsOf(&h.Status)
	a.status = statusFields{
		generation: h.Status.ObservedGeneration,
		current:    h.Status.CurrentReplicas,
		desired:    h.Status.DesiredReplicas,
		scaled:     h.Status.LastScaleTime,
		metrics:    h.Status.CurrentMetrics,
	}
	return a
}

// State returns a copy of what the autoscaler remembers.
func (a *Autoscaler) State() State { return a.state.Clone() }

// Restore replaces what the autoscaler remembers by a copy of the state. The zero State is a restart of the controller.
func (a *Autoscaler) Restore(s State) { a.state = s.Clone() }

// Events returns a copy of the events of the last pass, in order.
func (a *Autoscaler) Events() []Event { return slices.Clone(a.events) }

// Decide makes one pass at the time now.
func (a *Autoscaler) Decide(o *Observation, now time.Time) Decision {
	a.now = now
	a.events = a.events[:0]
	a.decision = Decision{Replicas: o.Replicas, Metric: -1}
	a.pass(o)
	if t := a.recording; t != nil {
		t.Decision = a.decision
		if err := a.decision.Err; err != nil {
			t.Error = err.Error()
		}
	}
	return a.decision
}

// pass is one reconciliation.
func (a *Autoscaler) pass(o *Observation) {
	a.begin(o)
	if o.ScaleErr != nil {
		a.noTarget(o.ScaleErr)
		return
	}
	a.status.evaluated, a.status.metrics = false, nil
	a.set(autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededGetScale", "the HPA controller was able to get the target's current scale")
	if len(a.state.Recommendations) == 0 {
		a.state.remember(-1, o.Replicas, a.now)
	}
	desired, ok := a.desired(o)
	if !ok {
		a.finish(o, a.status.desired)
		return
	}
	if desired == o.Replicas {
		a.finish(o, desired)
		return
	}
	a.rescale(o, desired)
}

// desired finds the size, or reports that there is none.
func (a *Autoscaler) desired(o *Observation) (size int32, ok bool) {
	wasZeroed := a.settings.scaleToZero && a.isTrue(autoscalingv2.ScaledToZero)
	switch {
	case o.Replicas == 0 && !(wasZeroed && (a.min != 0 || a.zeroable)):
		a.path(PathDisabled)
		a.set(autoscalingv2.ScalingActive, corev1.ConditionFalse, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
		if !a.settings.scaleToZero {
			a.drop(autoscalingv2.ScaledToZero)
		}
		return 0, true
	case o.Replicas > a.max:
		a.path(PathAboveMax)
		a.decision.Reason = "Current number of replicas above Spec.MaxReplicas"
		return a.max, true
	case o.Replicas < a.min && o.Replicas != 0:
		a.path(PathBelowMin)
		a.decision.Reason = belowMin
		return a.min, true
	}
	proposal, ok := a.propose(o)
	if !ok {
		a.path(PathFailed)
		return 0, false
	}
	a.path(PathMetrics)
	size = max(0, proposal)
	switch {
	case size > o.Replicas:
		a.decision.Reason = a.metrics[a.decision.Metric].above
	case size < o.Replicas:
		a.decision.Reason = "All metrics below target"
	}
	size = a.normalize(o.Replicas, size)
	if o.Replicas == 0 && size < a.min {
		size = a.min
		if a.decision.Reason == "" {
			a.decision.Reason = belowMin
		}
	}
	return size, true
}

const belowMin = "Current number of replicas below Spec.MinReplicas"

// normalize applies stabilization and limits, and sets the conditions that tell of them.
func (a *Autoscaler) normalize(current, wanted int32) int32 {
	st, lt := a.recordNormalization()
	var stabilized, limited int32
	var reason limitReason
	if a.behavior == nil {
		stabilized = legacyStabilize(&a.state, wanted, a.settings.downscale, a.now, st)
		limited, reason = legacyLimit(current, stabilized, a.min, a.max, a.settings.conversion, lt)
	} else {
		stabilized = a.behavior.stabilize(&a.state, current, wanted, a.now, st)
		limited, reason = a.behavior.limit(&a.state, current, stabilized, a.min, a.max, a.now, a.settings.conversion, lt)
	}
	lt.done(stabilized, limited, reason.reason)
	switch {
	case stabilized == wanted:
		a.set(autoscalingv2.AbleToScale, corev1.ConditionTrue, "ReadyForNewScale", "recommended size matches current size")
	case a.behavior != nil && wanted >= current:
		a.set(autoscalingv2.AbleToScale, corev1.ConditionTrue, "ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")
	default:
		a.set(autoscalingv2.AbleToScale, corev1.ConditionTrue, "ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")
	}
	a.setBool(autoscalingv2.ScalingLimited, limited != stabilized, reason.reason, reason.message)
	return limited
}

// rescale writes the new size and notes the change.
func (a *Autoscaler) rescale(o *Observation, desired int32) {
	a.decision.Rescale = true
	if o.UpdateErr != nil {
		a.event(corev1.EventTypeWarning, "FailedRescale", fmt.Sprintf("New size: %d; reason: %s; error: %v", desired, a.decision.Reason, o.UpdateErr))
		a.set(autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedUpdateScale", "the HPA controller was unable to update the target scale: "+o.UpdateErr.Error())
		a.decision.Err = fmt.Errorf("failed to rescale %s: %w", a.target, o.UpdateErr)
		a.finish(o, a.status.desired)
		return
	}
	c := a.set(autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededRescale", "the HPA controller was able to update the target scale to ")
	c.number, c.counted = desired, true
	a.event(corev1.EventTypeNormal, "SuccessfulRescale", "New size: "+strconv.Itoa(int(desired))+"; reason: "+a.decision.Reason)
	if a.behavior != nil {
		a.behavior.note(&a.state, o.Replicas, desired, a.now)
	}
	switch {
	case !a.settings.scaleToZero:
		a.drop(autoscalingv2.ScaledToZero)
	case o.Replicas > 0 && desired == 0 && a.min == 0 && a.zeroable:
		a.set(autoscalingv2.ScaledToZero, corev1.ConditionTrue, "ScaledToZero", "the HPA controller scaled the workload to zero")
	default:
		a.set(autoscalingv2.ScaledToZero, corev1.ConditionFalse, "NotScaledToZero", "the HPA controller did not scale the workload to zero")
	}
	a.decision.Replicas = desired
	a.status.scaled = &metav1.Time{Time: a.now}
	a.finish(o, desired)
}

// begin clears the trace, if one is asked for.
func (a *Autoscaler) begin(o *Observation) {
	if t := a.recording; t != nil {
		*t = Trace{Time: a.now, Current: o.Replicas, Status: o.StatusReplicas, Min: a.min, Max: a.max, Winner: -1}
	}
}

// noTarget ends a pass that cannot read the scale.
func (a *Autoscaler) noTarget(err error) {
	a.path(PathNoTarget)
	a.event(corev1.EventTypeWarning, "FailedGetScale", err.Error())
	a.set(autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedGetScale", "the HPA controller was unable to get the target's current scale: "+err.Error())
	a.decision.Err = fmt.Errorf("failed to query scale subresource for %s: %w", a.target, err)
}

func (a *Autoscaler) event(kind, reason, message string) {
	a.events = append(a.events, Event{kind, reason, message})
}

// checkSelector refuses selectors that the controller refuses.
func (a *Autoscaler) checkSelector(o *Observation) error {
	if o.Selector == "" {
		a.event(corev1.EventTypeWarning, "SelectorRequired", errNoSelector.Error())
		a.set(autoscalingv2.ScalingActive, corev1.ConditionFalse, "InvalidSelector", "the HPA target's scale is missing a selector")
		return errNoSelector
	}
	if a.selector.text != o.Selector {
		a.selector = selectorCheck{text: strings.Clone(o.Selector)}
		if _, err := labels.Parse(o.Selector); err != nil {
			a.selector.err = fmt.Errorf("couldn't convert selector into a corresponding internal selector object: %w", err)
		}
	}
	if err := a.selector.err; err != nil {
		a.event(corev1.EventTypeWarning, "InvalidSelector", err.Error())
		a.set(autoscalingv2.ScalingActive, corev1.ConditionFalse, "InvalidSelector", err.Error())
		return err
	}
	if len(o.Rivals) > 1 {
		err := errors.New(rivalry(o))
		a.event(corev1.EventTypeWarning, "AmbiguousSelector", err.Error())
		a.set(autoscalingv2.ScalingActive, corev1.ConditionFalse, "AmbiguousSelector", err.Error())
		return err
	}
	return nil
}

// rivalry names the autoscalers that select the same pods, sorted; the controller names them in any order.
func rivalry(o *Observation) string {
	names := slices.Clone(o.Rivals)
	slices.SortFunc(names, func(x, y types.NamespacedName) int { return strings.Compare(x.String(), y.String()) })
	return fmt.Sprintf("pods by selector %s are controlled by multiple HPAs: %v", o.Selector, names)
}
