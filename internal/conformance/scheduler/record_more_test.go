package scheduler

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// recording skips a test that writes vectors unless it is asked to, and returns
// where they go. The environment is that of TestRecord.
func recording(t *testing.T, file string) string {
	if os.Getenv("RECORD") == "" {
		t.Skip("RECORD is not set")
	}
	return filepath.Join("..", "..", "..", "scheduler", "testdata", file)
}

// volumeVector is what volumes.json.gz holds, one for a cluster.
type volumeVector struct {
	Cluster *kubetest.Cluster
	Storage *Storage
	Pods    []volumeQuestion
}

type volumeQuestion struct {
	Pod    *corev1.Pod
	Answer *Answer
	Bound  map[string][]string // by node that fits: "claim volume", sorted
}

func TestRecordVolumes(t *testing.T) {
	path := recording(t, "volumes.json.gz")
	u, err := NewUpstream(t.Context(), "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []volumeVector
	for index := range uint64(env("CONFORMANCE_CASES", 60)) {
		cluster, storage, pods := drawVolumes(uint64(env("CONFORMANCE_SEED", 20260321)), index, false)
		v := volumeVector{Cluster: through(t, cluster), Storage: through(t, storage)}
		if err := u.Load(v.Cluster); err != nil {
			t.Fatal(err)
		}
		u.LoadStorage(v.Storage)
		for _, pod := range pods {
			pod = through(t, pod)
			q := volumeQuestion{Pod: pod, Answer: u.Schedule(pod.DeepCopy()), Bound: map[string][]string{}}
			for node, said := range q.Answer.Nodes {
				if said.Fits && q.Answer.Error == "" {
					q.Bound[node] = u.bindings(pod.DeepCopy(), node)
				}
			}
			v.Pods = append(v.Pods, q)
		}
		vectors = append(vectors, v)
	}
	write(t, path, vectors)
}

// preemptionVector is what preemption.json.gz holds.
type preemptionVector struct {
	Cluster *kubetest.Cluster
	Budgets []*policyv1.PodDisruptionBudget
	Pods    []preemptionQuestion
}

type preemptionQuestion struct {
	Pod    *corev1.Pod
	Answer *Rescue
	Good   []string // the nodes of which any may be chosen
}

func TestRecordPreemption(t *testing.T) {
	path := recording(t, "preemption.json.gz")
	u, err := NewUpstream(t.Context(), "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []preemptionVector
	for index := int64(0); len(vectors) < int(env("CONFORMANCE_CASES", 50)); index++ {
		d := drawCase(uint64(env("CONFORMANCE_SEED", 20260321)), index)
		if d.profile == kubetest.Hostile {
			continue
		}
		budgets := forPreemption(d.gen, d.cluster, d.pods)
		v := preemptionVector{Cluster: through(t, d.cluster)}
		for _, b := range budgets {
			v.Budgets = append(v.Budgets, through(t, b))
		}
		if err := u.Load(v.Cluster); err != nil {
			t.Fatal(err)
		}
		u.loadBudgets(v.Budgets)
		helped := false
		for _, pod := range d.pods[:min(len(d.pods), podsPerCluster)] {
			pod = through(t, pod)
			if u.Gate(pod) != "" {
				continue
			}
			r, err := u.Preempt(pod)
			if err != nil {
				t.Fatal(err)
			}
			if r == nil {
				continue
			}
			q := preemptionQuestion{Pod: pod, Answer: r}
			for node, e := range r.Candidates {
				helped = true
				if e.rank == r.Candidates[r.Best].rank {
					q.Good = append(q.Good, node)
				}
			}
			v.Pods = append(v.Pods, q)
		}
		if helped {
			vectors = append(vectors, v)
		}
	}
	write(t, path, vectors)
}

// claimVector is what claims.json.gz holds: objects in which pods are scheduled
// one after another, each to the first of the best nodes.
type claimVector struct {
	Objects *ClaimCase
	Steps   []claimStep
}

type claimStep struct {
	Pod     *corev1.Pod
	Answer  *Answer
	Devices award // on the first of the best nodes
}

func TestRecordClaims(t *testing.T) {
	path := recording(t, "claims.json.gz")
	var vectors []claimVector
	for index := range uint64(env("CONFORMANCE_CASES", 40)) {
		c := through(t, drawClaims(uint64(env("CONFORMANCE_SEED", 20260321)), index))
		u, err := NewUpstreamOf(t.Context(), "", c.objects()...)
		if err != nil {
			t.Fatal(err)
		}
		v := claimVector{Objects: c}
		for _, pod := range c.Pods {
			step := claimStep{Pod: pod, Answer: u.Schedule(pod.DeepCopy())}
			if timedOut(step.Answer) {
				continue
			}
			if step.Answer.Node != "" {
				first := step.Answer.Best[0]
				devices, pending := u.reserve(pod, first)
				step.Devices = devices
				if err := u.settle(pod, first, pending, claimNames(pod)); err != nil {
					t.Fatal(err)
				}
			}
			v.Steps = append(v.Steps, step)
		}
		c.Pods = nil
		vectors = append(vectors, v)
	}
	write(t, path, vectors)
}
