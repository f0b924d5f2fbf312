package cgroups_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/podtext"
)

// words gives the settings in a line.
func words(r cgroups.Resources) string {
	var out []string
	put := func(name string, s cgroups.Setting) {
		if s.IsSet() {
			out = append(out, name+"="+s.String())
		}
	}
	put("shares", r.Shares)
	put("quota", r.Quota)
	put("period", r.Period)
	put("memory", r.Memory)
	put("memsw", r.MemorySwap)
	put("min", r.MemoryMin)
	put("low", r.MemoryLow)
	put("high", r.MemoryHigh)
	put("swap", r.SwapMax)
	if r.OOMGroup {
		out = append(out, "group")
	}
	put("oom", r.OOMScoreAdj)
	put("pids", r.Pids)
	for _, h := range r.HugePages {
		out = append(out, fmt.Sprintf("huge%d=%d", h.PageSize, h.Limit))
	}
	return strings.Join(out, " ")
}

var (
	yes = true
	no  = false
)

func TestContainerRules(t *testing.T) {
	node := cgroups.Node{Memory: 8 << 30}
	for _, tt := range []struct {
		rule, pod string
		o         cgroups.Options
		want      string
	}{
		{"nothing", "container a", cgroups.Options{Node: node}, "shares=2 quota=0 period=100000 group oom=1000"},
		{"a request of 0 counts as one", "container a cpu=0/1", cgroups.Options{Node: node}, "shares=2 quota=100000 period=100000 group oom=999"},
		{"shares from the limit", "container a cpu=/500m", cgroups.Options{Node: node}, "shares=512 quota=50000 period=100000 group oom=999"},
		{"limits of spec.resources", "container a; pod cpu=/4 mem=/4Gi", cgroups.Options{Node: node}, "shares=4096 quota=400000 period=100000 memory=4294967296 group oom=999"},
		{"a limit of 0 gives way to spec.resources", "container a cpu=/0; pod cpu=/4", cgroups.Options{Node: node}, "shares=4096 quota=400000 period=100000 group oom=999"},
		{"spec.resources ignored", "container a cpu=1; pod cpu=/4 mem=/4Gi", cgroups.Options{Node: node, NoPodLevelResources: true}, "shares=1024 quota=0 period=100000 group oom=999"},
		{"a shorter period", "container a cpu=/100m", cgroups.Options{Node: node, CPUQuotaPeriod: 5 * time.Millisecond}, "shares=102 quota=1000 period=5000 group oom=999"},
		{"no custom period", "container a cpu=/100m", cgroups.Options{Node: node, CPUQuotaPeriod: 5 * time.Millisecond, NoCustomPeriod: true}, "shares=102 quota=10000 period=100000 group oom=999"},
		{"no quotas", "container a cpu=/100m mem=/1Mi", cgroups.Options{Node: node, NoCPUQuota: true}, "shares=102 memory=1048576 group oom=999"},
		{"processes killed one by one", "container a", cgroups.Options{Node: node, SingleProcessOOMKill: &yes}, "shares=2 quota=0 period=100000 oom=1000"},
		{"processes killed together", "container a", cgroups.Options{Node: node, SingleProcessOOMKill: &no}, "shares=2 quota=0 period=100000 group oom=1000"},
		{"cgroup v1 kills one by one", "container a", cgroups.Options{Node: node, Version: cgroups.V1, SingleProcessOOMKill: &no}, "shares=2 quota=0 period=100000 oom=1000"},
		{"exclusive CPUs", "container a cpu=2/2 mem=1Gi/1Gi", cgroups.Options{Node: node, ExclusiveCPUs: func(c *corev1.Container) bool { return c.Name == "a" }}, "shares=2048 quota=-1 period=100000 memory=1073741824 group oom=-997"},
		{"other containers' exclusive CPUs", "container a cpu=2/2 mem=1Gi/1Gi", cgroups.Options{Node: node, ExclusiveCPUs: func(c *corev1.Container) bool { return c.Name == "b" }}, "shares=2048 quota=200000 period=100000 memory=1073741824 group oom=-997"},
		{"exclusive CPUs with quota", "container a cpu=2/2 mem=1Gi/1Gi", cgroups.Options{Node: node, KeepQuota: true, ExclusiveCPUs: func(*corev1.Container) bool { return true }}, "shares=2048 quota=200000 period=100000 memory=1073741824 group oom=-997"},
		{"huge pages of the node only", "container a hugepages-2Mi=/4Mi hugepages-1Gi=/1Gi cpu=1", cgroups.Options{Node: cgroups.Node{Memory: 8 << 30, HugePageSizes: []int64{64 << 10, 2 << 20}}}, "shares=1024 quota=0 period=100000 group oom=999 huge65536=0 huge2097152=4194304"},
		{"huge pages of spec.resources", "container a hugepages-2Mi=/4Mi cpu=1; pod hugepages-2Mi=/8Mi hugepages-1Gi=/1Gi", cgroups.Options{Node: cgroups.Node{Memory: 8 << 30, HugePageSizes: []int64{1 << 30, 2 << 20}}}, "shares=1024 quota=0 period=100000 group oom=1000 huge1073741824=1073741824 huge2097152=4194304"},
		{"no swap", "container a cpu=1", cgroups.Options{Node: cgroups.Node{Memory: 8 << 30, SwapController: true}}, "shares=1024 quota=0 period=100000 swap=0 group oom=999"},
		{"no swap on v1", "container a cpu=1 mem=/1Gi", cgroups.Options{Version: cgroups.V1, Node: cgroups.Node{Memory: 8 << 30, SwapController: true}}, "shares=1024 quota=0 period=100000 memory=1073741824 memsw=1073741824 oom=999"},
		{"limited swap", "container a mem=1Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=536870912 group oom=875"},
		{"limited swap is truncated", "container a mem=1Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 3 << 30, Swap: 2 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=715827882 group oom=667"},
		{"limited swap: request of all memory", "container a mem=1", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 1, Swap: math.MaxInt64, SwapController: true}}, "shares=2 quota=0 period=100000 swap=9223372036854775807 group oom=3"},
		{"limited swap: request of a byte more than there is", "container a mem=8589934593", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=0 group oom=3"},
		{"limited swap: request is limit", "container a mem=1Gi/1Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 memory=1073741824 swap=0 group oom=875"},
		{"limited swap: critical", "container a mem=1Gi; priority 2000000000", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=0 group oom=875"},
		{"limited swap: Guaranteed", "container a cpu=1/1 mem=1Gi/1Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=1024 quota=100000 period=100000 memory=1073741824 swap=0 group oom=-997"},
		{"limited swap: more than the node", "container a mem=9Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=0 group oom=3"},
		{"limited swap: all of the node", "container a mem=8Gi", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Memory: 8 << 30, Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=4294967296 group oom=3"},
		{"limited swap: less than nothing of no memory", "container a cpu=1 mem=-1", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Swap: 4 << 30, SwapController: true}}, "shares=1024 quota=0 period=100000 swap=0 group oom=999"},
		{"limited swap: a node of no memory", "container a mem=1", cgroups.Options{LimitedSwap: true, Node: cgroups.Node{Swap: 4 << 30, SwapController: true}}, "shares=2 quota=0 period=100000 swap=0 group oom=999"},
	} {
		pod := podtext.Pod(tt.pod)
		before := pod.DeepCopy()
		if got := words(cgroups.Container(pod, &pod.Spec.Containers[0], tt.o)); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.rule, got, tt.want)
		}
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Errorf("%s: the pod was changed: %s", tt.rule, diff)
		}
	}
}

