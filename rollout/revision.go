package rollout

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Revision returns the revision number that a Deployment or one of its ReplicaSets carries; zero when it has none, and false
// when the annotation is no number.
func Revision(o metav1.Object) (int64, bool) {
	text, ok := o.GetAnnotations()[annRevision]
	if !ok {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// compareCreation orders objects by creation, then by name.
func compareCreation(a, b metav1.Object) int {
	x, y := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	switch {
	case x.Equal(&y):
		return strings.Compare(a.GetName(), b.GetName())
	case x.Before(&y):
		return -1
	}
	return 1
}

func sortByCreation(rss []*appsv1.ReplicaSet) {
	slices.SortStableFunc(rss, func(a, b *appsv1.ReplicaSet) int { return compareCreation(a, b) })
}

// sortOlderFirst puts the largest first and among equals the oldest: the order in which a shrinking Deployment takes.
func sortOlderFirst(rss []*appsv1.ReplicaSet) {
	slices.SortStableFunc(rss, func(a, b *appsv1.ReplicaSet) int {
		return cmp.Or(cmp.Compare(sizeOf(b), sizeOf(a)), compareCreation(a, b))
	})
}

// sortNewerFirst puts the largest first and among equals the newest: the order in which a growing Deployment gives.
func sortNewerFirst(rss []*appsv1.ReplicaSet) {
	slices.SortStableFunc(rss, func(a, b *appsv1.ReplicaSet) int {
		return cmp.Or(cmp.Compare(sizeOf(b), sizeOf(a)), compareCreation(b, a))
	})
}

// sortByRevision puts the lowest revision first; where one is unreadable or both are equal, the oldest.
func sortByRevision(rss []*appsv1.ReplicaSet) {
	slices.SortStableFunc(rss, func(a, b *appsv1.ReplicaSet) int {
		x, okx := Revision(a)
		y, oky := Revision(b)
		if !okx || !oky || x == y {
			return compareCreation(a, b)
		}
		return cmp.Compare(x, y)
	})
}

// maxRevision returns the highest readable revision, at least zero.
func maxRevision(rss []*appsv1.ReplicaSet) int64 {
	var highest int64
	for _, rs := range rss {
		if n, ok := Revision(rs); ok && n > highest {
			highest = n
		}
	}
	return highest
}

// protectedAnnotations are not copied between a Deployment and its ReplicaSets.
func protectedAnnotation(key string) bool {
	switch key {
	case annLastApplied, annRevision, annRevisionHistory, annDesiredReplicas, annMaxReplicas, annRollbackTo:
		return true
	}
	return false
}

// annotate brings a ReplicaSet's annotations up to date with the Deployment's and with the given revision number, and reports
// whether the ReplicaSet is to be written because of it. A
// revision of its own that is no number makes the whole of it void, although the copied annotations stay on the
// object. The annotations are copied before they are changed.
func annotate(d *appsv1.Deployment, rs *appsv1.ReplicaSet, revision int64) bool {
	changed := false
	for k, v := range d.Annotations {
		if old, ok := rs.Annotations[k]; protectedAnnotation(k) || ok && old == v {
			continue
		}
		ownAnnotations(rs, &changed)
		rs.Annotations[k] = v
	}
	text, had := rs.Annotations[annRevision]
	own := int64(0)
	if text != "" || !had {
		n, err := strconv.ParseInt(cmp.Or(text, "0"), 10, 64)
		if err != nil {
			return false
		}
		own = n
	}
	if own < revision {
		ownAnnotations(rs, &changed)
		rs.Annotations[annRevision] = strconv.FormatInt(revision, 10)
		if had {
			appendHistory(rs, text)
		}
	}
	return changed
}

// appendHistory adds a number to the list of revisions that the ReplicaSet had before, dropping the first ones when the list
// grows beyond 2,000 characters.
func appendHistory(rs *appsv1.ReplicaSet, number string) {
	old := rs.Annotations[annRevisionHistory]
	if old == "" {
		setAnnotation(rs, annRevisionHistory, number)
		return
	}
	numbers := strings.Split(old, ",")
	total := len(old) + 1 + len(number)
	for total > maxRevisionHistoryText && len(numbers) > 0 {
		total -= len(numbers[0]) + 1
		numbers = numbers[1:]
	}
	if total <= maxRevisionHistoryText {
		setAnnotation(rs, annRevisionHistory, strings.Join(append(slices.Clone(numbers), number), ","))
	}
}

// ownAnnotations gives a ReplicaSet annotations of its own before the first change to them.
func ownAnnotations(rs *appsv1.ReplicaSet, changed *bool) {
	if *changed {
		return
	}
	*changed = true
	rs.Annotations = cloneMap(rs.Annotations)
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
}

func setAnnotation(rs *appsv1.ReplicaSet, key, v string) {
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	rs.Annotations[key] = v
}

// replicasAnnotation reads a count from an annotation: a decimal number that fits an int32 and has no sign.
func replicasAnnotation(rs *appsv1.ReplicaSet, key string) (int32, bool) {
	text, ok := rs.Annotations[key]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > math.MaxInt32 {
		return 0, false
	}
	return int32(n), true
}
