package kubetest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/internal/kubetest/golden"
)

// The language, by example: what each line means as YAML.
func TestLanguage(t *testing.T) {
	golden.Run(t, "testdata/*.txt", func(_ *testing.T, input string) string {
		c, err := kubetest.Parse(input)
		if err != nil {
			return "error: " + err.Error()
		}
		text, err := c.Text()
		if err != nil {
			return "error: " + err.Error()
		}
		again := ""
		if text != input {
			again = "says: " + text
		}
		return again + c.YAML()
	})
}

// What is printed is read back as it was, and what has no words is refused.
func TestTextRoundTrip(t *testing.T) {
	for _, p := range kubetest.Profiles() {
		t.Run(p.String(), func(t *testing.T) {
			said := 0
			for i := range uint64(15) {
				g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(1, i))), p)
				c := g.Cluster()
				// Alone, objects are simple enough to have words more often.
				for _, one := range alone(c) {
					text, err := one.Text()
					if err != nil {
						continue
					}
					said++
					read, err := kubetest.Parse(text)
					if err != nil {
						t.Fatalf("%s: %v", text, err)
					}
					if !equality.Semantic.DeepEqual(read.Objects(), one.Objects()) {
						t.Fatalf("%sread as\n%swant\n%s", text, read.YAML(), one.YAML())
					}
				}
			}
			t.Logf("%d objects have words", said)
			if said < 100 {
				t.Errorf("only %d objects have words", said)
			}
		})
	}
}

func alone(c *kubetest.Cluster) []*kubetest.Cluster {
	var list []*kubetest.Cluster
	for i := range c.Nodes {
		list = append(list, &kubetest.Cluster{Nodes: c.Nodes[i : i+1]})
	}
	for i := range c.Pods {
		c.Pods[i].Spec.SchedulerName, c.Pods[i].Status.StartTime = "", nil
		list = append(list, &kubetest.Cluster{Pods: c.Pods[i : i+1]})
	}
	for i := range c.Namespaces {
		list = append(list, &kubetest.Cluster{Namespaces: c.Namespaces[i : i+1]})
	}
	return list
}