// TestMemoryQoS are the published examples of memory.high and of the reservations.
func TestMemoryQoS(t *testing.T) {
	node := cgroups.Node{Memory: 16 << 30, AllocatableMemory: 8 << 30}
	for _, tt := range []struct {
		pod  string
		o    cgroups.Options
		want string
	}{
		{"container a mem=100Mi/200Mi", cgroups.Options{}, "min=0 low=0 high=199229440"},
		{"container a mem=0/100Mi", cgroups.Options{}, "min=0 low=0 high=94371840"},
		{"container a mem=50Mi/128Mi", cgroups.Options{ThrottlingFactor: 0.8}, "min=0 low=0 high=117858304"},
		{"container a mem=1000/5000", cgroups.Options{}, "min=0 low=0 high=4096"},
		{"container a mem=4095/4097", cgroups.Options{}, "min=0 low=0 high=4096"},
		{"container a mem=1000/5000", cgroups.Options{Node: cgroups.Node{PageSize: 100}}, "min=0 low=0 high=4600"},
		{"container a mem=100Mi/104857601", cgroups.Options{}, "min=0 low=0"},
		{"container a mem=100Mi/100Mi", cgroups.Options{}, "min=0 low=0"},
		{"container a mem=256Mi", cgroups.Options{Node: node}, "min=0 low=0 high=7757783040"},
		{"container a mem=256Mi", cgroups.Options{}, "min=0 low=0"},
		{"container a", cgroups.Options{Node: node}, "min=0 low=0"},
		{"container a mem=/4095", cgroups.Options{}, "min=0 low=0"},
		{"container a cpu=1 mem=-1Gi", cgroups.Options{ThrottlingFactor: 0.5}, "min=0 low=0"},
		{"container a cpu=1 mem=-1Gi/-1", cgroups.Options{ThrottlingFactor: 0.5}, "min=0 low=0 high=-536870912"},
		{"container a cpu=1 mem=-1/100", cgroups.Options{}, "min=0 low=0"},
		{"container a mem=256Mi; pod mem=1Gi/2Gi", cgroups.Options{}, "min=0 low=0"},
		{"container a mem=100Mi/200Mi", cgroups.Options{Reservation: cgroups.TieredReservation}, "low=104857600 high=199229440"},
		{"container a cpu=1/1 mem=100Mi/100Mi", cgroups.Options{Reservation: cgroups.TieredReservation}, "min=104857600"},
		{"container a mem=/200Mi", cgroups.Options{Reservation: cgroups.TieredReservation}, "min=0 low=0 high=188743680"},
	} {
		tt.o.MemoryQoS = true
		pod := podtext.Pod(tt.pod)
		r := cgroups.Container(pod, &pod.Spec.Containers[0], tt.o)
		if got := words(cgroups.Resources{MemoryMin: r.MemoryMin, MemoryLow: r.MemoryLow, MemoryHigh: r.MemoryHigh}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.pod, got, tt.want)
		}
		tt.o.Version = cgroups.V1
		if r := cgroups.Container(pod, &pod.Spec.Containers[0], tt.o); r.MemoryMin.IsSet() || r.MemoryHigh.IsSet() {
			t.Errorf("%s: on cgroup v1 %s", tt.pod, words(r))
		}
	}
}

