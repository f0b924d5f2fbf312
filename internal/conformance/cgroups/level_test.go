package cgroups

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"sigs.k8s.io/yaml"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	conf "github.com/kubealgo/kubealgo/internal/conformance/qos"
)

const (
	kuberuntimePkg = "k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	cmPkg          = "k8s.io/kubernetes/pkg/kubelet/cm"
)

// exclusive is a container manager that knows which containers have CPUs of their own.
type exclusive struct {
	cm.ContainerManager
	has func(*corev1.Container) bool
}

func (e exclusive) ContainerHasExclusiveCPUs(_ *corev1.Pod, c *corev1.Container) bool {
	return e.has(c)
}

func (e exclusive) PodHasExclusiveCPUs(pod *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers), func(c corev1.Container) bool { return e.has(&c) })
}

// options draws settings that the feature gates of a batch allow.
func options(g *conf.Gen, batch int) cgroups.Options {
	no := false
	yes := true
	o := cgroups.Options{
		Version:             cgroups.Version(batch >> 3 & 1),
		NoPodLevelResources: batch&1 != 0,
		NoCustomPeriod:      batch&2 != 0,
		KeepQuota:           batch&4 != 0,
		MemoryQoS:           g.Chance(2),
		NoCPUQuota:          g.Chance(8),
		CPUQuotaPeriod:      conf.One(g, 0, 0, 0, time.Millisecond, 5*time.Millisecond, 25*time.Millisecond, 333*time.Microsecond+time.Second/2, time.Second),
		PodPidsLimit:        conf.One(g, int64(0), -1, 100, 1024),
		Reservation:         conf.One(g, cgroups.NoReservation, cgroups.TieredReservation),
		ThrottlingFactor:    conf.One(g, 0, 0.8, 0.5, 1, 0.333),
		LimitedSwap:         g.Chance(2),
		QOSReservedMemory:   conf.One(g, int64(0), 0, 33, 50, 100),
		Node: cgroups.Node{
			Memory:            conf.One(g, int64(8<<30), 8_000_000_000, 64<<30, 1<<20),
			AllocatableMemory: conf.One(g, int64(0), 7<<30, 6_000_000_001),
			Swap:              conf.One(g, int64(0), 4<<30, 2_000_000_001),
			SwapController:    g.Chance(2),
			HugePageSizes:     conf.One(g, nil, []int64{2 << 20}, []int64{1 << 30, 2 << 20}, []int64{64 << 10, 2 << 20, 1 << 30}),
		},
	}
	o.SingleProcessOOMKill = conf.One(g, nil, &no, &yes)
	if g.Chance(4) {
		o.ExclusiveCPUs = func(c *corev1.Container) bool { return strings.HasSuffix(c.Name, "0") }
	}
	return o
}

const batches = 16

