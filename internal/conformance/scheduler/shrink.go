package scheduler

import (
	"encoding/json"
	"sort"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Case is one comparison: a cluster, a pod, and the scheduler's configuration.
type Case struct {
	Variant string           `json:"variant"`
	Cluster kubetest.Cluster `json:"cluster"`
	Pod     *corev1.Pod      `json:"pod"`
}

// YAML prints the case as documents, the pod last.
func (c *Case) YAML() string { return "# " + c.Variant + "\n" + c.Cluster.YAML(c.Pod) }

// whole reports whether there is still a case to judge.
func (c *Case) whole() bool { return c.Pod != nil }

// keeps reports whether shrinking leaves what is at a path.
func (c *Case) keeps([]string) bool { return false }

// A shrinkable case is a tree of JSON: anything in it may go, but for what
// identifies objects and what it keeps.
type shrinkable[T any] interface {
	*T
	whole() bool
	keeps(path []string) bool
}

// Shrink removes objects, then fields, as long as fails holds. It knows nothing
// of Kubernetes but which fields identify objects.
func Shrink[T any, P shrinkable[T]](c P, fails func(P) bool) P {
	tree := toTree(c)
	if small := fromTree[T, P](tree); small == nil || !fails(small) {
		return c
	}
	for again := true; again; {
		again = false
		for _, path := range paths(tree) {
			if c.keeps(path) {
				continue
			}
			smaller := without(tree, path)
			if smaller == nil {
				continue
			}
			if small := fromTree[T, P](smaller); small != nil && fails(small) {
				tree, again = smaller, true
			}
		}
	}
	return fromTree[T, P](tree)
}

func toTree(c any) map[string]any {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	return tree
}

// fromTree returns nil when the tree is no case.
func fromTree[T any, P shrinkable[T]](tree map[string]any) P {
	text, err := json.Marshal(tree)
	if err != nil {
		return nil
	}
	c := P(new(T))
	if err := json.Unmarshal(text, c); err != nil || !c.whole() {
		return nil
	}
	return c
}

// fixed are the fields that identify an object or the case.
var fixed = map[string]bool{"uid": true, "name": true, "variant": true, "metadata": true, "namespace": true, "cluster": true, "pod": true}

// paths lists everything that can be removed, whole objects first and list
// elements from the end, so that removing one leaves the paths before it valid.
func paths(tree map[string]any) [][]string {
	var all [][]string
	var walk func(node any, path []string)
	walk = func(node any, path []string) {
		switch n := node.(type) {
		case map[string]any:
			keys := make([]string, 0, len(n))
			for key := range n {
				keys = append(keys, key)
			}
			sort.Strings(keys)
			for _, key := range keys {
				if p := append(path[:len(path):len(path)], key); !fixed[key] {
					all = append(all, p)
				}
				walk(n[key], append(path[:len(path):len(path)], key))
			}
		case []any:
			for i := len(n) - 1; i >= 0; i-- {
				p := append(path[:len(path):len(path)], strconv.Itoa(i))
				all = append(all, p)
				walk(n[i], p)
			}
		}
	}
	walk(tree, nil)
	sort.SliceStable(all, func(i, j int) bool { return len(all[i]) < len(all[j]) })
	return all
}

// without copies the tree except for the path; nil when the path is gone.
func without(node map[string]any, path []string) map[string]any {
	result, ok := remove(node, path)
	if !ok {
		return nil
	}
	return result.(map[string]any)
}

func remove(node any, path []string) (any, bool) {
	switch n := node.(type) {
	case map[string]any:
		child, ok := n[path[0]]
		if !ok {
			return nil, false
		}
		smaller := make(map[string]any, len(n))
		for key, value := range n {
			smaller[key] = value
		}
		if len(path) == 1 {
			delete(smaller, path[0])
			return smaller, true
		}
		if smaller[path[0]], ok = remove(child, path[1:]); !ok {
			return nil, false
		}
		return smaller, true
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(n) {
			return nil, false
		}
		smaller := append([]any(nil), n[:i]...)
		if len(path) == 1 {
			return append(smaller, n[i+1:]...), true
		}
		child, ok := remove(n[i], path[1:])
		if !ok {
			return nil, false
		}
		return append(append(smaller, child), n[i+1:]...), true
	}
	return nil, false
}