func TestPodRules(t *testing.T) {
	tiered := cgroups.Options{MemoryQoS: true, Reservation: cgroups.TieredReservation}
	exclusive := func(c *corev1.Container) bool { return c.Name == "x" }
	for _, tt := range []struct {
		rule, pod string
		o         cgroups.Options
		want      string
	}{
		{"Guaranteed", "container a cpu=1/1 mem=1Mi/1Mi; container b cpu=1/1 mem=1Mi/1Mi", cgroups.Options{}, "shares=2048 quota=200000 period=100000 memory=2097152"},
		{"with overhead", "container a cpu=1/1 mem=1Mi/1Mi; overhead cpu=250m mem=1Mi", cgroups.Options{}, "shares=1280 quota=125000 period=100000 memory=2097152"},
		{"BestEffort with overhead", "container a; overhead cpu=250m mem=1Mi", cgroups.Options{}, "shares=2"},
		{"BestEffort with overhead, reserved", "container a; overhead cpu=250m mem=1Mi", tiered, "shares=2 low=1048576"},
		{"Guaranteed, reserved", "container a cpu=1/1 mem=1Mi/1Mi", tiered, "shares=1024 quota=100000 period=100000 memory=1048576 min=1048576"},
		{"Burstable, reserved", "container a mem=1Mi", tiered, "shares=2 low=1048576"},
		{"nothing to reserve", "container a cpu=1", tiered, "shares=1024"},
		{"a container without memory limit", "container a cpu=1/2 mem=1/2; container b cpu=1/1", cgroups.Options{}, "shares=2048 quota=300000 period=100000"},
		{"a container without CPU limit", "container a cpu=1/2 mem=1/2; container b mem=1/1", cgroups.Options{}, "shares=1024 memory=3"},
		{"spec.resources limits the pod", "container a; pod cpu=1/2 mem=1/2", cgroups.Options{}, "shares=1024 quota=200000 period=100000 memory=2"},
		{"spec.resources switched off", "container a cpu=1; pod cpu=1/2 mem=1/2", cgroups.Options{NoPodLevelResources: true}, "shares=1024"},
		{"a sidecar with limit speaks for later init containers", "sidecar s cpu=1/1; init i; container a cpu=/1", cgroups.Options{}, "shares=1024 quota=200000 period=100000"},
		{"but not for earlier ones", "init i; sidecar s cpu=1/1; container a cpu=/1", cgroups.Options{}, "shares=1024"},
		{"an init container speaks for nobody", "init i cpu=/1; sidecar s; container a cpu=/1", cgroups.Options{}, "shares=2"},
		{"init containers raise the total", "init i cpu=3/3 mem=3/3; container a cpu=1/1 mem=1/1", cgroups.Options{}, "shares=3072 quota=300000 period=100000 memory=3"},
		{"sidecars add to later init containers", "sidecar s cpu=1/1 mem=1/1; init i cpu=3/3 mem=3/3; container a cpu=1/1 mem=1/1", cgroups.Options{}, "shares=4096 quota=400000 period=100000 memory=4"},
		{"quotas off", "container a cpu=1/1 mem=1/1", cgroups.Options{NoCPUQuota: true}, "shares=1024 quota=-1 period=100000 memory=1"},
		{"exclusive CPUs", "container a cpu=1/1 mem=1/1; container x cpu=1/1 mem=1/1", cgroups.Options{ExclusiveCPUs: exclusive}, "shares=2048 quota=-1 period=100000 memory=2"},
		{"exclusive CPUs of an init container", "container a cpu=1/1 mem=1/1; init x cpu=1/1 mem=1/1", cgroups.Options{ExclusiveCPUs: exclusive}, "shares=1024 quota=-1 period=100000 memory=1"},
		{"exclusive CPUs elsewhere", "container a cpu=1/1 mem=1/1", cgroups.Options{ExclusiveCPUs: exclusive}, "shares=1024 quota=100000 period=100000 memory=1"},
		{"exclusive CPUs with quota", "container x cpu=1/1 mem=1/1", cgroups.Options{ExclusiveCPUs: exclusive, KeepQuota: true}, "shares=1024 quota=100000 period=100000 memory=1"},
		{"the period stays where the quota ignores it", "container a cpu=1/1 mem=1/1", cgroups.Options{NoCustomPeriod: true, CPUQuotaPeriod: 5 * time.Millisecond}, "shares=1024 quota=100000 period=5000 memory=1"},
		{"processes", "container a", cgroups.Options{PodPidsLimit: 100}, "shares=2 pids=100"},
		{"no limit of processes", "container a", cgroups.Options{PodPidsLimit: -1}, "shares=2"},
		{"huge pages are added up", "container a cpu=1 hugepages-2Mi=2Mi; container b hugepages-2048Ki=4Mi; init i hugepages-2Mi=1Mi", cgroups.Options{}, "shares=1024 huge2097152=6291456"},
		{"the node's other sizes get 0", "container a cpu=1 hugepages-2Mi=2Mi", cgroups.Options{Node: cgroups.Node{HugePageSizes: []int64{1 << 30, 2 << 20}}}, "shares=1024 huge2097152=2097152 huge1073741824=0"},
		{"huge pages of spec.resources and overhead", "container a; pod hugepages-2Mi=2Mi cpu=1; overhead hugepages-1Gi=1Gi", cgroups.Options{}, "shares=1024 huge2097152=2097152 huge1073741824=1073741824"},
		{"huge pages of an init container", "container a cpu=1; init i hugepages-1Gi=1Gi", cgroups.Options{}, "shares=1024 huge1073741824=1073741824"},
		{"sizes that do not parse are 0", "container a cpu=1 hugepages-x=1", cgroups.Options{}, "shares=1024 huge0=1"},
		{"sizes that would take forever are 0", "container a cpu=1 hugepages-1e1000000000=1", cgroups.Options{}, "shares=1024 huge0=1"},
		{"the status decides", "container a cpu=1; status BestEffort", cgroups.Options{}, "shares=2"},
		{"an unknown status", "container a cpu=1; status Odd", cgroups.Options{}, "shares=2"},
	} {
		pod := podtext.Pod(tt.pod)
		before := pod.DeepCopy()
		if got := words(cgroups.Pod(pod, tt.o)); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.rule, got, tt.want)
		}
		resized := words(cgroups.Resize(pod, tt.o))
		if strings.Contains(resized, "pids") || strings.Contains(resized, "low") || strings.Contains(resized, "min") || !strings.HasPrefix(tt.want, resized) {
			t.Errorf("%s: resized %s", tt.rule, resized)
		}
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Errorf("%s: the pod was changed: %s", tt.rule, diff)
		}
	}
}

