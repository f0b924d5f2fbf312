package taints

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/taint"
	"k8s.io/kubernetes/pkg/apis/core"
	v1 "k8s.io/kubernetes/pkg/apis/core/v1"
	helper "k8s.io/kubernetes/pkg/apis/core/v1/helper"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/controller/daemon/util"
	utiltolerations "k8s.io/kubernetes/pkg/util/tolerations"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func errorTexts(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Error())
	}
	return out
}

func TestRecordTolerations(t *testing.T) {
	type vector struct {
		Taints      []corev1.Taint      `json:"t"`
		Tolerations []corev1.Toleration `json:"l"`
		Gate        bool                `json:"g,omitempty"`
		Effects     uint8               `json:"f"`
		Pairs       [][]bool            `json:"p"`           // by toleration, by taint
		First       int                 `json:"u"`           // index of the first untolerated taint, -1 for none
		Invalid     []string            `json:"i,omitempty"` // tolerations' errors
		BadTaints   []string            `json:"it,omitempty"`
		BadUpdate   []string            `json:"iu,omitempty"` // errors of an update to all but the first toleration
		NoExecute   []corev1.Taint      `json:"nt"`
		Patience    int64               `json:"w"` // nanoseconds, negative for forever, with the wrap
		Daemon      []corev1.Toleration `json:"d"`
		Second      []corev1.Toleration `json:"m2"`
		Merged      []corev1.Toleration `json:"m"`
		Allowed     bool                `json:"a,omitempty"`
	}
	log := klog.Logger{}
	campaign.Record(t, "../../../taints/testdata/tolerations.json.gz", 2000, func(r *rand.Rand) any {
		v := vector{Taints: taintList(r, 3), Tolerations: tolerations(r, 3), Gate: r.IntN(2) == 0, Effects: uint8(r.IntN(8)), NoExecute: noExecute(r), Second: tolerations(r, 2)}
		if r.IntN(2) == 0 {
			v.Tolerations = noExecuteTolerations(r)
		}
		for i := range v.Tolerations {
			row := []bool{}
			for j := range v.Taints {
				row = append(row, v.Tolerations[i].ToleratesTaint(log, &v.Taints[j], v.Gate))
			}
			v.Pairs = append(v.Pairs, row)
		}
		first, found := scheduling.FindMatchingUntoleratedTaint(log, v.Taints, v.Tolerations, func(t *corev1.Taint) bool { return taints.Effects(v.Effects).Has(t.Effect) }, v.Gate)
		if v.First = -1; found {
			v.First = slices.Index(v.Taints, first)
		}
		opts := validation.PodValidationOptions{AllowTaintTolerationComparisonOperators: v.Gate}
		v.Invalid = errorTexts(validation.ValidateTolerations(internal(v.Tolerations), field.NewPath("t"), opts))
		if len(v.Tolerations) > 0 {
			v.BadUpdate = errorTexts(validateOnlyAddedTolerations(internal(v.Tolerations[1:]), internal(v.Tolerations), field.NewPath("t"), opts))
		}
		var theirs []core.Taint
		for i := range v.Taints {
			var t core.Taint
			_ = v1.Convert_v1_Taint_To_core_Taint(&v.Taints[i], &t, nil)
			theirs = append(theirs, t)
		}
		v.BadTaints = errorTexts(validateNodeTaints(theirs, field.NewPath("n")))
		if all, used := helper.GetMatchingTolerations(log, v.NoExecute, v.Tolerations); all {
			v.Patience = int64(getMinTolerationTime(used))
			if len(v.NoExecute) == 0 {
				v.Patience = -1
			}
		}
		spec := &corev1.PodSpec{HostNetwork: v.Gate, Tolerations: append([]corev1.Toleration(nil), v.Tolerations...)}
		util.AddOrUpdateDaemonPodTolerations(spec)
		v.Daemon = spec.Tolerations
		v.Merged = external(utiltolerations.MergeTolerations(internal(v.Tolerations), internal(v.Second)))
		v.Allowed = len(v.Second) == 0 || utiltolerations.VerifyAgainstWhitelist(internal(v.Tolerations), internal(v.Second))
		return v
	})
}

func TestRecordKubectl(t *testing.T) {
	type vector struct {
		Specs     []string       `json:"s"`
		Overwrite bool           `json:"w,omitempty"`
		Old       []corev1.Taint `json:"old"`
		Error     string         `json:"e,omitempty"`
		Clash     string         `json:"c,omitempty"`
		Outcome   string         `json:"o,omitempty"`
		New       []corev1.Taint `json:"new,omitempty"`
	}
	mapper := nodeMapper()
	campaign.Record(t, "../../../taints/testdata/kubectl.json.gz", 2500, func(r *rand.Rand) any {
		v := vector{Overwrite: r.IntN(3) == 0}
		for range 1 + r.IntN(3) {
			v.Specs = append(v.Specs, spec(r))
		}
		add, remove, err := parseTaints(v.Specs)
		if v.Error = text(err); err != nil {
			return v
		}
		node := oldNode(r, add, remove)
		b, _ := json.Marshal(node.Spec.Taints)
		_ = json.Unmarshal(b, &v.Old)
		options := &taint.TaintOptions{Mapper: mapper}
		set(options, "resources", []string{"nodes", "n1"})
		set(options, "taintsToAdd", add)
		set(options, "taintsToRemove", remove)
		set(options, "overwrite", v.Overwrite)
		v.Clash = text(options.Validate())
		v.Outcome, err = apply(options, node)
		if v.Error = text(err); err == nil {
			v.New = node.Spec.Taints
		} else {
			v.Outcome = ""
		}
		return v
	})
}