// gates sets upstream's feature gates for a batch.
func gates(t testing.TB, batch int) {
	err := utilfeature.DefaultMutableFeatureGate.SetFromMap(map[string]bool{
		"PodLevelResources":                       batch&1 == 0,
		"InPlacePodLevelResourcesVerticalScaling": batch&1 == 0,
		"CustomCPUCFSQuotaPeriod":                 batch&2 == 0,
		"DisableCPUQuotaWithExclusiveCPUs":        batch&4 == 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	onUnified(batch>>3&1 == 0)
}

func reservation(r cgroups.Reservation) kubeletconfig.MemoryReservationPolicy {
	if r == cgroups.TieredReservation {
		return kubeletconfig.TieredReservationMemoryReservationPolicy
	}
	return kubeletconfig.NoneMemoryReservationPolicy
}

func period(o cgroups.Options) time.Duration {
	if o.CPUQuotaPeriod == 0 {
		return 100 * time.Millisecond
	}
	return o.CPUQuotaPeriod
}

// runtimeManager returns upstream's runtime manager with these settings.
func runtimeManager(o cgroups.Options) object {
	single := o.SingleProcessOOMKill
	if single == nil {
		v := o.Version == cgroups.V1
		single = &v
	}
	factor := o.ThrottlingFactor
	if factor == 0 {
		factor = 0.9
	}
	behavior := ""
	if o.LimitedSwap {
		behavior = "LimitedSwap"
	}
	has := o.ExclusiveCPUs
	if has == nil {
		has = func(*corev1.Container) bool { return false }
	}
	return newObject(kuberuntimePkg, "kubeGenericRuntimeManager").
		set("machineInfo", &cadvisorapi.MachineInfo{MemoryCapacity: uint64(o.Node.Memory), SwapCapacity: uint64(o.Node.Swap)}).
		set("singleProcessOOMKill", single).
		set("cpuCFSQuota", !o.NoCPUQuota).
		set("cpuCFSQuotaPeriod", metav1.Duration{Duration: period(o)}).
		set("containerManager", exclusive{has: has}).
		set("memorySwapBehavior", behavior).
		set("getNodeAllocatable", func() corev1.ResourceList {
			return corev1.ResourceList{corev1.ResourceMemory: *resource.NewQuantity(o.Node.AllocatableMemory, resource.BinarySI)}
		}).
		set("memoryThrottlingFactor", factor).
		set("memoryReservationPolicy", reservation(o.Reservation)).
		set("getSwapControllerAvailable", func() bool { return o.Node.SwapController })
}

// asCRI turns our answer into upstream's type.
func asCRI(r cgroups.Resources) *runtimeapi.LinuxContainerResources {
	l := &runtimeapi.LinuxContainerResources{
		CpuShares:              r.Shares.Or(0),
		CpuQuota:               r.Quota.Or(0),
		CpuPeriod:              r.Period.Or(0),
		MemoryLimitInBytes:     r.Memory.Or(0),
		MemorySwapLimitInBytes: r.MemorySwap.Or(0),
		OomScoreAdj:            r.OOMScoreAdj.Or(0),
		Unified:                r.Unified(),
	}
	for _, h := range r.HugePages {
		name, _ := cgroups.PageSizeName(h.PageSize)
		l.HugepageLimits = append(l.HugepageLimits, &runtimeapi.HugepageLimit{PageSize: name, Limit: uint64(h.Limit)})
	}
	return l
}

func sizeNames(sizes []int64) []string {
	names := []string{}
	for _, s := range sizes {
		name, _ := cgroups.PageSizeName(s)
		names = append(names, name)
	}
	return names
}

func shown(v any) string {
	b, err := yaml.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// wraps reports whether upstream's int64 arithmetic can wrap around for a pod: thousandths of a CPU times a period or
// 1024, bytes times 1000 (in scores), or the sum of bytes.
func wraps(pod *corev1.Pod) bool {
	const micro = 1e6 // the longest period
	over := func(lists ...corev1.ResourceList) bool {
		for _, l := range lists {
			for name, q := range l {
				factor := 10.0
				switch {
				case name == corev1.ResourceCPU:
					factor = 1000 * micro * 10
				case name == corev1.ResourceMemory:
					factor = 1000 * 10
				}
				if math.Abs(q.AsApproximateFloat64())*factor > math.MaxInt64 {
					return true
				}
			}
		}
		return false
	}
	for _, c := range conf.Containers(pod) {
		if over(c.Resources.Requests, c.Resources.Limits) {
			return true
		}
	}
	return over(pod.Spec.Overhead) || pod.Spec.Resources != nil && over(pod.Spec.Resources.Requests, pod.Spec.Resources.Limits)
}

// grows reports whether upstream adds overhead to an amount that it shares with
// spec.resources, before it asks for the class.
func grows(pod *corev1.Pod) bool {
	if pod.Spec.Resources == nil {
		return false
	}
	for name := range pod.Spec.Overhead {
		for _, l := range []corev1.ResourceList{pod.Spec.Resources.Requests, pod.Spec.Resources.Limits} {
			if q, ok := l[name]; ok {
				if _, exact := q.AsInt64(); !exact {
					return true
				}
			}
		}
	}
	return false
}

// forgiven reports whether a difference comes of what upstream does wrong and we do not repeat, and counts it.
func (c counts) forgiven(pods ...*corev1.Pod) bool {
	for _, pod := range pods {
		switch {
		case wraps(pod):
			c["upstream wraps"]++
			return true
		case grows(pod):
			c["upstream changes the pod"]++
			return true
		}
	}
	return false
}

// collide reports whether two names of a container's limits, or of
// the pod's, mean one page size, so that upstream's answer hangs on the order of a map.
func collide(lists ...corev1.ResourceList) bool {
	for _, l := range lists {
		seen := map[int64]bool{}
		for name := range l {
			if text, ok := strings.CutPrefix(string(name), "hugepages-"); ok {
				q, err := resource.ParseQuantity(text)
				if err == nil && seen[q.Value()] {
					return true
				}
				seen[q.Value()] = true
			}
		}
	}
	return false
}

// panics reports whether f does.
func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

type counts map[string]int

func (c counts) check(t *testing.T, total int, classes ...string) {
	t.Helper()
	for _, class := range classes {
		if c[class]*100 < total {
			t.Errorf("class %q: %d of %d cases, less than 1 %%", class, c[class], total)
		}
	}
	t.Logf("%d cases: %v", total, c)
}

// runtimeService keeps what a runtime is told when a container is resized.
type runtimeService struct {
	internalapi.RuntimeService
	updated *runtimeapi.LinuxContainerResources
}

func (s *runtimeService) UpdateContainerResources(_ context.Context, _ string, r *runtimeapi.ContainerResources) error {
	s.updated = r.Linux
	return errUpdated
}

// errUpdated ends upstream's update before it notes its success in a state that it does not have here.
var errUpdated = errors.New("updated")

func TestContainer(t *testing.T) {
	n, seed, seen := campaign.Cases(60_000), campaign.Seed(), counts{}
	ctx := context.Background()
	for i := range n {
		batch := i * batches / n
		if i == 0 || batch != (i-1)*batches/n {
			gates(t, batch)
		}
		g := conf.NewGen(seed, uint64(i))
		pod := g.Pod()
		o := options(g, batch)
		hugePageSizes = sizeNames(o.Node.HugePageSizes)
		m := runtimeManager(o)
		for _, c := range conf.Containers(pod) {
			if collide(c.Resources.Limits) || pod.Spec.Resources != nil && collide(pod.Spec.Resources.Limits) {
				seen["names collide"]++
				continue
			}
			var want *runtimeapi.LinuxContainerResources
			generate := func() {
				want = generateLinuxContainerResources(m.pointer(), ctx, pod, c, o.MemoryQoS && o.Version == cgroups.V2)
			}
			if len(pod.Spec.Containers) > 0 {
				generate()
			} else if panics(generate) {
				seen["upstream panics"]++
				continue
			}
			got := cgroups.Container(pod, c, o)
			if service := new(runtimeService); !o.MemoryQoS && g.Chance(8) {
				m.set("runtimeService", service)
				if err := updateContainerResources(m.pointer(), ctx, pod, c, kubecontainer.ContainerID{}); !errors.Is(err, errUpdated) {
					t.Fatal(err)
				}
				if diff := diffCRI(service.updated, asCRI(got)); diff != "" && !seen.forgiven(pod) {
					t.Fatalf("seed %d case %d (batch %d): resize of container %s: upstream - ours +\n%s\n%+v\n%s", seed, i, batch, c.Name, diff, o, shown(pod))
				}
				seen["resize"]++
			}
			if diff := diffCRI(want, asCRI(got)); diff != "" && !seen.forgiven(pod) {
				t.Fatalf("seed %d case %d (batch %d): container %s: upstream - ours +\n%s\n%+v\n%s", seed, i, batch, c.Name, diff, o, shown(pod))
			}
			for name, yes := range map[string]bool{
				"quota": want.CpuQuota > 0, "no quota": want.CpuQuota < 0, "memory": want.MemoryLimitInBytes > 0, "swap v1": want.MemorySwapLimitInBytes > 0,
				"huge pages": len(want.HugepageLimits) > 0, "high": want.Unified["memory.high"] != "", "swap": len(want.Unified["memory.swap.max"]) > 1,
				"min": len(want.Unified["memory.min"]) > 1, "low": len(want.Unified["memory.low"]) > 1,
			} {
				if yes {
					seen[name]++
				}
			}
		}
		want, wantOver := calculateSandboxResources(m.pointer(), ctx, pod.DeepCopy()), convertOverheadToLinuxResources(m.pointer(), pod)
		got, gotOver := cgroups.Sandbox(pod, o)
		if diff := diffCRI(want, asCRI(got)); diff != "" && !seen.forgiven(pod) {
			t.Fatalf("seed %d case %d: sandbox: upstream - ours +\n%s\n%+v\n%s", seed, i, diff, o, shown(pod))
		}
		if wantOver == nil {
			wantOver = &runtimeapi.LinuxContainerResources{}
		}
		if diff := diffCRI(wantOver, asCRI(gotOver)); diff != "" && !seen.forgiven(pod) {
			t.Fatalf("seed %d case %d: overhead: upstream - ours +\n%s\n%+v\n%s", seed, i, diff, o, shown(pod))
		}
	}
	seen.check(t, n, "quota", "no quota", "memory", "swap v1", "huge pages", "high", "swap", "min", "low", "resize")
}

// diffCRI compares in the cheap way first.
func diffCRI(want, got *runtimeapi.LinuxContainerResources) string {
	if want.CpuShares == got.CpuShares && want.CpuQuota == got.CpuQuota && want.CpuPeriod == got.CpuPeriod &&
		want.MemoryLimitInBytes == got.MemoryLimitInBytes && want.MemorySwapLimitInBytes == got.MemorySwapLimitInBytes &&
		want.OomScoreAdj == got.OomScoreAdj && sameMap(want.Unified, got.Unified) &&
		slices.EqualFunc(want.HugepageLimits, got.HugepageLimits, func(a, b *runtimeapi.HugepageLimit) bool {
			return a.PageSize == b.PageSize && a.Limit == b.Limit
		}) {
		return ""
	}
	return cmp.Diff(want.String(), got.String()) + fmt.Sprint("\n", want, "\n", got)
}

func sameMap(a, b map[string]string) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

// asConfig turns our answer into upstream's type.
func asConfig(r cgroups.Resources) *cm.ResourceConfig {
	c := &cm.ResourceConfig{Unified: r.Unified(), HugePageLimit: map[int64]int64{}}
	if v, ok := r.Memory.Get(); ok {
		c.Memory = &v
	}
	if v, ok := r.Shares.Get(); ok {
		u := uint64(v)
		c.CPUShares = &u
	}
	if v, ok := r.Quota.Get(); ok {
		c.CPUQuota = &v
	}
	if v, ok := r.Period.Get(); ok {
		u := uint64(v)
		c.CPUPeriod = &u
	}
	if v, ok := r.Pids.Get(); ok {
		c.PidsLimit = &v
	}
	for _, h := range r.HugePages {
		c.HugePageLimit[h.PageSize] = h.Limit
	}
	return c
}

func sameConfig(a, b *cm.ResourceConfig) bool {
	same := func(x, y any) bool { return reflect.DeepEqual(x, y) }
	return same(a.Memory, b.Memory) && same(a.CPUShares, b.CPUShares) && same(a.CPUQuota, b.CPUQuota) && same(a.CPUPeriod, b.CPUPeriod) &&
		same(a.PidsLimit, b.PidsLimit) && sameMap(a.Unified, b.Unified) &&
		(len(a.HugePageLimit) == 0 && len(b.HugePageLimit) == 0 || same(a.HugePageLimit, b.HugePageLimit))
}

func TestPod(t *testing.T) {
	n, seed, seen := campaign.Cases(60_000), campaign.Seed(), counts{}
	for i := range n {
		batch := i * batches / n
		if i == 0 || batch != (i-1)*batches/n {
			gates(t, batch)
		}
		g := conf.NewGen(seed, uint64(i))
		pod := g.Pod()
		o := options(g, batch)
		o.Node.HugePageSizes = nil
		o.PodPidsLimit = 0
		enforce := !o.NoCPUQuota
		if o.ExclusiveCPUs != nil && !o.KeepQuota && slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return o.ExclusiveCPUs(&c) }) {
			enforce = false
		}
		if o.ExclusiveCPUs != nil && !o.KeepQuota && slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return o.ExclusiveCPUs(&c) }) {
			enforce = false
		}
		// Upstream adds overhead to quantities that it shares with the pod.
		got, gotResize := asConfig(cgroups.Pod(pod, o)), asConfig(cgroups.Resize(pod, o))
		want := cm.ResourceConfigForPod(pod.DeepCopy(), enforce, uint64(period(o).Microseconds()), o.MemoryQoS && o.Version == cgroups.V2, reservation(o.Reservation))
		if !sameConfig(want, got) && !seen.forgiven(pod) {
			t.Fatalf("seed %d case %d (batch %d): upstream\n%sours\n%s%+v\n%s", seed, i, batch, shown(want), shown(got), o, shown(pod))
		}
		want = cm.ResourceConfigForPod(pod.DeepCopy(), enforce, uint64(period(o).Microseconds()), false, kubeletconfig.NoneMemoryReservationPolicy)
		if got := gotResize; !sameConfig(want, got) && !seen.forgiven(pod) {
			t.Fatalf("seed %d case %d (batch %d): resize: upstream\n%sours\n%s%+v\n%s", seed, i, batch, shown(want), shown(got), o, shown(pod))
		}
		resized := cgroups.Resize(pod, o)
		without := subtractOverheadFromResourceConfig(asConfig(resized), pod)
		if got := asConfig(resized.WithoutOverhead(pod, o)); !sameConfig(without, got) && !seen.forgiven(pod) {
			t.Fatalf("seed %d case %d (batch %d): without overhead: upstream\n%sours\n%s%+v\n%s", seed, i, batch, shown(without), shown(got), o, shown(pod))
		}
		for name, yes := range map[string]bool{
			"quota": want.CPUQuota != nil, "memory": want.Memory != nil, "huge pages": len(want.HugePageLimit) > 0, "no quota": want.CPUQuota != nil && *want.CPUQuota == -1,
			"least shares": *want.CPUShares == 2, "sidecars": slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return c.RestartPolicy != nil }),
		} {
			if yes {
				seen[name]++
			}
		}
	}
	seen.check(t, n, "quota", "memory", "huge pages", "no quota", "least shares", "sidecars")
}

