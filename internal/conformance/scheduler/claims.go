package scheduler

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/kubealgo/kubealgo/scheduler"
)

// NewUpstreamOf builds the scheduler of a configuration over objects that
// informers bring to it, as the plugin for claims needs them.
func NewUpstreamOf(ctx context.Context, yaml string, objects ...runtime.Object) (*Upstream, error) {
	client := fake.NewSimpleClientset(objects...)
	u, err := newUpstream(ctx, client, yaml, "", 1)
	if err != nil {
		return nil, err
	}
	u.informers.Start(ctx.Done())
	u.informers.WaitForCacheSync(ctx.Done())
	if err := u.scheduler.WaitForHandlersSync(ctx); err != nil {
		return nil, err
	}
	for _, object := range objects { // in their order: informers bring them in any
		switch o := object.(type) {
		case *corev1.Node:
			_ = u.scheduler.Cache.RemoveNode(u.logger, o)
		}
	}
	if err := u.refresh(); err != nil {
		return nil, err
	}
	for _, object := range objects {
		if o, ok := object.(*corev1.Node); ok {
			u.scheduler.Cache.AddNode(u.logger, o)
			u.nodes = append(u.nodes, o)
		}
	}
	u.claims = client.ResourceV1()
	return u, u.refresh()
}

// An award is the devices of claims, as driver/pool/device, by claim name in
// the order of allocation; under "" those for extended resources, sorted.
type award map[string][]string

func deviceName(r *resourcev1.DeviceRequestAllocationResult) string {
	return r.Driver + "/" + r.Pool + "/" + r.Device
}

func (w award) add(claim string, a *resourcev1.AllocationResult) {
	w[claim] = []string{}
	for i := range a.Devices.Results {
		w[claim] = append(w[claim], a.Devices.Results[i].Request+":"+deviceName(&a.Devices.Results[i]))
	}
	if a.NodeSelector != nil {
		w[claim] = append(w[claim], a.NodeSelector.String())
	}
}

// reserve returns what the real plugin allocates for a pod on a node.
func (u *Upstream) reserve(pod *corev1.Pod, node string) (award, map[string]*resourcev1.AllocationResult) {
	state := framework.NewCycleState()
	if _, status, _ := u.profile.RunPreFilterPlugins(u.ctx, state, pod); !status.IsSuccess() {
		panic(status.Message())
	}
	info, err := u.profile.SnapshotSharedLister().NodeInfos().Get(node)
	if err != nil {
		panic(err)
	}
	if status := u.profile.RunFilterPlugins(u.ctx, state, pod, info); !status.IsSuccess() {
		panic(status.Message())
	}
	tracker := u.profile.SharedDRAManager().ResourceClaims()
	before, _ := tracker.ListAllAllocatedDevices()
	if status := u.profile.RunReservePluginsReserve(u.ctx, state, pod, node); !status.IsSuccess() {
		panic(status.Message())
	}
	defer u.profile.RunReservePluginsUnreserve(u.ctx, state, pod, node)
	after, _ := tracker.ListAllAllocatedDevices()
	extra := after.Difference(before)
	out, pending := award{}, map[string]*resourcev1.AllocationResult{}
	list, _ := tracker.List()
	for _, claim := range list {
		a := tracker.GetPendingAllocation(claim.UID)
		if a == nil {
			continue
		}
		out.add(claim.Name, a)
		pending[claim.Name] = a.DeepCopy()
		for i := range a.Devices.Results {
			for d := range extra {
				if d.String() == deviceName(&a.Devices.Results[i]) {
					extra.Delete(d)
				}
			}
		}
	}
	if extra.Len() > 0 {
		a := &resourcev1.AllocationResult{}
		for d := range extra {
			out[""] = append(out[""], d.String())
			a.Devices.Results = append(a.Devices.Results, resourcev1.DeviceRequestAllocationResult{Driver: d.Driver.String(), Pool: d.Pool.String(), Device: d.Device.String()})
		}
		pending[""] = a
		slices.Sort(out[""])
	}
	return out, pending
}

// awarded is our decision in the same form.
func awarded(d *scheduler.Decision) award {
	out := award{}
	for i := range d.Claims {
		c := &d.Claims[i]
		if c.Claim != "" {
			if _, twice := out[c.Claim]; !twice {
				out.add(c.Claim, &c.Allocation)
			}
			continue
		}
		for j := range c.Allocation.Devices.Results {
			out[""] = append(out[""], deviceName(&c.Allocation.Devices.Results[j]))
		}
		slices.Sort(out[""])
	}
	return out
}

