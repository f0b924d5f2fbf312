package scheduler

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// TestClassKeyCoversClass changes every single field that a pod can have, one
// at a time, and wants another key wherever newClass gives another class.
func TestClassKeyCoversClass(t *testing.T) {
	infeasible, containers := fullPod(), fullPod()
	infeasible.Status.Conditions[0].Reason = corev1.PodReasonInfeasible
	containers.Spec.Resources = nil // or the total hides what the containers request
	for name, full := range map[string]*corev1.Pod{"full": fullPod(), "infeasible": infeasible, "containers": containers} {
		t.Run(name, func(t *testing.T) { testClassKeyCovers(t, full) })
	}
}

func testClassKeyCovers(t *testing.T, full *corev1.Pod) {
	c := NewCluster()
	base, baseClass := c.class(full), newClass(full)
	if base != c.class(full.DeepCopy()) {
		t.Fatal("two equal pods are of two classes")
	}
	changed, kept := 0, 0
	mutate(reflect.ValueOf(full).Elem(), "pod", func(path string) {
		pod := full.DeepCopy()
		is := newClass(pod)
		read := !identical(baseClass, is)
		own := c.class(pod) != base
		if c.class(pod).shape == base.shape && !sameShape(baseClass, is) {
			t.Errorf("newClass reads %s, and the shape does not have it", path)
		}
		switch {
		case read && !own:
			t.Errorf("newClass reads %s, and the key does not have it", path)
		case read:
			changed++
		default:
			kept++
		}
	})
	t.Logf("%d fields change the class, %d do not", changed, kept)
	if changed < 100 {
		t.Errorf("only %d fields change the class: the pod is not full", changed)
	}
}

// Pods that differ in nothing but their demand are of one shape, which is what
// makes a new class cheap.
func TestShapes(t *testing.T) {
	c := NewCluster()
	base := c.class(fullPod())
	for name, change := range map[string]func(*corev1.Pod){
		"requests": func(p *corev1.Pod) { p.Spec.Containers[0].Resources = requestsOf("cpu", "77") },
		"ports":    func(p *corev1.Pod) { p.Spec.Containers[0].Ports = nil },
		"overhead": func(p *corev1.Pod) { p.Spec.Overhead = nil },
		"total":    func(p *corev1.Pod) { p.Spec.Resources = nil },
		"resize":   func(p *corev1.Pod) { p.Status.ContainerStatuses = nil },
	} {
		pod := fullPod()
		change(pod)
		if cl := c.class(pod); cl == base || cl.shape != base.shape {
			t.Errorf("%s: class %d of shape %d, not another one of shape %d", name, cl.id, cl.shape, base.shape)
		}
	}
	other := fullPod()
	other.Namespace = "other"
	if c.class(other).shape == base.shape {
		t.Error("pods of two namespaces share a shape")
	}
}

// What scheduling does not read does not split a class either.
func TestClassIgnores(t *testing.T) {
	c := NewCluster()
	base := c.class(fullPod())
	for name, change := range map[string]func(*corev1.Pod){
		"name":       func(p *corev1.Pod) { p.Name = "other" },
		"uid":        func(p *corev1.Pod) { p.UID = "other" },
		"node":       func(p *corev1.Pod) { p.Spec.NodeName = "other" },
		"priority":   func(p *corev1.Pod) { p.Spec.Priority = new(int32(9)) },
		"phase":      func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning },
		"started":    func(p *corev1.Pod) { p.Status.StartTime = &metav1.Time{} },
		"deletion":   func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} },
		"annotation": func(p *corev1.Pod) { p.Annotations = map[string]string{"a": "b"} },
		"generation": func(p *corev1.Pod) { p.Generation = 7 },
		"seconds":    func(p *corev1.Pod) { p.Spec.Tolerations[0].TolerationSeconds = new(int64(9)) },
		"command":    func(p *corev1.Pod) { p.Spec.Containers[0].Command = []string{"x"} },
		"port": func(p *corev1.Pod) {
			p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{ContainerPort: 1})
		},
		"volume": func(p *corev1.Pod) { p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "empty"}) },
		"condition": func(p *corev1.Pod) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodResizePending, Reason: "late"})
		},
		"owner uid": func(p *corev1.Pod) { p.OwnerReferences[0].UID = "other" },
	} {
		pod := fullPod()
		if change(pod); c.class(pod) != base {
			t.Errorf("%s splits the class", name)
		}
	}
}

