package taints

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// The annotations of a namespace that PodTolerationRestriction reads. Each holds a JSON list of tolerations.
const (
	DefaultTolerationsAnnotation   = "scheduler.alpha.kubernetes.io/defaultTolerations"
	TolerationsWhitelistAnnotation = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"
)

// A Restriction is the configuration of the admission plugin PodTolerationRestriction, which is off by default. Its
// lists hold for namespaces without the annotation of that name; "" and "[]" in an annotation mean no tolerations.
type Restriction struct {
	Default   []corev1.Toleration // merged into the pod's at creation
	Whitelist []corev1.Toleration // of which the pod's must be subsets; empty for all
}

// An Admission is what PodTolerationRestriction makes of a pod.
type Admission struct {
	Tolerations []corev1.Toleration // what the pod gets
	// Conflict is upstream's reason to refuse the pod, "" if it is admitted.
	Conflict string
	// Forbidden is the first toleration without a superset in the whitelist, if there is a conflict.
	Forbidden *corev1.Toleration
}

// PodRequest is what PodTolerationRestriction reads of a request to create or update a pod.
type PodRequest struct {
	Tolerations []corev1.Toleration // the pod's
	Namespace   *corev1.Namespace   // nil is one without annotations
	// BestEffort says that the pod's QoS class is BestEffort; package qos knows it.
	BestEffort bool
	// Update says that the pod exists already: no defaults are merged in.
	Update bool
}

// Admit returns what the plugin makes of a request. At creation the defaults are merged in ([Merge]). A pod that is not
// BestEffort gets a toleration of memory pressure. Then every toleration must have a superset in the whitelist, if that
// is not empty. The error is that of an annotation that does not parse.
func (r Restriction) Admit(request PodRequest) (Admission, error) {
	out := clone(request.Tolerations)
	if !request.Update {
		defaults, err := fromAnnotation(request.Namespace, DefaultTolerationsAnnotation, r.Default)
		if err != nil {
			return Admission{}, err
		}
		if len(defaults) > 0 {
			out = Merge(out, defaults)
		}
	}
	if !request.BestEffort {
		out = Merge(out, []corev1.Toleration{exists(MemoryPressure, corev1.TaintEffectNoSchedule)})
	}
	if len(out) == 0 { // the whitelist is not even read
		return Admission{}, nil
	}
	whitelist, err := fromAnnotation(request.Namespace, TolerationsWhitelistAnnotation, r.Whitelist)
	if err != nil {
		return Admission{}, err
	}
	a := Admission{Tolerations: out}
	if i := firstForbidden(out, whitelist); len(whitelist) > 0 && i >= 0 {
		a.Conflict = "pod tolerations (possibly merged with namespace default tolerations) conflict with its " + owner(request.Namespace) + " whitelist"
		a.Forbidden = out[i].DeepCopy()
	}
	return a, nil
}

// owner says whose whitelist holds for a namespace.
func owner(ns *corev1.Namespace) string {
	if ns != nil {
		if _, ok := ns.Annotations[TolerationsWhitelistAnnotation]; ok {
			return "namespace"
		}
	}
	return "cluster"
}

// fromAnnotation returns the tolerations of an annotation: otherwise, if there is none.
func fromAnnotation(ns *corev1.Namespace, name string, otherwise []corev1.Toleration) ([]corev1.Toleration, error) {
	if ns == nil {
		return otherwise, nil
	}
	text, ok := ns.Annotations[name]
	switch {
	case !ok:
		return otherwise, nil
	case text == "":
		return nil, nil
	}
	var list []corev1.Toleration
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("taints: namespace %q: annotation %s: %w", ns.Name, name, err)
	}
	return list, nil
}