func TestHugePageNamesCollide(t *testing.T) {
	pod := podtext.Pod("container a hugepages-2Mi=/4Mi hugepages-2048Ki=/8Mi")
	o := cgroups.Options{Node: cgroups.Node{HugePageSizes: []int64{2 << 20}}}
	for range 20 {
		if got := cgroups.Container(pod, &pod.Spec.Containers[0], o).HugePages; len(got) != 1 || got[0].Limit != 4<<20 {
			t.Fatalf("%v", got)
		}
	}
}

func TestQoSLevel(t *testing.T) {
	pods := []*corev1.Pod{
		nil, podtext.Pod("container a cpu=1/1 mem=100/100; overhead mem=5"), podtext.Pod("container a cpu=500m mem=10"), podtext.Pod("container a cpu=250m mem=20; pod mem=40 cpu=2"), podtext.Pod("container a"),
	}
	for _, tt := range []struct {
		o                     cgroups.Options
		burstable, bestEffort string
		min                   string
	}{
		{cgroups.Options{}, "shares=2560", "shares=2", "-"},
		{cgroups.Options{NoPodLevelResources: true}, "shares=768", "shares=2", "-"},
		{cgroups.Options{MemoryQoS: true}, "shares=2560 low=0", "shares=2", "0"},
		{cgroups.Options{MemoryQoS: true, Reservation: cgroups.TieredReservation}, "shares=2560 low=50", "shares=2", "155"},
		{cgroups.Options{MemoryQoS: true, Version: cgroups.V1}, "shares=2560", "shares=2", "-"},
		{cgroups.Options{Node: cgroups.Node{HugePageSizes: []int64{2 << 20}}}, "shares=2560 huge2097152=4611686018427387904", "shares=2 huge2097152=4611686018427387904", "-"},
	} {
		g := cgroups.QoS(pods, tt.o)
		if words(g.Burstable) != tt.burstable || words(g.BestEffort) != tt.bestEffort || g.KubePodsMin.String() != tt.min {
			t.Errorf("%+v: %s, %s, %s", tt.o, words(g.Burstable), words(g.BestEffort), g.KubePodsMin)
		}
	}
	if got := words(cgroups.QoS(nil, cgroups.Options{}).Burstable); got != "shares=2" {
		t.Errorf("no pods: %s", got)
	}
}

