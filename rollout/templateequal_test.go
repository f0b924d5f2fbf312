package rollout_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestSameTemplateRules(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b func(*corev1.PodTemplateSpec)
		same bool
	}{
		{"the label pod-template-hash does not count", func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"app": "web", "pod-template-hash": "x"} }, nil, true},
		{"on either side", nil, func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"app": "web", "pod-template-hash": "x"} }, true},
		{"another label does", func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"app": "web", "x": "y"} }, nil, false},
		{"another value does", func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"app": "other"} }, nil, false},
		{"another key does", func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"x": ""} }, func(t *corev1.PodTemplateSpec) { t.Labels = map[string]string{"y": ""} }, false},
		{"an annotation counts", func(t *corev1.PodTemplateSpec) { t.Annotations = map[string]string{"a": "b"} }, nil, false},
		{"the value of an annotation counts", func(t *corev1.PodTemplateSpec) { t.Annotations = map[string]string{"a": "b"} },
			func(t *corev1.PodTemplateSpec) { t.Annotations = map[string]string{"a": "c"} }, false},
		{"an empty map is an absent one", func(t *corev1.PodTemplateSpec) { t.Annotations = map[string]string{} }, nil, true},
		{"an empty list is an absent one", func(t *corev1.PodTemplateSpec) { t.Spec.Tolerations = []corev1.Toleration{} }, nil, true},
		{"quantities are compared by value", func(t *corev1.PodTemplateSpec) {
			t.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse("0.1")}
		}, nil, true},
		{"another quantity counts", func(t *corev1.PodTemplateSpec) {
			t.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse("200m")}
		}, nil, false},
		{"another resource counts", func(t *corev1.PodTemplateSpec) {
			t.Spec.Containers[0].Resources.Requests = corev1.ResourceList{"memory": resource.MustParse("100m")}
		}, nil, false},
		{"a quantity in a field is compared by value", sized("1Gi"), sized("1024Mi"), true},
		{"another quantity in a field counts", sized("1Gi"), sized("1G"), false},
		{"times are compared by instant", at(time.Unix(5, 0)), at(time.Unix(5, 0).UTC()), true},
		{"another instant counts", at(time.Unix(5, 0)), at(time.Unix(6, 0)), false},
		{"a pointer counts by what it points at", func(t *corev1.PodTemplateSpec) { t.Spec.TerminationGracePeriodSeconds = ptr(int64(5)) },
			func(t *corev1.PodTemplateSpec) { t.Spec.TerminationGracePeriodSeconds = ptr(int64(5)) }, true},
		{"another number counts", func(t *corev1.PodTemplateSpec) { t.Spec.TerminationGracePeriodSeconds = ptr(int64(5)) },
			func(t *corev1.PodTemplateSpec) { t.Spec.TerminationGracePeriodSeconds = ptr(int64(6)) }, false},
		{"a pointer is not no pointer", func(t *corev1.PodTemplateSpec) { t.Spec.TerminationGracePeriodSeconds = ptr(int64(0)) }, nil, false},
		{"a truth value counts", func(t *corev1.PodTemplateSpec) { t.Spec.HostNetwork = true }, nil, false},
		{"another image counts", func(t *corev1.PodTemplateSpec) { t.Spec.Containers[0].Image = "x" }, nil, false},
		{"another command counts", func(t *corev1.PodTemplateSpec) { t.Spec.Containers[0].Command = []string{"x"} }, func(t *corev1.PodTemplateSpec) { t.Spec.Containers[0].Command = []string{"y"} }, false},
		{"other bytes count", managed(`{"a":1}`), managed(`{"a":2}`), false},
		{"the same bytes do not", managed(`{"a":1}`), managed(`{"a":1}`), true},
		{"one container more counts", func(t *corev1.PodTemplateSpec) { t.Spec.Containers = append(t.Spec.Containers, corev1.Container{}) }, nil, false},
		{"one variable more counts", func(t *corev1.PodTemplateSpec) { t.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "a"}} }, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := template("web:1"), template("web:1")
			if c.a != nil {
				c.a(&a)
			}
			if c.b != nil {
				c.b(&b)
			}
			require.Equal(t, c.same, rollout.SameTemplate(&a, &b))
			require.Equal(t, c.same, rollout.SameTemplate(&b, &a))
		})
	}
	some := template("a")
	require.True(t, rollout.SameTemplate(nil, nil))
	require.False(t, rollout.SameTemplate(&some, nil))
	require.False(t, rollout.SameTemplate(nil, &some))
}

// What a pod template is made of, for the comparison and the hash of templates.
func TestTemplateKinds(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		switch kind := typ.Kind(); kind {
		case reflect.Array, reflect.Interface, reflect.Float32, reflect.Float64, reflect.Func, reflect.Chan:
			t.Errorf("%s", typ)
		case reflect.Pointer:
			walk(typ.Elem())
		case reflect.Slice:
			require.NotEqual(t, reflect.Pointer, typ.Elem().Kind(), "%s", typ)
			walk(typ.Elem())
		case reflect.Map:
			require.Contains(t, []reflect.Type{reflect.TypeFor[map[string]string](), reflect.TypeFor[corev1.ResourceList]()}, typ)
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[corev1.PodTemplateSpec]())
}

func sized(q string) func(*corev1.PodTemplateSpec) {
	return func(t *corev1.PodTemplateSpec) {
		limit := resource.MustParse(q)
		t.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &limit}}}}
	}
}

func managed(fields string) func(*corev1.PodTemplateSpec) {
	return func(t *corev1.PodTemplateSpec) {
		t.ManagedFields = []metav1.ManagedFieldsEntry{{FieldsV1: &metav1.FieldsV1{Raw: []byte(fields)}}}
	}
}

// The hash of a template does not depend on the order of its labels.
func TestTemplateHashIsStable(t *testing.T) {
	some := template("a")
	some.Labels = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4"}
	hash := rollout.TemplateHash(&some, nil)
	for range 50 {
		require.Equal(t, hash, rollout.TemplateHash(&some, nil))
	}
}

func at(when time.Time) func(*corev1.PodTemplateSpec) {
	return func(t *corev1.PodTemplateSpec) { t.CreationTimestamp = metav1.NewTime(when) }
}
