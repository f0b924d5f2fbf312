package labels

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// NodeName is the only field that node selectors can ask for.
const NodeName = "metadata.name"

// A NodeTerm is one compiled term of a node selector: a conjunction of requirements on a node's labels and on
// its fields. It is immutable. The zero NodeTerm is empty and matches no node.
type NodeTerm struct {
	labels Selector
	fields []FieldRequirement
	filled bool // has at least one requirement
}

// FromNodeSelectorTerm compiles a term. Path is where the term stands, such as "nodeSelectorTerms[0]"; errors
// start with it, and may be "".
//
// Match expressions are [NewRequirement]'s, spelled In, NotIn, Exists, DoesNotExist, Gt, Lt. Match fields know In
// and NotIn with exactly one value, which is not validated. Any field name is accepted; fields other than
// metadata.name read as "". All problems are reported together.
func FromNodeSelectorTerm(term corev1.NodeSelectorTerm, path string) (NodeTerm, error) {
	var at *field.Path
	if path != "" {
		at = field.NewPath(path)
	}
	t, errs := compileTerm(&term, at)
	if len(errs) > 0 {
		return NodeTerm{}, utilerrors.NewAggregate(errs)
	}
	return t, nil
}

func compileTerm(term *corev1.NodeSelectorTerm, path *field.Path) (NodeTerm, []error) {
	t := NodeTerm{filled: len(term.MatchExpressions)+len(term.MatchFields) > 0}
	var errs []error
	for i := range term.MatchExpressions {
		e := &term.MatchExpressions[i]
		at := path.Child("matchExpressions").Index(i)
		op, ok := fromNodeAPI(e.Operator)
		if !ok {
			errs = append(errs, field.NotSupported(at.Child("operator"), e.Operator, nodeOperators[:]))
			continue
		}
		r, problems := newRequirement(e.Key, op, e.Values, at)
		for _, p := range problems {
			errs = append(errs, p)
		}
		t.labels.requirements = append(t.labels.requirements, r)
	}
	t.labels.sort()
	for i := range term.MatchFields {
		f := &term.MatchFields[i]
		at := path.Child("matchFields").Index(i)
		switch {
		case f.Operator != corev1.NodeSelectorOpIn && f.Operator != corev1.NodeSelectorOpNotIn:
			errs = append(errs, field.NotSupported(at.Child("operator"), f.Operator, nodeOperators[:2]))
		case len(f.Values) != 1:
			errs = append(errs, field.Invalid(at.Child("values"), f.Values, "must have one element"))
		default:
			t.fields = append(t.fields, FieldRequirement{f.Key, f.Values[0], f.Operator == corev1.NodeSelectorOpNotIn})
		}
	}
	return t, errs
}

var nodeOperators = [...]corev1.NodeSelectorOperator{
	corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists,
	corev1.NodeSelectorOpDoesNotExist, corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt,
}

func fromNodeAPI(op corev1.NodeSelectorOperator) (Operator, bool) {
	switch op {
	case corev1.NodeSelectorOpIn:
		return In, true
	case corev1.NodeSelectorOpNotIn:
		return NotIn, true
	case corev1.NodeSelectorOpExists:
		return Exists, true
	case corev1.NodeSelectorOpDoesNotExist:
		return DoesNotExist, true
	case corev1.NodeSelectorOpGt:
		return GreaterThan, true
	case corev1.NodeSelectorOpLt:
		return LessThan, true
	}
	return "", false
}

// Matches reports whether a node with this name and these labels meets every requirement of the term. An empty
// term matches no node. The fields of a node without a name are not looked at. It does not allocate.
func (t NodeTerm) Matches(nodeName string, nodeLabels map[string]string) bool {
	return t.matches(nodeName, nodeLabels)
}

func (t *NodeTerm) matches(nodeName string, nodeLabels map[string]string) bool {
	return t.filled && t.labels.Matches(nodeLabels) && t.matchesFields(nodeName)
}

func (t *NodeTerm) matchesFields(nodeName string) bool {
	if nodeName == "" {
		return true
	}
	for i := range t.fields {
		if f := &t.fields[i]; !f.Matches(nodeField(f.Field, nodeName)) {
			return false
		}
	}
	return true
}

func nodeField(field, nodeName string) string {
	if field == NodeName {
		return nodeName
	}
	return ""
}

// Empty reports whether the term has no requirements at all. Such a term matches no node.
func (t NodeTerm) Empty() bool { return !t.filled }

// Fields returns the requirements on fields, in a new slice.
func (t NodeTerm) Fields() []FieldRequirement { return slices.Clone(t.fields) }

// Labels returns the requirements on labels as a selector: Everything if the term asks only for fields.
func (t NodeTerm) Labels() Selector { return t.labels }

// String returns the label requirements in the selector grammar, then those on fields: "zone in (a,b),metadata.name=n1".
func (t NodeTerm) String() string {
	b := []byte(t.labels.String())
	for _, f := range t.fields {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, f.String()...)
	}
	return string(b)
}