func list(text string) corev1.ResourceList {
	return podtext.Pod("overhead " + text).Spec.Overhead
}

func TestNodeLevel(t *testing.T) {
	capacity := list("cpu=8 mem=16Gi pid=1000 hugepages-2Mi=2Gi ephemeral-storage=100Gi")
	r := cgroups.Reserved{System: list("cpu=500m mem=1Gi pid=100"), Kube: list("cpu=500m mem=1Gi"), EvictionHard: list("mem=100Mi ephemeral-storage=10Gi")}
	if got := words(cgroups.KubePods(capacity, r, cgroups.Options{})); got != "shares=7168 memory=15032385536 pids=900 huge2097152=2147483648" {
		t.Errorf("kubepods %s", got)
	}
	r.NotEnforced = true
	if got := words(cgroups.KubePods(capacity, r, cgroups.Options{Node: cgroups.Node{HugePageSizes: []int64{1 << 30}}})); got != "shares=8192 memory=17179869184 pids=1000 huge2097152=2147483648 huge1073741824=0" {
		t.Errorf("kubepods %s", got)
	}
	got, err := cgroups.Allocatable(capacity, r)
	want := list("cpu=7 mem=12188Mi pid=900 hugepages-2Mi=2Gi ephemeral-storage=90Gi")
	for name, q := range want {
		if a := got[name]; a.Cmp(q) != 0 {
			t.Errorf("allocatable %s: %v, want %v", name, a.String(), q.String())
		}
	}
	if err != nil || len(got) != len(want) {
		t.Errorf("allocatable %v %v", got, err)
	}
	if got := words(cgroups.Reserve(r.System, cgroups.Options{})); got != "shares=512 memory=1073741824 pids=100" {
		t.Errorf("reserved %s", got)
	}
	if got := words(cgroups.ReserveCompressible(r.System)); got != "shares=512" {
		t.Errorf("reserved %s", got)
	}
	if got := words(cgroups.Reserve(list("cpu=1"), cgroups.Options{})); got != "shares=1024" {
		t.Errorf("reserved %s", got)
	}
	if got := words(cgroups.ReserveCompressible(nil)); got != "" {
		t.Errorf("reserved %s", got)
	}
	if got, err := cgroups.Allocatable(list("hugepages-2Mi=2Gi"), cgroups.Reserved{}); err != nil || len(got) != 1 {
		t.Errorf("allocatable %v %v", got, err)
	}
}