// settle writes allocations as the binding cycle would, and waits until the
// scheduler knows them.
func (u *Upstream) settle(pod *corev1.Pod, node string, pending map[string]*resourcev1.AllocationResult, names []string) error {
	user := resourcev1.ResourceClaimConsumerReference{Resource: "pods", Name: pod.Name, UID: pod.UID}
	tracker := u.profile.SharedDRAManager().ResourceClaims()
	wait := func(name string, done func(*resourcev1.ResourceClaim) bool) error {
		for range 5000 {
			claim, err := tracker.Get(pod.Namespace, name)
			if err == nil && done(claim) && holds(tracker, claim) {
				return nil
			}
			time.Sleep(time.Millisecond)
		}
		return fmt.Errorf("claim %s does not arrive", name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		claim, err := tracker.Get(pod.Namespace, name)
		if err != nil {
			return err
		}
		claim = claim.DeepCopy()
		if a := pending[name]; a != nil {
			claim.Status.Allocation = a
		}
		claim.Status.ReservedFor = append(claim.Status.ReservedFor, user)
		version, _ := strconv.Atoi(claim.ResourceVersion)
		claim.ResourceVersion = strconv.Itoa(version + 1)
		if _, err := u.claims.ResourceClaims(pod.Namespace).UpdateStatus(u.ctx, claim, metav1.UpdateOptions{}); err != nil {
			return err
		}
		if err := wait(name, func(c *resourcev1.ResourceClaim) bool {
			return len(c.Status.ReservedFor) == len(claim.Status.ReservedFor)
		}); err != nil {
			return err
		}
	}
	if a := pending[""]; a != nil {
		claim := &resourcev1.ResourceClaim{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name + "-extended", UID: types.UID(pod.Name + "-extended"), ResourceVersion: "1"}}
		claim.Status.Allocation = a
		if _, err := u.claims.ResourceClaims(pod.Namespace).Create(u.ctx, claim, metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := wait(claim.Name, func(*resourcev1.ResourceClaim) bool { return true }); err != nil {
			return err
		}
	}
	return u.Place(pod, node)
}

// holds reports whether the devices of a claim count as allocated already.
func holds(tracker fwk.ResourceClaimTracker, claim *resourcev1.ResourceClaim) bool {
	devices, err := tracker.ListAllAllocatedDevices()
	if err != nil || claim.Status.Allocation == nil {
		return err == nil
	}
	names := map[string]bool{}
	for d := range devices {
		names[d.String()] = true
	}
	for i := range claim.Status.Allocation.Devices.Results {
		if !names[deviceName(&claim.Status.Allocation.Devices.Results[i])] {
			return false
		}
	}
	return true
}

// ClaimCase is a cluster with devices, and pods to schedule one after another.
type ClaimCase struct {
	Nodes   []*corev1.Node              `json:"nodes"`
	Classes []*resourcev1.DeviceClass   `json:"classes"`
	Slices  []*resourcev1.ResourceSlice `json:"slices"`
	Claims  []*resourcev1.ResourceClaim `json:"claims"`
	Pods    []*corev1.Pod               `json:"pods"`
	Scored  bool                        `json:"scored"` // by scoredDevices
}

// scoredDevices is a configuration whose scores look at what devices serve.
var scoredDevices = Variant{YAML: `  - name: NodeResourcesFit
    args:
      scoringStrategy: {type: LeastAllocated, resources: [{name: cpu, weight: 1}, {name: example.com/gpu, weight: 5}]}
`, Config: scheduler.Config{
	NodeResourcesFit: scheduler.NodeResourcesFitArgs{Resources: []scheduler.ResourceWeight{{Name: corev1.ResourceCPU, Weight: 1}, {Name: gpuResource, Weight: 5}}},
}}

func (c *ClaimCase) objects() []runtime.Object {
	var all []runtime.Object
	all = objects(all, c.Nodes)
	all = objects(all, c.Classes)
	all = objects(all, c.Slices)
	return objects(all, c.Claims)
}

// claimGen draws claim cases.
type claimGen struct {
	dice
	c *ClaimCase
}

const gpuResource = "example.com/gpu"

func drawClaims(seed, index uint64) *ClaimCase {
	g := &claimGen{dice{rand.New(rand.NewPCG(seed, index))}, &ClaimCase{}}
	for i := range 2 + g.IntN(4) {
		g.drawNode(fmt.Sprintf("n%d", i))
	}
	g.drawClasses()
	for i := range 5 + g.IntN(6) {
		g.drawClaim(fmt.Sprintf("c%d", i))
	}
	for i := range 10 {
		g.drawPod(fmt.Sprintf("pod%d", i))
	}
	if last := g.c.Pods[len(g.c.Pods)-1]; len(g.c.Slices) > 0 && g.chance(50) {
		spare := &resourcev1.ResourceClaim{ObjectMeta: metav1.ObjectMeta{Namespace: space, Name: "spare", UID: "uid-spare", ResourceVersion: "1"}}
		spare.Status.Allocation = g.allocation()
		g.c.Claims = append(g.c.Claims, spare)
		last.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "x", ResourceClaimName: &spare.Name}}
		if g.chance(80) {
			last.Spec.NodeSelector = map[string]string{corev1.LabelHostname: g.pick("n0", "n1")}
		}
	}
	return g.c
}