func TestParseErrors(t *testing.T) {
	for _, r := range [][2]string{
		{"node", `kubetest: line 1: "node": want a kind and a name`},
		{"\nthing x", `kubetest: line 2: "thing": want node, pod, namespace, service, rc, rs or ss`},
		{"node n cpu", `kubetest: line 1: "cpu": want cpu=QUANTITY`},
		{"node n unschedulable=yes", `kubetest: line 1: "unschedulable=yes": want unschedulable`},
		{"node n taint=x", `kubetest: line 1: "taint=x": no colon: want taint=KEY[=VALUE]:EFFECT`},
		{"node n image=x", `kubetest: line 1: "image=x": no equals sign: want image=NAME=SIZE`},
		{"pod p what=x", `kubetest: line 1: "what=x": no such word`},
		{"pod p cpu=1e99999999", `kubetest: line 1: "cpu=1e99999999": "1e99999999" is no quantity of this language: want cpu=QUANTITY`},
		{"pod p prio=x", `kubetest: line 1: "prio=x": "x" is not a 32-bit number: want prio=NUMBER`},
		{"pod p owner=x", `kubetest: line 1: "owner=x": no such controller: want owner=KIND/NAME`},
		{"pod p near=zone", `kubetest: line 1: "near=zone": no colon: want near=TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p prefer-near=zone:app=web", `kubetest: line 1: "prefer-near=zone:app=web": "zone" is not a 32-bit number: want prefer-near=WEIGHT:TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p spread=1:zone", `kubetest: line 1: "spread=1:zone": 2 parts: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p spread=1:zone:firm:*", `kubetest: line 1: "spread=1:zone:firm:*": "firm" is neither hard nor soft: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"rs x a>1", `kubetest: line 1: "a>1": a label selector has no >`},
		{"rs x =1", `kubetest: line 1: "=1": a requirement without a key`},
		{"service s x", `kubetest: line 1: "x": want KEY=VALUE`},
		{"pod p near=zone:=x", `kubetest: line 1: "near=zone:=x": "=x": a requirement without a key: want near=TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p near=zone:app~=x", `kubetest: line 1: "near=zone:app~=x": "=x": a requirement without a key: want near=TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p prefer-near=5", `kubetest: line 1: "prefer-near=5": no colon: want prefer-near=WEIGHT:TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p prefer-near=5:zone", `kubetest: line 1: "prefer-near=5:zone": no colon: want prefer-near=WEIGHT:TOPOLOGY:SELECTOR[@NAMESPACE|...][~NAMESPACESELECTOR]`},
		{"pod p prefer=5", `kubetest: line 1: "prefer=5": no colon: want prefer=WEIGHT:REQUIREMENTS`},
		{"pod p prefer=5:=x", `kubetest: line 1: "prefer=5:=x": "=x": a requirement without a key: want prefer=WEIGHT:REQUIREMENTS`},
		{"pod p need==x", `kubetest: line 1: "need==x": "=x": a requirement without a key: want need=REQUIREMENTS: a term of required node affinity, such as disk=ssd|nvme,cores>4 or @name=n1`},
		{"pod p spread=x:zone:hard:*", `kubetest: line 1: "spread=x:zone:hard:*": "x" is not a 32-bit number: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p spread=1:zone:hard:=x", `kubetest: line 1: "spread=1:zone:hard:=x": "=x": a requirement without a key: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p spread=1:zone:hard:*:min=x", `kubetest: line 1: "spread=1:zone:hard:*:min=x": "x" is not a 32-bit number: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p spread=1:zone:hard:*:what=x", `kubetest: line 1: "spread=1:zone:hard:*:what=x": "what=x" has no meaning here: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p spread=1:zone:hard", `kubetest: line 1: "spread=1:zone:hard": 3 parts: want spread=MAXSKEW:TOPOLOGY:hard|soft:SELECTOR[:min=N][:affinity=POLICY][:taints=POLICY][:keys=A|B]`},
		{"pod p also=x;what", `kubetest: line 1: "also=x;what": "what": no such word: want also=NAME[;cpu=1;mem=1Gi;image=app;port=80;sidecar;...]`},
		{"pod p port=x", `kubetest: line 1: "port=x": "x" is not a 32-bit number: want port=HOSTPORT[/PROTOCOL][@IP]`},
		{"pod p owner=ReplicaSet", `kubetest: line 1: "owner=ReplicaSet": no such controller: want owner=KIND/NAME`},
		{"pod p owner=Foo/x", `kubetest: line 1: "owner=Foo/x": no such controller: want owner=KIND/NAME`},
		{"node n label=x", `kubetest: line 1: "label=x": "x": want KEY=VALUE: want label=KEY=VALUE`},
		{"node n res=x", `kubetest: line 1: "res=x": no equals sign: want res=NAME=QUANTITY`},
		{"node n res=x=1e123", `kubetest: line 1: "res=x=1e123": "1e123" is no quantity of this language: want res=NAME=QUANTITY`},
		{"node n cpu=1E123", `kubetest: line 1: "cpu=1E123": "1E123" is no quantity of this language: want cpu=QUANTITY`},
		{"node n cpu=00000000000000000000000000000000000000000", `kubetest: line 1: "cpu=00000000000000000000000000000000000000000": "00000000000000000000000000000000000000000" is no quantity of this language: want cpu=QUANTITY`},
		{"namespace n x", `kubetest: line 1: "x": want KEY=VALUE`},
		{"rc r x", `kubetest: line 1: "x": want KEY=VALUE`},
		{"ss x =1", `kubetest: line 1: "=1": a requirement without a key`},
	} {
		if _, err := kubetest.Parse(r[0]); err == nil || err.Error() != r[1] {
			t.Errorf("%q: got  %v\n\twant %s", r[0], err, r[1])
		}
	}
}

func TestWordsAreDocumented(t *testing.T) {
	for _, help := range []string{kubetest.NodeWords(), kubetest.PodWords()} {
		for line := range strings.Lines(help) {
			if len(line) < 2 {
				t.Errorf("a word without help in\n%s", help)
			}
		}
		if !strings.Contains(help, "label=KEY=VALUE\n") {
			t.Errorf("no word for labels in\n%s", help)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("node n1 cpu=4 mem=8Gi zone=a taint=k=v:NoSchedule\npod ns/p cpu=500m on=n1 spread=1:zone:hard:app=web:min=2")
	f.Add("pod p tol=a>5:NoExecute need=disk=ssd|nvme,cores>4,@name=n1 near=host:*@a|b~env=prod init=x;sidecar;cpu=1")
	f.Add("rs w app=web|,!x\nss w -\nnamespace n a=b\nservice s\nrc r x=y")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := kubetest.Parse(text)
		if err != nil {
			return
		}
		printed, err := c.Text()
		if err != nil {
			return // such as words that take each other back
		}
		again, err := kubetest.Parse(printed)
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, printed, err)
		}
		if got, err := again.Text(); err != nil || got != printed {
			t.Fatalf("%q is printed as %q, then %q (%v)", text, printed, got, err)
		}
	})
}

