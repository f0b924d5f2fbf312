package labels_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/fields"
	upstream "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

// match is a label set and whether a selector matches it.
type match struct {
	Labels map[string]string `json:"l"`
	Node   string            `json:"n,omitempty"`
	Is     bool              `json:"is"`
	Error  string            `json:"e,omitempty"`
	Score  int64             `json:"s,omitempty"`
}

// throughJSON makes empty lists nil, as reading the file will.
func throughJSON[T any](in T) (out T) {
	b, _ := json.Marshal(in)
	_ = json.Unmarshal(b, &out)
	return out
}

func matches(r *rand.Rand, s upstream.Selector) []match {
	var out []match
	for range 3 {
		set := labelSet(r)
		reqs := upstreamRequirements(s)
		for i := range reqs {
			if v := reqs[i].ValuesUnsorted(); len(v) > 0 && r.IntN(4) > 0 {
				set[reqs[i].Key()] = v[r.IntN(len(v))]
			}
		}
		out = append(out, match{Labels: set, Is: s.Matches(upstream.Set(set))})
	}
	return out
}

func TestRecordParse(t *testing.T) {
	type vector struct {
		Text    string                `json:"t"`
		Error   string                `json:"e,omitempty"`
		String  string                `json:"s,omitempty"`
		Ops     []string              `json:"o,omitempty"`
		Values  [][]string            `json:"v,omitempty"`
		Matches []match               `json:"m,omitempty"`
		LS      *metav1.LabelSelector `json:"ls,omitempty"`
		LSError string                `json:"lse,omitempty"`
		Set     string                `json:"set,omitempty"`
		SetErr  string                `json:"sete,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/parse.json.gz", 2500, func(r *rand.Rand) any {
		v := vector{Text: selectorText(r)}
		s, err := upstream.Parse(v.Text)
		v.Error = text(err)
		set, setErr := upstream.ConvertSelectorToLabelsMap(v.Text)
		v.Set, v.SetErr = set.String(), text(setErr)
		if err != nil {
			return v
		}
		reqs := upstreamRequirements(s)
		for i := range reqs {
			v.Ops = append(v.Ops, string(reqs[i].Operator()))
			v.Values = append(v.Values, reqs[i].ValuesUnsorted())
		}
		v.String, v.Matches = s.String(), matches(r, s)
		ls, lsErr := metav1.ParseToLabelSelector(v.Text)
		v.LS, v.LSError = ls, text(lsErr)
		return v
	})
}

func TestRecordRequirement(t *testing.T) {
	type vector struct {
		Key     string   `json:"k"`
		Op      string   `json:"o"`
		Values  []string `json:"v"`
		Error   string   `json:"e,omitempty"`
		String  string   `json:"s,omitempty"`
		Matches []match  `json:"m,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/requirement.json.gz", 1500, func(r *rand.Rand) any {
		op := operator(r)
		v := vector{Key: key(r), Op: string(op), Values: values(r)}
		q, err := upstream.NewRequirement(v.Key, op, v.Values)
		if v.Error = text(err); err == nil {
			s := upstream.NewSelector().Add(*q)
			v.String, v.Matches = s.String(), matches(r, s)
		}
		return v
	})
}

