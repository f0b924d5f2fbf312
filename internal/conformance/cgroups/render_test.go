package cgroups

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	occgroups "github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/systemd"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"
	"k8s.io/kubernetes/pkg/kubelet/nodestatus"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	conf "github.com/kubealgo/kubealgo/internal/conformance/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

// asOCI does what a runtime does with a container's settings.
func asOCI(r cgroups.Resources) *occgroups.Resources {
	o := &occgroups.Resources{
		Memory: r.Memory.Or(0), CpuShares: uint64(r.Shares.Or(0)), CpuQuota: r.Quota.Or(0), CpuPeriod: uint64(r.Period.Or(0)),
		CpuWeight: occgroups.ConvertCPUSharesToCgroupV2Value(uint64(r.Shares.Or(0))), CpusetCpus: r.CPUs, Unified: r.Unified(),
	}
	if pids, ok := r.Pids.Get(); ok {
		o.PidsLimit = &pids
	}
	for _, h := range r.HugePages {
		if name, err := cgroups.PageSizeName(h.PageSize); err == nil {
			o.HugetlbLimit = append(o.HugetlbLimit, &occgroups.HugepageLimit{Pagesize: name, Limit: uint64(h.Limit)})
		}
	}
	return o
}

// draw returns the settings of a random group and how upstream holds them.
func draw(g *conf.Gen, pod *corev1.Pod, o cgroups.Options) (cgroups.Resources, *occgroups.Resources) {
	if g.Chance(2) && len(pod.Spec.Containers) > 0 {
		r := cgroups.Container(pod, &pod.Spec.Containers[0], o)
		if g.Chance(4) {
			r.Pids = cgroups.Set(conf.One(g, int64(-1), 0, 100))
		}
		return r, asOCI(r)
	}
	r := cgroups.Pod(pod, o)
	config := asConfig(r)
	m := newObject(cmPkg, "cgroupCommon").set("subsystems", &cm.CgroupSubsystems{MountPoints: map[string]string{"hugetlb": "/h"}})
	hugePageSizes = sizeNames(o.Node.HugePageSizes)
	bare := o
	bare.Node.HugePageSizes = nil
	config.HugePageLimit = asConfig(cgroups.Pod(pod, bare)).HugePageLimit
	return r, toResources(m.pointer(), klog.Background(), config)
}

// TestFiles lets the code that runc is made of write a directory of files, and
// compares it with ours.
func TestFiles(t *testing.T) {
	n, seed, seen := min(campaign.Cases(500), 20_000), campaign.Seed(), counts{} // these cases go through the file system
	occgroups.TestMode = true
	gates(t, 0)
	root := t.TempDir()
	for i := range n {
		g := conf.NewGen(seed, uint64(i))
		pod := g.Pod()
		o := options(g, 0)
		o.Version = cgroups.V2
		r, oc := draw(g, pod, o)
		dir := filepath.Join(root, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"memory.max", "memory.swap.max", "cpu.weight", "cpu.max", "pids.max"} {
			_ = os.WriteFile(filepath.Join(dir, f), nil, 0o644)
		}
		files := r.Files(cgroups.V2)
		for _, f := range files {
			_ = os.WriteFile(filepath.Join(dir, f.Name), nil, 0o644)
		}
		for _, write := range []func(string, *occgroups.Resources) error{setPids, setMemory, setCPU, setHugeTlb} {
			if err := write(dir, oc); err != nil {
				t.Fatalf("seed %d case %d: %v\n%+v", seed, i, err, oc)
			}
		}
		for name, content := range oc.Unified {
			_ = os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644)
		}
		want := map[string]string{}
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if b, _ := os.ReadFile(filepath.Join(dir, e.Name())); len(b) > 0 {
				want[e.Name()] = string(b)
			}
		}
		if got := cgroups.FileMap(files); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d case %d: upstream\n%sours\n%s%+v\n%s", seed, i, shown(want), shown(got), r, shown(pod))
		}
		_ = os.RemoveAll(dir)
		for name := range want {
			seen[name]++
		}
	}
	seen.check(t, n, "cpu.weight", "cpu.max", "memory.max", "memory.high", "memory.oom.group", "hugetlb.2MB.max", "pids.max")
}