func (g *claimGen) drawNode(name string) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Labels: map[string]string{corev1.LabelHostname: name, "half": strconv.Itoa(g.IntN(2))}}}
	n.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi"), "pods": resource.MustParse("20")}
	if g.chance(25) {
		n.Status.Allocatable[gpuResource] = resource.MustParse(g.pick("0", "1", "2"))
	}
	g.c.Nodes = append(g.c.Nodes, n)
	for p := range g.IntN(4) {
		pool, driver := fmt.Sprintf("%s-%s%d", g.pick("a", "b", "c"), name, p), g.pick("d0", "d0", "d1")
		count, missing := 1+g.IntN(5)/4, g.IntN(30)/29
		for s := range count {
			slice := &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%s-%d", g.pick("x", "y", "z"), pool, s), ResourceVersion: "1"}}
			slice.UID = types.UID(slice.Name)
			slice.Spec = resourcev1.ResourceSliceSpec{Driver: driver, NodeName: &name, Pool: resourcev1.ResourcePool{Name: pool, Generation: 1, ResourceSliceCount: int64(count + missing)}}
			for d := range g.IntN(4) {
				slice.Spec.Devices = append(slice.Spec.Devices, resourcev1.Device{Name: fmt.Sprintf("%s%d%d", g.pick("p", "q"), s, d)})
			}
			if g.chance(4) {
				slice.Spec.Pool.Generation = 2
			}
			if g.IntN(500) == 0 { // more than a claim can have; upstream is slow to find that they do not do
				for d := range 36 {
					slice.Spec.Devices = append(slice.Spec.Devices, resourcev1.Device{Name: fmt.Sprintf("m%d%d", s, d)})
				}
			}
			g.c.Slices = append(g.c.Slices, slice)
		}
	}
}

func (g *claimGen) drawClasses() {
	add := func(name string, drivers ...string) *resourcev1.DeviceClass {
		c := &resourcev1.DeviceClass{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), ResourceVersion: "1"}}
		for _, d := range drivers {
			c.Spec.Selectors = append(c.Spec.Selectors, resourcev1.DeviceSelector{CEL: &resourcev1.CELDeviceSelector{Expression: fmt.Sprintf("device.driver == %q", d)}})
		}
		g.c.Classes = append(g.c.Classes, c)
		return c
	}
	add("k0", "d0")
	add("k1", "d1")
	add("any")
	if g.chance(30) {
		add("none", "d0", "d1")
	}
	gpu := gpuResource
	for _, name := range []string{"e0", "e1"} {
		if g.chance(60) {
			c := add(name, g.pick("d0", "d1"))
			c.Spec.ExtendedResourceName = &gpu
			c.CreationTimestamp = metav1.Unix(int64(1000+g.IntN(3)), 0)
		}
	}
}

