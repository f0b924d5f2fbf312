package rollout

import (
	"maps"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SameTemplate reports whether two pod templates are equal to a Deployment's controller: the label pod-template-hash is left
// out of account, an empty list or map equals an absent one, quantities are equal by value ("1" and "1000m") and times by
// instant.
func SameTemplate(a, b *corev1.PodTemplateSpec) bool {
	if a == nil || b == nil {
		return a == b
	}
	if !sameImages(a.Spec.Containers, b.Spec.Containers) || !sameLabels(a.Labels, b.Labels) {
		return false
	}
	va, vb := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	ma, mb := va.Field(0), vb.Field(0)
	for i := range ma.NumField() {
		if i != labelsField && !same(ma.Field(i), mb.Field(i)) {
			return false
		}
	}
	return same(va.Field(1), vb.Field(1))
}

// labelsField is where the labels stand among the fields of metadata. They are compared apart.
var labelsField = func() int {
	f, _ := reflect.TypeFor[metav1.ObjectMeta]().FieldByName("Labels")
	return f.Index[0]
}()

// sameImages compares what most templates of one workload differ in, to be done with them sooner.
func sameImages(a, b []corev1.Container) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Image != b[i].Image {
			return false
		}
	}
	return true
}

// sameLabels compares two label sets without pod-template-hash.
func sameLabels(a, b map[string]string) bool {
	n := len(a)
	if _, ok := a[templateHashLabel]; ok {
		n--
	}
	m := len(b)
	if _, ok := b[templateHashLabel]; ok {
		m--
	}
	if n != m {
		return false
	}
	for k, v := range a {
		if k == templateHashLabel {
			continue
		}
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// same compares two addressable values of one type of the Kubernetes API.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.String:
		return a.String() == b.String()
	case reflect.Bool:
		return a.Bool() == b.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return a.Int() == b.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return a.Uint() == b.Uint()
	case reflect.Pointer:
		p, q := a.UnsafePointer(), b.UnsafePointer()
		return p == q || p != nil && q != nil && same(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return sameStruct(a, b)
	}
	return sameMap(a, b)
}

// The structs that are compared by meaning.
var quantityType, timeType = reflect.TypeFor[resource.Quantity](), reflect.TypeFor[metav1.Time]()

func sameStruct(a, b reflect.Value) bool {
	switch a.Type() {
	case quantityType:
		return a.Addr().Interface().(*resource.Quantity).Cmp(*b.Addr().Interface().(*resource.Quantity)) == 0
	case timeType:
		return a.Addr().Interface().(*metav1.Time).Equal(b.Addr().Interface().(*metav1.Time))
	}
	for i := range a.NumField() {
		if !same(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

// sameMap compares maps; a pod template has those of two types and nothing but maps gets here (TestTemplateKinds).
func sameMap(a, b reflect.Value) bool {
	switch x := a.Addr().Interface().(type) {
	case *map[string]string:
		return maps.Equal(*x, *b.Addr().Interface().(*map[string]string))
	case *corev1.ResourceList:
		return maps.EqualFunc(*x, *b.Addr().Interface().(*corev1.ResourceList), func(v, w resource.Quantity) bool { return v.Cmp(w) == 0 })
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}