func TestQoSLevel(t *testing.T) {
	n, seed, seen := campaign.Cases(30_000)/3, campaign.Seed(), counts{}
	for i := range n {
		batch := i * batches / n
		if i == 0 || batch != (i-1)*batches/n {
			gates(t, batch)
		}
		g := conf.NewGen(seed, uint64(i))
		o := options(g, batch)
		o.Node.HugePageSizes = nil
		var pods []*corev1.Pod
		for range g.IntN(6) {
			pods = append(pods, g.Pod())
		}
		got := cgroups.QoS(pods, o)
		root := cm.CgroupName{"kubepods"}
		m := newObject(cmPkg, "qosContainerManagerImpl").
			set("activePods", cm.ActivePodsFunc(func() []*corev1.Pod { return pods })).
			set("cgroupRoot", root).
			set("memoryReservationPolicy", reservation(o.Reservation)).
			set("getNodeAllocatable", func() corev1.ResourceList {
				return corev1.ResourceList{corev1.ResourceMemory: *resource.NewQuantity(o.Node.AllocatableMemory, resource.BinarySI)}
			})
		configs := map[corev1.PodQOSClass]*cm.CgroupConfig{
			corev1.PodQOSGuaranteed: {Name: root, ResourceParameters: &cm.ResourceConfig{}},
			corev1.PodQOSBurstable:  {ResourceParameters: &cm.ResourceConfig{}},
			corev1.PodQOSBestEffort: {ResourceParameters: &cm.ResourceConfig{}},
		}
		if err := setCPUCgroupConfig(m.pointer(), configs); err != nil {
			t.Fatal(err)
		}
		if o.MemoryQoS && o.Version == cgroups.V2 {
			setMemoryQoS(m.pointer(), klog.Background(), configs)
		}
		if o.QOSReservedMemory > 0 {
			setMemoryReserve(m.pointer(), klog.Background(), configs, o.QOSReservedMemory)
			if configs[corev1.PodQOSBurstable].ResourceParameters.Memory != nil {
				seen["memory held back"]++
			}
		}
		same := sameConfig(configs[corev1.PodQOSBurstable].ResourceParameters, asConfig(got.Burstable)) &&
			sameConfig(configs[corev1.PodQOSBestEffort].ResourceParameters, asConfig(got.BestEffort)) &&
			sameMap(configs[corev1.PodQOSGuaranteed].ResourceParameters.Unified, cgroups.Resources{MemoryMin: got.KubePodsMin}.Unified())
		if !same && !seen.forgiven(pods...) {
			t.Fatalf("seed %d case %d: upstream\n%sours\n%+v\n%+v\n%s", seed, i, shown(configs), got, o, shown(pods))
		}
	}
	seen.check(t, n, "memory held back")
}
