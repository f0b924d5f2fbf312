package rollout

import (
	"cmp"
	"maps"
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

// annotate brings the annotations of a ReplicaSet up to date with the Deployment's and with the given revision number. It
// reports whether it touched them, which takes a copy, and whether its own revision is a number: if not, the ReplicaSet is not
// written because of it, although the copied annotations stay on the object.
func annotate(d *appsv1.Deployment, have map[string]string, revision int64) (out map[string]string, touched, readable bool) {
	for k, v := range d.Annotations {
		if old, ok := have[k]; protectedAnnotation(k) || ok && old == v {
			continue
		}
		have, touched = ownAnnotations(have, touched), true
		have[k] = v
	}
	text, had := have[annRevision]
	own, err := strconv.ParseInt(cmp.Or(text, "0"), 10, 64)
	if err != nil {
		return have, touched, false
	}
	if own < revision {
		have, touched = ownAnnotations(have, touched), true
		have[annRevision] = strconv.FormatInt(revision, 10)
		if had {
			appendHistory(have, text)
		}
	}
	return have, touched, true
}

// appendHistory adds a number to the list of revisions that the ReplicaSet had before, dropping the first ones when the list
// grows beyond 2,000 characters.
func appendHistory(annotations map[string]string, number string) {
	old := annotations[annRevisionHistory]
	if old == "" {
		annotations[annRevisionHistory] = number
		return
	}
	numbers := strings.Split(old, ",")
	total := len(old) + 1 + len(number)
	for total > maxRevisionHistoryText && len(numbers) > 0 {
		total -= len(numbers[0]) + 1
		numbers = numbers[1:]
	}
	if total <= maxRevisionHistoryText {
		annotations[annRevisionHistory] = strings.Join(append(numbers, number), ",")
	}
}

// ownAnnotations copies annotations before the first change to them.
func ownAnnotations(have map[string]string, own bool) map[string]string {
	if own {
		return have
	}
	if have == nil {
		return map[string]string{}
	}
	return maps.Clone(have)
}

// replicasAnnotation reads a count from an annotation: a decimal number that fits an int32 and has no sign.
func replicasAnnotation(rs *appsv1.ReplicaSet, key string) (int32, bool) {
	n, err := strconv.ParseUint(rs.Annotations[key], 10, 31)
	if err != nil {
		return 0, false
	}
	return int32(n), true
}