// Pods that look alike when their fields are strung together are still apart.
func TestClassKeyIsUnambiguous(t *testing.T) {
	pod := func(change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{}
		change(p)
		return p
	}
	pods := map[string]*corev1.Pod{
		"cb":           pod(func(p *corev1.Pod) { p.Labels = map[string]string{"c": "b"} }),
		"ab":           pod(func(p *corev1.Pod) { p.Labels = map[string]string{"a": "b"} }),
		"abc":          pod(func(p *corev1.Pod) { p.Labels = map[string]string{"ab": "c"} }),
		"a-bc":         pod(func(p *corev1.Pod) { p.Labels = map[string]string{"a": "bc"} }),
		"selector":     pod(func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"a": "b"} }),
		"nil selector": pod(func(p *corev1.Pod) {}),
		"no selector":  pod(func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{} }),
		"gate":         pod(func(p *corev1.Pod) { p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "a"}} }),
		"container":    pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Name: "a"}} }),
		"init":         pod(func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{{Name: "a"}} }),
		"zero request": pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("cpu", "0")}} }),
		"no request":   pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{}} }),
		"port 1": pod(func(p *corev1.Pod) {
			p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{{HostPort: 1}}}}
		}),
		"1 cpu":          pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("cpu", "1")}} }),
		"1k cpu":         pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("cpu", "1k")}} }),
		"1 memory":       pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("memory", "1")}} }),
		"10 cpu":         pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("cpu", "10")}} }),
		"-1 cpu":         pod(func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Resources: requestsOf("cpu", "-1")}} }),
		"empty affinity": pod(func(p *corev1.Pod) { p.Spec.Affinity = &corev1.Affinity{} }),
		"nil preferred":  pod(func(p *corev1.Pod) { p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}} }),
		"no preferred": pod(func(p *corev1.Pod) {
			p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{}}}
		}),
		"empty resources": pod(func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{} }),
	}
	// But for what stands between the fields, each of these would have the key of the other.
	image := func(reference string) corev1.Volume {
		return corev1.Volume{VolumeSource: corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: reference}}}
	}
	claim := corev1.Volume{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}}}
	encoded, err := claim.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	gates := func(names ...string) (list []corev1.PodSchedulingGate) {
		for _, n := range names {
			list = append(list, corev1.PodSchedulingGate{Name: n})
		}
		return list
	}
	zero := func(names ...string) corev1.ResourceList {
		l := corev1.ResourceList{}
		for _, n := range names {
			l[corev1.ResourceName(n)] = resource.Quantity{}
		}
		return l
	}
	effect, value := []corev1.Toleration{{Effect: "\x02"}}, []corev1.Toleration{{Value: "\x00"}}
	odd, plain := []corev1.Container{{Image: "\x00"}}, []corev1.Container{{}}
	for name, pair := range map[string][2]corev1.PodSpec{
		"number of init containers": {{InitContainers: odd, Containers: plain, Tolerations: effect}, {Containers: plain, Tolerations: value, SchedulingGates: gates("\x00\x00")}},
		"number of containers":      {{Containers: odd, Tolerations: effect}, {Tolerations: value, SchedulingGates: gates("\x00\x00")}},
		"number of tolerations":     {{Tolerations: []corev1.Toleration{{Operator: "\x04"}}}, {SchedulingGates: gates("\x00\x00\x00\x00")}},
		"number of constraints": {
			{TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "zon"}}, Volumes: []corev1.Volume{image("\x00\x00\x00\x00\x00\x00")}},
			{SchedulingGates: gates("\x01\x12\x03zon\x1a\x00", "", "\x06", "", "", "", "", "", "")},
		},
		"number of gates":  {{SchedulingGates: gates("\x00")}, {Volumes: []corev1.Volume{image("")}}},
		"kind of a volume": {{Volumes: []corev1.Volume{claim}}, {Volumes: []corev1.Volume{image(string(encoded))}}},
		"end of the volumes": {
			{Volumes: []corev1.Volume{image("a")}, Overhead: zero("\x00\x01-" + strings.Repeat("b", '-'))},
			{Overhead: zero("a"), Resources: &corev1.ResourceRequirements{Requests: zero(strings.Repeat("b", '-'))}},
		},
		"end of the ports": {
			{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{HostPort: 1}}}, {Name: "\x00\x00\x00"}}},
			{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{HostPort: 1}, {HostPort: 3}}}, {}}},
		},
	} {
		pods[name], pods["another "+name] = &corev1.Pod{Spec: pair[0]}, &corev1.Pod{Spec: pair[1]}
	}
	total := func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{Requests: zero("cpu")} }
	five := corev1.ResourceList{"cpu": resource.MustParse("5")}
	inForce := &corev1.ResourceRequirements{Requests: five}
	pending := []corev1.PodCondition{{Type: corev1.PodResizePending}}
	pods["allocated, not in force"] = pod(func(p *corev1.Pod) {
		p.Spec.Containers, p.Status.ContainerStatuses, p.Status.Conditions = plain, []corev1.ContainerStatus{{AllocatedResources: five}}, pending
	})
	pods["in force, not allocated"] = pod(func(p *corev1.Pod) {
		p.Spec.Containers, p.Status.ContainerStatuses = plain, []corev1.ContainerStatus{{Resources: inForce}}
	})
	pods["allocated in total, not in force"] = pod(func(p *corev1.Pod) {
		total(p)
		p.Status.AllocatedResources, p.Status.Conditions = five, pending
	})
	pods["in force in total, not allocated"] = pod(func(p *corev1.Pod) {
		total(p)
		p.Status.Resources = inForce
	})
	pods["another end of the volumes"].Status.Conditions = pending
	c := NewCluster()
	classes, shapes := map[*class]string{}, map[int32]string{}
	for name, p := range pods {
		cl, own := c.class(p), newClass(p)
		if other, taken := classes[cl]; taken && !sameClass(own, newClass(pods[other])) {
			t.Errorf("%q and %q share a class", name, other)
		}
		if other, taken := shapes[cl.shape]; taken && !sameShape(own, newClass(pods[other])) {
			t.Errorf("%q and %q share a shape", name, other)
		}
		classes[cl], shapes[cl.shape] = name, name
	}
	// Numbers that are written differently are the same number.
	one := c.class(pods["1 cpu"])
	pods["1 cpu"].Spec.Containers[0].Resources = requestsOf("cpu", "1000m")
	if c.class(pods["1 cpu"]) != one {
		t.Error("1 and 1000m are of two classes")
	}
}

