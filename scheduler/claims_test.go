package scheduler_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/scheduler"
)

const (
	gpuResource = "example.com/gpu"
	noDevices   = "cannot allocate all claims"
	elsewhere   = "resourceclaim not available on the node"
)

// aSlice holds all the devices that a driver has on a node, in a pool of the
// node's name.
func aSlice(driver, node string, devices ...string) *resourcev1.ResourceSlice {
	s := &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: driver + "-" + node}}
	s.Spec = resourcev1.ResourceSliceSpec{Driver: driver, NodeName: &node, Pool: resourcev1.ResourcePool{Name: node, Generation: 1, ResourceSliceCount: 1}}
	for _, d := range devices {
		s.Spec.Devices = append(s.Spec.Devices, resourcev1.Device{Name: d})
	}
	return s
}

// aDeviceClass admits the devices of the drivers that its expressions name.
func aDeviceClass(name string, expressions ...string) *resourcev1.DeviceClass {
	c := &resourcev1.DeviceClass{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, e := range expressions {
		c.Spec.Selectors = append(c.Spec.Selectors, resourcev1.DeviceSelector{CEL: &resourcev1.CELDeviceSelector{Expression: e}})
	}
	return c
}

// backing makes a class serve an extended resource.
func backing(name string, class *resourcev1.DeviceClass) *resourcev1.DeviceClass {
	class.Spec.ExtendedResourceName = &name
	return class
}

// aDeviceClaim asks for devices: "gpu=2" is two of the class gpu, "gpu=all" all of them.
func aDeviceClaim(name string, requests ...string) *resourcev1.ResourceClaim {
	c := &resourcev1.ResourceClaim{ObjectMeta: meta(name)}
	for i, text := range requests {
		class, count, _ := strings.Cut(text, "=")
		e := &resourcev1.ExactDeviceRequest{DeviceClassName: class, AllocationMode: resourcev1.DeviceAllocationModeExactCount}
		if count == "all" {
			e.AllocationMode = resourcev1.DeviceAllocationModeAll
		} else {
			q := resource.MustParse(count)
			e.Count = q.Value()
		}
		c.Spec.Devices.Requests = append(c.Spec.Devices.Requests, resourcev1.DeviceRequest{Name: fmt.Sprint("r", i), Exactly: e})
	}
	return c
}

// allocatedTo gives a claim devices of a node, by driver/pool/device.
func allocatedTo(claim *resourcev1.ResourceClaim, node string, devices ...string) *resourcev1.ResourceClaim {
	claim.Status.Allocation = &resourcev1.AllocationResult{}
	for _, d := range devices {
		parts := strings.Split(d, "/")
		claim.Status.Allocation.Devices.Results = append(claim.Status.Allocation.Devices.Results, resourcev1.DeviceRequestAllocationResult{Driver: parts[0], Pool: parts[1], Device: parts[2]})
	}
	if node != "" {
		claim.Status.Allocation.NodeSelector = &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{node}}},
		}}}
	}
	return claim
}

// withClaims is a pod that refers to claims by name.
func withClaims(name string, claims ...string) *corev1.Pod {
	p := pod(name, "0", "0")
	p.UID = meta(name).UID
	for i, c := range claims {
		p.Spec.ResourceClaims = append(p.Spec.ResourceClaims, corev1.PodResourceClaim{Name: fmt.Sprint("c", i), ResourceClaimName: &c})
	}
	return p
}

// templated is a pod whose claim was made for it.
func templated(name, claim string) *corev1.Pod {
	p, template := withClaims(name, claim), "t"
	p.Spec.ResourceClaims[0].ResourceClaimName, p.Spec.ResourceClaims[0].ResourceClaimTemplateName = nil, &template
	p.Status.ResourceClaimStatuses = []corev1.PodResourceClaimStatus{{Name: "c0", ResourceClaimName: &claim}}
	return p
}

// wanting is a pod that requests an extended resource.
func wanting(name, resourceName, amount string) *corev1.Pod {
	p := withClaims(name)
	p.Spec.Containers[0].Resources.Requests[corev1.ResourceName(resourceName)] = resource.MustParse(amount)
	return p
}

var counting = scheduler.Config{Devices: scheduler.DeviceCounter{}}

const isGPU, isNIC = `device.driver == "gpu.example.com"`, `device.driver=='nic.example.com'`

