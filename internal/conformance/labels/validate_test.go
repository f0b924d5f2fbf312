package labels_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/labels"
)

// word is random text over an alphabet of what keys and values are made of, with a little of everything else.
func word(r *rand.Rand) string {
	var b strings.Builder
	n := r.IntN(8)
	if r.IntN(8) == 0 {
		n = pick(r, 62, 63, 64, 65, 252, 253, 254, 300)
	}
	for range n {
		b.WriteString(pick(r, "a", "z", "A", "Z", "0", "9", "b", "q", "7", "a", "b", "c", "-", "_", "."))
		if r.IntN(60) == 0 {
			b.WriteString(pick(r, "/", " ", "\n", "\x00", "é", "\xff", ":", "@", "[", "`", "{"))
		}
	}
	return b.String()
}

func TestSyntax(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		k := word(r)
		switch r.IntN(4) {
		case 0:
			k = word(r) + "/" + k
		case 1:
			k = strings.ToLower(word(r)) + "/" + k
		case 2:
			k = key(r)
		}
		v := word(r)
		want, got := validation.IsQualifiedName(k), labels.ValidateKey(k)
		if !slices.Equal(want, got) {
			return nil, fmt.Sprintf("key %q\nupstream: %q\nours:     %q", k, want, got)
		}
		wantValue, gotValue := validation.IsValidLabelValue(v), labels.ValidateValue(v)
		if !slices.Equal(wantValue, gotValue) {
			return nil, fmt.Sprintf("value %q\nupstream: %q\nours:     %q", v, wantValue, gotValue)
		}
		return []string{fmt.Sprintf("key with %d problems", min(3, len(got))), fmt.Sprintf("value with %d problems", len(gotValue))}, ""
	})
}

// inOrder returns the errors as sorted texts: upstream reports maps in random order.
func inOrder(errs field.ErrorList) []string {
	out := make([]string, len(errs))
	for i, e := range errs {
		out[i] = e.Error()
	}
	slices.Sort(out)
	return out
}

func TestValidate(t *testing.T) {
	campaign.Run(t, 20000, func(r *rand.Rand) ([]string, string) {
		var path *field.Path
		if r.IntN(2) == 0 {
			path = field.NewPath("metadata", "labels")
		}
		set := labelSet(r)
		want, got := metavalidation.ValidateLabels(set, path), labels.Validate(set, path)
		if !slices.Equal(inOrder(want), inOrder(got)) {
			return nil, fmt.Sprintf("labels %q\nupstream: %q\nours:     %q", set, want, got)
		}
		notes := map[string]string{}
		for k, v := range set {
			if r.IntN(8) == 0 {
				k = strings.ToUpper(k)
			}
			notes[k] = v
		}
		if r.IntN(8) == 0 {
			notes["big"] = strings.Repeat("x", 256*1024-3-r.IntN(40))
		}
		wantNotes, gotNotes := apivalidation.ValidateAnnotations(notes, path), labels.ValidateAnnotations(notes, path)
		if !slices.Equal(inOrder(wantNotes), inOrder(gotNotes)) {
			return nil, fmt.Sprintf("annotations %.300q\nupstream: %q\nours:     %q", notes, wantNotes, gotNotes)
		}
		ls := labelSelector(r)
		allow := r.IntN(2) == 0
		wantLS := metavalidation.ValidateLabelSelector(ls, metavalidation.LabelSelectorValidationOptions{AllowInvalidLabelValueInSelector: allow}, path)
		gotLS := labels.ValidateLabelSelector(ls, labels.SelectorValidation{AllowInvalidValues: allow}, path)
		if !slices.Equal(inOrder(wantLS), inOrder(gotLS)) {
			return nil, fmt.Sprintf("selector %v\nupstream: %q\nours:     %q", ls, wantLS, gotLS)
		}
		class := func(what string, n int) string {
			if n == 0 {
				return what + " valid"
			}
			return what + " invalid"
		}
		return []string{class("labels", len(got)), class("annotations", len(gotNotes)), class("selector", len(gotLS))}, ""
	})
}