func (g *claimGen) drawClaim(name string) {
	c := &resourcev1.ResourceClaim{ObjectMeta: metav1.ObjectMeta{Namespace: space, Name: name, UID: types.UID("uid-" + name), ResourceVersion: "1"}}
	for i := range 1 + g.IntN(8)/5 {
		e := &resourcev1.ExactDeviceRequest{DeviceClassName: g.pick("k0", "k0", "k0", "k1", "k1", "any", "any"), AllocationMode: resourcev1.DeviceAllocationModeExactCount, Count: int64(1 + g.IntN(3)*g.IntN(2))}
		switch {
		case g.chance(15):
			e.AllocationMode, e.Count = resourcev1.DeviceAllocationModeAll, 0
		case g.chance(2):
			e.Count = int64(31 + g.IntN(4))
		case g.chance(3):
			e.DeviceClassName = g.pick("gone", "none")
		case g.chance(2):
			e.Count = 0
		}
		if g.chance(5) {
			e.Selectors = []resourcev1.DeviceSelector{{CEL: &resourcev1.CELDeviceSelector{Expression: `device.driver == "` + g.pick("d0", "d1") + `"`}}}
		}
		r := resourcev1.DeviceRequest{Name: fmt.Sprintf("r%d", i), Exactly: e}
		if g.chance(1) {
			r.Exactly = nil
		}
		c.Spec.Devices.Requests = append(c.Spec.Devices.Requests, r)
	}
	if g.chance(2) {
		now := metav1.Unix(1_000_000_000, 0)
		c.DeletionTimestamp, c.Finalizers = &now, []string{"x"}
	}
	if g.chance(25) && len(g.c.Slices) > 0 {
		c.Status.Allocation = g.allocation()
		if g.chance(30) {
			c.Status.ReservedFor = []resourcev1.ResourceClaimConsumerReference{{Resource: "pods", Name: "other", UID: "other"}}
		}
	}
	if g.chance(20) {
		yes := true
		c.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "p", UID: types.UID(fmt.Sprintf("uid-pod%d", g.IntN(10))), Controller: &yes}}
	}
	g.c.Claims = append(g.c.Claims, c)
}

func (g *claimGen) allocation() *resourcev1.AllocationResult {
	s := g.c.Slices[g.IntN(len(g.c.Slices))]
	a := &resourcev1.AllocationResult{}
	for i := range s.Spec.Devices {
		if g.chance(50) {
			a.Devices.Results = append(a.Devices.Results, resourcev1.DeviceRequestAllocationResult{Request: "r0", Driver: s.Spec.Driver, Pool: s.Spec.Pool.Name, Device: s.Spec.Devices[i].Name})
		}
	}
	if g.chance(90) {
		a.NodeSelector = &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{*s.Spec.NodeName}}}}}}
		if g.chance(20) {
			a.NodeSelector.NodeSelectorTerms[0] = corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "half", Operator: "In", Values: []string{"0"}}}}
		}
	}
	return a
}

func (g *claimGen) drawPod(name string) {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: space, Name: name, UID: types.UID("uid-" + name)}}
	p.Spec.SchedulerName = corev1.DefaultSchedulerName
	p.Spec.Containers = []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse(g.pick("0", "500m", "1", "1", "2"))}}}}
	for i := range g.IntN(3) {
		claim := fmt.Sprintf("c%d", g.IntN(len(g.c.Claims)))
		if g.chance(2) {
			claim = "gone"
		}
		ref := corev1.PodResourceClaim{Name: fmt.Sprintf("x%d", i), ResourceClaimName: &claim}
		switch {
		case g.chance(1):
			ref.ResourceClaimName = nil
		case g.chance(15):
			template := "t"
			ref.ResourceClaimName, ref.ResourceClaimTemplateName = nil, &template
			status := corev1.PodResourceClaimStatus{Name: ref.Name, ResourceClaimName: &claim}
			if g.chance(10) {
				status.ResourceClaimName = nil
			}
			if g.chance(90) {
				p.Status.ResourceClaimStatuses = append(p.Status.ResourceClaimStatuses, status)
			}
		}
		p.Spec.ResourceClaims = append(p.Spec.ResourceClaims, ref)
	}
	if g.chance(35) {
		p.Spec.Containers[0].Resources.Requests[corev1.ResourceName(g.pick(gpuResource, gpuResource, "deviceclass.resource.kubernetes.io/k0", "deviceclass.resource.kubernetes.io/any", "deviceclass.resource.kubernetes.io/gone"))] = resource.MustParse(g.pick("0", "1", "1", "2", "3"))
	}
	if g.chance(15) {
		c := corev1.Container{Name: "i", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{gpuResource: resource.MustParse(g.pick("1", "2"))}}}
		if g.chance(40) {
			always := corev1.ContainerRestartPolicyAlways
			c.RestartPolicy = &always
		}
		if g.chance(30) {
			c.Name = "d"
			p.Spec.Containers = append(p.Spec.Containers, c)
		} else {
			p.Spec.InitContainers = append(p.Spec.InitContainers, c)
		}
	}
	g.c.Pods = append(g.c.Pods, p)
}