func requestsOf(name corev1.ResourceName, amount string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{Requests: corev1.ResourceList{name: resource.MustParse(amount)}}
}

// Random pods share a class only if newClass gives the same for both.
func TestClassKeyOfRandomPods(t *testing.T) {
	for _, profile := range kubetest.Profiles() {
		rapid.Check(t, func(t *rapid.T) {
			a := kubetest.Pods(profile).Draw(t, "a")
			b := a.DeepCopy()
			other := kubetest.Pods(profile).Draw(t, "b")
			// Give b one part of the other pod: most of it stays equal.
			switch rapid.IntRange(0, 9).Draw(t, "part") {
			case 0:
				b.Labels = other.Labels
			case 1:
				b.Spec.Containers = other.Spec.Containers
			case 2:
				b.Spec.InitContainers = other.Spec.InitContainers
			case 3:
				b.Spec.Affinity = other.Spec.Affinity
			case 4:
				b.Spec.Tolerations = other.Spec.Tolerations
			case 5:
				b.Spec.TopologySpreadConstraints = other.Spec.TopologySpreadConstraints
			case 6:
				b.Spec.NodeSelector = other.Spec.NodeSelector
			case 7:
				b.Spec.Resources, b.Spec.Overhead = other.Spec.Resources, other.Spec.Overhead
			case 8:
				b.OwnerReferences = other.OwnerReferences
			case 9:
				b.Status = other.Status
			}
			c := NewCluster()
			if c.class(a) == c.class(b) && !sameClass(newClass(a), newClass(b)) {
				t.Fatalf("one class:\n%s", kubetest.YAML(a, b))
			}
		})
	}
}

