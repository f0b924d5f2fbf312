package kubetest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

var defaultPods = resource.MustParse("110")

// A word is one attribute of an object in the text language: how it is read
// and how it is printed, side by side.
type word[T any] struct {
	name string // "cpu", as in cpu=4; or "unschedulable", which takes no value
	help string
	bare bool
	set  func(o T, value string) error
	get  func(o T) []string // one value for each time the word is said
}

// parseWords applies words to an object, in their order.
func parseWords[T any](o T, known []word[T], words []string) error {
	for _, text := range words {
		name, value, hasValue := strings.Cut(text, "=")
		i := slices.IndexFunc(known, func(w word[T]) bool { return w.name == name })
		if i < 0 {
			return fmt.Errorf("%q: no such word", text)
		}
		if known[i].bare == hasValue {
			return fmt.Errorf("%q: want %s", text, known[i].help)
		}
		if err := known[i].set(o, value); err != nil {
			return fmt.Errorf("%q: %w: want %s", text, err, known[i].help)
		}
	}
	return nil
}

func printWords[T any](o T, known []word[T]) []string {
	var words []string
	for _, w := range known {
		for _, value := range w.get(o) {
			if w.bare {
				words = append(words, w.name)
			} else {
				words = append(words, w.name+"="+value)
			}
		}
	}
	return words
}

// helpOf lists words for a reader.
func helpOf[T any](known []word[T]) string {
	var b strings.Builder
	for _, w := range known {
		fmt.Fprintf(&b, "%s\n", w.help)
	}
	return b.String()
}

// one is the value of a word that is said when there is something to say.
func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func flag(on bool) []string {
	if on {
		return []string{""}
	}
	return nil
}

func parsePairs(words []string) (map[string]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	pairs := map[string]string{}
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("%q: want KEY=VALUE", w)
		}
		pairs[key] = value
	}
	return pairs, nil
}

func printPairs(pairs map[string]string) []string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		words = append(words, key+"="+pairs[key])
	}
	return words
}

// setPair puts KEY=VALUE into a map that may be nil.
func setPair(pairs *map[string]string, text string) error {
	parsed, err := parsePairs([]string{text})
	if err != nil {
		return err
	}
	if *pairs == nil {
		*pairs = map[string]string{}
	}
	maps.Copy(*pairs, parsed)
	return nil
}

// parseQuantity refuses exponents that keep resource.ParseQuantity busy.
func parseQuantity(text string) (resource.Quantity, error) {
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(text)-i > 3 || len(text) > 40 {
		return resource.Quantity{}, fmt.Errorf("%q is no quantity of this language", text)
	}
	return resource.ParseQuantity(text)
}

func setQuantity(list *corev1.ResourceList, name corev1.ResourceName, text string) error {
	q, err := parseQuantity(text)
	if err != nil {
		return err
	}
	if *list == nil {
		*list = corev1.ResourceList{}
	}
	(*list)[name] = q
	return nil
}

// setResource puts NAME=QUANTITY into a list that may be nil.
func setResource(list *corev1.ResourceList, text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("no equals sign")
	}
	return setQuantity(list, resourceName(name), value)
}

// resourceWords are the short names of resources.
var resourceWords = [][2]string{
	{"cpu", string(corev1.ResourceCPU)}, {"mem", string(corev1.ResourceMemory)}, {"storage", string(corev1.ResourceEphemeralStorage)},
	{"gpu", string(GPU)}, {"pods", string(corev1.ResourcePods)},
}

func resourceName(short string) corev1.ResourceName {
	for _, w := range resourceWords {
		if w[0] == short {
			return corev1.ResourceName(w[1])
		}
	}
	return corev1.ResourceName(short)
}

func shortName(name corev1.ResourceName) string {
	for _, w := range resourceWords {
		if w[1] == string(name) {
			return w[0]
		}
	}
	return string(name)
}

func printResources(list corev1.ResourceList) []string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(list)) {
		q := list[name]
		words = append(words, shortName(name)+"="+q.String())
	}
	return words
}

// otherResources prints the resources that have no word of their own.
func otherResources(list corev1.ResourceList, known ...string) []string {
	rest := list.DeepCopy()
	for _, short := range known {
		delete(rest, resourceName(short))
	}
	return printResources(rest)
}

// quantityOf prints one resource of a list, nothing when it is absent.
func quantityOf(list corev1.ResourceList, name corev1.ResourceName) []string {
	q, ok := list[name]
	if !ok {
		return nil
	}
	return []string{q.String()}
}

func parseInt32(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a 32-bit number", text)
	}
	return int32(n), nil
}

// topologyWords are the short names of topology keys.
var topologyWords = [][2]string{{"zone", corev1.LabelTopologyZone}, {"region", corev1.LabelTopologyRegion}, {"host", corev1.LabelHostname}}

func topologyKeyOf(short string) string {
	for _, w := range topologyWords {
		if w[0] == short {
			return w[1]
		}
	}
	return short
}

func shortTopologyKey(key string) string {
	for _, w := range topologyWords {
		if w[1] == key {
			return w[0]
		}
	}
	return key
}