// lab has two GPUs on n1, three and a NIC on n2, nothing on n3.
func lab(t *testing.T, more ...runtime.Object) *scheduler.Cluster {
	all := []runtime.Object{
		node("n1", "4", "8Gi"), node("n2", "4", "8Gi"), node("n3", "4", "8Gi"),
		aDeviceClass("gpu", isGPU), aDeviceClass("nic", isNIC), aDeviceClass("any"), aDeviceClass("both", isGPU, isNIC),
		aSlice("gpu.example.com", "n1", "a", "b"), aSlice("gpu.example.com", "n2", "z", "y", "x"), aSlice("nic.example.com", "n2", "eth"),
	}
	return clusterOf(t, append(all, more...)...)
}

// told is what is said of a pod: the devices on each node, or why there are none.
func told(t *testing.T, config scheduler.Config, c *scheduler.Cluster, p *corev1.Pod) string {
	s := newScheduler(t, config)
	e, err := s.Explain(c, p)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, n := range e.Nodes {
		if !n.Fits {
			out = append(out, n.Node+": "+strings.Join(n.Reasons, ", "))
			continue
		}
		near := p.DeepCopy()
		near.Status.NominatedNodeName = n.Node
		d, err := s.Schedule(c, near)
		require.NoError(t, err)
		require.Equal(t, n.Node, d.Node)
		out = append(out, strings.TrimSpace(n.Node+" "+devices(d)))
	}
	var fit *scheduler.FitError
	if e.Err != nil && !errors.As(e.Err, &fit) {
		return e.Err.Error()
	}
	return strings.Join(out, "; ")
}