func TestReservationError(t *testing.T) {
	left, err := cgroups.Allocatable(list("cpu=1 mem=1Gi hugepages-2Mi=1Gi"), cgroups.Reserved{System: list("cpu=2 mem=1Gi"), Kube: list("mem=1Mi")})
	want := `invalid Node Allocatable configuration. Resource "cpu" has a reservation of 2 but capacity of 1. Expected capacity >= reservation.`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	for _, name := range []corev1.ResourceName{"cpu", "memory"} {
		if q := left[name]; !q.IsZero() {
			t.Errorf("%s: %v", name, q.String())
		}
	}
	if _, err := cgroups.Allocatable(list("mem=1Gi"), cgroups.Reserved{System: list("mem=1Gi")}); err != nil {
		t.Error(err)
	}
	for range 10 {
		_, err := cgroups.Allocatable(list("a=1 b=1 c=1 d=1"), cgroups.Reserved{System: list("a=2 b=2 c=2 d=2")})
		if e := (*cgroups.ReservationError)(nil); !errors.As(err, &e) || e.Resource != "a" {
			t.Fatal(err)
		}
	}
	if _, err := cgroups.Allocatable(list("mem=-1"), cgroups.Reserved{System: list("mem=0")}); err != nil {
		t.Error(err)
	}
	if left, _ := cgroups.Allocatable(list("mem=1Gi"), cgroups.Reserved{System: list("mem=1Gi")}); len(left) != 1 {
		t.Errorf("%v", left)
	}
}

func TestSandbox(t *testing.T) {
	o := cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}
	pod := podtext.Pod("container a cpu=1/2 mem=1/2; container b cpu=/1; overhead cpu=250m mem=7")
	r, over := cgroups.Sandbox(pod, o)
	if words(r) != "shares=1024 quota=300000 period=100000 memory=2 group" || words(over) != "shares=256 quota=25000 period=100000 memory=7 group" {
		t.Errorf("%s, %s", words(r), words(over))
	}
	o.NoCPUQuota = true
	r, over = cgroups.Sandbox(podtext.Pod("container a cpu=/2"), o)
	if words(r) != "shares=2048 group" || words(over) != "" {
		t.Errorf("%s, %s", words(r), words(over))
	}
	o = cgroups.Options{ExclusiveCPUs: func(*corev1.Container) bool { return true }}
	r, over = cgroups.Sandbox(pod, o)
	if r.Quota.Or(0) != -1 || over.Quota.Or(0) != 25000 {
		t.Errorf("%s, %s", words(r), words(over))
	}
}