// identical compares what newClass made of two pods: errors by text, the rest
// by value.
func identical(a, b *class) bool {
	x, y := *a, *b
	if fmt.Sprint(x.terms.err) != fmt.Sprint(y.terms.err) {
		return false
	}
	x.terms.err, y.terms.err = nil, nil
	return reflect.DeepEqual(x, y)
}

// sameClass is identical but for nil and empty, which mean the same everywhere
// but in the node selector.
func sameClass(a, b *class) bool {
	if identical(a, b) {
		return true
	}
	x, y := *a, *b
	x.terms.err, y.terms.err = nil, nil
	return fmt.Sprint(a.terms.err) == fmt.Sprint(b.terms.err) && (x.nodeSelector == nil) == (y.nodeSelector == nil) &&
		cmp.Equal(x, y, cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true }))
}

// sameShape is sameClass but for what the pods take of a node.
func sameShape(a, b *class) bool {
	x, y := *a, *b
	x.demand, x.ports, y.demand, y.ports = demand{}, nil, demand{}, nil
	return sameClass(&x, &y)
}

// mutate changes every value below v, one at a time, and calls seen while the
// change is in place.
func mutate(v reflect.Value, path string, seen func(path string)) {
	try := func(to reflect.Value) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(to)
		seen(path)
		v.Set(old)
	}
	if q, ok := v.Interface().(resource.Quantity); ok {
		q.Add(resource.MustParse("3"))
		try(reflect.ValueOf(q))
		return
	}
	if _, ok := v.Interface().(metav1.Time); ok {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				mutate(v.Field(i), path+"."+f.Name, seen)
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		try(reflect.Zero(v.Type()))
		mutate(v.Elem(), path, seen)
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		try(v.Slice(0, v.Len()-1))
		try(reflect.Zero(v.Type()))
		for i := range v.Len() {
			mutate(v.Index(i), fmt.Sprintf("%s[%d]", path, i), seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			where := fmt.Sprintf("%s[%v]", path, key)
			value := v.MapIndex(key)
			v.SetMapIndex(key, reflect.Value{})
			seen(where + " dropped")
			changed := reflect.New(v.Type().Elem()).Elem()
			changed.Set(value)
			mutate(changed, where, func(path string) {
				v.SetMapIndex(key, changed)
				seen(path)
			})
			v.SetMapIndex(key, value)
		}
	case reflect.String:
		try(reflect.ValueOf(v.String() + "x").Convert(v.Type()))
		try(reflect.Zero(v.Type()))
	case reflect.Bool:
		try(reflect.ValueOf(!v.Bool()).Convert(v.Type()))
	case reflect.Int32, reflect.Int64, reflect.Int:
		try(reflect.ValueOf(v.Int() + 1).Convert(v.Type()))
	}
}

