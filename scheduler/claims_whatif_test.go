package scheduler_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/scheduler"
)

// send schedules a pod and places it.
func send(t *testing.T, c *scheduler.Cluster, p *corev1.Pod) string {
	d, err := newScheduler(t, counting).Schedule(c, p)
	require.NoError(t, err)
	require.NoError(t, c.Apply(p, d))
	return d.Node + " " + devices(d)
}

// What is applied takes devices, until its last user goes.
func TestDevicesComeAndGo(t *testing.T) {
	c := lab(t, aDeviceClaim("shared", "gpu=3"), aDeviceClaim("other", "gpu=2"))
	free := told(t, counting, c, withClaims("p", "other"))
	require.Equal(t, "n2 shared=r0:z,r0:y,r0:x", send(t, c, withClaims("a", "shared")))
	taken := told(t, counting, c, withClaims("p", "other"))
	require.Equal(t, "n1 other=r0:a,r0:b; n2: "+noDevices+"; n3: "+noDevices, taken)
	require.Equal(t, "n1: "+elsewhere+"; n2; n3: "+elsewhere, told(t, counting, c, withClaims("b", "shared")))
	require.Equal(t, "n2 ", send(t, c, withClaims("b", "shared")))

	c.Fork()
	require.NoError(t, c.RemovePod("shop", "a"))
	require.Equal(t, taken, told(t, counting, c, withClaims("p", "other")), "b uses it still")
	moved := withClaims("b", "shared")
	moved.Spec.NodeName, moved.Labels = "n2", map[string]string{"x": "y"}
	require.NoError(t, c.UpdatePod(moved))
	require.Equal(t, taken, told(t, counting, c, withClaims("p", "other")), "a pod that changes keeps its claims")
	require.NoError(t, c.RemovePod("shop", "b"))
	require.Equal(t, free, told(t, counting, c, withClaims("p", "other")))
	require.NoError(t, c.Revert())
	require.Equal(t, taken, told(t, counting, c, withClaims("p", "other")))

	require.NoError(t, c.RemovePod("shop", "b"))
	require.Equal(t, taken, told(t, counting, c, withClaims("p", "other")), "a uses it still")
	other := withClaims("a", "shared") // of the same name elsewhere
	other.Namespace = "else"
	require.NoError(t, c.Place(other, "n2"))
	require.NoError(t, c.RemovePod("else", "a"))
	require.Equal(t, taken, told(t, counting, c, withClaims("p", "other")), "it never used it")
	require.NoError(t, c.RemovePod("shop", "a"))
	require.Equal(t, free, told(t, counting, c, withClaims("p", "other")))

	require.Equal(t, "n2 shared=r0:z,r0:y,r0:x", send(t, c, withClaims("a", "shared")))
	both := withClaims("b", "shared", "nic")
	require.NoError(t, c.Add(aDeviceClaim("nic", "nic=1")))
	require.Equal(t, "n2 nic=r0:eth", send(t, c, both))
	require.NoError(t, c.RemovePod("shop", "a"))
	require.NoError(t, c.RemovePod("shop", "b"))
	require.Equal(t, free, told(t, counting, c, withClaims("p", "other")), "all claims of a pod get free")
	require.Equal(t, "n1: "+noDevices+"; n2 nic=r0:eth; n3: "+noDevices, told(t, counting, c, withClaims("p", "nic")))
}