func TestClusters(t *testing.T) {
	for _, p := range kubetest.Profiles() {
		for i := range uint64(10) {
			c := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(2, i))), p).Cluster()
			seen := map[string]bool{}
			for _, pod := range c.Pods {
				key := pod.Namespace + "/" + pod.Name
				if seen[key] || pod.UID == "" || seen[string(pod.UID)] {
					t.Fatalf("%v cluster %d: pod %s or its UID %q is there twice", p, i, key, pod.UID)
				}
				seen[key], seen[string(pod.UID)] = true, true
			}
			if c.DeepCopy().YAML() != c.YAML() {
				t.Fatalf("%v cluster %d: the copy differs", p, i)
			}
		}
	}
}

func TestRapidGenerators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(kubetest.Profiles()).Draw(t, "profile")
		if kubetest.Pods(p).Draw(t, "pod").Spec.NodeName != "" {
			t.Error("a pod that waits has a node")
		}
		if kubetest.RunningPods(p).Draw(t, "running").Spec.NodeName != "n0" {
			t.Error("a pod that runs has no node")
		}
		if kubetest.Nodes(p).Draw(t, "node").Name != "n0" {
			t.Error("the node has another name")
		}
		kubetest.Labels(p).Draw(t, "labels")
		kubetest.Selectors(p).Draw(t, "selector")
		kubetest.NodeSelectors(p).Draw(t, "node selector")
		kubetest.Taints(p).Draw(t, "taints")
		kubetest.Tolerations(p).Draw(t, "tolerations")
		kubetest.Resources(p).Draw(t, "resources")
	})
}

// The same seed draws the same objects, by either source the same shapes.
func TestDeterminism(t *testing.T) {
	draw := func() string {
		g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(3, 4))), kubetest.Hostile)
		c := g.Cluster()
		return c.YAML(g.Pending("x", c.Nodes))
	}
	if first, second := draw(), draw(); first != second {
		t.Error("two draws of one seed differ")
	}
}

func ExampleParse() {
	c, err := kubetest.Parse("node n1 cpu=4 zone=a\npod web cpu=500m on=n1 label=app=web")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(c.YAML())
	// Output:
	// apiVersion: v1
	// kind: Node
	// metadata:
	//   labels:
	//     kubernetes.io/hostname: n1
	//     topology.kubernetes.io/zone: a
	//   name: n1
	//   uid: node//n1
	// status:
	//   allocatable:
	//     cpu: "4"
	//     pods: "110"
	// ---
	// apiVersion: v1
	// kind: Pod
	// metadata:
	//   labels:
	//     app: web
	//   name: web
	//   namespace: default
	//   uid: default/web
	// spec:
	//   containers:
	//   - name: main
	//     resources:
	//       requests:
	//         cpu: 500m
	//   nodeName: n1
}

func ExampleNew() {
	g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(1, 1))), kubetest.Focused)
	cluster := g.Cluster()
	pod := g.Pending("pod", cluster.Nodes)
	fmt.Println(len(cluster.Nodes) > 0, pod.Name)
	// Output: true pod
}

func ExampleRapid() {
	taints := kubetest.Rapid(kubetest.Focused, (*kubetest.Gen).Taints)
	fmt.Println(len(taints.Example(1)) <= 2)
	// Output: true
}
