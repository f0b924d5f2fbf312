package qos

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Kind says which part of a pod is meant.
type Kind string

// The parts of a pod that can have requests and limits.
const (
	PodLevel      Kind = "pod"            // spec.resources
	Container     Kind = "container"      // spec.containers
	InitContainer Kind = "init container" // spec.initContainers without restartPolicy Always
	Sidecar       Kind = "sidecar"        // spec.initContainers with restartPolicy Always
)

// Rule names what keeps a pod from a better class.
type Rule string

// The rules, in the order in which [Explain] looks at a part of a pod.
const (
	// NothingSet: there is no CPU or memory request or limit above zero, so the
	// pod is BestEffort. With Kind PodLevel, spec.resources is set and hides the
	// containers.
	NothingSet Rule = "NothingSet"
	// LimitMissing: there is no limit above zero.
	LimitMissing Rule = "LimitMissing"
	// RequestMissing: there is a limit, but no request above zero. (The API
	// server copies limits into missing requests of containers, so this is
	// seen in manifests rather than in live pods.)
	RequestMissing Rule = "RequestMissing"
	// RequestNotLimit: request and limit differ.
	RequestNotLimit Rule = "RequestNotLimit"
)

// Reason is one obstacle between a pod and the class Guaranteed.
type Reason struct {
	Rule      Rule                `json:"rule"`                // what is wrong
	Kind      Kind                `json:"kind"`                // in which part of the pod
	Container string              `json:"container,omitempty"` // empty at the pod level
	Resource  corev1.ResourceName `json:"resource,omitempty"`  // empty for NothingSet
	Request   *resource.Quantity  `json:"request,omitempty"`   // nil if none above zero
	Limit     *resource.Quantity  `json:"limit,omitempty"`     // nil if none above zero
}

// String says the reason in a sentence without a full stop.
func (r Reason) String() string {
	who := string(r.Kind)
	if r.Kind != PodLevel {
		who = fmt.Sprintf("%s %q", r.Kind, r.Container)
	}
	switch r.Rule {
	case NothingSet:
		if r.Kind == PodLevel {
			return "spec.resources has no cpu or memory request or limit above zero, and hides those of the containers"
		}
		return "no container has a cpu or memory request or limit above zero"
	case LimitMissing:
		return fmt.Sprintf("%s has no %s limit", who, r.Resource)
	case RequestMissing:
		return fmt.Sprintf("%s has a %s limit of %s but no request", who, r.Resource, text(r.Limit))
	case RequestNotLimit:
		return fmt.Sprintf("%s requests %s %s but is limited to %s", who, r.Resource, text(r.Request), text(r.Limit))
	}
	return fmt.Sprintf("%s: %s", who, r.Rule)
}

func text(q *resource.Quantity) string {
	if q == nil {
		return "nothing"
	}
	c := q.DeepCopy()
	return c.String()
}

// Explanation is a class and what stands between the pod and Guaranteed.
type Explanation struct {
	Class corev1.PodQOSClass `json:"qosClass"` // what the spec deserves: see [Class]
	// Level is PodLevel if spec.resources decided, else Container.
	Level Kind `json:"level"`
	// Reasons is empty exactly for a Guaranteed pod; in the order of the spec,
	// CPU before memory.
	Reasons []Reason `json:"why,omitempty"`
}

// String gives the class and the reasons, joined by semicolons.
func (e Explanation) String() string {
	if len(e.Reasons) == 0 {
		return string(e.Class)
	}
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = r.String()
	}
	return string(e.Class) + ": " + strings.Join(texts, "; ")
}

// Explain returns the class of [Class] and every reason why it is not
// Guaranteed: which container, which resource, what is missing. A nil
// pod is BestEffort.
func Explain(pod *corev1.Pod, o Options) Explanation {
	reasons := []Reason{}
	e := Explanation{Level: Container}
	if pod != nil && pod.Spec.Resources != nil && !o.NoPodLevelResources {
		e.Level = PodLevel
	}
	e.Class = classify(pod, o, &reasons)
	if pod == nil {
		explain(&reasons, Reason{Rule: NothingSet, Kind: Container})
	}
	e.Reasons = reasons
	return e
}

func explain(why *[]Reason, r Reason) {
	if why != nil {
		*why = append(*why, r)
	}
}

// explainContainers lists what keeps a Burstable pod from Guaranteed.
// A container whose request is not its limit is no obstacle where another one
// makes up for it and the sums agree.
func explainContainers(spec *corev1.PodSpec, why *[]Reason) {
	cpu, memory := balanced(spec, corev1.ResourceCPU), balanced(spec, corev1.ResourceMemory)
	eachContainer(spec, func(kind Kind, c *corev1.Container) {
		if !cpu {
			n := needsOf(&c.Resources, corev1.ResourceCPU)
			n.explain(why, kind, c.Name)
		}
		if !memory {
			n := needsOf(&c.Resources, corev1.ResourceMemory)
			n.explain(why, kind, c.Name)
		}
	})
}

// balanced reports whether name is no obstacle: every container has a limit of
// it, and the sums agree.
func balanced(spec *corev1.PodSpec, name corev1.ResourceName) bool {
	limited := true
	eachContainer(spec, func(_ Kind, c *corev1.Container) {
		limit := c.Resources.Limits[name]
		limited = limited && limit.Sign() > 0
	})
	return limited && sumsAgree(spec, name)
}

// explain appends the obstacle of one resource of one part of the pod, if any.
func (n *needs) explain(why *[]Reason, kind Kind, container string) {
	if n.equal() {
		return
	}
	r := Reason{Kind: kind, Container: container, Resource: n.name, Request: positive(n.request), Limit: positive(n.limit)}
	switch {
	case r.Limit == nil:
		r.Rule = LimitMissing
	case r.Request == nil:
		r.Rule = RequestMissing
	default:
		r.Rule = RequestNotLimit
	}
	explain(why, r)
}

func positive(q resource.Quantity) *resource.Quantity {
	if q.Sign() <= 0 {
		return nil
	}
	c := q.DeepCopy()
	return &c
}