// devices prints the allocations of a decision.
func devices(d scheduler.Decision) string {
	var out []string
	for _, c := range d.Claims {
		text := c.Claim + "="
		for i, r := range c.Allocation.Devices.Results {
			text += fmt.Sprintf("%s%s:%s", map[bool]string{true: ","}[i > 0], r.Request, r.Device)
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestClaims(t *testing.T) {
	deleted := aDeviceClaim("c", "gpu=1")
	deleted.DeletionTimestamp = &metav1.Time{}
	owned := aDeviceClaim("c", "gpu=1")
	owned.OwnerReferences = []metav1.OwnerReference{{UID: "uid-p", Controller: new(true)}}
	notCreated, noName, nothing := templated("p", "c"), templated("p", "c"), withClaims("p", "c")
	notCreated.Status.ResourceClaimStatuses = nil
	noName.Status.ResourceClaimStatuses[0].ResourceClaimName = nil
	nothing.Spec.ResourceClaims[0].ResourceClaimName = nil
	several := withClaims("p", "c", "d")
	other := aDeviceClaim("d", "gpu=1")
	other.OwnerReferences = owned.OwnerReferences
	for i := range several.Spec.ResourceClaims { // whose status lists them the other way round
		c := &several.Spec.ResourceClaims[i]
		several.Status.ResourceClaimStatuses = append([]corev1.PodResourceClaimStatus{{Name: c.Name, ResourceClaimName: c.ResourceClaimName}}, several.Status.ResourceClaimStatuses...)
		c.ResourceClaimName, c.ResourceClaimTemplateName = nil, new("t")
	}
	noRequest := aDeviceClaim("c", "gpu=1")
	noRequest.Spec.Devices.Requests[0].Exactly = nil
	alternatives := aDeviceClaim("c", "gpu=1")
	alternatives.Spec.Devices.Requests[0].Exactly = nil
	alternatives.Spec.Devices.Requests[0].FirstAvailable = []resourcev1.DeviceSubRequest{{Name: "s", DeviceClassName: "gone"}}
	byAdministrator := func(is bool) runtime.Object {
		d := allocatedTo(aDeviceClaim("d", "gpu=1"), "n2", "gpu.example.com/n2/y")
		d.Status.Allocation.Devices.Results[0].AdminAccess = &is
		return d
	}
	none := func(nodes ...string) string { return strings.Join(nodes, ": "+noDevices+"; ") + ": " + noDevices }
	all := none("n1", "n2", "n3")
	for _, tc := range []struct {
		rule    string
		pod     *corev1.Pod
		objects []runtime.Object
		want    string
	}{
		{"no claim", withClaims("p"), nil, "n1; n2; n3"},
		{"missing", withClaims("p", "c"), nil, `could not find ResourceClaim "shop/c"`},
		{"of another namespace", withClaims("p", "c"), list(func() *resourcev1.ResourceClaim { c := aDeviceClaim("c", "gpu=1"); c.Namespace = "other"; return c }()), `could not find ResourceClaim "shop/c"`},
		{"being deleted", withClaims("p", "c"), list(deleted), `resourceclaim "c" is being deleted`},
		{"not created from the template", notCreated, nil, `pod "shop/p": ResourceClaim not created yet`},
		{"not needed", noName, nil, "n1; n2; n3"},
		{"neither name nor template", nothing, nil, `pod "shop/p", spec.resourceClaim "c0": none of the supported fields are set`},
		{"made for another pod", templated("p", "c"), list(aDeviceClaim("c", "gpu=1")), "ResourceClaim shop/c was not created for Pod shop/p (Pod is not owner)"},
		{"made for the pod", templated("p", "c"), list(owned), "n1 c=r0:a; n2 c=r0:z; n3: " + noDevices},
		{"several made for the pod", several, list(owned, other), "n1 c=r0:a d=r0:b; n2 c=r0:z d=r0:y; n3: " + noDevices},
		{"made for another pod, but named", withClaims("q", "c"), list(owned), "n1 c=r0:a; n2 c=r0:z; n3: " + noDevices},
		{"unknown class", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=1", "gone=1")), "n1: request r1: device class gone does not exist; n2: request r1: device class gone does not exist; n3: request r1: device class gone does not exist"},
		{"unknown class of an alternative", withClaims("p", "c"), list(alternatives), "n1: request r0/s: device class gone does not exist; n2: request r0/s: device class gone does not exist; n3: request r0/s: device class gone does not exist"},
		{"no request", withClaims("p", "c"), list(noRequest), "n1: resource claim shop/c, request r0: unknown request type; n2: resource claim shop/c, request r0: unknown request type; n3: resource claim shop/c, request r0: unknown request type"},
		{"allocated on a node", withClaims("p", "c"), list(allocatedTo(aDeviceClaim("c", "gpu=1"), "n3", "x/y/z")), "n1: " + elsewhere + "; n2: " + elsewhere + "; n3"},
		{"allocated everywhere", withClaims("p", "c"), list(allocatedTo(aDeviceClaim("c", "gpu=1"), "", "x/y/z")), "n1; n2; n3"},
		{"allocated, and another", withClaims("p", "c", "d"), list(allocatedTo(aDeviceClaim("c", "gpu=1"), "n2", "x/y/z"), aDeviceClaim("d", "gpu=2")), "n1: " + elsewhere + "; n2 d=r0:z,r0:y; n3: " + noDevices},
		{"the first devices", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=2")), "n1 c=r0:a,r0:b; n2 c=r0:z,r0:y; n3: " + noDevices},
		{"no devices for none", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=0")), "n1 c=; n2 c=; n3 c="},
		{"too many", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=4")), all},
		{"of another driver", withClaims("p", "c"), list(aDeviceClaim("c", "nic=1")), "n1: " + noDevices + "; n2 c=r0:eth; n3: " + noDevices},
		{"of two drivers at once", withClaims("p", "c"), list(aDeviceClaim("c", "both=1")), all},
		{"of any driver: drivers by name", withClaims("p", "c"), list(aDeviceClaim("c", "any=4")), none("n1") + "; n2 c=r0:z,r0:y,r0:x,r0:eth; " + none("n3")},
		{"a request leaves what later ones need", withClaims("p", "c"), list(aDeviceClaim("c", "any=1", "gpu=3")), none("n1") + "; n2 c=r0:eth,r1:z,r1:y,r1:x; " + none("n3")},
		{"and what later claims need", withClaims("p", "c", "d"), list(aDeviceClaim("c", "any=1"), aDeviceClaim("d", "gpu=3")), none("n1") + "; n2 c=r0:eth d=r0:z,r0:y,r0:x; " + none("n3")},
		{"taken by a claim", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=2"), allocatedTo(aDeviceClaim("d", "gpu=1"), "n2", "gpu.example.com/n2/y")), "n1 c=r0:a,r0:b; n2 c=r0:z,r0:x; n3: " + noDevices},
		{"taken by an administrator is not taken", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=3"), byAdministrator(true)), none("n1") + "; n2 c=r0:z,r0:y,r0:x; " + none("n3")},
		{"taken by no administrator is taken", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=3"), byAdministrator(false)), all},
		{"all", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=all")), "n1 c=r0:a,r0:b; n2 c=r0:z,r0:y,r0:x; n3: " + noDevices},
		{"all, which is one", withClaims("p", "c"), list(aDeviceClaim("c", "nic=all")), none("n1") + "; n2 c=r0:eth; " + none("n3")},
		{"none that no device could be, after one", withClaims("p", "c"), list(aDeviceClaim("c", "any=1", "both=0")), "n1 c=r0:a; n2 c=r0:z; n3: " + noDevices},
		{"all where one is taken", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=all"), allocatedTo(aDeviceClaim("d", "gpu=1"), "n2", "gpu.example.com/n2/y")), "n1 c=r0:a,r0:b; " + none("n2", "n3")},
		{"all and one more", withClaims("p", "c"), list(aDeviceClaim("c", "any=1", "gpu=all")), none("n1") + "; n2 c=r0:eth,r1:z,r1:y,r1:x; " + none("n3")},
		{"all twice", withClaims("p", "c"), list(aDeviceClaim("c", "gpu=all", "gpu=all")), all},
		{"one claim named twice is wanted twice", withClaims("p", "c", "c"), list(aDeviceClaim("c", "gpu=2")), all},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			require.Equal(t, tc.want, told(t, counting, lab(t, tc.objects...), tc.pod))
		})
	}
}

// Pools have generations, and parts that come one after another.
func TestPools(t *testing.T) {
	pool := func(name, slice string, generation, slices int64, devices ...string) *resourcev1.ResourceSlice {
		s := aSlice("d", "n", devices...)
		s.Name, s.Spec.Pool.Name, s.Spec.Pool.Generation, s.Spec.Pool.ResourceSliceCount = slice, name, generation, slices
		return s
	}
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprint("m", i))
	}
	const torn, excess = `running "DynamicResources" filter plugin: claim shop/c, request r0: asks for all devices, but resource pool d/p is currently being updated`,
		`running "DynamicResources" filter plugin: claim shop/c: number of requested devices %d exceeds the claim limit of 32`
	for _, tc := range []struct {
		rule   string
		claim  *resourcev1.ResourceClaim
		slices []runtime.Object
		want   string
	}{
		{"pools by name", aDeviceClaim("c", "d=2"), list(pool("q", "s1", 1, 1, "a"), pool("p", "s2", 1, 1, "b")), "n c=r0:b,r0:a"},
		{"slices by name", aDeviceClaim("c", "d=2"), list(pool("p", "s2", 1, 2, "a"), pool("p", "s1", 1, 2, "b")), "n c=r0:b,r0:a"},
		{"the last generation", aDeviceClaim("c", "d=1"), list(pool("p", "s1", 2, 1, "new"), pool("p", "s2", 1, 1, "old")), "n c=r0:new"},
		{"the last generation, listed last", aDeviceClaim("c", "d=1"), list(pool("p", "s1", 1, 1, "old"), pool("p", "s2", 2, 1, "new")), "n c=r0:new"},
		{"nothing of a torn pool", aDeviceClaim("c", "d=1"), list(pool("p", "s1", 1, 2, "a")), "n: " + noDevices},
		{"nothing of a pool with too many slices", aDeviceClaim("c", "d=1"), list(pool("p", "s1", 1, 1, "a"), pool("p", "s2", 1, 1, "b")), "n: " + noDevices},
		{"other pools do", aDeviceClaim("c", "d=1"), list(pool("p", "s1", 1, 2, "a"), pool("q", "s2", 1, 1, "b")), "n c=r0:b"},
		{"not all of a torn pool", aDeviceClaim("c", "d=all"), list(pool("q", "s1", 1, 2, "a"), pool("p", "s2", 1, 2, "b")), torn},
		{"not all, of whatever driver", aDeviceClaim("c", "e=all"), list(pool("p", "s1", 1, 2, "a")), torn},
		{"slices of another node", aDeviceClaim("c", "d=1"), list(aSlice("d", "m", "a")), "n: " + noDevices},
		{"32 devices", aDeviceClaim("c", "d=32"), list(pool("p", "s", 1, 1, many[:32]...)), "n c=r0:" + strings.Join(many[:32], ",r0:")},
		{"33 devices", aDeviceClaim("c", "d=33"), list(pool("p", "s", 1, 1, many...)), fmt.Sprintf(excess, 33)},
		{"33 devices in two requests", aDeviceClaim("c", "d=1", "d=32"), list(pool("p", "s", 1, 1, many...)), fmt.Sprintf(excess, 33)},
		{"all of 40 devices, and more", aDeviceClaim("c", "d=1", "d=all", "e=2"), list(pool("p", "s", 1, 1, many...)), fmt.Sprintf(excess, 43)},
		{"absurdly many", aDeviceClaim("c", "d=9223372036854775807"), nil, fmt.Sprintf(excess, 1<<31-1)},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c := clusterOf(t, append(list(node("n", "4", "8Gi"), aDeviceClass("d", `device.driver == "d"`), aDeviceClass("e", `device.driver == "e"`), tc.claim), tc.slices...)...)
			require.Equal(t, tc.want, told(t, counting, c, withClaims("p", "c")))
		})
	}
	// The limit is that of one claim.
	c := clusterOf(t, node("n", "4", "8Gi"), aDeviceClass("d"), aSlice("d", "n", many...), aDeviceClaim("c", "d=20"), aDeviceClaim("e", "d=20"))
	require.Contains(t, told(t, counting, c, withClaims("p", "c", "e")), "e=r0:m20,")
}

// What counting does not model is refused by the name of the field.
func TestDeviceCounterRefuses(t *testing.T) {
	type claim = resourcev1.ResourceClaim
	type slice = resourcev1.ResourceSlice
	const prefix = `running "DynamicResources" filter plugin: `
	for _, tc := range []struct {
		field string
		claim func(*claim)
		slice func(*slice)
		class string
		want  string
	}{
		{"constraints", func(c *claim) { c.Spec.Devices.Constraints = make([]resourcev1.DeviceConstraint, 1) }, nil, "", "claim shop/c: spec.devices.constraints"},
		{"firstAvailable", func(c *claim) {
			r := &c.Spec.Devices.Requests[0]
			r.Exactly, r.FirstAvailable = nil, []resourcev1.DeviceSubRequest{{DeviceClassName: "k"}}
		}, nil, "", "claim shop/c: spec.devices.requests[0].firstAvailable"},
		{"adminAccess", func(c *claim) { c.Spec.Devices.Requests[0].Exactly.AdminAccess = new(true) }, nil, "", "claim shop/c: spec.devices.requests[0].exactly.adminAccess"},
		{"capacity", func(c *claim) {
			c.Spec.Devices.Requests[0].Exactly.Capacity = &resourcev1.CapacityRequirements{}
		}, nil, "", "claim shop/c: spec.devices.requests[0].exactly.capacity"},
		{"selectors", func(c *claim) {
			c.Spec.Devices.Requests[0].Exactly.Selectors = []resourcev1.DeviceSelector{{CEL: &resourcev1.CELDeviceSelector{Expression: "true"}}}
		}, nil, "", "claim shop/c: spec.devices.requests[0].exactly.selectors[0]"},
		{"selectors that are not CEL", func(c *claim) { c.Spec.Devices.Requests[0].Exactly.Selectors = make([]resourcev1.DeviceSelector, 1) }, nil, "", "claim shop/c: spec.devices.requests[0].exactly.selectors[0]"},
		{"class selectors", nil, nil, `device.attributes["d"].model == "a"`, "device class k: spec.selectors[0]"},
		{"no comparison", nil, nil, `device.driver`, "device class k: spec.selectors[0]"},
		{"another attribute", nil, nil, `device.pool == "d"`, "device class k: spec.selectors[0]"},
		{"another comparison", nil, nil, `device.driver != "d"`, "device class k: spec.selectors[0]"},
		{"two kinds of quotes", nil, nil, `device.driver == "d'`, "device class k: spec.selectors[0]"},
		{"nothing to compare with", nil, nil, `device.driver ==`, "device class k: spec.selectors[0]"},
		{"no string", nil, nil, `device.driver == d`, "device class k: spec.selectors[0]"},
		{"half a string", nil, nil, `device.driver == "d`, "device class k: spec.selectors[0]"},
		{"one quote", nil, nil, `device.driver == "`, "device class k: spec.selectors[0]"},
		{"no name", nil, nil, `device.driver == ""`, "device class k: spec.selectors[0]"},
		{"more than a comparison", nil, nil, `device.driver == "d" || device.driver == "e"`, "device class k: spec.selectors[0]"},
		{"no node", nil, func(s *slice) { s.Spec.NodeName, s.Spec.AllNodes = nil, new(true) }, "", "resource slice d-n: spec.nodeName"},
		{"counters", nil, func(s *slice) { s.Spec.SharedCounters = make([]resourcev1.CounterSet, 1) }, "", "resource slice d-n: spec.sharedCounters"},
		{"consumed counters", nil, func(s *slice) {
			s.Spec.Devices[1].ConsumesCounters = make([]resourcev1.DeviceCounterConsumption, 1)
		}, "", "resource slice d-n: spec.devices[1].consumesCounters"},
		{"taints", nil, func(s *slice) { s.Spec.Devices[0].Taints = make([]resourcev1.DeviceTaint, 1) }, "", "resource slice d-n: spec.devices[0].taints"},
		{"shared devices", nil, func(s *slice) { s.Spec.Devices[0].AllowMultipleAllocations = new(true) }, "", "resource slice d-n: spec.devices[0].allowMultipleAllocations"},
		{"devices that bind", nil, func(s *slice) { s.Spec.Devices[0].BindsToNode = new(true) }, "", "resource slice d-n: spec.devices[0].bindsToNode"},
		{"conditions", nil, func(s *slice) { s.Spec.Devices[0].BindingConditions = []string{"x"} }, "", "resource slice d-n: spec.devices[0].bindingConditions"},
	} {
		t.Run(tc.field, func(t *testing.T) {
			claim, slice, class := aDeviceClaim("c", "k=1"), aSlice("d", "n", "a", "b"), aDeviceClass("k")
			if tc.claim != nil {
				tc.claim(claim)
			}
			if tc.slice != nil {
				tc.slice(slice)
			}
			if tc.class != "" {
				class = aDeviceClass("k", tc.class)
			}
			c := clusterOf(t, node("n", "4", "8Gi"), class, slice, claim)
			require.Equal(t, prefix+tc.want+": counting devices does not model it", told(t, counting, c, withClaims("p", "c")))
		})
	}
	odd := func(change func(*resourcev1.ExactDeviceRequest)) string {
		claim := aDeviceClaim("c", "k=1")
		change(claim.Spec.Devices.Requests[0].Exactly)
		return told(t, counting, clusterOf(t, node("n", "4", "8Gi"), aDeviceClass("k"), aSlice("d", "n", "a", "b"), claim), withClaims("p", "c"))
	}
	require.Equal(t, prefix+"claim shop/c: spec.devices.requests[0].exactly.count: -1 is negative", odd(func(e *resourcev1.ExactDeviceRequest) { e.Count = -1 }))
	require.Equal(t, prefix+"claim shop/c, request r0: unsupported count mode Some", odd(func(e *resourcev1.ExactDeviceRequest) { e.AllocationMode = "Some" }))
	require.Equal(t, "n c=r0:a", odd(func(e *resourcev1.ExactDeviceRequest) { e.AllocationMode, e.Count = "", 0 }), "as the API server fills it in")
	require.Equal(t, "n c=r0:a,r0:b", odd(func(e *resourcev1.ExactDeviceRequest) { e.AllocationMode, e.Count = "", 2 }))
	found, err := scheduler.DeviceCounter{}.Allocate(scheduler.DeviceQuery{
		Claims: []*resourcev1.ResourceClaim{aDeviceClaim("c", "k=1")}, Slices: []*resourcev1.ResourceSlice{aSlice("d", "n", "a")},
		Class: func(string) *resourcev1.DeviceClass { return aDeviceClass("k") },
	})
	require.NoError(t, err)
	require.Len(t, found, 1, "nothing is taken")
	_, err = scheduler.DeviceCounter{}.Allocate(scheduler.DeviceQuery{Claims: []*resourcev1.ResourceClaim{aDeviceClaim("c", "k=1")}})
	require.EqualError(t, err, `claim shop/c: spec.devices.requests[0].exactly.deviceClassName: there is no device class "k"`)
}

// Extended resources of which a node has none come from the devices of a class.
func TestExtendedResources(t *testing.T) {
	own := func(amount string) *corev1.Node {
		n := node("own", "4", "8Gi")
		n.Status.Allocatable[gpuResource] = resource.MustParse(amount)
		return n
	}
	at := func(seconds int64, class *resourcev1.DeviceClass) *resourcev1.DeviceClass {
		class.CreationTimestamp = metav1.Unix(seconds, 0)
		return class
	}
	short := "Insufficient " + gpuResource
	for _, tc := range []struct {
		rule    string
		pod     *corev1.Pod
		objects []runtime.Object
		want    string
	}{
		{"no class", wanting("p", gpuResource, "1"), nil, "n1: " + short + "; n2: " + short + "; n3: " + short},
		{"devices of a class", wanting("p", gpuResource, "2"), list(backing(gpuResource, aDeviceClass("k", isGPU))), "n1 =request-0:a,request-0:b; n2 =request-0:z,request-0:y; n3: " + noDevices},
		{"a class of another resource", wanting("p", gpuResource, "2"), list(backing("example.com/other", aDeviceClass("k", isGPU))), "n1: " + short + "; n2: " + short + "; n3: " + short},
		{"the newest class", wanting("p", gpuResource, "1"), list(at(1, backing(gpuResource, aDeviceClass("a", isGPU))), at(2, backing(gpuResource, aDeviceClass("b", isNIC)))), "n1: " + noDevices + "; n2 =request-0:eth; n3: " + noDevices},
		{"of those the first", wanting("p", gpuResource, "1"), list(at(1, backing(gpuResource, aDeviceClass("b", isGPU))), at(1, backing(gpuResource, aDeviceClass("a", isNIC)))), "n1: " + noDevices + "; n2 =request-0:eth; n3: " + noDevices},
		{"by the name of the class", wanting("p", "deviceclass.resource.kubernetes.io/nic", "1"), nil, "n1: " + noDevices + "; n2 =request-0:eth; n3: " + noDevices},
		{"of a class that is not there", wanting("p", "deviceclass.resource.kubernetes.io/no", "1"), nil, strings.ReplaceAll("n1: X; n2: X; n3: X", "X", "Insufficient deviceclass.resource.kubernetes.io/no")},
		{"what the node has itself", wanting("p", gpuResource, "1"), list(backing(gpuResource, aDeviceClass("k", isGPU)), own("2")), "n1 =request-0:a; n2 =request-0:z; n3: " + noDevices + "; own"},
		{"what the node has too little of", wanting("p", gpuResource, "3"), list(backing(gpuResource, aDeviceClass("k", isGPU)), own("2")), "n1: " + noDevices + "; n2 =request-0:z,request-0:y,request-0:x; n3: " + noDevices + "; own: " + short},
		{"none of it is not having it", wanting("p", gpuResource, "1"), list(backing(gpuResource, aDeviceClass("k", isGPU)), own("0"), aSlice("gpu.example.com", "own", "o")), "n1 =request-0:a; n2 =request-0:z; n3: " + noDevices + "; own =request-0:o"},
		{"nothing wanted", wanting("p", gpuResource, "0"), list(backing(gpuResource, aDeviceClass("k", isGPU))), "n1; n2; n3"},
		{"beside a claim, which comes first", func() *corev1.Pod {
			p := wanting("p", gpuResource, "1")
			p.Spec.ResourceClaims = withClaims("p", "c").Spec.ResourceClaims
			return p
		}(), list(backing(gpuResource, aDeviceClass("k", isGPU)), aDeviceClaim("c", "gpu=1")), "n1 c=r0:a =request-0:b; n2 c=r0:z =request-0:y; n3: " + noDevices},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			require.Equal(t, tc.want, told(t, counting, lab(t, tc.objects...), tc.pod))
		})
	}
}

// Without an allocator pods that need devices are refused.
func TestNoDevices(t *testing.T) {
	c := lab(t, backing(gpuResource, aDeviceClass("k", isGPU)), aDeviceClaim("c", "gpu=1"))
	require.Equal(t, `scheduler: pod "shop/p": spec.resourceClaims[0]: needs dynamic resource allocation, and Config.Devices is nil`, told(t, scheduler.Config{}, c, withClaims("p", "c")))
	require.Equal(t, `scheduler: pod "shop/p": resource example.com/gpu of device class "k": needs dynamic resource allocation, and Config.Devices is nil`, told(t, scheduler.Config{}, c, wanting("p", gpuResource, "1")))
	require.Equal(t, "n1; n2; n3", told(t, scheduler.Config{}, c, wanting("p", gpuResource, "0")))
	without := scheduler.Config{}
	without.Plugins.MultiPoint.Disabled = []scheduler.Plugin{{Name: "DynamicResources"}}
	require.Equal(t, "n1; n2; n3", told(t, without, c, withClaims("p", "c")), "the plugin that would look at claims does not run")
	late := counting
	late.Plugins.PreEnqueue.Disabled = []scheduler.Plugin{{Name: "DynamicResources"}}
	require.Equal(t, strings.ReplaceAll("n1: X; n2: X; n3: X", "X", `could not find ResourceClaim "shop/no"`), told(t, late, c, withClaims("p", "no")), "claims are looked at later then")
}

// NodeResourcesFit scores extended resources that devices serve by the devices.
func TestScoresOfDevices(t *testing.T) {
	own := node("own", "4", "8Gi")
	own.Status.Allocatable[gpuResource] = resource.MustParse("10")
	config := counting
	config.NodeResourcesFit.Resources = []scheduler.ResourceWeight{{Name: gpuResource, Weight: 1}}
	fit := func(class *resourcev1.DeviceClass) map[string]int64 {
		held := allocatedTo(aDeviceClaim("d", "gpu=1"), "n2", "gpu.example.com/n2/y")
		e, err := newScheduler(t, config).Explain(lab(t, own, held, backing(gpuResource, class)), wanting("p", gpuResource, "1"))
		require.NoError(t, err)
		out := map[string]int64{}
		for _, n := range e.Nodes {
			for _, s := range n.Scores {
				if s.Plugin == "NodeResourcesFit" {
					out[n.Node] = s.Raw
				}
			}
		}
		return out
	}
	require.Equal(t, map[string]int64{"n1": 50, "n2": 33, "own": 90}, fit(aDeviceClass("k", isGPU)))
	require.Equal(t, map[string]int64{"n1": 50, "n2": 50, "own": 90}, fit(aDeviceClass("k")), "the network card counts too")
	require.Equal(t, map[string]int64{"own": 90}, positive(fit(aDeviceClass("k", "true"))), "a class that is not counted has no devices")
	config.NodeResourcesFit.Resources = append(config.NodeResourcesFit.Resources, scheduler.ResourceWeight{Name: "example.com/other", Weight: 1})
	require.Equal(t, map[string]int64{"n1": 50, "n2": 33, "own": 90}, fit(aDeviceClass("k", isGPU)), "no class backs the other resource")
}

func positive(scores map[string]int64) map[string]int64 {
	maps.DeleteFunc(scores, func(_ string, score int64) bool { return score <= 0 })
	return scores
}

// An allocation is for one node where it has devices; without any it holds everywhere.
func TestAllocationsAreOfTheirNode(t *testing.T) {
	q := scheduler.DeviceQuery{
		Node: "n", Claims: []*resourcev1.ResourceClaim{aDeviceClaim("c", "k=1"), aDeviceClaim("d", "k=0")},
		Slices: []*resourcev1.ResourceSlice{aSlice("d", "n", "a")},
		Class:  func(string) *resourcev1.DeviceClass { return aDeviceClass("k") },
	}
	found, err := scheduler.DeviceCounter{}.Allocate(q)
	require.NoError(t, err)
	require.Equal(t, []string{"n"}, found[0].NodeSelector.NodeSelectorTerms[0].MatchFields[0].Values)
	require.Nil(t, found[1].NodeSelector)

	contradictory := aDeviceClass("k", isGPU, isNIC)
	q.Claims, q.Class = q.Claims[:1], func(string) *resourcev1.DeviceClass { return contradictory }
	q.Slices[0].Spec.Driver = ""
	found, err = scheduler.DeviceCounter{}.Allocate(q)
	require.NoError(t, err)
	require.Nil(t, found, "no device has two drivers, not even one without a name")
}
