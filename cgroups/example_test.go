package cgroups_test

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/podtext"
)

// A pod's group is written by the kubelet, its containers' by the runtime, with
// different formulas for the weight.
func Example() {
	pod := podtext.Pod("container app cpu=1/2 mem=1Gi/1Gi")
	pod.UID = "3c1b9c52"
	name, _ := cgroups.PodName(nil, corev1.PodQOSBurstable, string(pod.UID))
	path, _ := name.Path(cgroups.Systemd)
	fmt.Println(path)
	for _, f := range cgroups.Pod(pod, cgroups.Options{}).Files(cgroups.V2) {
		fmt.Println(" ", f.Name, f.Content)
	}
	fmt.Println(path + "/" + cgroups.Scope("cri-containerd", "0123"))
	for _, f := range cgroups.Container(pod, &pod.Spec.Containers[0], cgroups.Options{}).Files(cgroups.V2) {
		fmt.Println(" ", f.Name, f.Content)
	}
	// Output:
	// /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3c1b9c52.slice
	//   memory.max 1073741824
	//   cpu.weight 39
	//   cpu.max 200000 100000
	// /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3c1b9c52.slice/cri-containerd-0123.scope
	//   memory.max 1073741824
	//   cpu.weight 100
	//   cpu.max 200000 100000
	//   memory.oom.group 1
}

func ExampleMilliCPUToShares() {
	fmt.Println(cgroups.MilliCPUToShares(500), cgroups.MilliCPUToShares(0))
	// Output: 512 2
}

func ExampleSharesToMilliCPU() {
	fmt.Println(cgroups.SharesToMilliCPU(512), cgroups.SharesToMilliCPU(2))
	// Output: 500 2
}

func ExampleMilliCPUToQuota() {
	fmt.Println(cgroups.MilliCPUToQuota(500, cgroups.QuotaPeriod), cgroups.MilliCPUToQuota(1, cgroups.QuotaPeriod))
	// Output: 50000 1000
}

func ExampleQuotaToMilliCPU() {
	fmt.Println(cgroups.QuotaToMilliCPU(50000, 100000), cgroups.QuotaToMilliCPU(-1, 100000))
	// Output: 500 0
}

func ExampleFormula_Weight() {
	fmt.Println(cgroups.Linear.Weight(1024), cgroups.Quadratic.Weight(1024))
	// Output: 39 100
}

func ExampleFormula_Shares() {
	fmt.Println(cgroups.Linear.Shares(39), cgroups.Quadratic.Shares(100))
	// Output: [999,1024] [1012,1024]
}

func ExampleFormula_String() {
	fmt.Println(cgroups.Linear, cgroups.Quadratic)
	// Output: linear quadratic
}

func ExampleWeightToShares() {
	shares := cgroups.WeightToShares(39)
	fmt.Println(shares, cgroups.Linear.Weight(shares))
	// Output: 998 38
}

func ExampleSharesToMilliCPUs() {
	fmt.Println(cgroups.SharesToMilliCPUs(2), cgroups.SharesToMilliCPUs(1024))
	// Output: [0,2] 1000
}

func ExampleWeightToMilliCPUs() {
	fmt.Println(cgroups.WeightToMilliCPUs(39, cgroups.Linear), cgroups.WeightToMilliCPUs(39, cgroups.Quadratic))
	// Output: [976,1000] [289,298]
}

func ExampleQuotaToMilliCPUs() {
	fmt.Println(cgroups.QuotaToMilliCPUs(1000, 100000, cgroups.Cgroupfs), cgroups.QuotaToMilliCPUs(2000, 100000, cgroups.Systemd))
	// Output: [1,10] [11,20]
}

func ExampleInterval() {
	i := cgroups.Interval{Lo: 999, Hi: 1024}
	fmt.Println(i, i.Contains(1000), i.Empty())
	// Output: [999,1024] true false
}

func ExampleInterval_Contains() {
	fmt.Println(cgroups.SharesToMilliCPUs(2).Contains(1))
	// Output: true
}

func ExampleInterval_Empty() {
	fmt.Println(cgroups.SharesToMilliCPUs(1).Empty())
	// Output: true
}

func ExampleInterval_String() {
	fmt.Println(cgroups.SharesToMilliCPUs(cgroups.MaxShares))
	// Output: [256000,∞)
}

func ExampleSetting() {
	var unset cgroups.Setting
	fmt.Println(unset, cgroups.Set(0), unset.IsSet(), unset.Or(7))
	// Output: - 0 false 7
}

func ExampleSet() {
	n, ok := cgroups.Set(5).Get()
	fmt.Println(n, ok)
	// Output: 5 true
}

func ExampleSetting_Get() {
	_, ok := cgroups.Setting{}.Get()
	fmt.Println(ok)
	// Output: false
}

func ExampleSetting_IsSet() {
	fmt.Println(cgroups.Set(0).IsSet())
	// Output: true
}

