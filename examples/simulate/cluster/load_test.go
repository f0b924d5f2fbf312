package cluster_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/examples/simulate/cluster"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

func load(t *testing.T, text string) (*cluster.Input, error) {
	t.Helper()
	docs, err := manifest.Decode(strings.NewReader(text))
	require.NoError(t, err)
	return cluster.Load(docs)
}

func names(pods []*corev1.Pod) string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Name)
	}
	return strings.Join(out, " ")
}

func pod(name, rest string) string {
	return "--- {apiVersion: v1, kind: Pod, metadata: {name: " + name + "}, " + rest + "}\n"
}

func TestLoadSortsPods(t *testing.T) {
	in, err := load(t, ""+
		pod("late", "spec: {priority: 5}")+
		pod("runs", "spec: {nodeName: a}")+
		pod("ended", "spec: {nodeName: a}, status: {phase: Failed}")+
		pod("never-ran", "status: {phase: Succeeded}")+
		"--- {apiVersion: v1, kind: Pod, metadata: {name: deleted, deletionTimestamp: 2026-01-01T00:00:00Z}}\n"+
		"--- {apiVersion: v1, kind: Pod, metadata: {name: leaving, deletionTimestamp: 2026-01-01T00:00:00Z}, spec: {nodeName: a}}\n"+
		pod("class", "spec: {priorityClassName: mine}")+
		pod("system", "spec: {priorityClassName: system-node-critical}")+
		pod("class-and-value", "spec: {priorityClassName: mine, priority: 8}")+
		pod("later", "spec: {priority: 5}")+
		pod("none", "status: {}")+
		"--- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: mine}, value: 7}\n"+
		"--- {apiVersion: v1, kind: Node, metadata: {name: a}}\n"+
		"--- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
	require.NoError(t, err)
	require.Equal(t, "system class-and-value class late later none", names(in.Pending))
	require.Equal(t, "runs leaving", names(in.Running))
	require.Len(t, in.Nodes, 1)
	require.Equal(t, map[string]int{"Pod that has ended": 2, "Pod deleted before it got a node": 1, "ConfigMap": 1}, in.Ignored)
}

func TestLoadReportsEveryProblem(t *testing.T) {
	_, err := load(t, pod("a", "spec: {priorityClassName: x}")+pod("b", "spec: {priorityClassName: z}"))
	require.EqualError(t, err, `document 1: pod default/a: spec.priorityClassName: no PriorityClass "x" is in the input, and the pod has no spec.priority
document 2: pod default/b: spec.priorityClassName: no PriorityClass "z" is in the input, and the pod has no spec.priority`)

	docs, err := manifest.Decode(strings.NewReader(pod("a", "spec: {}") + "--- {apiVersion: v1, kind: Node, metadata: {name: n1}}\n"))
	require.NoError(t, err)
	_, err = cluster.Load(slices.Concat(docs, docs))
	require.EqualError(t, err, `document 1: scheduler: pod "default/a" is already in the cluster
document 2: scheduler: node "n1" is already in the cluster`)
}

func TestProfiles(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	write := func(text string) {
		require.NoError(t, os.WriteFile(config, []byte(text), 0o644))
	}
	asks := func(name string) *corev1.Pod { return &corev1.Pod{Spec: corev1.PodSpec{SchedulerName: name}} }

	profiles, err := cluster.ReadProfiles("", nil)
	require.NoError(t, err)
	for _, name := range []string{"", "default-scheduler"} {
		s, err := profiles.For(asks(name))
		require.NoError(t, err)
		require.Same(t, profiles["default-scheduler"], s)
	}
	_, err = profiles.For(asks("x"))
	require.EqualError(t, err, `left to another scheduler: spec.schedulerName is "x"`)

	const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	write(head + "profiles: [{schedulerName: x}]\n")
	profiles, err = cluster.ReadProfiles(config, command.NewFiles(nil))
	require.NoError(t, err)
	_, err = profiles.For(asks("x"))
	require.NoError(t, err)
	_, err = profiles.For(asks(""))
	require.EqualError(t, err, `left to another scheduler: spec.schedulerName is "default-scheduler"`)

	write(head + "profile: []\n")
	_, err = cluster.ReadProfiles(config, command.NewFiles(nil))
	require.ErrorContains(t, err, config+": ")
	_, err = cluster.ReadProfiles(config+".not", command.NewFiles(nil))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The embedded cluster is the same every time, and survives being written.
func TestDemo(t *testing.T) {
	first, err := cluster.Demo()
	require.NoError(t, err)
	_, second, err := new(cluster.Source).Read(nil)
	require.NoError(t, err)
	require.Equal(t, first, second)

	var text bytes.Buffer
	require.NoError(t, cluster.Write(&text, first))
	written, err := manifest.Decode(bytes.NewReader(text.Bytes()))
	require.NoError(t, err)
	for i, d := range written {
		require.Equal(t, d.Position, first[i].Position, "positions are those in what is written")
	}
	in, err := cluster.Load(written)
	require.NoError(t, err)
	require.Equal(t, "1fa51dd950dd95af69eaaefc625a8bb5dfc3eb334f8f0361f557ca21e5502546", fmt.Sprintf("%x", sha256.Sum256(text.Bytes())), "the embedded cluster is another one")
	require.Greater(t, len(in.Nodes), 200)
	require.Greater(t, len(in.Pending), 200)
	require.Empty(t, in.Ignored)
}

// Nothing is written of an object that JSON cannot hold, and writers may fail.
func TestWriteFails(t *testing.T) {
	service := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{TargetPort: intstr.IntOrString{Type: 7}}}}}
	var text bytes.Buffer
	require.ErrorContains(t, cluster.Write(&text, []manifest.Document{{Object: service}}), "impossible IntOrString.Type")
	require.Empty(t, text.String())

	closed, end := io.Pipe()
	closed.Close()
	require.ErrorIs(t, cluster.Write(end, nil), io.ErrClosedPipe)
}

