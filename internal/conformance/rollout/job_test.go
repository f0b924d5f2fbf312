package rollout

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	batchclient "k8s.io/client-go/kubernetes/typed/batch/v1"
	batchlisters "k8s.io/client-go/listers/batch/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/util/consistency"
	"k8s.io/utils/clock"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname syncJob k8s.io/kubernetes/pkg/controller/job.(*Controller).syncJob
func syncJob(c *job.Controller, ctx context.Context, key string) error

//go:linkname newBackoffStore k8s.io/kubernetes/pkg/controller/job.newBackoffStore
func newBackoffStore() unsafe.Pointer

//go:linkname newUIDTrackingExpectations k8s.io/kubernetes/pkg/controller/job.newUIDTrackingExpectations
func newUIDTrackingExpectations() unsafe.Pointer

// setPointer assigns an unexported pointer field whose type cannot be named.
func setPointer(target any, field string, p unsafe.Pointer) {
	f := reflect.ValueOf(target).Elem().FieldByName(field)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.NewAt(f.Type().Elem(), p))
}

// jobWorld is what the API server stores about a Job, and what the real controller did in one sync.
type jobWorld struct {
	world
	start    time.Time
	job      *batchv1.Job
	store    unsafe.Pointer // the controller's memory of failures
	backoff  ours.JobBackoff
	statuses []batchv1.JobStatus
	control  podControl
}

func (w *jobWorld) BatchV1() batchclient.BatchV1Interface { return jobClient{w: w} }

type jobClient struct {
	batchclient.BatchV1Interface
	batchclient.JobInterface
	w *jobWorld
}

func (c jobClient) Jobs(string) batchclient.JobInterface { return c }
func (c jobClient) Get(context.Context, string, metav1.GetOptions) (*batchv1.Job, error) {
	return c.w.job.DeepCopy(), nil
}

// sortedPods is an index that answers in the order of names.
type sortedPods struct{ cache.Indexer }

func (s sortedPods) ByIndex(name, value string) ([]any, error) {
	list, err := s.Indexer.ByIndex(name, value)
	sort.Slice(list, func(i, j int) bool { return list[i].(*corev1.Pod).Name < list[j].(*corev1.Pod).Name })
	return list, err
}

// jobQueue notes the shortest delay.
type jobQueue struct {
	workqueue.TypedRateLimitingInterface[string]
	after time.Duration
}

func (q *jobQueue) AddAfter(_ string, d time.Duration) {
	if d = max(d, 1); q.after == 0 || d < q.after {
		q.after = d
	}
}
func (q *jobQueue) Add(string)            { q.AddAfter("", 0) }
func (q *jobQueue) AddRateLimited(string) { q.AddAfter("", 0) }
func (q *jobQueue) Forget(string)         {}

// upstreamJob is a real controller that sees a world as it is now, and what it notes.
func upstreamJob(w *jobWorld, podIx cache.Indexers) (*job.Controller, *recorder, *jobQueue) {
	rec, q := &recorder{}, &jobQueue{}
	c := &job.Controller{}
	pix := sortedPods{indexer(w.podList(), podIx)}
	set(c, "kubeClient", w)
	set(c, "podControl", &w.control)
	set(c, "updateStatusHandler", func(_ context.Context, j *batchv1.Job) (*batchv1.Job, error) {
		w.statuses = append(w.statuses, *j.Status.DeepCopy())
		fresh := w.job.DeepCopy()
		fresh.Status = *j.Status.DeepCopy()
		w.job = fresh
		return fresh.DeepCopy(), nil
	})
	set(c, "expectations", controller.NewControllerExpectations())
	setPointer(c, "finalizerExpectations", newUIDTrackingExpectations())
	setPointer(c, "podBackoffStore", w.store)
	set(c, "jobLister", batchlisters.NewJobLister(indexer([]*batchv1.Job{w.job}, nil)))
	set(c, "podStore", corelisters.NewPodLister(pix))
	set(c, "podIndexer", pix)
	set(c, "queue", q)
	set(c, "recorder", rec)
	set(c, "clock", clock.RealClock{})
	set(c, "consistencyStore", consistency.NewNoopConsistencyStore())
	return c, rec, q
}