// What is applied is what was decided, as far as it still can be.
func TestApplyClaims(t *testing.T) {
	c, s := lab(t, aDeviceClaim("c", "gpu=1")), newScheduler(t, counting)
	first, err := s.Schedule(c, withClaims("a", "c"))
	require.NoError(t, err)
	near := withClaims("b", "c")
	near.Status.NominatedNodeName = "n2"
	second, err := s.Schedule(c, near)
	require.NoError(t, err)
	require.NoError(t, c.Apply(withClaims("x", "c"), scheduler.Decision{Node: "n3"}))
	require.Equal(t, "n1 c=r0:a; n2 c=r0:z; n3: "+noDevices, told(t, counting, c, withClaims("p", "c")), "nothing was decided about the claim")
	require.NoError(t, c.Apply(withClaims("a", "c"), first))
	require.NoError(t, c.Apply(near, second))
	require.Equal(t, "n1; n2: "+elsewhere+"; n3: "+elsewhere, told(t, counting, c, withClaims("p", "c")), "a claim that has devices keeps them")
	require.NoError(t, c.Apply(withClaims("y", "gone", "c"), scheduler.Decision{Node: "n1"}), "a claim that is not there is passed over")
	for _, name := range []string{"x", "a", "b"} {
		require.NoError(t, c.RemovePod("shop", name))
	}
	require.Equal(t, "n1; n2: "+elsewhere+"; n3: "+elsewhere, told(t, counting, c, withClaims("p", "c")), "y uses the other one")
}

// Extended resources come and go with their pods.
func TestExtendedDevicesComeAndGo(t *testing.T) {
	c := lab(t, backing(gpuResource, aDeviceClass("k", isGPU)))
	free := told(t, counting, c, wanting("p", gpuResource, "1"))
	require.Equal(t, "n1 =request-0:a,request-0:b", send(t, c, wanting("a", gpuResource, "2")))
	require.Equal(t, "n1: "+noDevices+"; n2 =request-0:z; n3: "+noDevices, told(t, counting, c, wanting("p", gpuResource, "1")))
	require.Equal(t, "n2 =request-0:z", send(t, c, wanting("b", gpuResource, "1")))
	require.Equal(t, "n1: "+noDevices+"; n2 =request-0:y; n3: "+noDevices, told(t, counting, c, wanting("p", gpuResource, "1")))
	c.Fork()
	require.NoError(t, c.RemovePod("shop", "a"))
	require.Equal(t, "n1 =request-0:a; n2 =request-0:y; n3: "+noDevices, told(t, counting, c, wanting("p", gpuResource, "1")))
	require.NoError(t, c.Revert())
	require.NoError(t, c.RemovePod("shop", "b"))
	require.NoError(t, c.RemovePod("shop", "a"))
	require.Equal(t, free, told(t, counting, c, wanting("p", gpuResource, "1")))
}

// A class that comes later is heeded, whatever was cached before.
func TestClassComesLater(t *testing.T) {
	c, s := lab(t), newScheduler(t, counting)
	for range 3 {
		_, err := s.Schedule(c, wanting("p", gpuResource, "1"))
		require.EqualError(t, err, "0/3 nodes are available: 3 Insufficient example.com/gpu.")
	}
	class := backing(gpuResource, aDeviceClass("k", isGPU))
	require.NoError(t, c.Add(class))
	d, err := s.Schedule(c, wanting("p", gpuResource, "3"))
	require.NoError(t, err)
	require.Equal(t, "n2", d.Node)
	require.NoError(t, c.Update(aDeviceClass("k", isGPU)))
	for range 3 {
		_, err = s.Schedule(c, wanting("p", gpuResource, "3"))
		require.EqualError(t, err, "0/3 nodes are available: 3 Insufficient example.com/gpu.")
	}
	require.NoError(t, c.Remove(class))
	require.EqualError(t, c.Remove(class), `scheduler: device class "k" is not in the cluster`)
	require.EqualError(t, c.Add(aSlice("gpu.example.com", "n1")), `scheduler: resource slice "gpu.example.com-n1" is already in the cluster`)
	require.EqualError(t, c.Update(aDeviceClaim("c")), `scheduler: resource claim "shop/c" is not in the cluster`)
}

