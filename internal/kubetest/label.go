package kubetest

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podLabels and namespaceLabels are the focused alphabets: key, then values.
var (
	podLabels       = [][]string{{"app", "web", "web", "db", "job"}, {"app", "web", "db"}, {"tier", "front", "back"}, {"rev", "1", "2"}}
	namespaceLabels = [][]string{{"env", "prod", "test"}, {"team", "a", "b"}, {corev1.LabelMetadataName, "default", "prod", "test"}}
	nodeLabels      = [][]string{
		{corev1.LabelTopologyZone, "z1", "z2", "z3"}, {"disk", "ssd", "hdd"}, {"cores", "4", "8", "16"},
		{corev1.LabelTopologyRegion, "r1", "r2"}, {"rack", "1", "2", "3"},
	}
)

const (
	badKeys   = "|a/b/c|-x|x y|/|é"
	badValues = "a b|-|é|x/y|" + tooLong
	tooLong   = "0123456789012345678901234567890123456789012345678901234567890123"
)

// Labels returns the labels of a pod; now and then nil or empty.
func (g *Gen) Labels() map[string]string { return g.labels(podLabels, 3, 4) }

// NamespaceLabels returns the labels of a namespace, without its name label.
func (g *Gen) NamespaceLabels() map[string]string { return g.labels(namespaceLabels[:2], 1, 2) }

func (g *Gen) labels(alphabet [][]string, num, den int) map[string]string {
	if g.Chance(1, 12) {
		return nil
	}
	labels := map[string]string{}
	for _, row := range alphabet {
		if g.Chance(num, den) {
			labels[g.badKey(row[0])] = g.value(row)
		}
	}
	if g.profile == General {
		for range g.Int(3) {
			labels[g.generalKey()] = g.generalValue()
		}
	}
	return labels
}

// value returns one of a row's values.
func (g *Gen) value(row []string) string {
	if g.Bad() {
		return Pick(g, strings.Split(badValues, "|")...)
	}
	if g.profile == General && g.Chance(1, 4) {
		return g.generalValue()
	}
	return Pick(g, row[1:]...)
}

func (g *Gen) badKey(key string) string {
	if g.rare() {
		return Pick(g, strings.Split(badKeys, "|")...)
	}
	return key
}

func (g *Gen) generalKey() string {
	name := "k" + g.text("aB9", 3)
	if g.Chance(1, 2) {
		return "x" + g.text("ab9.-", 4) + "y.io/" + name
	}
	return name
}

func (g *Gen) generalValue() string {
	return Pick(g, "", "v"+g.text("aB9-_.", 5)+"1", strings.Repeat("z", 63), "42", "007")
}

// LabelSelector returns a selector over pod labels, nil one time in eight.
func (g *Gen) LabelSelector() *metav1.LabelSelector { return g.selector(podLabels) }

// NamespaceSelector returns a selector over namespace labels, nil three times
// in five.
func (g *Gen) NamespaceSelector() *metav1.LabelSelector {
	if !g.Chance(2, 5) {
		return nil
	}
	return g.selector(namespaceLabels)
}

func (g *Gen) selector(alphabet [][]string) *metav1.LabelSelector {
	switch g.Int(8) {
	default:
		row := Pick(g, alphabet...)
		return &metav1.LabelSelector{MatchLabels: map[string]string{g.badKey(row[0]): g.value(row)}}
	case 3, 4, 5:
		s := &metav1.LabelSelector{}
		if g.Chance(1, 3) {
			s.MatchLabels = map[string]string{}
			row := Pick(g, alphabet...)
			s.MatchLabels[row[0]] = g.value(row)
		}
		for range 1 + g.Int(2) {
			s.MatchExpressions = append(s.MatchExpressions, g.labelRequirement(alphabet))
		}
		return s
	case 6:
		return &metav1.LabelSelector{}
	case 7:
		return nil
	}
}

func (g *Gen) labelRequirement(alphabet [][]string) metav1.LabelSelectorRequirement {
	row := Pick(g, alphabet...)
	r := metav1.LabelSelectorRequirement{
		Key: g.badKey(row[0]),
		Operator: Pick(g, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn,
			metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist),
	}
	if r.Operator == metav1.LabelSelectorOpIn || r.Operator == metav1.LabelSelectorOpNotIn {
		for range 1 + g.Int(2) {
			r.Values = append(r.Values, g.value(row))
		}
	}
	if g.Bad() {
		switch g.Int(3) {
		case 0:
			r.Operator = Pick[metav1.LabelSelectorOperator](g, "", "in", "Gt", "Equals")
		case 1:
			r.Values = nil
		case 2:
			r.Values = []string{g.value(row)}
		}
	}
	return r
}
