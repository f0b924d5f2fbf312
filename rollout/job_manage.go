package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// act ends the pods of a Job that is decided, or makes and deletes pods as it wants them, and notes the outcome in the
// status.
func (y *jobSyncer) act() (changed bool, err error) {
	switch {
	case y.verdict != nil:
		y.out.Rule = JobFinishing
		for _, p := range y.activePods() {
			y.delete(p)
		}
	case y.job.DeletionTimestamp != nil:
		y.out.Rule = JobDeleting
		y.complete()
	default:
		err = y.manage()
		if !y.complete() {
			changed = y.noteSuspension()
		}
	}
	ready, terminating := int32(y.ready), int32(y.terminating)
	st := &y.status
	if int(st.Active) != y.active || value(st.Ready, -1) != ready || value(st.Terminating, -1) != terminating {
		st.Active, st.Ready, st.Terminating = int32(y.active), &ready, &terminating
		changed = true
	}
	return changed, err
}

// complete finds the Job successful when all that is asked for has succeeded and no pod is active.
func (y *jobSyncer) complete() bool {
	enough := y.succeeded >= y.completions
	if y.completions == noCompletions {
		enough = y.succeeded > 0
	}
	if !enough || y.active > 0 {
		return false
	}
	y.succeed(batchv1.JobReasonCompletionsReached, "Reached expected number of succeeded pods")
	return true
}

// noteSuspension records that the Job was suspended or resumed. A resumed Job starts anew.
func (y *jobSyncer) noteSuspension() bool {
	if y.suspended {
		if !y.setCondition(y.newCondition(batchv1.JobSuspended, corev1.ConditionTrue, "JobSuspended", "Job suspended")) {
			return false
		}
		y.out.Events = append(y.out.Events, normalEvent("Suspended", "Job suspended"))
		y.status.StartTime = nil
		return true
	}
	if !y.setCondition(y.newCondition(batchv1.JobSuspended, corev1.ConditionFalse, "JobResumed", "Job resumed")) {
		return false
	}
	y.out.Events = append(y.out.Events, normalEvent("Resumed", "Job resumed"))
	y.status.StartTime = timePointer(y.now)
	return true
}

// manage brings the number of active pods nearer to what is wanted: deletions in one sync, creations in another.
func (y *jobSyncer) manage() error {
	if y.suspended {
		y.out.Rule = JobSuspended
		for _, p := range y.activePods() {
			y.drop(p)
		}
		return nil
	}
	want := y.wanted()
	surplus := y.surplus(y.active - want)
	if len(surplus) > 0 {
		y.out.Rule = JobShrink
		for _, p := range surplus[:min(len(surplus), burstJobPods)] {
			y.drop(p)
		}
		return nil
	}
	y.out.Rule = JobRunning
	if want <= y.active {
		return nil
	}
	missing := want - y.active
	if y.onlyFailed {
		if missing -= y.terminating; missing <= 0 {
			y.out.Rule = JobWaitTerminated
			return nil
		}
	}
	return y.create(min(missing, burstJobPods))
}

// wanted is how many pods should be active, counted in 32 bits.
func (y *jobSyncer) wanted() int {
	switch {
	case y.completions != noCompletions:
		return max(min(int(int32(y.completions-y.succeeded)), y.parallelism), 0)
	case y.succeeded > 0:
		return y.active // those that run may end, and no more begin
	}
	return y.parallelism
}

func (y *jobSyncer) activePods() []*jobPod {
	var out []*jobPod
	for i := range y.pods {
		if PodActive(y.pods[i].Pod) {
			out = append(out, &y.pods[i])
		}
	}
	return out
}

// surplus chooses at least n active pods to be deleted: first those of an Indexed Job whose index is unknown, too high or
// held by a pod of higher rank, in the order of their indexes, then the lowest in rank.
func (y *jobSyncer) surplus(n int) []*jobPod {
	pods := y.activePods()
	slices.SortStableFunc(pods, y.rank)
	var out []*jobPod
	if y.indexed {
		slices.SortStableFunc(pods, byIndex)
		var kept []*jobPod
		for i, p := range pods {
			highest := i+1 == len(pods) || pods[i+1].index != p.index
			if highest && y.valid(p) {
				kept = append(kept, p)
			} else {
				out = append(out, p)
			}
		}
		slices.SortStableFunc(kept, y.rank)
		pods = kept
	}
	if more := n - len(out); more > 0 {
		out = append(out, pods[:min(more, len(pods))]...)
	}
	return out
}

func byIndex(a, b *jobPod) int { return cmp.Compare(a.index, b.index) }

// rank orders the pods to be deleted, the first to go first.
func (y *jobSyncer) rank(a, b *jobPod) int {
	c, _ := compareVictims(ptrTo(newVictimKey(a.Pod, VictimOptions{IgnoreDeletionCost: true})), ptrTo(newVictimKey(b.Pod, VictimOptions{IgnoreDeletionCost: true})), time.Time{})
	return cmp.Or(c, strings.Compare(a.Name, b.Name))
}

func ptrTo[T any](v T) *T { return &v }

// drop deletes a pod that is one too many, without counting it: it loses its finalizer first.
func (y *jobSyncer) drop(p *jobPod) {
	if p.tracked {
		y.untrack(p)
	}
	y.delete(p)
}