// fullPod returns a pod that sets everything that scheduling reads, and more.
func fullPod() *corev1.Pod {
	list := func(names ...string) corev1.ResourceList {
		l := corev1.ResourceList{}
		for i, name := range names {
			l[corev1.ResourceName(name)] = *resource.NewMilliQuantity(int64(1500+i), resource.DecimalSI)
		}
		return l
	}
	selector := func(value string) *metav1.LabelSelector {
		return &metav1.LabelSelector{
			MatchLabels:      map[string]string{"app": value},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"a", "b"}}},
		}
	}
	term := func(value string) corev1.PodAffinityTerm {
		return corev1.PodAffinityTerm{LabelSelector: selector(value), NamespaceSelector: selector(value), Namespaces: []string{"n1", "n2"}, TopologyKey: "zone-" + value}
	}
	nodes := func(value string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{
			MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "disk", Operator: corev1.NodeSelectorOpIn, Values: []string{value, "hdd"}}},
			MatchFields:      []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n" + value}}},
		}
	}
	container := func(name string) corev1.Container {
		return corev1.Container{
			Name: name, Image: "image/" + name, Command: []string{"run"},
			Resources:          corev1.ResourceRequirements{Requests: list("cpu", "memory", "ephemeral-storage", "example.com/gpu", "hugepages-2Mi"), Limits: list("cpu")},
			Ports:              []corev1.ContainerPort{{Name: "p", HostPort: 80, ContainerPort: 80, Protocol: "TCP", HostIP: "10.0.0.1"}},
			RestartPolicyRules: []corev1.ContainerRestartRule{{Action: corev1.ContainerRestartRuleActionRestartAllContainers}},
		}
	}
	sidecar := container("side")
	sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	status := func(name string) corev1.ContainerStatus {
		r := corev1.ResourceRequirements{Requests: list("cpu", "memory")}
		r.Requests[corev1.ResourceCPU], r.Requests[corev1.ResourceMemory] = resource.MustParse("5"), resource.MustParse("50")
		return corev1.ContainerStatus{Name: name, Resources: &r, AllocatedResources: corev1.ResourceList{"cpu": resource.MustParse("6")}}
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: "full", UID: "uid", Labels: map[string]string{"app": "web", "tier": "a"}, Annotations: map[string]string{"x": "y"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", UID: "owner", Controller: new(true)}},
		},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{container("main"), container("second")}, InitContainers: []corev1.Container{container("init"), sidecar},
			Overhead: list("cpu", "memory"), Resources: &corev1.ResourceRequirements{Requests: list("cpu"), Limits: list("memory")},
			HostNetwork: true, HostUsers: new(false), NodeSelector: map[string]string{"disk": "ssd"}, Priority: new(int32(7)), SchedulerName: "default-scheduler",
			Tolerations: []corev1.Toleration{
				{Key: "k", Operator: corev1.TolerationOpEqual, Value: "v", Effect: corev1.TaintEffectNoExecute, TolerationSeconds: new(int64(5))},
				{Key: "k", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectPreferNoSchedule},
			},
			TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
				MaxSkew: 2, TopologyKey: "zone", WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: selector("web"), MinDomains: new(int32(2)),
				NodeAffinityPolicy: new(corev1.NodeInclusionPolicyHonor), NodeTaintsPolicy: new(corev1.NodeInclusionPolicyHonor), MatchLabelKeys: []string{"rev"},
			}},
			Affinity: &corev1.Affinity{
				NodeAffinity: &corev1.NodeAffinity{
					RequiredDuringSchedulingIgnoredDuringExecution:  &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{nodes("a"), nodes("b")}},
					PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{Weight: 5, Preference: nodes("c")}},
				},
				PodAffinity: &corev1.PodAffinity{
					RequiredDuringSchedulingIgnoredDuringExecution:  []corev1.PodAffinityTerm{term("a")},
					PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 3, PodAffinityTerm: term("b")}},
				},
				PodAntiAffinity: &corev1.PodAntiAffinity{
					RequiredDuringSchedulingIgnoredDuringExecution:  []corev1.PodAffinityTerm{term("c")},
					PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 4, PodAffinityTerm: term("d")}},
				},
			},
			SchedulingGates: []corev1.PodSchedulingGate{{Name: "gate"}},
			Volumes: []corev1.Volume{
				{Name: "image", VolumeSource: corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: "data:v1"}}},
				{Name: "claim", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}}},
			},
		},
		Status: corev1.PodStatus{
			Phase:                 corev1.PodPending,
			ContainerStatuses:     []corev1.ContainerStatus{status("main")},
			InitContainerStatuses: []corev1.ContainerStatus{status("side")},
			Resources:             &corev1.ResourceRequirements{Requests: list("cpu")},
			AllocatedResources:    list("cpu"),
			Conditions:            []corev1.PodCondition{{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: corev1.PodReasonDeferred}},
		},
	}
}

// The volume sources by which rules decide where a pod can run, by the names
// that the fields have in YAML.
func TestRestrictingVolumes(t *testing.T) {
	sources := reflect.TypeFor[corev1.VolumeSource]()
	var restricting []string
	for i := range sources.NumField() {
		f := sources.Field(i)
		v := corev1.Volume{Name: "v"}
		reflect.ValueOf(&v.VolumeSource).Elem().Field(i).Set(reflect.New(f.Type.Elem()))
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if restrictsNode(&v) {
			restricting = append(restricting, name)
		}
	}
	want := "gcePersistentDisk awsElasticBlockStore iscsi persistentVolumeClaim rbd cinder azureDisk portworxVolume ephemeral"
	if got := strings.Join(restricting, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