func TestWithoutOverhead(t *testing.T) {
	r := cgroups.Resources{Shares: cgroups.Set(1280), Quota: cgroups.Set(125_000), Period: cgroups.Set(100_000), Memory: cgroups.Set(100)}
	for _, tt := range []struct {
		rule, pod string
		r         cgroups.Resources
		o         cgroups.Options
		want      string
	}{
		{"all of it", "overhead cpu=250m mem=7", r, cgroups.Options{}, "shares=1024 quota=100000 period=100000 memory=93"},
		{"CPU alone", "overhead cpu=250m", r, cgroups.Options{}, "shares=1024 quota=100000 period=100000 memory=100"},
		{"memory alone", "overhead mem=7", r, cgroups.Options{}, "shares=1280 quota=125000 period=100000 memory=93"},
		{"fractions of bytes are ignored", "overhead mem=1500m", r, cgroups.Options{}, "shares=1280 quota=125000 period=100000 memory=100"},
		{"nothing", "container a cpu=1", r, cgroups.Options{}, "shares=1280 quota=125000 period=100000 memory=100"},
		{"shares that no request gives, without CPU", "overhead mem=7", cgroups.Resources{Shares: cgroups.Set(262143)}, cgroups.Options{}, "shares=262143"},
		{"what is left alone", "overhead cpu=250m mem=7", cgroups.Resources{}, cgroups.Options{}, ""},
		{"a quota without period", "overhead cpu=250m", cgroups.Resources{Quota: cgroups.Set(5000)}, cgroups.Options{}, "quota=5000"},
		{"a period without quota", "overhead cpu=250m", cgroups.Resources{Period: cgroups.Set(5000)}, cgroups.Options{}, "period=5000"},
		{"another period", "overhead cpu=250m", cgroups.Resources{Quota: cgroups.Set(125_000), Period: cgroups.Set(50_000)}, cgroups.Options{}, "quota=112500 period=50000"},
		{"another period that quotas ignore", "overhead cpu=250m", cgroups.Resources{Quota: cgroups.Set(125_000), Period: cgroups.Set(50_000)}, cgroups.Options{NoCustomPeriod: true}, "quota=100000 period=50000"},
	} {
		if got := words(tt.r.WithoutOverhead(podtext.Pod(tt.pod), tt.o)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
	if got := words(r.WithoutOverhead(nil, cgroups.Options{})); got != words(r) {
		t.Errorf("%s", got)
	}
}

// TestTotal gives everything nothing, or too much of it.
func TestTotal(t *testing.T) {
	if got := words(cgroups.Container(nil, nil, cgroups.Options{})); got != "shares=2 quota=0 period=100000 group oom=1000" {
		t.Errorf("%s", got)
	}
	if got := words(cgroups.Pod(nil, cgroups.Options{MemoryQoS: true, Reservation: cgroups.TieredReservation, PodPidsLimit: 1})); got != "shares=2 pids=1" {
		t.Errorf("%s", got)
	}
	if r, over := cgroups.Sandbox(nil, cgroups.Options{}); words(r) != "shares=2 quota=0 period=100000 group" || words(over) != "" {
		t.Errorf("%s %s", words(r), words(over))
	}
	rapid.Check(t, func(t *rapid.T) {
		pod := podtext.Draw(t, true)
		before := pod.DeepCopy()
		o := cgroups.Options{
			MemoryQoS: true, LimitedSwap: rapid.Bool().Draw(t, "swap"), Reservation: rapid.SampledFrom([]cgroups.Reservation{0, 1}).Draw(t, "reservation"),
			ThrottlingFactor: rapid.SampledFrom([]float64{0, 1, math.NaN(), math.Inf(1), -1e300}).Draw(t, "factor"),
			CPUQuotaPeriod:   rapid.SampledFrom([]time.Duration{0, time.Second, math.MaxInt64, -1, 1}).Draw(t, "period"),
			Node:             cgroups.Node{Memory: rapid.Int64().Draw(t, "memory"), Swap: rapid.Int64().Draw(t, "swap"), SwapController: true, HugePageSizes: []int64{2 << 20}, AllocatableMemory: rapid.Int64().Draw(t, "allocatable")},
		}
		groups := []cgroups.Resources{cgroups.Pod(pod, o), cgroups.QoS([]*corev1.Pod{pod, pod}, o).Burstable, cgroups.KubePods(pod.Spec.Overhead, cgroups.Reserved{System: pod.Spec.Containers[0].Resources.Requests}, o)}
		for _, c := range containers(pod) {
			groups = append(groups, cgroups.Container(pod, c, o))
		}
		for _, r := range groups {
			for _, v := range []cgroups.Version{cgroups.V1, cgroups.V2} {
				_, _ = cgroups.Read(cgroups.FileMap(r.Files(v)), cgroups.ReadOptions{Level: r.Level})
				_, _, _ = r.SystemdProperties(v, 0)
			}
		}
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Fatalf("the pod was changed: %s", diff)
		}
	})
}

// TestFamily holds the groups of a pod and of its containers together.
func TestFamily(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := podtext.Draw(t, false)
		pod.Spec.Resources = nil
		group := cgroups.Pod(pod, cgroups.Options{})
		for i := range pod.Spec.Containers {
			c := cgroups.Container(pod, &pod.Spec.Containers[i], cgroups.Options{})
			if _, ok := pod.Spec.Containers[i].Resources.Requests[corev1.ResourceCPU]; ok && group.Shares.Or(0) < c.Shares.Or(0) && group.Shares.Or(0) != 2 {
				t.Fatalf("shares %v of %v", c.Shares, group.Shares)
			}
			if q, ok := group.Quota.Get(); ok && q < c.Quota.Or(0) {
				t.Fatalf("quota %v of %v", c.Quota, group.Quota)
			}
			if m, ok := group.Memory.Get(); ok && m < c.Memory.Or(0) {
				t.Fatalf("memory %v of %v", c.Memory, group.Memory)
			}
		}
		turned := pod.DeepCopy()
		for i, j := 0, len(turned.Spec.Containers)-1; i < j; i, j = i+1, j-1 {
			turned.Spec.Containers[i], turned.Spec.Containers[j] = turned.Spec.Containers[j], turned.Spec.Containers[i]
		}
		if got := cgroups.Pod(turned, cgroups.Options{}); words(got) != words(group) {
			t.Fatalf("%s in another order", words(got))
		}
		bigger := pod.DeepCopy()
		q := resource.MustParse("100m")
		bigger.Spec.Containers = append(bigger.Spec.Containers, corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: q}}})
		if got := cgroups.Pod(bigger, cgroups.Options{}); got.Shares.Or(0) < group.Shares.Or(0) {
			t.Fatalf("shares fell from %v to %v", group.Shares, got.Shares)
		}
	})
}

