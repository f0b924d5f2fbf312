package taints

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/kubealgo/kubealgo/labels"
)

// A ParseError says why a text is no taint.
type ParseError struct {
	Input   string // the whole text
	Offset  int    // byte offset of the part that is wrong
	Message string // upstream's sentence
}

// Error returns the message: exactly what kubectl says of the same input.
func (e *ParseError) Error() string { return e.Message }

// Parse reads one taint: KEY, KEY:EFFECT or KEY=VALUE:EFFECT. The error is a *[ParseError].
func Parse(text string) (corev1.Taint, error) {
	fail := func(offset int, format string, args ...any) (corev1.Taint, error) {
		return corev1.Taint{}, &ParseError{text, offset, fmt.Sprintf(format, args...)}
	}
	var t corev1.Taint
	parts := strings.Split(text, ":")
	t.Key = parts[0]
	switch len(parts) {
	case 1:
	case 2:
		t.Effect = corev1.TaintEffect(parts[1])
		if EffectOf(t.Effect) == 0 {
			return fail(len(t.Key)+1, "invalid taint effect: %v, unsupported taint effect", t.Effect)
		}
		pair := strings.Split(parts[0], "=")
		if len(pair) > 2 {
			return fail(len(pair[0])+len(pair[1])+1, "invalid taint spec: %v", text)
		}
		t.Key = pair[0]
		if len(pair) == 2 {
			t.Value = pair[1]
			if problems := labels.ValidateValue(t.Value); problems != nil {
				return fail(len(t.Key)+1, "invalid taint spec: %v, %s", text, strings.Join(problems, "; "))
			}
		}
	default:
		return fail(len(parts[0])+len(parts[1])+1, "invalid taint spec: %v", text)
	}
	if problems := labels.ValidateKey(t.Key); problems != nil {
		return fail(0, "invalid taint spec: %v, %s", text, strings.Join(problems, "; "))
	}
	return t, nil
}

// A Change is what a `kubectl taint` command asks for. The taints to remove have a key, and an effect unless all effects
// of the key go.
type Change struct {
	Add    []corev1.Taint // in order, each key and effect once
	Remove []corev1.Taint // in order
	// Overwrite allows taints to be added whose key and effect a node already has.
	Overwrite bool
}

// ParseChange reads the taint arguments of `kubectl taint`: KEY:EFFECT and KEY=VALUE:EFFECT add, KEY-, KEY:EFFECT- and
// KEY=VALUE:EFFECT- remove (the value is not looked at). Two additions of one key and effect are refused, and so is an
// addition without an effect. The errors have kubectl's texts.
func ParseChange(specs ...string) (Change, error) {
	var c Change
	for _, spec := range specs {
		removed, remove := strings.CutSuffix(spec, "-")
		t, err := Parse(removed)
		switch {
		case err != nil:
			return Change{}, err
		case remove:
			c.Remove = append(c.Remove, corev1.Taint{Key: t.Key, Effect: t.Effect})
		case t.Effect == "":
			return Change{}, &ParseError{spec, len(spec), fmt.Sprintf("invalid taint spec: %v", spec)}
		case find(c.Add, &t) >= 0:
			return Change{}, &ParseError{spec, 0, fmt.Sprintf("duplicated taints with the same key and effect: %v", t)}
		default:
			c.Add = append(c.Add, t)
		}
	}
	return c, nil
}

// SplitArguments divides the arguments of `kubectl taint` into resources ("nodes", "n1") and taints: an argument is a
// taint if it contains "=" or ":" or ends with "-". The errors have kubectl's texts.
func SplitArguments(args []string) (resources, specs []string, err error) {
	for _, arg := range args {
		taint := strings.ContainsAny(arg, "=:") || strings.HasSuffix(arg, "-")
		switch {
		case taint:
			specs = append(specs, arg)
		case specs != nil:
			return nil, nil, fmt.Errorf("all resources must be specified before taint changes: %s", arg)
		default:
			resources = append(resources, arg)
		}
	}
	switch {
	case len(resources) == 0:
		return nil, nil, errors.New("one or more resources must be specified as <resource> <name>")
	case len(specs) == 0:
		return nil, nil, errors.New("at least one taint update is required")
	}
	return resources, specs, nil
}

// Validate refuses a change that both adds and removes a taint. The error has kubectl's text.
func (c Change) Validate() error {
	var clashes []string
	for i := range c.Add {
		for _, r := range c.Remove {
			if a := &c.Add[i]; a.Key == r.Key && (r.Effect == "" || r.Effect == a.Effect) {
				clashes = append(clashes, r.Key+"="+string(r.Effect))
			}
		}
	}
	if clashes == nil {
		return nil
	}
	return fmt.Errorf("can not both modify and remove the following taint(s) in the same command: %s", strings.Join(clashes, ", "))
}

// Outcome is the word in which kubectl reports a change.
type Outcome string

// The outcomes.
const (
	TaintedOutcome   Outcome = "tainted"   // the node has more taints than before
	UntaintedOutcome Outcome = "untainted" // it has not
	ModifiedOutcome  Outcome = "modified"  // taints were added and others removed, or Overwrite is set
)

// Apply returns a node's taints after a change: those added first, then the old ones,
// of several with one key and effect the first, without those removed. The node's
// name stands in errors. Without Overwrite it is an error to add a taint whose key and effect the node has; it is always
// one to remove a taint that the node does not have, or that an earlier removal already took. The errors have kubectl's
// texts.
func (c Change) Apply(nodeName string, old []corev1.Taint) (Outcome, []corev1.Taint, error) {
	if !c.Overwrite {
		if keys := existing(old, c.Add); keys != "" {
			return "", nil, fmt.Errorf("node %s already has %v taint(s) with same effect(s) and --overwrite is false", nodeName, keys)
		}
	}
	out := clone(c.Add)
	for i := range old {
		if find(out, &old[i]) < 0 {
			out = append(out, *old[i].DeepCopy())
		}
	}
	grew := len(out) != len(old) // or lost duplicates: upstream does not tell
	removedLast := false
	var missing []error
	for i := range c.Remove {
		r, before := &c.Remove[i], len(out)
		if r.Effect != "" {
			out = without(out, r)
		} else {
			out = withoutKey(out, r.Key)
		}
		if removedLast = len(out) < before; !removedLast {
			missing = append(missing, fmt.Errorf("taint %q not found", Format(*r)))
		}
	}
	if missing != nil {
		return "", nil, utilerrors.NewAggregate(missing)
	}
	switch {
	case grew && removedLast || c.Overwrite:
		return ModifiedOutcome, out, nil
	case grew:
		return TaintedOutcome, out, nil
	}
	return UntaintedOutcome, out, nil
}

// existing returns the keys of the taints to add that are already there, joined by ",".
func existing(old, add []corev1.Taint) string {
	var keys []string
	for i := range add {
		for j := range old {
			if Same(&add[i], &old[j]) {
				keys = append(keys, old[j].Key)
			}
		}
	}
	return strings.Join(keys, ",")
}

func withoutKey(list []corev1.Taint, key string) []corev1.Taint {
	kept := list[:0]
	for i := range list {
		if list[i].Key != key {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// ParseRegister reads the kubelet's flag --register-with-taints: additions joined by ",". Removals are read and dropped,
// as the kubelet does. The empty text is no taints.
func ParseRegister(text string) ([]corev1.Taint, error) {
	if text == "" {
		return nil, nil
	}
	c, err := ParseChange(strings.Split(text, ",")...)
	return c.Add, err
}
