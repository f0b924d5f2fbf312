package labels

import (
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Operator relates a key to values. It is apimachinery's type, so that requirements mix.
type Operator = selection.Operator

// The operators of requirements. Equals, DoubleEquals and a one-valued In match alike and print differently.
const (
	In           Operator = selection.In           // "in"
	NotIn        Operator = selection.NotIn        // "notin"; matches an absent key
	Equals       Operator = selection.Equals       // "="
	DoubleEquals Operator = selection.DoubleEquals // "=="
	NotEquals    Operator = selection.NotEquals    // "!="; matches an absent key
	Exists       Operator = selection.Exists       // "exists"
	DoesNotExist Operator = selection.DoesNotExist // "!"
	GreaterThan  Operator = selection.GreaterThan  // "gt"; integers only
	LessThan     Operator = selection.LessThan     // "lt"; integers only
)

// operators lists every operator in the order in which upstream names them in errors.
var operators = [...]Operator{In, NotIn, Equals, DoubleEquals, NotEquals, GreaterThan, LessThan, Exists, DoesNotExist}

// test is what a requirement compares: the operator, with its many spellings of equality folded.
type test uint8

const (
	never    test = iota // of the zero Requirement
	equal                // key present, value == Requirement.value
	notEqual             // key absent, or value != Requirement.value
	member               // key present, value among Requirement.values
	notMember
	present
	absent
	greater // key present, an integer above Requirement.bound
	less
)

// A Requirement is one condition on one key: "app=web", "tier notin (a,b)", "gen>3".
// It is immutable. The zero Requirement matches nothing.
type Requirement struct {
	key    string
	value  string   // the only value
	test   test     // here, so that what matching reads is together
	values []string // the values, as given, when there are several
	sorted []string // values in order, for binary search; nil when linear search is faster
	bound  int64    // the integer of greater and less
	op     Operator
}

// linear is the number of values up to which comparing each beats a binary search.
const linear = 8

// NewRequirement returns the requirement "key op values".
//
//   - In, NotIn need at least one value, Equals, DoubleEquals and NotEquals exactly one,
//     Exists and DoesNotExist none, GreaterThan and LessThan exactly one base-10 int64.
//   - The key must be a valid label key and every value a valid label value;
//     thresholds are therefore never negative.
//
// All problems are reported together, with upstream's texts, as a [k8s.io/apimachinery/pkg/util/errors.Aggregate].
// The values are copied; their order and duplicates are kept, as upstream keeps them.
func NewRequirement(key string, op Operator, values []string) (Requirement, error) {
	r, errs := newRequirement(key, op, values, nil)
	return r, errs.ToAggregate()
}

func newRequirement(key string, op Operator, values []string, path *field.Path) (Requirement, field.ErrorList) {
	r := Requirement{key: key, op: op}
	ok := validKey(key)
	switch op {
	case In, NotIn:
		ok = ok && len(values) > 0
	case Equals, DoubleEquals, NotEquals:
		ok = ok && len(values) == 1
	case Exists, DoesNotExist:
		ok = ok && len(values) == 0
	case GreaterThan, LessThan:
		ok = ok && len(values) == 1
		if ok {
			r.bound, ok = parseInteger(values[0])
		}
	default:
		ok = false
	}
	for i := 0; ok && i < len(values); i++ {
		ok = validValue(values[i])
	}
	if !ok {
		return Requirement{}, requirementErrors(key, op, values, path)
	}
	r.compile(values)
	return r, nil
}

// compile stores the values of a requirement whose key and op are set.
func (r *Requirement) compile(values []string) {
	switch len(values) {
	case 0:
	case 1:
		r.value = values[0]
	default:
		r.values = slices.Clone(values)
		if len(values) > linear {
			r.sorted = r.values
			if !slices.IsSorted(values) {
				r.sorted = slices.Sorted(slices.Values(values))
			}
		}
	}
	one := len(values) == 1
	switch r.op {
	case Equals, DoubleEquals, In:
		r.test = member
		if one {
			r.test = equal
		}
	case NotEquals, NotIn:
		r.test = notMember
		if one {
			r.test = notEqual
		}
	case Exists:
		r.test = present
	case DoesNotExist:
		r.test = absent
	case GreaterThan:
		r.test = greater
	case LessThan:
		r.test = less
	}
}

// equality returns the requirement "key=value" without validating it, as upstream does for label sets.
func equality(key, value string) Requirement {
	return Requirement{key: key, value: value, op: Equals, test: equal}
}

func requirementErrors(key string, op Operator, values []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if problems := ValidateKey(key); problems != nil {
		errs = append(errs, field.Invalid(path.Child("key"), key, strings.Join(problems, "; ")))
	}
	at := path.Child("values")
	switch op {
	case In, NotIn:
		if len(values) == 0 {
			errs = append(errs, field.Invalid(at, values, "for 'in', 'notin' operators, values set can't be empty"))
		}
	case Equals, DoubleEquals, NotEquals:
		if len(values) != 1 {
			errs = append(errs, field.Invalid(at, values, "exact-match compatibility requires one single value"))
		}
	case Exists, DoesNotExist:
		if len(values) != 0 {
			errs = append(errs, field.Invalid(at, values, "values set must be empty for exists and does not exist"))
		}
	case GreaterThan, LessThan:
		if len(values) != 1 {
			errs = append(errs, field.Invalid(at, values, "for 'Gt', 'Lt' operators, exactly one value is required"))
		}
		for i, v := range values {
			if _, ok := parseInteger(v); !ok {
				errs = append(errs, field.Invalid(at.Index(i), v, "for 'Gt', 'Lt' operators, the value must be an integer"))
			}
		}
	default:
		errs = append(errs, field.NotSupported(path.Child("operator"), op, operators[:]))
	}
	for i, v := range values {
		if problems := ValidateValue(v); problems != nil {
			errs = append(errs, field.Invalid(at.Index(i).Key(key), v, strings.Join(problems, "; ")))
		}
	}
	return errs
}

// Key returns the label key.
func (r Requirement) Key() string { return r.key }

// Operator returns the operator as it was given.
func (r Requirement) Operator() Operator { return r.op }

// Values returns the values in the order given, duplicates included, in a new slice; nil for Exists and DoesNotExist.
func (r Requirement) Values() []string {
	switch r.test {
	case never, present, absent:
		return nil
	case member, notMember:
		return slices.Clone(r.values)
	}
	return []string{r.value}
}

// each yields the values without copying them.
func (r *Requirement) each(yield func(string) bool) {
	switch r.test {
	case never, present, absent:
	case member, notMember:
		for _, v := range r.values {
			if !yield(v) {
				return
			}
		}
	default:
		yield(r.value)
	}
}

// Matches reports whether a label set meets the requirement. It does not allocate.
func (r Requirement) Matches(labels map[string]string) bool {
	v, ok := labels[r.key]
	return r.admits(v, ok)
}

// admits reports whether the requirement holds for a value of its key, or for the key's absence.
func (r *Requirement) admits(v string, ok bool) bool {
	switch r.test {
	case equal:
		return ok && v == r.value
	case notEqual:
		return !ok || v != r.value
	case member:
		return ok && r.has(v)
	case notMember:
		return !ok || !r.has(v)
	case present:
		return ok
	case absent:
		return !ok
	case greater:
		n, isInteger := parseInteger(v)
		return isInteger && n > r.bound
	case less:
		n, isInteger := parseInteger(v)
		return isInteger && n < r.bound
	}
	return false
}

func (r *Requirement) has(v string) bool {
	if r.sorted != nil {
		_, found := slices.BinarySearch(r.sorted, v)
		return found
	}
	for _, w := range r.values {
		if v == w {
			return true
		}
	}
	return false
}

// Equal reports whether both requirements have the same key, operator and values in the same order.
func (r Requirement) Equal(o Requirement) bool {
	return r.key == o.key && r.op == o.op && r.value == o.value && slices.Equal(r.values, o.values)
}

// String returns the requirement in the selector grammar, its values sorted: "k", "!k", "k=v", "k==v", "k!=v",
// "k in (a,b)", "k notin (a,b)", "k>5", "k<5".
func (r Requirement) String() string {
	return string(r.appendTo(nil))
}

func (r *Requirement) appendTo(b []byte) []byte {
	if r.test == absent {
		b = append(b, '!')
	}
	b = append(b, r.key...)
	switch r.op {
	case Equals, DoubleEquals, NotEquals:
		b = append(b, r.op...)
		return append(b, r.value...)
	case GreaterThan:
		b = append(b, '>')
		return append(b, r.value...)
	case LessThan:
		b = append(b, '<')
		return append(b, r.value...)
	case In, NotIn:
		b = append(b, ' ')
		b = append(b, r.op...)
		b = append(b, " ("...)
		if r.values == nil {
			b = append(b, r.value...)
		} else {
			for i, v := range slices.Sorted(slices.Values(r.values)) {
				if i > 0 {
					b = append(b, ',')
				}
				b = append(b, v...)
			}
		}
		b = append(b, ')')
	}
	return b
}

// parseInteger is strconv.ParseInt(s, 10, 64) without its error value: it never allocates.
func parseInteger(s string) (int64, bool) {
	digits, limit := s, uint64(math.MaxInt64)
	negative := s != "" && s[0] == '-'
	if negative {
		limit++
	}
	if negative || s != "" && s[0] == '+' {
		digits = s[1:]
	}
	if digits == "" {
		return 0, false
	}
	n := uint64(0)
	for i := 0; i < len(digits); i++ {
		c := uint64(digits[i] - '0')
		if c > 9 || n > (limit-c)/10 {
			return 0, false
		}
		n = 10*n + c
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}