func TestHowManyWithDevices(t *testing.T) {
	owned := aDeviceClaim("own", "gpu=2")
	owned.OwnerReferences = []metav1.OwnerReference{{UID: "uid-p", Controller: new(true)}}
	s := newScheduler(t, counting)
	held := allocatedTo(aDeviceClaim("held", "gpu=2"), "n1", "gpu.example.com/n1/a", "gpu.example.com/n1/b")
	held.OwnerReferences = owned.OwnerReferences
	load := func(more ...runtime.Object) *scheduler.Cluster {
		return lab(t, append(more, backing(gpuResource, aDeviceClass("k", isGPU)), aDeviceClaim("shared", "gpu=3"), owned)...)
	}
	for _, tc := range []struct {
		rule string
		pod  *corev1.Pod
		more []runtime.Object
		want int
	}{
		{"each takes devices", wanting("p", gpuResource, "1"), nil, 5},
		{"of one node", wanting("p", gpuResource, "2"), nil, 2},
		{"all share a claim", withClaims("p", "shared"), nil, 9},
		{"each has a claim from a template", templated("p", "own"), nil, 2},
		{"a claim from a template that has its devices", templated("p", "held"), list(held), 9},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := load(tc.more...)
			before := told(t, counting, c, tc.pod)
			got, err := s.HowMany(c, tc.pod, 9)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
			require.Equal(t, before, told(t, counting, c, tc.pod))
		})
	}
	_, err := newScheduler(t, scheduler.Config{}).HowMany(load(), withClaims("p", "shared"), 9)
	require.ErrorContains(t, err, "Config.Devices is nil")
}

// Victims come back with the devices that they held, if nobody took them.
func TestAddBackWithDevices(t *testing.T) {
	on := func(node string, p *corev1.Pod) *corev1.Pod {
		p.Spec.NodeName = node
		return p
	}
	looking := allocatedTo(aDeviceClaim("looking", "gpu=1"), "n1", "gpu.example.com/n1/a")
	looking.Status.Allocation.Devices.Results[0].AdminAccess = new(true)
	gpus := func(name, amount string) *corev1.Pod { return wanting(name, gpuResource, amount) }
	one, two, three := withClaims("a", "c"), withClaims("b", "d"), gpus("e", "3")
	for _, tc := range []struct {
		rule        string
		running     []*corev1.Pod
		where       []string // they get
		pods        []*corev1.Pod
		victims     [][]scheduler.PodName
		stay, leave []int
	}{
		{"a group that held what is taken", []*corev1.Pod{one, two, three}, []string{"n1 c=r0:a", "n1 d=r0:b", "n2 =request-0:z,request-0:y,request-0:x"},
			[]*corev1.Pod{gpus("p", "2")}, [][]scheduler.PodName{append(groups("a")[0], groups("b")[0]...), nil, groups("e")[0]}, []int{1, 2}, []int{0}},
		{"a node of its own", []*corev1.Pod{one, two, three}, []string{"n1 c=r0:a", "n1 d=r0:b", "n2 =request-0:z,request-0:y,request-0:x"},
			[]*corev1.Pod{gpus("p", "3")}, groups("a", "b", "e"), []int{0, 1}, []int{2}},
		{"its device is taken, though another is free", []*corev1.Pod{one}, []string{"n1 c=r0:a"},
			[]*corev1.Pod{gpus("p", "1")}, groups("a"), nil, []int{0}},
		{"one of two claims is taken", []*corev1.Pod{withClaims("a", "c", "d")}, []string{"n1 c=r0:a d=r0:b"},
			[]*corev1.Pod{on("n1", gpus("p", "1"))}, groups("a"), nil, []int{0}},
		{"a claim that pods share with it", []*corev1.Pod{one}, []string{"n1 c=r0:a"},
			[]*corev1.Pod{withClaims("p", "c")}, groups("a"), []int{0}, nil},
		{"a shared claim that has got other devices", []*corev1.Pod{one}, []string{"n1 c=r0:a"},
			[]*corev1.Pod{on("n2", withClaims("p", "c"))}, groups("a"), nil, []int{0}},
		{"a claim that is in use all the time", []*corev1.Pod{one, withClaims("b", "c")}, []string{"n1 c=r0:a", "n1 "},
			[]*corev1.Pod{on("n1", gpus("p", "1"))}, groups("a"), []int{0}, nil},
		{"a claim that two victims share", []*corev1.Pod{one, withClaims("b", "c")}, []string{"n1 c=r0:a", "n1 "},
			[]*corev1.Pod{on("n2", gpus("p", "1"))}, groups("a", "b"), []int{0, 1}, nil},
		{"it only looked at what is taken", []*corev1.Pod{withClaims("a", "looking")}, []string{"n1 "},
			[]*corev1.Pod{gpus("p", "2")}, groups("a"), []int{0}, nil},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := lab(t, backing(gpuResource, aDeviceClass("k", isGPU)), aDeviceClaim("c", "gpu=1"), aDeviceClaim("d", "gpu=1"), looking)
			for i, p := range tc.running {
				require.Equal(t, tc.where[i], send(t, c, p))
			}
			s := newScheduler(t, counting)
			probe := withClaims("probe", "c")
			before := everything(t, s, c, probe)
			got, err := s.AddBack(c, tc.pods, tc.victims)
			require.NoError(t, err)
			require.Equal(t, tc.stay, got.Stay)
			require.Equal(t, tc.leave, got.Leave)
			require.Equal(t, before, everything(t, s, c, probe))
		})
	}
}