func TestRecordLabelSelector(t *testing.T) {
	type vector struct {
		LS       *metav1.LabelSelector `json:"ls"`
		Error    string                `json:"e,omitempty"`
		String   string                `json:"s,omitempty"`
		Format   string                `json:"f"`
		Map      map[string]string     `json:"map,omitempty"`
		MapError string                `json:"mape,omitempty"`
		Invalid  []string              `json:"i,omitempty"`
		Lenient  []string              `json:"il,omitempty"`
		Matches  []match               `json:"m,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/labelselector.json.gz", 1200, func(r *rand.Rand) any {
		v := vector{LS: labelSelector(r)}
		s, err := metav1.LabelSelectorAsSelector(v.LS)
		v.Error, v.Format = text(err), metav1.FormatLabelSelector(v.LS)
		m, mErr := metav1.LabelSelectorAsMap(v.LS)
		v.Map, v.MapError = m, text(mErr)
		path := field.NewPath("spec", "selector")
		v.Invalid = inOrder(metavalidation.ValidateLabelSelector(v.LS, metavalidation.LabelSelectorValidationOptions{}, path))
		v.Lenient = inOrder(metavalidation.ValidateLabelSelector(v.LS, metavalidation.LabelSelectorValidationOptions{AllowInvalidLabelValueInSelector: true}, path))
		if err == nil {
			v.String, v.Matches = s.String(), matches(r, s)
		}
		return v
	})
}

func TestRecordSyntax(t *testing.T) {
	type vector struct {
		Text  string   `json:"t"`
		Key   []string `json:"k,omitempty"`
		Value []string `json:"v,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/syntax.json.gz", 4000, func(r *rand.Rand) any {
		v := vector{Text: word(r)}
		switch r.IntN(4) {
		case 0:
			v.Text += "/" + word(r)
		case 1:
			v.Text = key(r)
		}
		if !validUTF8(v.Text) {
			v.Text = "a\n"
		}
		v.Key, v.Value = validation.IsQualifiedName(v.Text), validation.IsValidLabelValue(v.Text)
		return v
	})
}

func TestRecordNode(t *testing.T) {
	type vector struct {
		Selector  *corev1.NodeSelector             `json:"ns"`
		Error     string                           `json:"e,omitempty"`
		Preferred []corev1.PreferredSchedulingTerm `json:"p,omitempty"`
		PrefError string                           `json:"pe,omitempty"`
		Labels    map[string]string                `json:"l,omitempty"`
		Matches   []match                          `json:"m,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/node.json.gz", 1500, func(r *rand.Rand) any {
		v := vector{Selector: throughJSON(nodeSelector(r))}
		_, err := nodeaffinity.NewNodeSelector(v.Selector)
		v.Error = text(err)
		for range r.IntN(3) {
			v.Preferred = append(v.Preferred, corev1.PreferredSchedulingTerm{Weight: pick(r, int32(0), 1, 5, 100, -3), Preference: nodeTerm(r)})
		}
		v.Preferred = throughJSON(v.Preferred)
		preferred, err := nodeaffinity.NewPreferredSchedulingTerms(v.Preferred)
		v.PrefError = text(err)
		pod := &corev1.Pod{}
		if r.IntN(3) == 0 {
			v.Labels = map[string]string{key(r): value(r)}
		}
		pod.Spec.NodeSelector = v.Labels
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: v.Selector}}
		required := nodeaffinity.GetRequiredNodeAffinity(pod)
		for range 3 {
			n := node(r)
			for k, val := range v.Labels {
				if r.IntN(2) == 0 {
					n.Labels[k] = val
				}
			}
			m := match{Labels: n.Labels, Node: n.Name}
			var err error
			m.Is, err = required.Match(n)
			m.Error = text(err)
			if preferred != nil {
				m.Score = preferred.Score(n)
			}
			v.Matches = append(v.Matches, m)
		}
		return v
	})
}

func TestRecordFields(t *testing.T) {
	type vector struct {
		Text    string  `json:"t"`
		Error   string  `json:"e,omitempty"`
		String  string  `json:"s,omitempty"`
		Exact   string  `json:"x,omitempty"`
		Matches []match `json:"m,omitempty"`
	}
	campaign.Record(t, "../../../labels/testdata/fields.json.gz", 1500, func(r *rand.Rand) any {
		v := vector{Text: fieldText(r)}
		if !validUTF8(v.Text) {
			v.Text = "a=b"
		}
		s, err := fields.ParseSelector(v.Text)
		if v.Error = text(err); err != nil {
			return v
		}
		v.String = s.String()
		v.Exact, _ = s.RequiresExactMatch("a")
		for range 3 {
			set := fieldSet(r, s)
			v.Matches = append(v.Matches, match{Labels: set, Is: s.Matches(fields.Set(set))})
		}
		return v
	})
}
