package rollout

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	_ "unsafe" // for go:linkname

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment/util"
	"k8s.io/kubernetes/pkg/controller/history"
	"sigs.k8s.io/randfill"

	ours "github.com/kubealgo/kubealgo/rollout"
)

// filler fills whole pod templates, every field of the API included.
func filler(seed int64, nils float64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(nils).NumElements(0, 2).Funcs(
		func(q *resource.Quantity, c randfill.Continue) {
			*q = resource.MustParse([]string{"0", "1", "100m", "1Gi", "1500m", "100000000000000000000000", "1e3", "0.5"}[c.Intn(8)])
			if c.Bool() {
				_ = q.String()
			}
		},
		func(t *metav1.Time, c randfill.Continue) { *t = metav1.Unix(c.Int63n(1e9), 0) },
		func(v *intstr.IntOrString, c randfill.Continue) {
			*v = intstr.FromInt32(c.Int31n(9))
			if c.Bool() {
				*v = intstr.FromString("a b")
			}
		},
		func(v *metav1.FieldsV1, c randfill.Continue) { v.Raw = []byte("{}") },
	)
}

//go:linkname statefulSetPatch k8s.io/kubernetes/pkg/controller/statefulset.getPatch
func statefulSetPatch(set *appsv1.StatefulSet) ([]byte, error)

//go:linkname daemonSetPatch k8s.io/kubernetes/pkg/controller/daemon.getPatch
func daemonSetPatch(ds *appsv1.DaemonSet) ([]byte, error)

// templateOutcome is what is computed of a template, and whether it equals another.
type templateOutcome struct {
	Hash, Revision             string
	StatefulSetData, DaemonSet string
	Equal                      bool
}

func TestTemplateHash(t *testing.T) {
	campaign(t, 1500, nil, func(i int, r *rand.Rand, cov coverage) string {
		var a corev1.PodTemplateSpec
		filler(int64(i)+int64(seed())<<32, []float64{0.1, 0.5, 0.9, 0.97}[r.IntN(4)]).Fill(&a)
		count := pick(r, nil, ptr(int32(0)), ptr(int32(1)), ptr(int32(-1)), ptr(r.Int32()))
		b := a.DeepCopy()
		switch r.IntN(5) {
		case 0:
			filler(int64(r.Uint32()), 0.9).Fill(&b.Spec)
		case 1:
			filler(int64(r.Uint32()), 0.9).Fill(&b.ObjectMeta)
		case 2:
			if len(b.Spec.Containers) > 0 {
				filler(int64(r.Uint32()), 0.5).Fill(&b.Spec.Containers[0])
			}
		case 3: // the same after a turn through JSON
			raw, err := json.Marshal(a)
			if err != nil {
				return err.Error()
			}
			b = &corev1.PodTemplateSpec{}
			if err := json.Unmarshal(raw, b); err != nil {
				return err.Error()
			}
		}
		if b.Labels == nil && chance(r, 50) {
			b.Labels = map[string]string{}
		}
		if b.Labels != nil && chance(r, 50) {
			b.Labels["pod-template-hash"] = "x"
		}
		data, err := ours.StatefulSetRevisionData(&a)
		if err != nil {
			return err.Error()
		}
		daemonData, err := ours.DaemonSetRevisionData(&a)
		if err != nil {
			return err.Error()
		}
		setPatch, err := statefulSetPatch(&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: a}})
		if err != nil {
			return err.Error()
		}
		daemonPatch, err := daemonSetPatch(&appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: a}})
		if err != nil {
			return err.Error()
		}
		revision := &appsv1.ControllerRevision{}
		revision.Data.Raw = data
		want := templateOutcome{controller.ComputeHash(&a, count), history.HashControllerRevision(revision, count), string(setPatch), string(daemonPatch), util.EqualIgnoreHash(&a, b)}
		cov[map[bool]string{true: "equal", false: "different"}[want.Equal]]++
		return differenceOf(want, templateOutcome{ours.TemplateHash(&a, count), ours.RevisionHash(data, count), string(data), string(daemonData), ours.SameTemplate(&a, b)}, a, b)
	}, "equal", "different")
}