// A victim that ran without the devices of its claim comes back without them.
func TestAddBackWithoutDevices(t *testing.T) {
	c, s := lab(t, aDeviceClaim("c", "gpu=1")), newScheduler(t, counting)
	require.NoError(t, c.Apply(withClaims("a", "c"), scheduler.Decision{Node: "n3"}))
	for _, pods := range [][]*corev1.Pod{nil, {withClaims("p", "c")}} {
		got, err := s.AddBack(c, pods, groups("a"))
		require.NoError(t, err)
		require.Equal(t, []int{0}, got.Stay)
	}
}

// Devices may exclude each other: what a victim brings back counts.
func TestAddBackExcludingDevices(t *testing.T) {
	config := scheduler.Config{Devices: allocator(func(q scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error) {
		var out []resourcev1.AllocationResult
		for _, claim := range q.Claims {
			name := claim.Spec.Devices.Requests[0].Exactly.DeviceClassName
			other := map[string]string{"whole": "half", "half": "whole"}[name]
			if q.Node != "n1" || q.Taken(scheduler.Device{Name: other}) {
				return nil, nil
			}
			out = append(out, *allocatedTo(aDeviceClaim("x"), "n1", "//"+name).Status.Allocation)
		}
		return out, nil
	})}
	half := withClaims("p", "half")
	for rule, victim := range map[string]*corev1.Pod{"a claim": withClaims("a", "whole"), "an extended resource": wanting("a", gpuResource, "1")} {
		t.Run(rule, func(t *testing.T) {
			c, s := lab(t, backing(gpuResource, aDeviceClass("whole")), aDeviceClass("half"), aDeviceClaim("whole", "whole=1"), aDeviceClaim("half", "half=1")), newScheduler(t, config)
			d, err := s.Schedule(c, victim)
			require.NoError(t, err)
			require.NoError(t, c.Apply(victim, d))
			_, err = s.Schedule(c, half)
			require.Error(t, err)
			got, err := s.AddBack(c, []*corev1.Pod{half}, groups("a"))
			require.NoError(t, err)
			require.Equal(t, []int{0}, got.Leave)
		})
	}
}

// What preemption says first is what the plugin for claims found.
func TestPreemptWithClaims(t *testing.T) {
	used := allocatedTo(aDeviceClaim("used", "gpu=1"), "n9", "x/y/z")
	used.Status.ReservedFor = []resourcev1.ResourceClaimConsumerReference{{Resource: "pods", Name: "other"}}
	c := lab(t, used, allocatedTo(aDeviceClaim("unused", "gpu=1"), "n9", "x/y/z"), aDeviceClaim("big", "gpu=9"), aDeviceClaim("odd", "gone=1"))
	const after = ", preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
	large := withClaims("p", "unused")
	large.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = pod("q", "9", "0").Spec.Containers[0].Resources.Requests[corev1.ResourceCPU]
	for _, tc := range []struct {
		rule string
		pod  *corev1.Pod
		want string
	}{
		{"an unused claim elsewhere", withClaims("p", "unused"), "deallocation of ResourceClaim completed" + after},
		{"a used claim elsewhere", withClaims("p", "used"), "still not schedulable" + after},
		{"no devices", withClaims("p", "big"), "still not schedulable" + after},
		{"claims were not looked at", large, "still not schedulable" + after},
		{"rejected at once", withClaims("p", "odd"), "no new claims to deallocate" + after},
		{"no claims", pod("p", "9", "0"), "no new claims to deallocate" + after},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			p, err := newScheduler(t, counting).Preempt(c, tc.pod)
			require.NoError(t, err)
			require.Equal(t, tc.want, p.Message)
		})
	}
}

