package rollout

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubectl/pkg/polymorphichelpers"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	"k8s.io/kubernetes/pkg/apis/apps/validation"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"

	ours "github.com/kubealgo/kubealgo/rollout"
)

func oddAmount(r *rand.Rand) *intstr.IntOrString {
	switch r.IntN(8) {
	case 0:
		return nil
	case 1, 2, 3:
		return ptr(intstr.FromString(pick(r, "0%", "25%", "100%", "101%", "3", "", "-1%", "x%", "00%", "99999999999999999999%")))
	}
	return ptr(intstr.FromInt32(int32(pick(r, -1, 0, 0, 0, 1, 5))))
}

func oddCount(r *rand.Rand) int32 { return int32(pick(r, -1, 0, 1, 10, 600)) }

// texts are the messages of errors about the given fields only.
func texts(errs field.ErrorList, skip ...string) []string {
	var out []string
next:
	for _, e := range errs {
		for _, s := range skip {
			if strings.HasPrefix(e.Field, s) {
				continue next
			}
		}
		out = append(out, e.Error())
	}
	sort.Strings(out)
	return out
}

func runnable() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
}

func TestValidation(t *testing.T) {
	opts := corevalidation.PodValidationOptions{}
	sel := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	meta := metav1.ObjectMeta{Name: "web", Namespace: "ns"}
	rec := recordTo("validation", 7, 800)
	campaign(t, 2000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		d := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: sel, Template: runnable(), Replicas: ptr(oddCount(r)), MinReadySeconds: oddCount(r),
			RevisionHistoryLimit: ptr(oddCount(r)), ProgressDeadlineSeconds: ptr(oddCount(r))}}
		d.Spec.Strategy.Type = pick(r, "", appsv1.RollingUpdateDeploymentStrategyType, appsv1.RecreateDeploymentStrategyType, "Odd")
		if chance(r, 70) {
			d.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: oddAmount(r), MaxUnavailable: oddAmount(r)}
		}
		ds := &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Selector: sel, Template: runnable(), MinReadySeconds: oddCount(r), RevisionHistoryLimit: ptr(oddCount(r))}}
		ds.Spec.UpdateStrategy.Type = pick(r, "", appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType, "Odd")
		if chance(r, 70) {
			ds.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: oddAmount(r), MaxUnavailable: oddAmount(r)}
		}
		s := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: sel, ServiceName: "svc", Template: runnable(), Replicas: ptr(oddCount(r)), MinReadySeconds: oddCount(r), RevisionHistoryLimit: ptr(oddCount(r))}}
		s.Spec.PodManagementPolicy = pick(r, "", "Odd", appsv1.ParallelPodManagement)
		s.Spec.UpdateStrategy.Type = pick(r, "", appsv1.RollingUpdateStatefulSetStrategyType, appsv1.OnDeleteStatefulSetStrategyType, "Odd")
		if chance(r, 70) {
			s.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(oddCount(r)), MaxUnavailable: oddAmount(r)}
		}
		if chance(r, 40) {
			s.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{WhenDeleted: pick(r, "", "Retain", "Delete", appsv1.PersistentVolumeClaimRetentionPolicyType("Odd")), WhenScaled: pick(r, "Retain", appsv1.PersistentVolumeClaimRetentionPolicyType("Odd"))}
		}
		if chance(r, 40) {
			s.Spec.Ordinals = &appsv1.StatefulSetOrdinals{Start: oddCount(r)}
		}
		skip := []string{"spec.template", "metadata", "spec.selector"}
		return cmp.Or(
			compareErrors(rec, cov, d, ours.ValidateDeployment(d), func(d *apps.Deployment) field.ErrorList { return validation.ValidateDeployment(d, opts) }, skip...),
			compareErrors(rec, cov, ds, ours.ValidateDaemonSet(ds), func(ds *apps.DaemonSet) field.ErrorList { return validation.ValidateDaemonSet(ds, opts) }, skip...),
			compareErrors(rec, cov, s, ours.ValidateStatefulSet(s), func(s *apps.StatefulSet) field.ErrorList { return validation.ValidateStatefulSet(s, opts) }, skip...),
		)
	}, "valid", "invalid")
}

// compareErrors compares our errors about an object with those of the real validation of its internal form, without those
// about some fields.
func compareErrors[T any](rec *recording, cov coverage, o runtime.Object, got field.ErrorList, validate func(*T) field.ErrorList, skip ...string) string {
	full, internal := o.DeepCopyObject(), new(T)
	legacyscheme.Scheme.Default(full)
	if err := legacyscheme.Scheme.Convert(full, internal, nil); err != nil {
		return err.Error()
	}
	want := texts(validate(internal), skip...)
	rec.add(time.Time{}, rec.input(map[string]any{strings.TrimPrefix(fmt.Sprintf("%T", o), "*v1."): o}), want)
	if len(want) == 0 {
		cov["valid"]++
	} else {
		cov["invalid"]++
	}
	return differenceOf(want, texts(got), o)
}

// progressOutcome is what kubectl rollout status says.
type progressOutcome struct {
	Message string
	Done    bool
	Err     string
}

func TestKubectlStatus(t *testing.T) {
	rec := recordTo("status", 11, 400)
	campaign(t, 5000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web", Generation: int64(r.IntN(3))}, Spec: appsv1.DeploymentSpec{Replicas: ptr(int32(r.IntN(3)))}}
		if chance(r, 10) {
			d.Spec.Replicas = nil
		}
		d.Status = appsv1.DeploymentStatus{ObservedGeneration: int64(r.IntN(3)), Replicas: int32(r.IntN(3)), UpdatedReplicas: int32(r.IntN(3)), AvailableReplicas: int32(r.IntN(3))}
		if chance(r, 30) {
			d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Reason: pick(r, "ProgressDeadlineExceeded", "x")}}
		}
		if chance(r, 30) {
			d.Annotations = map[string]string{"deployment.kubernetes.io/revision": pick(r, "1", "2", "x")}
		}
		revision := int64(pick(r, 0, 0, 0, 1, 2))
		u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(d)
		if err != nil {
			return err.Error()
		}
		message, done, err := (&polymorphichelpers.DeploymentStatusViewer{}).Status(&unstructured.Unstructured{Object: u}, revision)
		want := progressOutcome{message, done, errText(err)}
		rec.add(time.Time{}, rec.input(map[string]any{"Deployment": d, "Revision": revision}), want)
		message, done, err = ours.DeploymentProgress(d, revision)
		cov[map[bool]string{true: "error", false: "message"}[err != nil]]++
		return differenceOf(want, progressOutcome{message, done, errText(err)}, d)
	}, "error", "message")
}