func TestSystemdProperties(t *testing.T) {
	n, seed, seen := campaign.Cases(60_000), campaign.Seed(), counts{}
	m := newObject("github.com/opencontainers/cgroups/systemd", "dbusConnManager")
	for i := range n {
		batch := i * batches / n
		if i == 0 || batch != (i-1)*batches/n {
			gates(t, batch)
		}
		g := conf.NewGen(seed, uint64(i))
		pod := g.Pod()
		o := options(g, batch)
		version := conf.One(g, 240, 242, 244, 252)
		onSystemd(version)
		r, oc := draw(g, pod, o)
		if g.Chance(4) {
			r.CPUs = conf.One(g, "0", "0-3", "1,3,8-9", "x", "3-1", "17", " 1, 2")
			oc.CpusetCpus = r.CPUs
		}
		generate := func() (names []string, err error) {
			if o.Version == cgroups.V1 {
				props, err := genV1ResourcesProperties(oc, m.pointer())
				for _, p := range props {
					names = append(names, p.Name+"="+p.Value.String())
				}
				return names, err
			}
			props, err := genV2ResourcesProperties("/", oc, m.pointer())
			for _, p := range props {
				names = append(names, p.Name+"="+p.Value.String())
			}
			return names, err
		}
		want, wantErr := generate()
		props, after, err := r.SystemdProperties(o.Version, version)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("seed %d case %d: error %v, upstream %v\n%+v", seed, i, err, wantErr, r)
		}
		if err != nil {
			seen["error"]++
			continue
		}
		var got []string
		for _, p := range props {
			text := fmt.Sprintf("%s=@t %d", p.Name, p.Number)
			if p.Bytes != nil {
				var b []string
				for _, x := range p.Bytes {
					b = append(b, fmt.Sprintf("0x%x", x))
				}
				text = p.Name + "=@ay [" + strings.Join(b, ", ") + "]"
			}
			got = append(got, text)
		}
		slices.Sort(got)
		slices.Sort(want)
		same := slices.Equal(got, want) && after.Quota.Or(0) == oc.CpuQuota
		if !same && r.Quota.Or(0) > math.MaxInt64/1_000_000 {
			seen["upstream wraps"]++
			continue
		}
		if !same {
			t.Fatalf("seed %d case %d: systemd %d: upstream\n%q quota %d\nours\n%q quota %v\n%+v\n%+v", seed, i, version, want, oc.CpuQuota, got, after.Quota, r, oc)
		}
		if after.Quota != r.Quota {
			seen["rounded"]++
		}
		if r.CPUs != "" {
			seen["cpus"]++
		}
	}
	seen.check(t, n, "error", "rounded", "cpus")
}

