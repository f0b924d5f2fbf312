package rollout

import (
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/labels"
)

// unknownIndex is the index of a pod that carries none.
const unknownIndex = -1

// jobPod is a pod of a Job together with what the sync reads of it again and again.
type jobPod struct {
	*corev1.Pod
	index   int
	tracked bool // has the finalizer: it has not been accounted for
	failed  bool
}

// valid reports whether the pod may be counted: one of an Indexed Job needs an index below completions.
func (y *jobSyncer) valid(p *jobPod) bool {
	return !y.indexed || p.index != unknownIndex && p.index < y.completions
}

// claim finds the Job's pods. An adopted pod gets the finalizer, and a released one loses it.
func (y *jobSyncer) claim(sel labels.Selector) {
	owned := claimPods(y.job, jobKind, sel, y.s.Pods, &y.out.Writes)
	adopted := map[string]*corev1.Pod{}
	for _, w := range y.out.Writes {
		pod := w.Object.(*corev1.Pod)
		if w.Verb == Release {
			pod.Finalizers = untracked(pod.Finalizers)
			continue
		}
		pod.Finalizers = withTracking(pod.Finalizers)
		adopted[pod.Name] = pod
	}
	y.pods = make([]jobPod, len(owned))
	for i, pod := range owned {
		if a := adopted[pod.Name]; a != nil {
			pod = a
		}
		y.pods[i] = jobPod{pod, completionIndex(pod), tracked(pod), y.podFailed(pod)}
	}
	slices.SortStableFunc(y.pods, func(a, b jobPod) int { return strings.Compare(a.Name, b.Name) })
}

func tracked(pod *corev1.Pod) bool {
	return slices.Contains(pod.Finalizers, batchv1.JobTrackingFinalizer)
}

func withTracking(f []string) []string {
	if slices.Contains(f, batchv1.JobTrackingFinalizer) {
		return f
	}
	return append(slices.Clone(f), batchv1.JobTrackingFinalizer)
}

func untracked(f []string) []string {
	return slices.DeleteFunc(slices.Clone(f), func(s string) bool { return s == batchv1.JobTrackingFinalizer })
}

// completionIndex reads the index that a pod is annotated with.
func completionIndex(pod *corev1.Pod) int {
	n, err := strconv.Atoi(pod.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil || n < 0 {
		return unknownIndex
	}
	return n
}

// podFailed reports whether a pod counts as failed: unless only failed pods are replaced, one that is being deleted does
// too, because it may never get to say how it ended.
func (y *jobSyncer) podFailed(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || !y.onlyFailed && PodTerminating(pod)
}

// count counts the pods: the active and ready ones, and, on top of what the status says, those that have finished but are
// not accounted for.
func (y *jobSyncer) count() {
	uncounted := value(y.status.UncountedTerminatedPods, batchv1.UncountedTerminatedPods{})
	var succeeded, failed []*corev1.Pod
	ignored := 0
	for i := range y.pods {
		p := &y.pods[i]
		if PodActive(p.Pod) {
			y.active++
			if PodReady(p.Pod) {
				y.ready++
			}
		}
		if PodTerminating(p.Pod) {
			y.terminating++
		}
		if !p.tracked || !y.valid(p) {
			continue
		}
		if p.Status.Phase == corev1.PodSucceeded && !slices.Contains(uncounted.Succeeded, p.UID) {
			succeeded = append(succeeded, p.Pod)
		}
		if p.failed && !slices.Contains(uncounted.Failed, p.UID) {
			failed = append(failed, p.Pod)
			if !y.counts(p) {
				ignored++
			}
		}
	}
	y.failures = y.s.Backoff.after(succeeded, failed)
	y.succeeded = int(y.status.Succeeded + int32(len(succeeded)+len(uncounted.Succeeded)))
	y.failed = int(y.status.Failed + int32(len(failed)-ignored+len(uncounted.Failed)))
	if y.indexed {
		y.countIndexes()
	}
}

// counts reports whether a failed pod counts towards the limits.
func (y *jobSyncer) counts(p *jobPod) bool {
	m, ok := MatchFailurePolicy(y.job.Spec.PodFailurePolicy, p.Pod)
	return !ok || m.Action != batchv1.PodFailurePolicyActionIgnore
}

// countIndexes finds the indexes that have succeeded, and those that have failed for good.
func (y *jobSyncer) countIndexes() {
	var succeeded, broken []int
	for i := range y.pods {
		p := &y.pods[i]
		if !p.tracked || !y.valid(p) {
			continue
		}
		if p.Status.Phase == corev1.PodSucceeded {
			succeeded = append(succeeded, p.index)
		}
		if y.indexFailed(p) {
			broken = append(broken, p.index)
		}
	}
	y.done = ParseIndexes(y.status.CompletedIndexes, y.completions).with(succeeded)
	y.succeeded = y.done.Len()
	if y.perIndex != noLimit {
		y.broken = ParseIndexes(value(y.status.FailedIndexes, ""), y.completions).with(broken)
		y.delay()
	}
}

// indexFailed reports whether a pod's failure is the last that its index may have.
func (y *jobSyncer) indexFailed(p *jobPod) bool {
	if !p.failed {
		return false
	}
	m, ok := MatchFailurePolicy(y.job.Spec.PodFailurePolicy, p.Pod)
	if ok && m.Action == batchv1.PodFailurePolicyActionFailIndex {
		return true
	}
	return y.counts(p) && int(indexFailures(p.Pod)) >= y.perIndex
}

// indexFailures and ignoredFailures are how often the index of a pod had failed before the pod was made.
func indexFailures(pod *corev1.Pod) int32 {
	return annotatedCount(pod, batchv1.JobIndexFailureCountAnnotation)
}

func ignoredFailures(pod *corev1.Pod) int32 {
	return annotatedCount(pod, batchv1.JobIndexIgnoredFailureCountAnnotation)
}

func annotatedCount(pod *corev1.Pod, name string) int32 {
	n, err := strconv.ParseInt(pod.Annotations[name], 10, 32)
	if err != nil {
		return 0
	}
	return int32(max(n, 0))
}

// delay finds, for each index that has neither succeeded nor failed for good nor an active pod, the pod that failed last: it
// is kept, with its finalizer, until its successor is made, because that takes its count of failures over.
func (y *jobSyncer) delay() {
	running := map[int]bool{}
	for i := range y.pods {
		if PodActive(y.pods[i].Pod) {
			running[y.pods[i].index] = true
		}
	}
	y.delayed = map[int]*jobPod{}
	for i := range y.pods {
		p := &y.pods[i]
		if !p.tracked || !p.failed || !y.valid(p) || running[p.index] || y.done.Contains(p.index) || y.broken.Contains(p.index) {
			continue
		}
		if last := y.delayed[p.index]; last == nil || !failedBefore(p, last) {
			y.delayed[p.index] = p
		}
	}
}

// failedBefore reports whether a pod is an earlier failure of its index than another.
func failedBefore(p, last *jobPod) bool {
	return allFailures(p.Pod) < allFailures(last.Pod) || finishTime(p.Pod).Before(finishTime(last.Pod))
}

// allFailures wraps around where it does in the real controller.
func allFailures(pod *corev1.Pod) int32 { return indexFailures(pod) + ignoredFailures(pod) }
