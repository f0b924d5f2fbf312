package rollout

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "unsafe"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientset "k8s.io/client-go/kubernetes"
	batchclient "k8s.io/client-go/kubernetes/typed/batch/v1"
	batchlisters "k8s.io/client-go/listers/batch/v1"
	"k8s.io/kubernetes/pkg/controller/ttlafterfinished"
	"k8s.io/utils/clock"

	ours "github.com/kubealgo/kubealgo/rollout"
)

//go:linkname processExpiry k8s.io/kubernetes/pkg/controller/ttlafterfinished.(*Controller).processJob
func processExpiry(c *ttlafterfinished.Controller, ctx context.Context, key string) error

// expiryClient serves one Job and notes whether it is deleted.
type expiryClient struct {
	clientset.Interface
	batchclient.BatchV1Interface
	batchclient.JobInterface
	job     *batchv1.Job
	deleted bool
}

func (c *expiryClient) BatchV1() batchclient.BatchV1Interface { return c }
func (c *expiryClient) Jobs(string) batchclient.JobInterface  { return c }
func (c *expiryClient) Get(context.Context, string, metav1.GetOptions) (*batchv1.Job, error) {
	return c.job.DeepCopy(), nil
}

func (c *expiryClient) Delete(context.Context, string, metav1.DeleteOptions) error {
	c.deleted = true
	return nil
}

// expiryOutcome is what becomes of a Job at some instant.
type expiryOutcome struct {
	Deleted bool
	After   time.Duration // until it is looked at again
	Err     string
}

func runUpstreamExpiry(j *batchv1.Job) expiryOutcome {
	client, q := &expiryClient{job: j}, &queue{}
	c := &ttlafterfinished.Controller{}
	set(c, "client", client)
	set(c, "recorder", &recorder{})
	set(c, "jLister", batchlisters.NewJobLister(indexer([]*batchv1.Job{j}, nil)))
	set(c, "queue", q)
	set(c, "clock", clock.RealClock{})
	err := processExpiry(c, context.Background(), j.Namespace+"/"+j.Name)
	return expiryOutcome{client.deleted, q.after, errText(err)}
}

// expiringJob draws a Job that has finished lately, or not.
func expiringJob(r *rand.Rand) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "job", Namespace: "ns"}}
	if chance(r, 90) {
		j.Spec.TTLSecondsAfterFinished = ptr(pick(r, int32(0), 1, 60, 3600, 2147483647))
	}
	if chance(r, 5) {
		j.DeletionTimestamp = ptr(metav1.Now())
	}
	for range pick(r, 0, 1, 1, 1, 1, 2) {
		c := batchv1.JobCondition{
			Type:   pick(r, batchv1.JobComplete, batchv1.JobComplete, batchv1.JobFailed, batchv1.JobFailed, batchv1.JobSuspended, batchv1.JobFailureTarget),
			Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse),
		}
		if chance(r, 90) {
			age := time.Duration(pick(r, 0, 1, 59, 60, 61, 3599, 3600, 3601)) * time.Second
			c.LastTransitionTime = metav1.NewTime(time.Now().Add(-age - time.Duration(r.IntN(3)-1)))
		}
		j.Status.Conditions = append(j.Status.Conditions, c)
	}
	return j
}

func TestJobExpiry(t *testing.T) {
	rec := recordTo("job-expiry", 20, 300)
	campaign(t, 20000, rec, func(_ int, r *rand.Rand, cov coverage) string {
		j := expiringJob(r)
		at, ok, err := ours.JobExpiry(j)
		got := expiryOutcome{Err: errText(err)}
		switch left := time.Until(at); {
		case err != nil:
			cov["error"]++
		case !ok:
			cov["never"]++
		case left > 0:
			cov["later"]++
			got.After = left
		default:
			cov["now"]++
			got.Deleted = true
		}
		want := runUpstreamExpiry(j)
		if !slices.ContainsFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool { return c.LastTransitionTime.Nanosecond() != 0 }) { // JSON keeps seconds
			rec.add(time.Now(), rec.input(map[string]any{"Job": j}), want)
		}
		return differenceOf(want, got, j)
	}, "error", "never", "later", "now")
}