// runUpstreamJob lets the real controller sync once.
func runUpstreamJob(w *jobWorld, podIx cache.Indexers) ([]ours.Event, time.Duration, error) {
	c, rec, q := upstreamJob(w, podIx)
	err := syncJob(c, klog.NewContext(context.Background(), logr.Discard()), "ns/"+w.job.Name)
	return rec.events, q.after, err
}

// jobOutcome is what both sides must agree on.
type jobOutcome struct {
	Statuses []batchv1.JobStatus
	Pods     map[string]*corev1.Pod
	Made     []*corev1.Pod
	Gone     []string
	Events   []ours.Event
	After    time.Duration
	Err      string
}

func (o *jobOutcome) tidy() {
	sort.Strings(o.Gone)
	sortEvents(o.Events)
	sort.SliceStable(o.Made, func(i, j int) bool { return o.Made[i].GenerateName < o.Made[j].GenerateName })
	for i := range o.Statuses {
		if u := o.Statuses[i].UncountedTerminatedPods; u != nil {
			slices.Sort(u.Succeeded)
			slices.Sort(u.Failed)
		}
	}
}

func indexOf(pod *corev1.Pod) int {
	n, err := strconv.Atoi(pod.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil {
		return -1
	}
	return n
}

var errQuota = errors.New("exceeded quota")

// compareJob lets both sides sync once and returns what differs.
func compareJob(w *jobWorld, podIx cache.Indexers, r *rand.Rand, cov coverage, rec *recording) string {
	w.statuses, w.control = nil, podControl{pods: w.pods}
	state := ours.JobState{Job: w.job, Pods: w.podList(), Backoff: w.backoff}
	var o ours.JobOptions
	if chance(r, 8) {
		dry, _ := ours.SyncJob(state, time.Now(), o)
		var indexes []int
		for _, wr := range dry.Writes {
			if wr.Verb == ours.Create {
				indexes = append(indexes, indexOf(wr.Object.(*corev1.Pod)))
			}
		}
		limit := r.IntN(4)
		o.CreatePod = func(i int) error {
			if indexes[i] >= limit || indexes[i] < 0 && i >= limit {
				return errQuota
			}
			return nil
		}
		w.control.refuse = func(name string, call int) error {
			if rest, ok := strings.CutPrefix(name, w.job.Name+"-"); ok && rest != "" {
				if i, err := strconv.Atoi(strings.TrimSuffix(rest, "-")); err == nil {
					if i >= limit {
						return errQuota
					}
					return nil
				}
			}
			if call >= limit {
				return errQuota
			}
			return nil
		}
		cov["refused"]++
	}
	in := rec.input(struct{ Job, Pods, Backoff any }{w.job, state.Pods, w.backoff})
	if o.CreatePod != nil {
		in = nil
	}
	y, err := ours.SyncJob(state, time.Now(), o)
	got := jobOutcome{Pods: cloneOf(w.pods), Events: y.Events, After: y.RequeueAfter, Err: errText(err)}
	for _, wr := range y.Writes {
		switch o := wr.Object.(type) {
		case *corev1.Pod:
			switch wr.Verb {
			case ours.Create:
				got.Made = append(got.Made, o)
			case ours.Delete:
				got.Gone = append(got.Gone, wr.Name)
			default:
				got.Pods[wr.Name] = o
			}
		case *batchv1.Job:
			got.Statuses = append(got.Statuses, o.Status)
		}
	}
	events, after, uerr := runUpstreamJob(w, podIx)
	want := jobOutcome{slices.Clone(w.statuses), cloneOf(w.pods), slices.Clone(w.control.made), slices.Clone(w.control.gone), events, after, errText(uerr)}
	want.After = sameMoment(want.After, got.After)
	want.tidy()
	got.tidy()
	cov[string(y.Rule)]++
	rec.add(time.Now(), in, want)
	w.backoff = y.Backoff
	if equality.Semantic.DeepEqual(want, got) {
		return ""
	}
	if diff := cmp.Diff(want, got, deploymentCmp...); diff != "" {
		return fmt.Sprintf("(-upstream +ours)\n%s\nrule %s\n%s", diff, y.Rule, asYAML(state))
	}
	return ""
}

func limit(r *rand.Rand, values ...int32) *int32 {
	if chance(r, 30) {
		return nil
	}
	return ptr(pick(r, values...))
}

func newJob(w *jobWorld, r *rand.Rand) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "job", Namespace: "ns", UID: w.nextUID(), Generation: 1, CreationTimestamp: metav1.Now()}}
	s := &j.Spec
	s.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	s.Template = templateOf(0, r)
	s.Template.Spec.RestartPolicy = pick(r, corev1.RestartPolicyNever, corev1.RestartPolicyNever, corev1.RestartPolicyOnFailure)
	if chance(r, 20) {
		s.Template.Spec.InitContainers = []corev1.Container{{Name: "i", Env: []corev1.EnvVar{{Name: pick(r, "JOB_COMPLETION_INDEX", "A")}}}}
		s.Template.Finalizers = pick(r, nil, []string{"a.b/c"}, []string{batchv1.JobTrackingFinalizer})
		s.Template.Annotations = map[string]string{"a": "b"}
	}
	s.Parallelism = ptr(pick(r, int32(0), 1, 1, 2, 3, 3, 5, 8))
	s.BackoffLimit = ptr(pick(r, int32(0), 1, 2, 6, 6, 2147483647))
	if chance(r, 75) {
		s.Completions = ptr(pick(r, int32(0), 1, 2, 3, 5, 8, 12))
	}
	s.ActiveDeadlineSeconds = nil
	if chance(r, 20) {
		s.ActiveDeadlineSeconds = ptr(pick(r, int64(1), 10, 60, 200))
	}
	if chance(r, 60) {
		s.Completions = ptr(pick(r, int32(0), 1, 2, 3, 5, 8, 12))
		s.CompletionMode = ptr(batchv1.IndexedCompletion)
		if chance(r, 75) {
			s.BackoffLimitPerIndex = ptr(pick(r, int32(0), 1, 1, 2, 3))
			s.MaxFailedIndexes = limit(r, 0, 1, 2, 5)
			if chance(r, 60) {
				s.BackoffLimit = ptr(int32(2147483647))
			}
		}
		if chance(r, 30) {
			s.SuccessPolicy = &batchv1.SuccessPolicy{}
			for range 1 + r.IntN(2) {
				s.SuccessPolicy.Rules = append(s.SuccessPolicy.Rules, successRule(r))
			}
		}
	} else if chance(r, 50) {
		s.CompletionMode = ptr(batchv1.NonIndexedCompletion)
	}
	if chance(r, 40) {
		s.PodReplacementPolicy = ptr(pick(r, batchv1.Failed, batchv1.TerminatingOrFailed))
	}
	if chance(r, 45) {
		s.PodFailurePolicy = &batchv1.PodFailurePolicy{}
		for range 1 + r.IntN(3) {
			s.PodFailurePolicy.Rules = append(s.PodFailurePolicy.Rules, failureRule(r))
		}
	}
	if chance(r, 1) { // beyond what one sync makes, deletes or accounts for
		s.Parallelism = ptr(pick(r, int32(520), 1100))
		if s.Completions != nil {
			s.Completions = ptr(int32(1300))
		}
	}
	s.Suspend = pick(r, nil, nil, nil, nil, ptr(false), ptr(false), ptr(false), ptr(true))
	if chance(r, 2) {
		s.ManagedBy = ptr(pick(r, "kubernetes.io/job-controller", "other/x"))
	}
	if chance(r, 1) {
		s.CompletionMode = ptr(batchv1.CompletionMode("Odd"))
	}
	return j
}

