// Package simulate holds the output of examples/simulate, as a user gets it, to
// the real scheduler: every pod of the queue, one after the other, on the same
// cluster.
package simulate

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/google/go-cmp/cmp"

	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/conformance/scheduler"
	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

const root = "../../.."

// output is the JSON form of the example's output.
type output struct {
	Placements []struct {
		Pod, Node string
		Best      []string
		Score     int64
	}
	Pending []struct{ Pod, Message string }
}

// outcome is what becomes of one pod: a node and its rivals, or a message.
type outcome struct {
	Node    string
	Best    []string
	Score   int64
	Message string
}

// claims reports whether the pod has volume claims, which the real scheduler is
// not given here.
func claims(pod *corev1.Pod) bool {
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			return true
		}
	}
	return false
}

func TestSimulate(t *testing.T) {
	for name, file := range map[string]string{"embedded": "", "small": "examples/simulate/testdata/small.yaml"} {
		t.Run(name, func(t *testing.T) { compare(t, file) })
	}
}

// read returns the objects of a file, or of the embedded cluster for "".
func read(file string) ([]manifest.Document, error) {
	if file == "" {
		return cluster.Demo()
	}
	text, err := os.ReadFile(root + "/" + file)
	if err != nil {
		return nil, err
	}
	return manifest.Decode(bytes.NewReader(text))
}

func compare(t *testing.T, file string) {
	args := []string{"run", "./examples/simulate", "-o", "json"}
	if file != "" {
		args = append(args, "-f", file)
	}
	command := exec.Command("go", args...)
	command.Dir, command.Stderr = root, os.Stderr
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got output
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	ours := map[string]outcome{}
	for _, p := range got.Placements {
		ours[p.Pod] = outcome{Node: p.Node, Best: p.Best, Score: p.Score}
	}
	for _, p := range got.Pending {
		ours[p.Pod] = outcome{Message: p.Message}
	}

	docs, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	in, err := cluster.Load(docs)
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := scheduler.NewUpstream(t.Context(), "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	profiles, err := cluster.ReadProfiles("", nil)
	if err != nil {
		t.Fatal(err)
	}
	objects := gather(docs)
	placed, pending, scored := 0, 0, 0
	for _, pod := range in.Pending {
		name := cluster.Name(pod)
		if _, err := profiles.For(pod); err != nil {
			continue
		}
		pod = withUID(pod)
		if claims(pod) {
			if pod.Spec.NodeName = ours[name].Node; pod.Spec.NodeName != "" {
				objects.Pods = append(objects.Pods, pod)
			}
			continue
		}
		if err := upstream.Load(objects); err != nil {
			t.Fatal(err)
		}
		answer := upstream.Schedule(pod)
		want, have := outcome{Message: answer.Error + answer.FitError}, ours[name]
		if answer.Node != "" {
			want = outcome{Node: have.Node, Best: answer.Best, Score: answer.Totals[have.Node]}
			if len(have.Best) == 1 {
				want.Node = answer.Node
			}
			if len(answer.Best) > 0 {
				scored++
			}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("%s (-upstream +ours):\n%s", name, diff)
		}
		if have.Node == "" {
			pending++
			continue
		}
		placed++
		pod.Spec.NodeName = have.Node
		objects.Pods = append(objects.Pods, pod)
	}
	t.Logf("%d placements (%d of them compared by score) and %d messages are those of kube-scheduler v1.36.3", placed, scored, pending)
	if placed == 0 || pending == 0 {
		t.Error("nothing was compared")
	}
}

// gather sorts the documents as the real scheduler's caches want them.
func gather(docs []manifest.Document) *kubetest.Cluster {
	c := &kubetest.Cluster{}
	for _, d := range docs {
		switch o := d.Object.(type) {
		case *corev1.Node:
			c.Nodes = append(c.Nodes, o)
		case *corev1.Pod:
			if o.Spec.NodeName != "" {
				c.Pods = append(c.Pods, withUID(o))
			}
		case *corev1.Namespace:
			c.Namespaces = append(c.Namespaces, o)
		case *corev1.Service:
			c.Services = append(c.Services, o)
		case *corev1.ReplicationController:
			c.ReplicationControllers = append(c.ReplicationControllers, o)
		case *appsv1.ReplicaSet:
			c.ReplicaSets = append(c.ReplicaSets, o)
		case *appsv1.StatefulSet:
			c.StatefulSets = append(c.StatefulSets, o)
		}
	}
	return c
}

// withUID returns a copy of the pod that an API server could have stored.
func withUID(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.UID = types.UID(cluster.Name(pod))
	return pod
}
