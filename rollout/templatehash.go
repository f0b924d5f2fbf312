package rollout

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// TemplateHash returns the value of the label pod-template-hash that a Deployment's controller gives to the ReplicaSet of
// this template, and that a DaemonSet's controller gives to controller-revision-hash. collisionCount is
// status.collisionCount: nil and zero give different hashes.
//
// The hash covers the Go types of k8s.io/api as well as the values: two programs agree when their k8s.io/api declares the
// same fields (any v0.36 does). It also covers what is cached inside a quantity, so a template must come, as those of a
// cluster do, from decoding and not from arithmetic; defaults of the API server change it too.
func TemplateHash(template *corev1.PodTemplateSpec, collisionCount *int32) string {
	d := dump{sum: fnvOffset}
	if template == nil {
		template = &corev1.PodTemplateSpec{}
	}
	v := reflect.ValueOf(template).Elem()
	s := templateShape()
	d.text(s.prefix)
	d.value(v, s)
	if collisionCount != nil {
		c := uint32(*collisionCount)
		for range 4 {
			d.byte(byte(c))
			c >>= 8
		}
		for range 4 {
			d.byte(0)
		}
	}
	return safeName(d.sum)
}

// safeName writes a 32-bit hash in decimal with digits that cannot form words.
func safeName(sum uint32) string {
	const digits = "456789bcdf"
	var buf [10]byte
	i := len(buf)
	for {
		i--
		buf[i] = digits[sum%10]
		sum /= 10
		if sum == 0 {
			return string(buf[i:])
		}
	}
}

const (
	fnvOffset = 2166136261
	fnvPrime  = 16777619
)

// dump hashes the textual form of a value, in which every struct field is written with its Go type, with FNV-1a. It knows
// the kinds that occur in a pod template (TestTemplateKinds).
type dump struct {
	sum     uint32
	scratch [24]byte
}

func (d *dump) byte(b byte) {
	d.sum = (d.sum ^ uint32(b)) * fnvPrime
}

func (d *dump) text(s string) {
	sum := d.sum
	for i := range len(s) {
		sum = (sum ^ uint32(s[i])) * fnvPrime
	}
	d.sum = sum
}

func (d *dump) bytes(b []byte) {
	for _, c := range b {
		d.byte(c)
	}
}

// shape is what the dump needs to know of a type: its fields and the texts written before them.
type shape struct {
	typ    reflect.Type
	kind   reflect.Kind
	prefix string // "(type)"
	fields []shapeField
	elem   *shape // of pointers, slices and maps
}

type shapeField struct {
	label string // " Name:(type)", without the space for the first
	shape *shape
}

// templateShape is the shape of a pod template, worked out once: it depends on the types alone.
var templateShape = sync.OnceValue(func() *shape {
	return shapeOf(reflect.TypeFor[corev1.PodTemplateSpec](), map[reflect.Type]*shape{})
})

func shapeOf(t reflect.Type, seen map[reflect.Type]*shape) *shape {
	if s, ok := seen[t]; ok {
		return s
	}
	s := &shape{typ: t, kind: t.Kind(), prefix: "(" + t.String() + ")"}
	seen[t] = s
	switch s.kind {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		s.elem = shapeOf(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			label := f.Name + ":(" + f.Type.String() + ")"
			if i > 0 {
				label = " " + label
			}
			s.fields = append(s.fields, shapeField{label, shapeOf(f.Type, seen)})
		}
	}
	return s
}

// value writes a value without its type.
func (d *dump) value(v reflect.Value, s *shape) {
	switch s.kind {
	case reflect.String:
		d.text(v.String())
	case reflect.Bool:
		d.text(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.bytes(strconv.AppendInt(d.scratch[:0], v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.bytes(strconv.AppendUint(d.scratch[:0], v.Uint(), 10))
	case reflect.Struct:
		d.byte('{')
		for i := range s.fields {
			d.text(s.fields[i].label)
			d.value(v.Field(i), s.fields[i].shape)
		}
		d.byte('}')
	case reflect.Pointer:
		if v.IsNil() {
			d.text("<nil>")
			return
		}
		d.value(v.Elem(), s.elem)
	case reflect.Slice:
		if v.IsNil() {
			d.text("<nil>")
			return
		}
		d.list(v, s)
	case reflect.Map:
		if v.IsNil() {
			d.text("<nil>")
			return
		}
		d.mapping(v, s)
	}
}

func (d *dump) list(v reflect.Value, s *shape) {
	d.byte('[')
	for i := range v.Len() {
		if i > 0 {
			d.byte(' ')
		}
		d.value(v.Index(i), s.elem)
	}
	d.byte(']')
}

// mapping writes a map in the order of its keys, which in a pod template are strings.
func (d *dump) mapping(v reflect.Value, s *shape) {
	d.text("map[")
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for i, k := range keys {
		if i > 0 {
			d.byte(' ')
		}
		d.text(k.String())
		d.byte(':')
		d.value(v.MapIndex(k), s.elem)
	}
	d.byte(']')
}