// An allocator is asked for what it needs to know, and its errors end the cycle.
func TestDeviceAllocator(t *testing.T) {
	everywhere := true
	network := aSlice("net", "n1", "port")
	network.Name, network.Spec.NodeName, network.Spec.AllNodes = "net", nil, &everywhere
	c := lab(t, network, aDeviceClaim("c", "gpu=1"), allocatedTo(aDeviceClaim("d", "gpu=1"), "n1", "gpu.example.com/n1/a"))
	var got []string
	answer := func(q scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error) {
		text := fmt.Sprint(q.Node, " ", q.Labels["kubernetes.io/hostname"], " ", q.Class("gpu").Name, " ", q.Class("no") == nil, " ", q.Taken(scheduler.Device{Driver: "gpu.example.com", Pool: "n1", Name: "a"}), q.Taken(scheduler.Device{}))
		for _, claim := range q.Claims {
			text += " " + claim.Name
		}
		for _, s := range q.Slices {
			text += " " + s.Name
		}
		got = append(got, text)
		return make([]resourcev1.AllocationResult, len(q.Claims)), nil
	}
	config := scheduler.Config{Devices: allocator(answer)}
	_, err := newScheduler(t, config).Schedule(c, withClaims("p", "c", "d"))
	require.NoError(t, err)
	require.Equal(t, []string{"n1  gpu true true false c gpu.example.com-n1 net", "n2  gpu true true false c gpu.example.com-n2 nic.example.com-n2 net", "n3  gpu true true false c net"}, got[:3])

	config.Devices = allocator(func(scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error) { return nil, errors.New("broken") })
	_, err = newScheduler(t, config).Schedule(c, withClaims("p", "c"))
	require.EqualError(t, err, `running "DynamicResources" filter plugin: broken`)
	config.Devices = allocator(func(scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error) {
		return make([]resourcev1.AllocationResult, 2), nil
	})
	_, err = newScheduler(t, config).Schedule(c, withClaims("p", "c"))
	require.EqualError(t, err, `running "DynamicResources" filter plugin: Config.Devices returned 2 allocations for 1 claims`)
}

type allocator func(scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error)

func (a allocator) Allocate(q scheduler.DeviceQuery) ([]resourcev1.AllocationResult, error) {
	return a(q)
}

