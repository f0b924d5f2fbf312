package scheduler_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

func addAll[T runtime.Object](t *testing.T, c *scheduler.Cluster, objects []T) {
	for _, o := range objects {
		require.NoError(t, c.Add(o))
	}
}

// upstreamLike is the configuration of the recorded answers.
func upstreamLike(t *testing.T) *scheduler.Scheduler {
	return newScheduler(t, scheduler.Config{TieBreak: scheduler.UpstreamHeap(), Devices: scheduler.DeviceCounter{}})
}

// TestRecordedVolumes checks what kube-scheduler v1.36.3 said of pods with
// volumes, and what it would have bound.
func TestRecordedVolumes(t *testing.T) {
	var vectors []struct {
		Cluster *kubetest.Cluster
		Storage struct {
			Claims      []*corev1.PersistentVolumeClaim
			Volumes     []*corev1.PersistentVolume
			Classes     []*storagev1.StorageClass
			CSINodes    []*storagev1.CSINode
			Drivers     []*storagev1.CSIDriver
			Capacities  []*storagev1.CSIStorageCapacity
			Attachments []*storagev1.VolumeAttachment
		}
		Pods []struct {
			Pod    *corev1.Pod
			Answer answer
			Bound  map[string][]string
		}
	}
	readRecorded(t, "volumes.json.gz", &vectors)
	s, asked, bound := upstreamLike(t), 0, 0
	for _, v := range vectors {
		c := scheduler.NewCluster()
		addAll(t, c, v.Cluster.Objects())
		addAll(t, c, v.Storage.Claims)
		addAll(t, c, v.Storage.Volumes)
		addAll(t, c, v.Storage.Classes)
		addAll(t, c, v.Storage.CSINodes)
		addAll(t, c, v.Storage.Drivers)
		addAll(t, c, v.Storage.Capacities)
		addAll(t, c, v.Storage.Attachments)
		for _, q := range v.Pods {
			asked++
			if diff := cmp.Diff(comparable(q.Answer), comparable(ask(t, s, c, q.Pod, &q.Answer))); diff != "" {
				t.Fatalf("pod %s (-upstream +got):\n%s\n%s", q.Pod.Name, diff, v.Cluster.YAML(q.Pod))
			}
			for node, want := range q.Bound {
				near := q.Pod.DeepCopy()
				near.Status.NominatedNodeName = node
				d, err := s.Schedule(c, near)
				require.NoError(t, err)
				got := []string{}
				for _, b := range d.Volumes {
					got = append(got, b.Claim+" "+b.Volume)
				}
				slices.Sort(got)
				require.Equal(t, want, got, "pod %s on %s", q.Pod.Name, node)
				bound += len(got)
			}
		}
	}
	t.Logf("%d clusters, %d pods, %d bindings", len(vectors), asked, bound)
}

// TestRecordedPreemption checks whom kube-scheduler v1.36.3 would have evicted.
func TestRecordedPreemption(t *testing.T) {
	type eviction struct {
		Victims    []string
		Violations int
	}
	var vectors []struct {
		Cluster *kubetest.Cluster
		Budgets []*policyv1.PodDisruptionBudget
		Pods    []struct {
			Pod    *corev1.Pod
			Answer struct {
				Message, Best string
				Candidates    map[string]eviction
				Nodes         map[string]verdict
			}
			Good []string
		}
	}
	readRecorded(t, "preemption.json.gz", &vectors)
	s, asked, helped := upstreamLike(t), 0, 0
	for _, v := range vectors {
		c := scheduler.NewCluster()
		addAll(t, c, v.Cluster.Objects())
		addAll(t, c, v.Budgets)
		for _, q := range v.Pods {
			asked++
			p, err := s.Preempt(c, q.Pod)
			require.NoError(t, err)
			got := map[string]eviction{}
			for _, candidate := range p.Candidates {
				e := eviction{Violations: candidate.Violations}
				for _, v := range candidate.Victims {
					e.Victims = append(e.Victims, v.Namespace+"/"+v.Name)
				}
				got[candidate.Node] = e
			}
			if diff := cmp.Diff(q.Answer.Candidates, got, cmpopts.EquateEmpty()); diff != "" || q.Answer.Message != p.Message {
				t.Fatalf("pod %s: upstream %q, got %q (-upstream +got):\n%s\n%s", q.Pod.Name, q.Answer.Message, p.Message, diff, v.Cluster.YAML(q.Pod))
			}
			if q.Answer.Best == "" {
				require.Empty(t, p.Node)
				continue
			}
			helped++
			require.Contains(t, q.Good, p.Node)
			for _, n := range p.Nodes {
				require.Equal(t, q.Answer.Nodes[n.Node].Code, n.Code.String())
				require.Equal(t, sortedTail(q.Answer.Nodes[n.Node].Reasons), sortedTail(slices.Clone(n.Reasons)))
			}
		}
	}
	t.Logf("%d clusters, %d pods, %d with a candidate", len(vectors), asked, helped)
}

// TestRecordedClaims checks what kube-scheduler v1.36.3 said of pods with
// resource claims, one after another, and which devices it gave them.
func TestRecordedClaims(t *testing.T) {
	var vectors []struct {
		Objects struct {
			Nodes   []*corev1.Node
			Classes []*resourcev1.DeviceClass
			Slices  []*resourcev1.ResourceSlice
			Claims  []*resourcev1.ResourceClaim
		}
		Steps []struct {
			Pod     *corev1.Pod
			Answer  answer
			Devices map[string][]string
		}
	}
	readRecorded(t, "claims.json.gz", &vectors)
	s, asked, given := upstreamLike(t), 0, 0
	for _, v := range vectors {
		c := scheduler.NewCluster()
		addAll(t, c, v.Objects.Nodes)
		addAll(t, c, v.Objects.Classes)
		addAll(t, c, v.Objects.Slices)
		addAll(t, c, v.Objects.Claims)
		for _, q := range v.Steps {
			asked++
			if diff := cmp.Diff(comparable(q.Answer), comparable(ask(t, s, c, q.Pod, &q.Answer))); diff != "" {
				t.Fatalf("pod %s (-upstream +got):\n%s\n%s", q.Pod.Name, diff, kubetest.YAML(q.Pod))
			}
			if q.Devices == nil {
				continue
			}
			near := q.Pod.DeepCopy()
			near.Status.NominatedNodeName = q.Answer.Best[0]
			d, err := s.Schedule(c, near)
			require.NoError(t, err)
			got := map[string][]string{}
			for _, a := range d.Claims {
				if _, twice := got[a.Claim]; !twice {
					got[a.Claim] = deviceNames(&a)
					given += len(a.Allocation.Devices.Results)
				}
			}
			require.Equal(t, q.Devices, got, "%s on %s", q.Pod.Name, d.Node)
			require.NoError(t, c.Apply(q.Pod, d))
		}
	}
	t.Logf("%d clusters, %d pods, %d devices", len(vectors), asked, given)
}

// deviceNames lists the devices of a claim in the form of the record: with their
// requests and the nodes, or sorted where they are for extended resources.
func deviceNames(a *scheduler.ClaimAllocation) []string {
	out := []string{}
	for _, r := range a.Allocation.Devices.Results {
		name := r.Driver + "/" + r.Pool + "/" + r.Device
		if a.Claim != "" {
			name = r.Request + ":" + name
		}
		out = append(out, name)
	}
	if a.Claim == "" {
		slices.Sort(out)
	} else if s := a.Allocation.NodeSelector; s != nil {
		out = append(out, s.String())
	}
	return out
}
