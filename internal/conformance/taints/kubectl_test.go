package taints

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kubectl/pkg/cmd/taint"
	"k8s.io/kubernetes/pkg/util/flag"
	upstream "k8s.io/kubernetes/pkg/util/taints"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func spec(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString(pick(r, "a", "b", "a", "b", "foo", key(r)))
	if r.IntN(2) == 0 {
		b.WriteString("=" + pick(r, "", "v", "w", value(r)))
	}
	if r.IntN(5) > 0 {
		b.WriteString(":" + pick(r, "NoSchedule", "NoExecute", "PreferNoSchedule", "NoSchedule", string(effect(r))))
	}
	if r.IntN(3) == 0 {
		b.WriteByte('-')
	}
	s := b.String()
	if r.IntN(12) == 0 {
		i := r.IntN(len(s) + 1)
		s = s[:i] + pick(r, "=", ":", "-", " ", "\x00", ",") + s[i:]
	}
	return s
}

// oldNode draws a node whose taints often are those to add or remove.
func oldNode(r *rand.Rand, add, remove []corev1.Taint) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}
	for range r.IntN(4) {
		t := corev1.Taint{Key: pick(r, "a", "b", "foo"), Value: pick(r, "", "v"), Effect: pick(r, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)}
		if r.IntN(2) == 0 && len(add) > 0 {
			t = add[0]
		}
		if r.IntN(2) == 0 && len(remove) > 0 {
			t.Key, t.Effect = remove[0].Key, pick(r, remove[0].Effect, corev1.TaintEffectNoSchedule)
		}
		if r.IntN(3) == 0 {
			now := metav1.Now()
			t.TimeAdded = &now
		}
		node.Spec.Taints = append(node.Spec.Taints, t)
	}
	return node
}

func nodeMapper() meta.RESTMapper {
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Node"), meta.RESTScopeRoot)
	return mapper
}

func TestKubectl(t *testing.T) {
	mapper := nodeMapper()
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		var specs []string
		for range 1 + r.IntN(3) {
			specs = append(specs, spec(r))
		}
		add, remove, wantErr := parseTaints(specs)
		c, err := taints.ParseChange(specs...)
		if text(wantErr) != text(err) {
			return nil, fmt.Sprintf("%q\nupstream: %v\nours:     %v", specs, wantErr, err)
		}
		if _, _, other := upstream.ParseTaints(specs); text(other) != text(err) {
			return nil, fmt.Sprintf("%q\nthe kubelet's parser says %v", specs, other)
		}
		joined := strings.Join(specs, ",")
		var kubelet []corev1.Taint
		other := flag.RegisterWithTaintsVar{Value: &kubelet}.Set(joined)
		if register, err := taints.ParseRegister(joined); text(other) != text(err) || err == nil && !slices.Equal(register, kubelet) {
			return nil, fmt.Sprintf("--register-with-taints=%q: kubelet %v %v, ours %v %v", joined, kubelet, other, register, err)
		}
		if err != nil {
			return []string{"refused"}, ""
		}
		if !slices.Equal(add, c.Add) || !slices.Equal(remove, c.Remove) {
			return nil, fmt.Sprintf("%q: upstream +%v -%v, ours +%v -%v", specs, add, remove, c.Add, c.Remove)
		}
		for i := range add {
			if back, err := taints.Parse(taints.Format(add[i])); err != nil || back != add[i] || add[i].ToString() != taints.Format(add[i]) {
				return nil, fmt.Sprintf("%v prints as %q, which parses to %v, %v", add[i], taints.Format(add[i]), back, err)
			}
		}
		options := &taint.TaintOptions{Mapper: mapper}
		set(options, "resources", []string{"nodes", "n1"})
		set(options, "taintsToAdd", add)
		set(options, "taintsToRemove", remove)
		if want, got := options.Validate(), c.Validate(); text(want) != text(got) {
			return nil, fmt.Sprintf("%q\nupstream: %v\nours:     %v", specs, want, got)
		}
		node := oldNode(r, add, remove)
		c.Overwrite = r.IntN(3) == 0
		before := node.DeepCopy()
		outcome, after, err := c.Apply("n1", node.Spec.Taints)
		if show(before.Spec.Taints) != show(node.Spec.Taints) {
			return nil, "Apply changes its argument"
		}
		set(options, "overwrite", c.Overwrite)
		wantOutcome, wantErr := apply(options, node)
		switch {
		case text(wantErr) != text(err):
			return nil, fmt.Sprintf("%q on %s\nupstream: %v\nours:     %v", specs, show(before.Spec.Taints), wantErr, err)
		case err != nil:
			return []string{"not applied"}, ""
		case wantOutcome != string(outcome) || show(node.Spec.Taints) != show(after) && len(after)+len(node.Spec.Taints) > 0:
			return nil, fmt.Sprintf("%q on %s: upstream %s %s, ours %s %s", specs, show(before.Spec.Taints), wantOutcome, show(node.Spec.Taints), outcome, show(after))
		}
		return []string{"applied: " + wantOutcome}, ""
	})
}
