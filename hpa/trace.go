package hpa

import (
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Trace is everything that led to a decision, as data, with names for JSON. String turns it into text.
type Trace struct {
	// Time is that of the pass.
	Time time.Time `json:"time"`
	// Current is the size that the target was asked to have, Status the pods that exist, Min and Max the bounds.
	Current int32 `json:"current"`
	Status  int32 `json:"status"`
	Min     int32 `json:"min"`
	Max     int32 `json:"max"`
	// Path is the way that the pass took.
	Path Path `json:"path"`
	// Metrics has one entry per metric of the specification, if metrics were evaluated.
	Metrics []MetricTrace `json:"metrics,omitempty"`
	// Winner is the position of the metric that set the proposal, or -1.
	Winner int `json:"winner"`
	// Proposal is what the metrics ask for.
	Proposal int32 `json:"proposal"`
	// Stabilization and Limits say what became of the proposal; nil if the pass did not come that far.
	Stabilization *Stabilization `json:"stabilization,omitempty"`
	Limits        *Limits        `json:"limits,omitempty"`
	// Decision is the result, and Error its error in words.
	Decision Decision `json:"decision"`
	Error    string   `json:"error,omitempty"`
}

// Path is the way that a pass took.
type Path uint8

const (
	// PathMetrics is the way through metrics, stabilization and limits.
	PathMetrics Path = iota + 1
	// PathAboveMax and PathBelowMin skip all of these: the size is out of bounds.
	PathAboveMax
	PathBelowMin
	// PathDisabled is the way of a target that was scaled to zero by hand.
	PathDisabled
	// PathFailed ends without a size: there is no valid metric, or one is missing where the others would scale down, or the selector is of no use.
	PathFailed
	// PathNoTarget ends at once: the scale subresource cannot be read.
	PathNoTarget
)

// String returns the name of the path.
func (p Path) String() string {
	switch p {
	case PathMetrics:
		return "metrics"
	case PathAboveMax:
		return "above max"
	case PathBelowMin:
		return "below min"
	case PathDisabled:
		return "disabled"
	case PathFailed:
		return "failed"
	case PathNoTarget:
		return "no target"
	default:
		return "unknown"
	}
}

// MarshalText returns the name of the path.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MetricTrace says how one metric came to its proposal.
type MetricTrace struct {
	// Name is the name used in reasons, such as "cpu resource utilization (percentage of request)".
	Name string `json:"name"`
	// Error is set if the metric is of no use in this pass.
	Error string `json:"error,omitempty"`
	// Unit says what Usage and Target are: "%" of the requests, or "m" for thousandths of the unit of the metric.
	Unit string `json:"unit"`
	// Usage is what was compared with Target: the average per pod, the utilization, or the whole.
	Usage  int64 `json:"usage"`
	Target int64 `json:"target"`
	// Ratio is Usage/Target, as it was before values were assumed for pods that said nothing.
	Ratio Float `json:"ratio"`
	// Low and High are the ends of the tolerance band; ratios from Low to High change nothing.
	Low  Float `json:"low"`
	High Float `json:"high"`

	// Pods lists every pod of metrics that are sampled per pod, and Strays the samples of unknown pods.
	Pods   []PodTrace `json:"pods,omitempty"`
	Strays int        `json:"strays,omitempty"`
	// Ready, Unready, Missing and Ignored count the pods.
	Ready   int `json:"ready"`
	Unready int `json:"unready,omitempty"`
	Missing int `json:"missing,omitempty"`
	Ignored int `json:"ignored,omitempty"`
	// Assumed is the ratio after values were assumed for Missing and Unready pods; nil if that was not needed.
	Assumed *Float `json:"assumed,omitempty"`

	// Rule is what fixed the Proposal, the size that the metric asks for.
	Rule     Rule  `json:"rule"`
	Proposal int32 `json:"proposal"`
	// Multiplier is the number that the ratio was multiplied with, for RuleRatio.
	Multiplier int `json:"multiplier,omitempty"`
}

// PodTrace says how one pod entered a metric: Name is the pod's, Verdict whether it counted.
type PodTrace struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Value is the sample, in thousandths of the unit; 0 without one. Request is the request it is held against.
	Value   int64 `json:"value"`
	Request int64 `json:"request,omitempty"`
	// Assumed is the value that stood in for the sample, nil if none did.
	Assumed *int64 `json:"assumed,omitempty"`
}