func successRule(r *rand.Rand) batchv1.SuccessPolicyRule {
	var rule batchv1.SuccessPolicyRule
	if chance(r, 60) {
		rule.SucceededIndexes = ptr(pick(r, "0", "1-3", "0,2", "0-4", "7", "0,1,2,3,4,5", "1-99"))
	}
	if chance(r, 60) || rule.SucceededIndexes == nil {
		rule.SucceededCount = ptr(pick(r, int32(1), 2, 3, 9))
	}
	return rule
}

func failureRule(r *rand.Rand) batchv1.PodFailurePolicyRule {
	rule := batchv1.PodFailurePolicyRule{Action: pick(r, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore, batchv1.PodFailurePolicyActionIgnore,
		batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionFailIndex)}
	if chance(r, 3) {
		rule.Action = "Odd"
	}
	if chance(r, 60) {
		rule.OnExitCodes = &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: pick(r, batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn, "Odd"),
			Values: pick(r, []int32{1}, []int32{2}, []int32{1, 3}, []int32{42})}
		if chance(r, 30) {
			rule.OnExitCodes.ContainerName = ptr(pick(r, "c", "i", "x"))
		}
		return rule
	}
	for range 1 + r.IntN(2) {
		rule.OnPodConditions = append(rule.OnPodConditions, batchv1.PodFailurePolicyOnPodConditionsPattern{Type: pick(r, corev1.DisruptionTarget, "Odd"), Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)})
	}
	return rule
}