// Preparing gives pods the priorities of their classes and makes the claims of
// pods from their templates, in documents of their own.
func TestPrepare(t *testing.T) {
	template := "--- {apiVersion: resource.k8s.io/v1, kind: ResourceClaimTemplate, metadata: {name: t}, spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: gpu}}]}}}}\n"
	class := "--- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 7}\n"
	node := "--- {apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {pods: 9}}}\n"
	text := pod("p", "spec: {priorityClassName: high, resourceClaims: [{name: gpu, resourceClaimTemplateName: t}], containers: [{name: c}]}")
	given, err := manifest.Decode(strings.NewReader(text + template + class + node))
	require.NoError(t, err)
	docs, err := cluster.Prepare(given)
	require.NoError(t, err)
	require.Nil(t, given[0].Object.(*corev1.Pod).Spec.Priority)
	in, err := cluster.Load(docs)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"ResourceClaimTemplate": 1}, in.Ignored)
	prepared := in.Pending[0]
	require.EqualValues(t, 7, *prepared.Spec.Priority)
	require.Equal(t, "p-gpu", *prepared.Status.ResourceClaimStatuses[0].ResourceClaimName)
	claim := docs[len(docs)-1]
	require.Equal(t, "p-gpu", claim.Object.(*resourcev1.ResourceClaim).Name)
	require.Equal(t, given[0].Position, claim.Position)
	profiles, err := cluster.ReadProfiles("", nil)
	require.NoError(t, err)
	_, err = profiles["default-scheduler"].Best(in.Cluster, prepared)
	require.EqualError(t, err, "0/1 nodes are available: request r: device class gpu does not exist.")
}

// Every pod that cannot be prepared is reported, and stays as it was.
func TestPrepareRefuses(t *testing.T) {
	given, err := manifest.Decode(strings.NewReader("" +
		pod("p", "spec: {resourceClaims: [{name: gpu, resourceClaimTemplateName: t}], containers: [{name: c}]}") +
		pod("q", "spec: {priorityClassName: x}")))
	require.NoError(t, err)
	docs, err := cluster.Prepare(given)
	require.EqualError(t, err, `document 1: scheduler: pod "default/p": spec.resourceClaims[0].resourceClaimTemplateName: there is no template "t"
document 2: scheduler: pod "default/q": spec.priorityClassName: no PriorityClass "x" is given`)
	require.Equal(t, given, docs)
}

// A node that is not there, or says nothing of its zone, has none.
func TestZone(t *testing.T) {
	node := &corev1.Node{}
	require.Equal(t, "-", cluster.Zone(nil))
	require.Equal(t, "-", cluster.Zone(node))
	node.Labels = map[string]string{corev1.LabelTopologyZone: "a"}
	require.Equal(t, "a", cluster.Zone(node))
}

// Replicas of a Deployment belong to it, whatever their ReplicaSet is called.
func TestWorkload(t *testing.T) {
	of := func(hash, owner string, controller bool) string {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "x", Name: "p", Labels: map[string]string{"pod-template-hash": hash}}}
		p.OwnerReferences = []metav1.OwnerReference{{Name: owner, Controller: &controller}}
		return cluster.Workload(p)
	}
	require.Equal(t, "x/web", of("5tk", "web-5tk", true))
	require.Equal(t, "x/web-5tk", of("5tx", "web-5tk", true))
	require.Equal(t, "x/p", of("5tk", "web-5tk", false))
}

// A pod that is to be scheduled again has nothing left of its first life.
func TestUnscheduled(t *testing.T) {
	now := metav1.Now()
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", DeletionTimestamp: &now}, Spec: corev1.PodSpec{NodeName: "n", Hostname: "h"}, Status: corev1.PodStatus{Phase: corev1.PodRunning}}
	before := p.DeepCopy()
	require.Equal(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{Hostname: "h"}}, cluster.Unscheduled(p))
	require.Equal(t, before, p)
}

// A source reads the configuration, then the objects, and prepares them if asked to.
func TestSource(t *testing.T) {
	const one = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}]}}"
	read := func(stdin string, args ...string) (string, error) {
		var s cluster.Source
		fs := flag.NewFlagSet("source", flag.ContinueOnError)
		s.Define(fs)
		require.NoError(t, fs.Parse(args))
		require.Equal(t, len(args) == 0, s.Embedded())
		profiles, docs, err := s.Read(command.NewFiles(strings.NewReader(stdin)))
		if err != nil {
			return "", err
		}
		first := docs[0].Object.(*corev1.Pod)
		_, err = profiles.For(first)
		require.NoError(t, err)
		return first.Spec.SchedulerName, nil
	}
	name, err := read(one, "-f", "-")
	require.NoError(t, err)
	require.Empty(t, name)
	_, err = read("hello", "-f", "-", "-prepare")
	require.ErrorContains(t, err, "-: manifest: document 1")
	_, err = read(one, "-f", "-", "-config", "nowhere.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
	name, err = read(one, "-f", "-", "-prepare")
	require.NoError(t, err)
	require.Equal(t, corev1.DefaultSchedulerName, name)
}