// Rule is what fixed the proposal of a metric.
type Rule uint8

const (
	// RuleRatio multiplies the ratio with the pods that count.
	RuleRatio Rule = Rule(outcomeRatio)
	// RuleWithin keeps the size: the ratio is in the tolerance band.
	RuleWithin Rule = Rule(outcomeWithin)
	// RuleFlipped keeps the size: the assumed values turned the direction around.
	RuleFlipped Rule = Rule(outcomeFlipped)
	// RuleAgainst keeps the size: the result would go against the direction of the ratio.
	RuleAgainst Rule = Rule(outcomeAgainst)
	// RuleFromZero takes one replica per target value, since nothing runs.
	RuleFromZero Rule = Rule(outcomeFromZero)
	// RuleStatusReplicas takes the number of pods that exist: the ratio is in the tolerance band.
	RuleStatusReplicas Rule = Rule(outcomeStatusReplica)
)

// String explains the rule in a few words.
func (r Rule) String() string {
	switch r {
	case RuleRatio:
		return "in proportion"
	case RuleWithin:
		return "within tolerance"
	case RuleFlipped:
		return "kept: assumed values turn the direction around"
	case RuleAgainst:
		return "kept: the proportion would go the other way"
	case RuleFromZero:
		return "in proportion, from zero"
	case RuleStatusReplicas:
		return "within tolerance, the pods that exist"
	default:
		return "none"
	}
}

// MarshalText returns the words of String.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Stabilization says how recent recommendations held a proposal back.
type Stabilization struct {
	// UpWindow and DownWindow are the windows. Without spec.behavior there is none for the way up.
	UpWindow   time.Duration `json:"upWindow"`
	DownWindow time.Duration `json:"downWindow"`
	// Samples are the recommendations remembered, in the order of the memory.
	Samples []StabilizationSample `json:"samples"`
	// Lowest and Highest are the ends that the windows allow, Before the proposal and After the result.
	Lowest  int32 `json:"lowest"`
	Highest int32 `json:"highest"`
	Before  int32 `json:"before"`
	After   int32 `json:"after"`
}

// StabilizationSample is a remembered recommendation, and in which windows it is: InUp in that of changes upwards, InDown downwards.
type StabilizationSample struct {
	Recommendation
	InUp   bool `json:"inUp"`
	InDown bool `json:"inDown"`
}

// Limits says how policies and bounds limited a size.
type Limits struct {
	// Policies are those of the direction taken, with what is left of their budgets.
	Policies []PolicyTrace `json:"policies,omitempty"`
	// Legacy is the limit of a scale-up without spec.behavior.
	Legacy *int32 `json:"legacy,omitempty"`
	// Before is the size that was asked for, and After what is left of it.
	Before int32 `json:"before"`
	After  int32 `json:"after"`
	// Reason is the reason of the condition ScalingLimited.
	Reason string `json:"reason"`
}

// PolicyTrace is one policy with its budget.
type PolicyTrace struct {
	autoscalingv2.HPAScalingPolicy
	// Added and Removed are the changes of its period, Start the size before them, and Proposal how far it allows to go.
	Added    int32 `json:"added"`
	Removed  int32 `json:"removed"`
	Start    int32 `json:"start"`
	Proposal int32 `json:"proposal"`
}

// The recorders below do nothing without a trace, so that decisions need not ask.

func (t *Stabilization) sample(r Recommendation, inUp, inDown bool) {
	if t != nil {
		t.Samples = append(t.Samples, StabilizationSample{r, inUp, inDown})
	}
}

func (t *Stabilization) done(up, down time.Duration, lowest, highest, before, after int32) {
	if t != nil {
		t.UpWindow, t.DownWindow = up, down
		t.Lowest, t.Highest, t.Before, t.After = lowest, highest, before, after
	}
}

func (t *Limits) policy(p autoscalingv2.HPAScalingPolicy, added, removed, start, proposal int32) {
	if t != nil {
		t.Policies = append(t.Policies, PolicyTrace{p, added, removed, start, proposal})
	}
}

func (t *Limits) legacy(rate int32) {
	if t != nil {
		t.Legacy = new(rate)
	}
}

func (t *Limits) done(before, after int32, reason string) {
	if t != nil {
		t.Before, t.After, t.Reason = before, after, reason
	}
}