// edit changes something in mid-run.
func (w *jobWorld) edit(r *rand.Rand) {
	j := w.job.DeepCopy()
	w.job = j
	j.Generation++
	switch r.IntN(21) {
	case 20: // what a stored status may say
		st := &j.Status
		switch r.IntN(5) {
		case 0:
			st.Failed, st.Succeeded = pick(r, st.Failed, math.MaxInt32, math.MaxInt32-1, -1), pick(r, st.Succeeded, math.MaxInt32, math.MaxInt32-1, -1)
		case 1:
			st.CompletedIndexes = pick(r, "0", "0,2-3", "1-5", "0-100", "")
			st.FailedIndexes = pick(r, nil, ptr("1"), ptr("4,6-7"), ptr(""))
		case 2:
			st.Active, st.Ready, st.Terminating = 99, ptr(int32(-1)), nil
		case 3:
			st.StartTime = pick(r, nil, ptr(metav1.NewTime(time.Now().Add(-time.Hour))), ptr(metav1.NewTime(time.Now().Add(time.Hour))))
		case 4:
			st.Conditions = append(slices.Clone(st.Conditions), batchv1.JobCondition{Type: pick(r, batchv1.JobSuspended, "Odd", batchv1.JobFailureTarget, batchv1.JobSuccessCriteriaMet), Status: pick(r, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown), Reason: "R", Message: "m"})
		}
	case 0, 1, 2:
		j.Spec.Parallelism = ptr(pick(r, int32(0), 1, 2, 3, 5, 8))
		if chance(r, 3) {
			j.Spec.Parallelism = ptr(int32(math.MaxInt32))
		}
	case 3, 4:
		if j.Spec.Completions != nil {
			j.Spec.Completions = ptr(pick(r, int32(0), 1, 2, 3, 5, 8))
		}
	case 5, 6, 7, 8:
		j.Spec.Suspend = ptr(!(j.Spec.Suspend != nil && *j.Spec.Suspend))
	case 9:
		j.Spec.ActiveDeadlineSeconds = ptr(pick(r, int64(1), 10, 60, 200, 10_000_000_000, math.MaxInt64))
	case 10:
		j.Spec.BackoffLimit = ptr(pick(r, int32(0), 1, 2, 6))
	case 11:
		if chance(r, 30) {
			j.DeletionTimestamp = ptr(metav1.Now())
			j.Finalizers = []string{"foregroundDeletion"}
		}
	case 12, 13: // an orphan
		p := w.orphan(r)
		w.pods[p.Name] = p
	case 14, 15, 16: // somebody edits pods
		for _, k := range sortedKeys(w.pods) {
			if p := w.pods[k].DeepCopy(); chance(r, 30) {
				switch r.IntN(6) {
				case 0:
					p.Labels = map[string]string{"app": "other"}
				case 1:
					p.Finalizers = nil
				case 2:
					p.Annotations = cloneOf(p.Annotations)
					if p.Annotations == nil {
						p.Annotations = map[string]string{}
					}
					p.Annotations[batchv1.JobCompletionIndexAnnotation] = pick(r, "0", "1", "1", "2", "x", "-1", "99", "")
				case 3:
					p.Annotations = cloneOf(p.Annotations)
					if p.Annotations == nil {
						p.Annotations = map[string]string{}
					}
					p.Annotations[pick(r, batchv1.JobIndexFailureCountAnnotation, batchv1.JobIndexIgnoredFailureCountAnnotation)] = pick(r, "1", "3", "x", "-1", "2147483647", "99999999999")
				case 4:
					p.Finalizers = append(slices.Clone(p.Finalizers), "a.b/c")
				case 5:
					p.Status.Phase = pick(r, corev1.PodUnknown, corev1.PodPending, "")
				}
				w.pods[k] = p
			}
		}
	case 17, 18:
		s := &j.Status
		switch r.IntN(6) {
		case 0:
			s.CompletedIndexes = pick(r, "0", "1,2", "0,3-5", "2", "0-99", "1,7,9-12", "0,1,2", "")
		case 1:
			s.FailedIndexes = ptr(pick(r, "0", "1,2", "3,9", "0-99", ""))
		case 2:
			s.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Failed: []types.UID{"uid-0002", "uid-0003", "x"}, Succeeded: []types.UID{"uid-0004", "y"}}
		case 3:
			s.UncountedTerminatedPods = nil
		case 4:
			s.Conditions = append(s.Conditions, batchv1.JobCondition{Type: pick(r, batchv1.JobFailureTarget, batchv1.JobSuccessCriteriaMet, batchv1.JobFailed, batchv1.JobComplete, "Odd"),
				Status: pick(r, corev1.ConditionFalse, corev1.ConditionFalse, corev1.ConditionTrue), Reason: "r", Message: "m"})
		case 5:
			s.StartTime = nil
		}
	case 19:
		if chance(r, 30) {
			j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{failureRule(r)}}
		}
	}
}

