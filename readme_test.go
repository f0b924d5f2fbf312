package kubealgo_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/scheduler"
)

// place is the snippet of README, word for word.
func place(objects []runtime.Object, pod *corev1.Pod) error {
	cluster := scheduler.NewCluster()
	for _, object := range objects { // nodes, their pods, services, namespaces, ...
		if err := cluster.Add(object); err != nil {
			return err
		}
	}
	s, err := scheduler.New(scheduler.Config{}) // kube-scheduler's default profile
	if err != nil {
		return err
	}
	decision, err := s.Schedule(cluster, pod)
	if fit := (*scheduler.FitError)(nil); errors.As(err, &fit) {
		for _, n := range fit.Nodes {
			fmt.Println(n.Node, n.Plugin, n.Reasons, n.Shortages)
		}
		return fit // 0/3 nodes are available: 1 Insufficient cpu, ...
	}
	fmt.Println(decision.Node, decision.Score, err)
	return err
}

func TestReadmeSnippet(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	_, body, found := strings.Cut(string(source), "pod *corev1.Pod) error {\n")
	require.True(t, found)
	body, _, found = strings.Cut(body, "\n}\n")
	require.True(t, found)
	var want strings.Builder
	for line := range strings.Lines(body + "\n") {
		want.WriteString(strings.TrimPrefix(line, "\t"))
	}
	require.Contains(t, readme(t), "```go\n"+want.String()+"```\n")
}

// The snippet does what README says of it.
func TestReadmeSnippetRuns(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}, Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}}}
	require.NoError(t, place([]runtime.Object{node}, pod))
	pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("5")}
	require.EqualError(t, place([]runtime.Object{node}, pod), "0/1 nodes are available: 1 Insufficient cpu.")
}

// Every package that a user can import, and every example, has its line.
func TestReadmeNamesEverything(t *testing.T) {
	text := readme(t)
	for _, p := range sourcePackages(t) {
		switch {
		case p.kind() == "library" && !strings.Contains(p.Dir, "internal/") && !strings.Contains(text, "`"+p.Dir+"`"):
			t.Errorf("README does not name package %s", p.Dir)
		case p.kind() == "example" && p.Name == "main" && !strings.Contains(text, "./"+p.Dir):
			t.Errorf("README does not name example %s", p.Dir)
		}
	}
}

// Files that README and CONTRIBUTING point to are there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)[^):]*\)`)
	links := 0
	for _, file := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			links++
			_, err := os.Stat(m[1])
			require.NoError(t, err, "%s: %s", file, m[0])
		}
	}
	require.Positive(t, links)
}

// What README prints of a command is what the command prints.
func TestReadmeOutput(t *testing.T) {
	block := regexp.MustCompile("(?s)```console\n\\$ (go run [^\n]*)\n(.*?)```")
	blocks := block.FindAllStringSubmatch(readme(t), -1)
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		args := strings.Fields(b[1])
		out, err := exec.Command(args[0], args[1:]...).Output()
		require.NoError(t, err, b[1])
		// "..." stands for lines that are left out.
		rest := string(out)
		for _, part := range strings.Split(b[2], "...\n") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("%s does not print:\n%s", b[1], part)
			}
			rest = after
		}
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}