func TestNames(t *testing.T) {
	n, seed := campaign.Cases(60_000), campaign.Seed()
	component := func(g *conf.Gen) string {
		return conf.One(g, "a", "b-c", "kube", "x-", "-", "system.slice", "a.b", "k8s-node")
	}
	for i := range n {
		g := conf.NewGen(seed, uint64(i))
		pod := g.Pod()
		if g.Chance(4) {
			pod.UID = types.UID(conf.One(g, "abc", "1", "x.y", "a-b", "x-", "-x"))
		}
		var root cgroups.Name
		for range g.IntN(3) {
			root = append(root, component(g))
		}
		upRoot := cm.NewCgroupName(cm.CgroupName(root), "kubepods")
		for _, d := range []cgroups.Driver{cgroups.Cgroupfs, cgroups.Systemd} {
			manager := cm.NewCgroupV2Manager(klog.Background(), &cm.CgroupSubsystems{}, d.String())
			m := newObject(cmPkg, "podContainerManagerImpl").
				set("cgroupManager", manager).
				set("qosContainersInfo", cm.QOSContainersInfo{
					Guaranteed: upRoot, Burstable: cm.NewCgroupName(upRoot, "burstable"), BestEffort: cm.NewCgroupName(upRoot, "besteffort"),
				})
			class := corev1.PodQOSClass(conf.One(g, corev1.PodQOSGuaranteed, corev1.PodQOSBurstable, corev1.PodQOSBestEffort))
			pod.Status.QOSClass = class
			got, err := cgroups.PodName(root, class, string(pod.UID))
			if err != nil {
				t.Fatalf("seed %d case %d: %v", seed, i, err)
			}
			gotPath, err := got.Path(d)
			var want cm.CgroupName
			var wantPath string
			failed := func() (f bool) {
				defer func() { f = recover() != nil }()
				want, wantPath = getPodContainerName(m.pointer(), pod)
				return false
			}()
			if failed != (err != nil) && !(err != nil && wantPath == "") {
				t.Fatalf("seed %d case %d: %v: %v, upstream fails: %v (%q)", seed, i, got, err, failed, wantPath)
			}
			if err != nil {
				continue
			}
			if gotPath != wantPath || !slices.Equal([]string(got), []string(want)) {
				t.Fatalf("seed %d case %d: %s: upstream %v %s, ours %v %s", seed, i, d, want, wantPath, got, gotPath)
			}
			l, err := cgroups.ParsePath(gotPath + "/cri-containerd-0123.scope")
			if err != nil || l.PodUID != string(pod.UID) || l.Class != class || l.Container != "0123" || l.Driver != d {
				t.Fatalf("seed %d case %d: %s is %+v, %v", seed, i, gotPath, l, err)
			}
			if d == cgroups.Systemd {
				if got, want := cgroups.ParseSlice(gotPath), cm.ParseSystemdToCgroupName(gotPath); !slices.Equal([]string(got), []string(want)) {
					t.Fatalf("seed %d case %d: %s is %v, upstream %v", seed, i, gotPath, got, want)
				}
			}
			if ok, uid := isPodCgroup(m.pointer(), gotPath); ok && uid != l.PodUID {
				t.Fatalf("seed %d case %d: %s has UID %s, upstream %s", seed, i, gotPath, l.PodUID, uid)
			}
		}
		slice := conf.One(g, "a", "a-b", "a--b", "-a", "a-", "-", "", "a/b", "a-b-c", "_-_") + conf.One(g, ".slice", ".slice", ".scope", "")
		got, gotErr := cgroups.ExpandSlice(slice)
		want, wantErr := systemd.ExpandSlice(slice)
		if got != want && wantErr == nil || (gotErr == nil) != (wantErr == nil) {
			t.Fatalf("slice %q is %q, %v, upstream %q, %v", slice, got, gotErr, want, wantErr)
		}
	}
	t.Logf("%d cases", n)
}

// TestNodeLevel compares what kubepods gets, and the check of reservations.
func TestNodeLevel(t *testing.T) {
	n, seed, seen := campaign.Cases(60_000), campaign.Seed(), counts{}
	for i := range n {
		g := conf.NewGen(seed, uint64(i))
		list := func() corev1.ResourceList {
			l := g.List()
			if g.Chance(3) && l != nil {
				l["pid"] = *resource.NewQuantity(g.Int64N(5000), resource.DecimalSI)
			}
			return l
		}
		capacity := list()
		r := cgroups.Reserved{System: list(), Kube: list(), NotEnforced: g.Chance(4)}
		if g.Chance(2) {
			r.Kube = nil
		}
		enforce := sets.New("pods")
		if r.NotEnforced {
			enforce = sets.New[string]()
		}
		m := newObject(cmPkg, "containerManagerImpl").set("internalCapacity", capacity).set("capacity", capacity).
			set("NodeConfig", cm.NodeConfig{CgroupsPerQOS: true, NodeAllocatableConfig: cm.NodeAllocatableConfig{
				EnforceNodeAllocatable: enforce, SystemReserved: r.System, KubeReserved: r.Kube,
			}})
		got := cgroups.KubePods(capacity, r, cgroups.Options{})
		var left corev1.ResourceList
		if r.NotEnforced {
			left = capacity
		} else {
			left = getNodeAllocatableInternalAbsolute(m.pointer())
		}
		want := getCgroupConfigInternal(left, false)
		if want == nil {
			want = &cm.ResourceConfig{}
		}
		if !sameConfig(want, asConfig(got)) && !seen.forgiven(&corev1.Pod{Spec: corev1.PodSpec{Overhead: capacity}}) {
			t.Fatalf("seed %d case %d: upstream\n%sours\n%s%s%+v", seed, i, shown(want), shown(asConfig(got)), shown(capacity), shown(r))
		}
		_, err := cgroups.Allocatable(capacity, r)
		wantErr := validateNodeAllocatable(m.pointer())
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("seed %d case %d: upstream %v, ours %v\n%s%s", seed, i, wantErr, err, shown(capacity), shown(r))
		}
		if err != nil {
			seen["error"]++
		} else {
			seen["fits"]++
		}
	}
	seen.check(t, n, "error", "fits")
}