// orphan is a pod that nobody controls. Its name puts it behind the Job's own.
func (w *jobWorld) orphan(r *rand.Rand) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", UID: w.nextUID(), Labels: map[string]string{"app": pick(r, "web", "web", "other")}, CreationTimestamp: w.created()}}
	p.Name = "z" + string(p.UID)
	p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodPending, corev1.PodFailed, corev1.PodSucceeded)
	p.Spec.NodeName = "n"
	if chance(r, 60) {
		p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: pick(r, "0", "1", "2", "7")}
	}
	if chance(r, 30) {
		p.Finalizers = []string{batchv1.JobTrackingFinalizer}
	}
	if chance(r, 20) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "x", UID: "x", Controller: ptr(true)}}
	}
	if chance(r, 10) {
		p.DeletionTimestamp = ptr(metav1.Now())
	}
	return p
}

// created is a time at which no other pod was created, in whole seconds, as it is stored.
func (w *jobWorld) created() metav1.Time {
	w.uid++
	return metav1.NewTime(w.start.Add(time.Duration(w.uid) * time.Second))
}

// kubelets let the pods live.
func (w *jobWorld) kubelets(r *rand.Rand, luck int) {
	for _, p := range w.control.made {
		p = p.DeepCopy()
		p.UID, p.CreationTimestamp = w.nextUID(), w.created()
		p.Name = p.GenerateName + string(p.UID)
		p.Status.Phase = corev1.PodPending
		w.pods[p.Name] = p
	}
	for _, name := range w.control.gone {
		if p, ok := w.pods[name]; ok && p.DeletionTimestamp == nil {
			p = p.DeepCopy()
			p.DeletionTimestamp = ptr(metav1.Now())
			w.pods[name] = p
		}
	}
	for _, k := range sortedKeys(w.pods) {
		p := w.pods[k].DeepCopy()
		w.pods[k] = p
		switch {
		case p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed:
			if chance(r, 10) && p.DeletionTimestamp == nil {
				p.DeletionTimestamp = ptr(metav1.Now())
			}
		case chance(r, 3) && p.DeletionTimestamp == nil:
			p.DeletionTimestamp = ptr(metav1.Now())
			if chance(r, 50) {
				p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue})
			}
		case p.DeletionTimestamp != nil:
			if chance(r, 50) {
				w.end(p, r, 30)
			}
		case p.Spec.NodeName == "":
			if chance(r, 80) {
				p.Spec.NodeName = "n"
			}
		case p.Status.Phase != corev1.PodRunning:
			if chance(r, 70) {
				p.Status.Phase = corev1.PodRunning
			}
		case chance(r, 35):
			if chance(r, 60) {
				p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse), LastTransitionTime: metav1.Now()}}
			} else {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", RestartCount: int32(r.IntN(3))}}
				p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "i", RestartCount: int32(r.IntN(2))}}
			}
		case chance(r, 50):
			w.end(p, r, luck)
		}
		if p.DeletionTimestamp != nil && len(p.Finalizers) == 0 && chance(r, 60) {
			delete(w.pods, k)
		}
	}
}

