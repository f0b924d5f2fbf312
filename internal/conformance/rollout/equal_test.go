package rollout

import (
	"fmt"
	"reflect"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// difference describes how what we did differs from what the real controller did; empty when it does not. Describing takes
// a hundred times longer than comparing, so it is left for outcomes that are not equal at first sight.
func difference(want, got any, opts ...cmp.Option) string {
	if equal(reflect.ValueOf(want), reflect.ValueOf(got)) {
		return ""
	}
	return cmp.Diff(want, got, append(opts, deploymentCmp...)...)
}

// differenceOf is the difference together with what the case was made of; empty when there is none.
func differenceOf(want, got any, input ...any) string {
	if diff := difference(want, got); diff != "" {
		return fmt.Sprintf("(-upstream +ours)\n%s\n%s", diff, asYAML(input))
	}
	return ""
}

// equal compares two values of one type as deploymentCmp does: without what only the API server sets, with nothing for an
// empty list or map, quantities by value and times by instant.
func equal(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return a.UnsafePointer() == b.UnsafePointer() || equal(a.Elem(), b.Elem())
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return a.Elem().Type() == b.Elem().Type() && equal(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() {
			return false
		}
		for it := a.MapRange(); it.Next(); {
			if other := b.MapIndex(it.Key()); !other.IsValid() || !equal(it.Value(), other) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return equalStruct(a, b)
	}
	return a.Equal(b)
}

func equalStruct(a, b reflect.Value) bool {
	switch x := a.Interface().(type) {
	case resource.Quantity:
		return x.Cmp(b.Interface().(resource.Quantity)) == 0
	case metav1.Time:
		return x.Time.Equal(b.Interface().(metav1.Time).Time)
	}
	meta := a.Type() == reflect.TypeFor[metav1.ObjectMeta]()
	for i := range a.NumField() {
		if meta {
			switch a.Type().Field(i).Name {
			case "UID", "CreationTimestamp", "Generation":
				continue
			}
		}
		if !equal(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}