func ExampleSetting_Or() {
	fmt.Println(cgroups.Setting{}.Or(100))
	// Output: 100
}

func ExampleSetting_String() {
	fmt.Println(cgroups.Setting{})
	// Output: -
}

func ExampleSetting_MarshalJSON() {
	b, _ := cgroups.Set(5).MarshalJSON()
	fmt.Println(string(b))
	// Output: 5
}

func ExampleSetting_UnmarshalJSON() {
	var s cgroups.Setting
	fmt.Println(s.UnmarshalJSON([]byte("5")), s)
	// Output: <nil> 5
}

func ExampleContainer() {
	pod := podtext.Pod("container app cpu=/500m mem=64Mi/128Mi")
	r := cgroups.Container(pod, &pod.Spec.Containers[0], cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}})
	fmt.Println(r.Shares, r.Quota, r.Memory, r.OOMScoreAdj)
	// Output: 512 50000 134217728 993
}

func ExamplePod() {
	pod := podtext.Pod("container app cpu=500m/1 mem=64Mi/64Mi; container proxy cpu=100m mem=64Mi/64Mi; overhead cpu=50m")
	r := cgroups.Pod(pod, cgroups.Options{})
	fmt.Println(r.Shares, r.Quota, r.Memory)
	// Output: 665 - 134217728
}

func ExampleResize() {
	pod := podtext.Pod("container app cpu=2/2 mem=64Mi/64Mi")
	fmt.Println(cgroups.Resize(pod, cgroups.Options{PodPidsLimit: 100}).Pids)
	// Output: -
}

func ExampleSandbox() {
	resources, overhead := cgroups.Sandbox(podtext.Pod("container app cpu=2/2 mem=64Mi/64Mi; overhead cpu=250m mem=120Mi"), cgroups.Options{})
	fmt.Println(resources.Shares, resources.Memory, overhead.Shares, overhead.Memory)
	// Output: 2048 67108864 256 125829120
}

func ExampleQoS() {
	g := cgroups.QoS([]*corev1.Pod{podtext.Pod("container a cpu=500m"), podtext.Pod("container a cpu=250m"), podtext.Pod("container a")}, cgroups.Options{})
	fmt.Println(g.Burstable.Shares, g.BestEffort.Shares)
	// Output: 768 2
}

func ExampleKubePods() {
	r := cgroups.KubePods(list("cpu=8 mem=16Gi"), cgroups.Reserved{System: list("mem=1Gi"), EvictionHard: list("mem=100Mi")}, cgroups.Options{})
	fmt.Println(r.Shares, r.Memory.Or(0)>>30)
	// Output: 8192 15
}

func ExampleAllocatable() {
	left, err := cgroups.Allocatable(list("mem=16Gi hugepages-2Mi=2Gi"), cgroups.Reserved{System: list("mem=1Gi"), EvictionHard: list("mem=100Mi")})
	memory := left[corev1.ResourceMemory]
	fmt.Println(memory.String(), err)
	// Output: 13212Mi <nil>
}

func ExampleReservationError_Error() {
	_, err := cgroups.Allocatable(list("cpu=1"), cgroups.Reserved{Kube: list("cpu=2")})
	fmt.Println(err)
	// Output: invalid Node Allocatable configuration. Resource "cpu" has a reservation of 2 but capacity of 1. Expected capacity >= reservation.
}

func ExampleReserve() {
	r := cgroups.Reserve(list("cpu=500m mem=1Gi"), cgroups.Options{})
	fmt.Println(r.Shares, r.Memory)
	// Output: 512 1073741824
}

func ExampleReserveCompressible() {
	r := cgroups.ReserveCompressible(list("cpu=500m mem=1Gi"))
	fmt.Println(r.Shares, r.Memory)
	// Output: 512 -
}

func ExampleResources_Files() {
	r := cgroups.Resources{Level: cgroups.PodLevel, Shares: cgroups.Set(1024)}
	fmt.Println(r.Files(cgroups.V1), r.Files(cgroups.V2))
	// Output: [{cpu.shares 1024}] [{cpu.weight 39}]
}

func ExampleResources_V1Files() {
	fmt.Println(cgroups.Resources{Quota: cgroups.Set(-1)}.V1Files())
	// Output: [{cpu.cfs_quota_us -1}]
}

func ExampleResources_V2Files() {
	r := cgroups.Resources{Shares: cgroups.Set(1024)}
	fmt.Println(r.V2Files(cgroups.Linear), r.V2Files(cgroups.Quadratic))
	// Output: [{cpu.weight 39}] [{cpu.weight 100}]
}

func ExampleResources_Unified() {
	fmt.Println(cgroups.Resources{SwapMax: cgroups.Set(0), OOMGroup: true}.Unified())
	// Output: map[memory.oom.group:1 memory.swap.max:0]
}

