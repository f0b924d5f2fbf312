package rollout

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

	"math/rand/v2"
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
	n, cov := cases(2000), coverage{}
	opts := corevalidation.PodValidationOptions{}
	sel := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	meta := metav1.ObjectMeta{Name: "web", Namespace: "ns"}
	rec := recordTo("validation", 7, 800)
	defer rec.save(t)
	for i := range n {
		r := random(uint64(i))
		d := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: sel, Template: runnable(), Replicas: ptr(oddCount(r)), MinReadySeconds: oddCount(r),
			RevisionHistoryLimit: ptr(oddCount(r)), ProgressDeadlineSeconds: ptr(oddCount(r))}}
		d.Spec.Strategy.Type = pick(r, "", appsv1.RollingUpdateDeploymentStrategyType, appsv1.RecreateDeploymentStrategyType, "Odd")
		if chance(r, 70) {
			d.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: oddAmount(r), MaxUnavailable: oddAmount(r)}
		}
		check(t, rec, i, d, &apps.Deployment{}, texts(ours.ValidateDeployment(d)), cov, func(o runtime.Object) field.ErrorList {
			return validation.ValidateDeployment(o.(*apps.Deployment), opts)
		})

		ds := &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Selector: sel, Template: runnable(), MinReadySeconds: oddCount(r), RevisionHistoryLimit: ptr(oddCount(r))}}
		ds.Spec.UpdateStrategy.Type = pick(r, "", appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType, "Odd")
		if chance(r, 70) {
			ds.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxSurge: oddAmount(r), MaxUnavailable: oddAmount(r)}
		}
		check(t, rec, i, ds, &apps.DaemonSet{}, texts(ours.ValidateDaemonSet(ds)), cov, func(o runtime.Object) field.ErrorList { return validation.ValidateDaemonSet(o.(*apps.DaemonSet), opts) })

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
		check(t, rec, i, s, &apps.StatefulSet{}, texts(ours.ValidateStatefulSet(s)), cov, func(o runtime.Object) field.ErrorList {
			return validation.ValidateStatefulSet(o.(*apps.StatefulSet), opts)
		})
	}
	cov.check(t, n, "valid", "invalid")
}

func check(t *testing.T, rec *recording, i int, o runtime.Object, internal runtime.Object, got []string, cov coverage, validate func(runtime.Object) field.ErrorList) {
	t.Helper()
	full := o.DeepCopyObject()
	legacyscheme.Scheme.Default(full)
	if err := legacyscheme.Scheme.Convert(full, internal, nil); err != nil {
		t.Fatal(err)
	}
	want := texts(validate(internal), "spec.template", "metadata", "spec.selector")
	rec.add(time.Time{}, rec.input(map[string]any{strings.TrimPrefix(fmt.Sprintf("%T", o), "*v1."): o}), want)
	if len(want) == 0 {
		cov["valid"]++
	} else {
		cov["invalid"]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("seed %d case %d (-upstream +ours)\n%s\n%s", seed(), i, diff, asYAML(o))
	}
}

func TestKubectlStatus(t *testing.T) {
	n, cov := cases(5000), coverage{}
	rec := recordTo("status", 11, 400)
	defer rec.save(t)
	for i := range n {
		r := random(uint64(i))
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
		rev := int64(pick(r, 0, 0, 0, 1, 2))
		u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(d)
		if err != nil {
			t.Fatal(err)
		}
		msg, done, uerr := (&polymorphichelpers.DeploymentStatusViewer{}).Status(unstructuredOf(u), rev)
		rec.add(time.Time{}, rec.input(map[string]any{"Deployment": d, "Revision": rev}), map[string]any{"Message": msg, "Done": done, "Err": errText(uerr)})
		m, dn, gerr := ours.DeploymentProgress(d, rev)
		cov[map[bool]string{true: "error", false: "message"}[uerr != nil]]++
		if m != msg || dn != done || errText(uerr) != errText(gerr) {
			t.Fatalf("seed %d case %d: upstream %q %v %v, ours %q %v %v\n%s", seed(), i, msg, done, uerr, m, dn, gerr, asYAML(d))
		}
	}
	cov.check(t, n, "error", "message")
}