// end lets a pod succeed with a chance of luck in a hundred, or else fail.
func (w *jobWorld) end(p *corev1.Pod, r *rand.Rand, luck int) {
	at := metav1.NewTime(time.Now().Add(-time.Duration(r.IntN(3)) * time.Second))
	code := int32(0)
	p.Status.Phase = corev1.PodSucceeded
	if !chance(r, luck) {
		p.Status.Phase, code = corev1.PodFailed, pick(r, int32(1), 1, 2, 3, 42)
	}
	if chance(r, 25) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: pick(r, corev1.DisruptionTarget, "Odd"), Status: corev1.ConditionTrue})
	}
	if chance(r, 20) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, LastTransitionTime: pick(r, at, metav1.Time{})})
	}
	status := func(name string, code int32) corev1.ContainerStatus {
		s := corev1.ContainerStatus{Name: name, RestartCount: int32(r.IntN(2))}
		if chance(r, 90) {
			s.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: pick(r, at, at, at, metav1.Time{})}
		}
		return s
	}
	if chance(r, 85) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{status("c", code)}
		if chance(r, 20) {
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, status("d", pick(r, int32(0), 1, 2)))
		}
	}
	if chance(r, 20) {
		p.Status.InitContainerStatuses = []corev1.ContainerStatus{status("i", pick(r, int32(0), 1, 2))}
	}
}

// reasonOf is why a Job ended.
func reasonOf(j *batchv1.Job) string {
	for _, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return c.Reason
		}
	}
	return "none"
}

func TestJob(t *testing.T) {
	podIx := podIndexers()
	synctest.Test(t, func(t *testing.T) {
		n, cov, ends, steps := cases(500), coverage{}, coverage{}, 0
		rec := recordTo("job", 5, 1000)
		defer rec.save(t)
		for i := range n {
			r := random(uint64(i))
			w := &jobWorld{world: *newWorld(), start: time.Now(), store: newBackoffStore()}
			w.job = newJob(w, r)
			luck := pick(r, 5, 30, 60, 90)
			for step := range 5 + r.IntN(30) {
				steps++
				if diff := compareJob(w, podIx, r, cov, rec); diff != "" {
					t.Fatalf("seed %d case %d step %d: %s", seed(), i, step, diff)
				}
				time.Sleep(time.Duration(pick(r, 0, 1, 1, 3, 11, 25)) * time.Second)
				w.kubelets(r, luck)
				switch suspended := w.job.Spec.Suspend; {
				case suspended != nil && *suspended && chance(r, 30):
					w.job = w.job.DeepCopy()
					w.job.Spec.Suspend = ptr(false)
				case chance(r, 32):
					w.edit(r)
				}
				if ours.JobOutcome(w.job) != "" && chance(r, 60) {
					break
				}
			}
			ends[reasonOf(w.job)]++
		}
		cov.check(t, steps, "create", "running", "completed", "failed", "finished", "finishing", "deleting", "suspended", "shrink", "wait-backoff", "wait-terminated", "refused")
		ends.check(t, n, "PodFailurePolicy", "BackoffLimitExceeded", "DeadlineExceeded", "MaxFailedIndexesExceeded", "FailedIndexes", "SuccessPolicy", "CompletionsReached")
	})
}