func TestSetting(t *testing.T) {
	var s cgroups.Setting
	if s.IsSet() || s.Or(5) != 5 || s.String() != "-" {
		t.Errorf("%v", s)
	}
	if s = cgroups.Set(0); !s.IsSet() || s.Or(5) != 0 || s.String() != "0" {
		t.Errorf("%v", s)
	}
	r := cgroups.Resources{Shares: cgroups.Set(2), Quota: cgroups.Set(-1)}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back cgroups.Resources
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(r, back) {
		t.Errorf("%s: %v %v", b, back, err)
	}
	if err := json.Unmarshal([]byte("null"), &s); err != nil || s.IsSet() {
		t.Errorf("null was read as %v, %v", s, err)
	}
	if err := json.Unmarshal([]byte(`"x"`), &s); err == nil {
		t.Error("text was read as a setting")
	}
}

func TestZeroAllocations(t *testing.T) {
	pod := podtext.Pod("container a cpu=250m/500m mem=128Mi/256Mi; container b cpu=250m/500m mem=128Mi/256Mi")
	o := cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}
	for name, f := range map[string]func(){
		"Container": func() { cgroups.Container(pod, &pod.Spec.Containers[0], o) },
		"Pod":       func() { cgroups.Pod(pod, o) },
		"shares":    func() { cgroups.SharesToMilliCPUs(1024) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestQoSReserved(t *testing.T) {
	pods := []*corev1.Pod{podtext.Pod("container a cpu=1/1 mem=2Gi/2Gi"), podtext.Pod("container a mem=1Gi"), nil, podtext.Pod("container a")}
	for _, tt := range []struct {
		rule string
		o    cgroups.Options
		want string
	}{
		{"nothing is held back by default", cgroups.Options{Node: cgroups.Node{AllocatableMemory: 8 << 30}}, "- -"},
		{"all of what better classes request", cgroups.Options{QOSReservedMemory: 100, Node: cgroups.Node{AllocatableMemory: 8 << 30}}, "6442450944 5368709120"},
		{"a part of it, rounded down", cgroups.Options{QOSReservedMemory: 33, Node: cgroups.Node{AllocatableMemory: 8 << 30}}, "7881264989 7526930188"},
		{"a hundredth", cgroups.Options{QOSReservedMemory: 1, Node: cgroups.Node{AllocatableMemory: 8 << 30}}, "8568459756 8557722338"},
		{"what can be allocated is not known", cgroups.Options{QOSReservedMemory: 100}, "- -"},
		{"memory reservations are another matter", cgroups.Options{QOSReservedMemory: 100, MemoryQoS: true, Node: cgroups.Node{AllocatableMemory: 1}}, "-2147483647 -3221225471"},
	} {
		g := cgroups.QoS(pods, tt.o)
		if got := g.Burstable.Memory.String() + " " + g.BestEffort.Memory.String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}