func ExampleFileMap() {
	fmt.Println(cgroups.FileMap(cgroups.Resources{Pids: cgroups.Set(100)}.Files(cgroups.V2)))
	// Output: map[pids.max:100]
}

// Systemd keeps quotas in whole percents of a CPU.
func ExampleResources_SystemdProperties() {
	r := cgroups.Resources{Quota: cgroups.Set(1500), Period: cgroups.Set(100000)}
	properties, after, err := r.SystemdProperties(cgroups.V2, 0)
	fmt.Println(properties, after.Quota, err)
	// Output: [CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=20000] 2000 <nil>
}

func ExampleProperty_String() {
	fmt.Println(cgroups.Property{Name: "AllowedCPUs", Bytes: []byte{0x0f}})
	// Output: AllowedCPUs=0x0f
}

func ExamplePageSizeName() {
	fmt.Println(cgroups.PageSizeName(2 << 20))
	// Output: 2MB <nil>
}

func ExampleSwapMax() {
	fmt.Println(cgroups.SwapMax(3<<30, 2<<30))
	// Output: 1073741824 <nil>
}

func ExampleParseName() {
	fmt.Printf("%q\n", cgroups.ParseName("/custom/root/"))
	// Output: ["custom" "root"]
}

func ExampleName_Join() {
	n, err := cgroups.Name{"kubepods"}.Join("burstable")
	fmt.Println(n, err)
	_, err = n.Join("a_b")
	fmt.Println(err)
	// Output:
	// [kubepods burstable] <nil>
	// cgroups: "a_b": a component must not contain / or _
}

func ExampleNameError_Error() {
	fmt.Println(&cgroups.NameError{Input: "x", Reason: "why not"})
	// Output: cgroups: "x": why not
}

func ExampleClassName() {
	fmt.Println(cgroups.ClassName(nil, corev1.PodQOSBestEffort))
	// Output: [kubepods besteffort]
}

func ExamplePodName() {
	fmt.Println(cgroups.PodName(nil, corev1.PodQOSGuaranteed, "1234-abcd"))
	// Output: [kubepods pod1234-abcd] <nil>
}

func ExampleName_Path() {
	n := cgroups.Name{"kubepods", "pod1234-abcd"}
	fmt.Println(n.Path(cgroups.Cgroupfs))
	fmt.Println(n.Path(cgroups.Systemd))
	// Output:
	// /kubepods/pod1234-abcd <nil>
	// /kubepods.slice/kubepods-pod1234_abcd.slice <nil>
}

func ExampleExpandSlice() {
	fmt.Println(cgroups.ExpandSlice("a-b.slice"))
	// Output: /a.slice/a-b.slice <nil>
}

func ExampleParseSlice() {
	fmt.Println(cgroups.ParseSlice("/kubepods.slice/kubepods-pod1234_abcd.slice"))
	// Output: [kubepods pod1234-abcd]
}

func ExampleParsePath() {
	l, err := cgroups.ParsePath("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234_abcd.slice/cri-containerd-77aa.scope")
	fmt.Println(l.Class, l.PodUID, l.Runtime, l.Container, err)
	// Output: Burstable 1234-abcd cri-containerd 77aa <nil>
}

func ExampleScope() {
	fmt.Println(cgroups.Scope("crio", "77aa"))
	// Output: crio-77aa.scope
}

func ExampleRead() {
	m, err := cgroups.Read(map[string]string{"cpu.weight": "59", "cpu.max": "50000 100000", "memory.max": "max"}, cgroups.ReadOptions{Level: cgroups.ContainerLevel, Driver: cgroups.Cgroupfs})
	fmt.Println("request", m.CPURequest.Range, "limit", m.CPULimit.Range, "memory unlimited:", m.Memory.Unlimited, err)
	// Output: request [500,509] limit 500 memory unlimited: true <nil>
}

func ExampleParseError_Error() {
	_, err := cgroups.Read(map[string]string{"cpu.weight": "heavy"}, cgroups.ReadOptions{})
	fmt.Println(err)
	// Output: cgroups: cpu.weight: "heavy" is not a number
}

func ExampleLevel_Formula() {
	fmt.Println(cgroups.PodLevel.Formula(), cgroups.ContainerLevel.Formula())
	// Output: linear quadratic
}

func ExampleLevel_String() {
	fmt.Println(cgroups.PodLevel)
	// Output: pod
}

func ExampleVersion_String() {
	fmt.Println(cgroups.V2)
	// Output: v2
}

func ExampleDriver_String() {
	fmt.Println(cgroups.Systemd)
	// Output: systemd
}

func ExampleResources_WithoutOverhead() {
	pod := podtext.Pod("container a cpu=1/1 mem=1Gi/1Gi; overhead cpu=250m mem=120Mi")
	r := cgroups.Resize(pod, cgroups.Options{})
	fmt.Println(r.Shares, r.WithoutOverhead(pod, cgroups.Options{}).Shares)
	// Output: 1280 1024
}