func (y *jobSyncer) delete(p *jobPod) {
	y.out.Writes = append(y.out.Writes, Write{Delete, "Pod", p.Name, p.Pod})
	y.active--
	y.terminating++
	if PodReady(p.Pod) {
		y.ready--
	}
}

// untrack takes the finalizer from a pod.
func (y *jobSyncer) untrack(p *jobPod) {
	pod := p.DeepCopy()
	pod.Finalizers = untracked(pod.Finalizers)
	y.out.Writes = append(y.out.Writes, Write{Update, "Pod", pod.Name, pod})
}

// create makes up to n pods, unless a failure was too short a time ago.
func (y *jobSyncer) create(n int) error {
	var indexes []int
	wait := y.failures.Remaining(y.now)
	if y.indexed {
		indexes = y.nextIndexes(n)
		if y.perIndex != noLimit {
			indexes, wait = y.rested(indexes)
		}
		n = len(indexes)
	}
	if wait > 0 {
		y.out.Rule = JobWaitBackoff
		y.requeue(wait)
		return nil
	}
	if n == 0 {
		return nil
	}
	y.out.Rule = JobCreate
	made := make([]bool, n)
	batches, created, err := SlowStart(n, func(i int) error {
		if y.o.CreatePod != nil {
			if err := y.o.CreatePod(i); err != nil {
				return err
			}
		}
		made[i] = true
		return nil
	})
	y.out.Batches = batches
	y.active += created
	for i := range made {
		if !made[i] {
			continue
		}
		index := unknownIndex
		if y.indexed {
			index = indexes[i]
		}
		y.out.Writes = append(y.out.Writes, Write{Create, "Pod", "", y.newPod(index)})
	}
	return err
}

// nextIndexes returns the n lowest indexes that need a pod.
func (y *jobSyncer) nextIndexes(n int) []int {
	var taken []int
	for i := range y.pods {
		p := &y.pods[i]
		if p.index != unknownIndex && (PodActive(p.Pod) || y.onlyFailed && PodTerminating(p.Pod)) {
			taken = append(taken, p.index)
		}
	}
	return y.done.union(y.broken).with(taken).absent(n, y.completions)
}

// rested returns those of the indexes whose last failure is long enough ago; if none is, how long to wait for the first.
func (y *jobSyncer) rested(indexes []int) ([]int, time.Duration) {
	var now []int
	var wait time.Duration
	for _, i := range indexes {
		left := time.Duration(0)
		if p := y.delayed[i]; p != nil {
			left = JobBackoff{allFailures(p.Pod) + 1, finishTime(p.Pod)}.Remaining(y.now)
		}
		if left == 0 {
			now = append(now, i)
		} else if wait == 0 || left < wait {
			wait = left
		}
	}
	if len(now) > 0 {
		wait = 0
	}
	return now, wait
}

// newPod is a pod that the API server is asked to create, for an index or none.
func (y *jobSyncer) newPod(index int) *corev1.Pod {
	pod := podFromTemplate(&y.job.Spec.Template, y.job, newControllerRef(y.job, jobKind))
	pod.Finalizers = withTracking(pod.Finalizers)
	if index == unknownIndex {
		return pod
	}
	text := strconv.Itoa(index)
	pod.GenerateName = indexedName(y.job.Name, text)
	pod.Spec.Hostname = fmt.Sprintf("%s-%d", y.job.Name, index)
	put(&pod.Annotations, batchv1.JobCompletionIndexAnnotation, text)
	put(&pod.Labels, batchv1.JobCompletionIndexAnnotation, text)
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			list[i].Env = withIndexEnv(list[i].Env)
		}
	}
	if y.perIndex != noLimit {
		y.annotateFailures(pod, y.delayed[index])
	}
	return pod
}

// indexedName is the prefix from which the API server makes a pod's name.
func indexedName(job, index string) string {
	const most = 253 - 5 // the API server adds five characters
	suffix := "-" + index + "-"
	return job[:min(len(job), most-len(suffix))] + suffix
}

// withIndexEnv adds the variable JOB_COMPLETION_INDEX, unless there is one.
func withIndexEnv(env []corev1.EnvVar) []corev1.EnvVar {
	const name = "JOB_COMPLETION_INDEX"
	for i := range env {
		if env[i].Name == name {
			return env
		}
	}
	return append(env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels['" + batchv1.JobCompletionIndexAnnotation + "']"},
	}})
}

// annotateFailures hands the failures of an index on to the pod that replaces the last one.
func (y *jobSyncer) annotateFailures(pod *corev1.Pod, last *jobPod) {
	failures, ignored := int32(0), int32(0)
	if last != nil {
		failures, ignored = indexFailures(last.Pod), ignoredFailures(last.Pod)
		if y.counts(last) {
			failures++
		} else {
			ignored++
		}
	}
	put(&pod.Annotations, batchv1.JobIndexFailureCountAnnotation, strconv.Itoa(int(failures)))
	if ignored > 0 {
		put(&pod.Annotations, batchv1.JobIndexIgnoredFailureCountAnnotation, strconv.Itoa(int(ignored)))
	}
}