// TestAllocatable compares what a node reports, with reservations and eviction thresholds.
func TestAllocatable(t *testing.T) {
	n, seed, seen := campaign.Cases(20_000), campaign.Seed(), counts{}
	for i := range n {
		g := conf.NewGen(seed, uint64(i))
		machine := &cadvisorapi.MachineInfo{NumCores: 1 + g.IntN(64), MemoryCapacity: g.Uint64N(64 << 30)}
		for _, size := range []uint64{2 << 10, 1 << 20} {
			if g.Chance(3) {
				machine.HugePages = append(machine.HugePages, cadvisorapi.HugePagesInfo{PageSize: size, NumPages: g.Uint64N(20)})
			}
		}
		storage := corev1.ResourceList{corev1.ResourceEphemeralStorage: *resource.NewQuantity(g.Int64N(100<<30), resource.BinarySI)}
		c := eviction.Config{Hard: map[string]string{}}
		for _, signal := range []eviction.Signal{eviction.MemoryAvailable, eviction.NodeFsAvailable, eviction.ImageFsAvailable, eviction.PIDAvailable} {
			if g.Chance(2) {
				c.Hard[string(signal)] = conf.One(g, "100Mi", "10%", "1Gi", "7.5%", "1")
			}
		}
		thresholds, err := eviction.Parse(c)
		if err != nil {
			t.Fatal(err)
		}
		var upstream []evictionapi.Threshold
		for _, th := range thresholds {
			upstream = append(upstream, evictionapi.Threshold{Signal: evictionapi.Signal(th.Signal), Operator: evictionapi.OpLessThan, Value: evictionapi.ThresholdValue(th.Value)})
		}
		r := cgroups.Reserved{System: g.List(), Kube: g.List()}
		delete(r.System, corev1.ResourcePods) // no kubelet starts with that; it would not be subtracted
		delete(r.Kube, corev1.ResourcePods)
		capacity := nodeCapacity(machine, storage)
		r.EvictionHard = eviction.Reservation(thresholds, capacity)
		m := newObject(cmPkg, "containerManagerImpl").set("internalCapacity", capacity).set("capacity", capacity).
			set("NodeConfig", cm.NodeConfig{CgroupsPerQOS: true, NodeAllocatableConfig: cm.NodeAllocatableConfig{
				EnforceNodeAllocatable: sets.New("pods"), SystemReserved: r.System, KubeReserved: r.Kube, HardEvictionThresholds: upstream,
			}})
		var node corev1.Node
		set := nodestatus.MachineInfo("n", 110, 0, func() (*cadvisorapi.MachineInfo, error) { return machine, nil }, func(bool) corev1.ResourceList { return storage },
			func() (_, _ corev1.ResourceList, _ []string) { return }, func() corev1.ResourceList { return getNodeAllocatableReservation(m.pointer()) },
			func(_, _, _ string) {}, true)
		if err := set(context.Background(), &node); err != nil {
			t.Fatal(err)
		}
		got, _ := cgroups.Allocatable(node.Status.Capacity, r)
		for name, want := range node.Status.Allocatable {
			if q := got[name]; q.Cmp(want) != 0 || len(got) != len(node.Status.Allocatable) {
				t.Fatalf("seed %d case %d: allocatable\n%supstream\n%s%s", seed, i, shown(got), shown(node.Status.Allocatable), shown(r))
			}
			if want.IsZero() {
				seen["nothing left"]++
			}
		}
		seen["thresholds "+fmt.Sprint(len(r.EvictionHard))]++
		if len(machine.HugePages) > 0 {
			seen["huge pages"]++
		}
	}
	seen.check(t, n, "nothing left", "thresholds 0", "thresholds 1", "thresholds 2", "huge pages")
}

// nodeCapacity returns what the kubelet makes of a machine, without pods.
func nodeCapacity(machine *cadvisorapi.MachineInfo, storage corev1.ResourceList) corev1.ResourceList {
	capacity := cadvisor.CapacityFromMachineInfo(machine)
	maps.Copy(capacity, storage)
	return capacity
}