func TestMakeClaims(t *testing.T) {
	template := &resourcev1.ResourceClaimTemplate{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "t"}}
	template.Spec.Labels, template.Spec.Annotations = map[string]string{"a": "b"}, map[string]string{"c": "d"}
	template.Spec.Spec = aDeviceClaim("x", "gpu=2").Spec
	strange := template.DeepCopy()
	strange.Namespace = "else"
	p := templated("p", "mine")
	p.Status.ResourceClaimStatuses = nil
	p.Spec.ResourceClaims = append(p.Spec.ResourceClaims, withClaims("p", "direct").Spec.ResourceClaims...)
	p.Spec.ResourceClaims[1].Name = "c1"
	given := p.DeepCopy()
	made, claims, err := scheduler.MakeClaims(p, []*resourcev1.ResourceClaimTemplate{nil, strange, template})
	require.NoError(t, err)
	require.Equal(t, given, p, "the pod is not changed")
	require.Len(t, claims, 1)
	require.Equal(t, "p-c0", claims[0].Name)
	require.Equal(t, "shop", claims[0].Namespace)
	require.Equal(t, template.Spec.Labels, claims[0].Labels)
	require.Equal(t, template.Spec.Annotations, claims[0].Annotations)
	require.Equal(t, template.Spec.Spec, claims[0].Spec)
	require.Equal(t, []corev1.PodResourceClaimStatus{{Name: "c0", ResourceClaimName: &claims[0].Name}}, made.Status.ResourceClaimStatuses)
	made.Spec.ResourceClaims = made.Spec.ResourceClaims[:1]
	require.Equal(t, "n1 p-c0=r0:a,r0:b; n2 p-c0=r0:z,r0:y; n3: "+noDevices, told(t, counting, lab(t, claims[0]), made), "the claim is the pod's")
	second := made.DeepCopy() // one claim is there, one is not
	second.Spec.ResourceClaims = append(second.Spec.ResourceClaims, corev1.PodResourceClaim{Name: "c2", ResourceClaimTemplateName: new("u")})
	like := template.DeepCopy()
	like.Name, like.Spec.Spec = "u", aDeviceClaim("x", "nic=1").Spec
	_, claims, err = scheduler.MakeClaims(second, []*resourcev1.ResourceClaimTemplate{template, like})
	require.NoError(t, err)
	require.Len(t, claims, 1)
	require.Equal(t, "p-c2", claims[0].Name)
	require.Equal(t, like.Spec.Spec, claims[0].Spec)
	again, claims, err := scheduler.MakeClaims(made, nil)
	require.NoError(t, err)
	require.Empty(t, claims)
	require.Equal(t, made, again)
	_, _, err = scheduler.MakeClaims(p, []*resourcev1.ResourceClaimTemplate{strange})
	require.EqualError(t, err, `scheduler: pod "shop/p": spec.resourceClaims[0].resourceClaimTemplateName: there is no template "t"`)
	_, _, err = scheduler.MakeClaims(nil, nil)
	require.EqualError(t, err, "scheduler: object is nil")
}

// Whatever happens to devices in a fork, Revert takes it back; and devices are
// never given twice.
func TestDevicesInForks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var objects []runtime.Object
		for i := range rapid.IntRange(1, 4).Draw(rt, "claims") {
			objects = append(objects, aDeviceClaim(fmt.Sprint("c", i), rapid.SampledFrom([]string{"gpu=1", "gpu=2", "any=1", "gpu=all", "nic=1"}).Draw(rt, "request")))
		}
		c, s := lab(t, append(objects, backing(gpuResource, aDeviceClass("k", isGPU)))...), newScheduler(t, counting)
		probe := withClaims("probe", "c0")
		live := map[string][]scheduler.ClaimAllocation{} // by pod
		step := func() {
			name := fmt.Sprint("p", rapid.IntRange(0, 5).Draw(rt, "pod"))
			if c.RemovePod("shop", name) == nil {
				delete(live, name)
				return
			}
			p := wanting(name, gpuResource, rapid.SampledFrom([]string{"1", "2"}).Draw(rt, "amount"))
			if rapid.Bool().Draw(rt, "claim") {
				p = withClaims(name, fmt.Sprint("c", rapid.IntRange(0, len(objects)-1).Draw(rt, "which")))
			}
			if d, err := s.Schedule(c, p); err == nil {
				require.NoError(rt, c.Apply(p, d))
				live[name] = d.Claims
			}
		}
		for range rapid.IntRange(0, 4).Draw(rt, "before") {
			step()
		}
		before := everything(rt, s, c, probe)
		c.Fork()
		for range rapid.IntRange(1, 6).Draw(rt, "inside") {
			step()
		}
		seen := map[string]bool{}
		for name, claims := range live {
			for _, a := range claims {
				for _, r := range a.Allocation.Devices.Results {
					if d := r.Pool + "/" + r.Device; a.Claim == "" && seen[d] {
						rt.Fatalf("%s has %s twice: %v", name, d, live)
					} else if a.Claim == "" {
						seen[d] = true
					}
				}
			}
		}
		require.NoError(rt, c.Revert())
		require.Equal(rt, before, everything(rt, s, c, probe))
	})
}
