package scheduler

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
)

// A DeviceCounter is a DeviceAllocator for claims that ask for a number of
// devices of a class, or for all of them. It takes the devices in upstream's
// order: pools by driver and name, slices by name, devices as they are listed.
//
// It knows classes and requests without selectors, or with selectors of the form
// device.driver == "NAME", and slices that hold the devices of one node. What
// else could decide about a device it refuses with an error that names the field:
// other selectors, alternatives (firstAvailable), constraints, capacities, admin
// access, counters, taints and the like.
type DeviceCounter struct{}

// Allocate implements DeviceAllocator.
func (DeviceCounter) Allocate(q DeviceQuery) ([]resourcev1.AllocationResult, error) {
	if q.Class == nil {
		q.Class = func(string) *resourcev1.DeviceClass { return nil }
	}
	if q.Taken == nil {
		q.Taken = func(Device) bool { return false }
	}
	wants, err := wantsOf(&q)
	if err != nil {
		return nil, err
	}
	s, err := stockOf(&q)
	if err != nil {
		return nil, err
	}
	if ok, err := s.reserve(wants); !ok {
		return nil, err
	}
	out := make([]resourcev1.AllocationResult, len(q.Claims))
	for i := range wants {
		w := &wants[i]
		for _, d := range s.serve(w, wants[i+1:]) {
			results := &out[w.index].Devices.Results
			*results = append(*results, resourcev1.DeviceRequestAllocationResult{Request: w.request, Driver: d.Driver, Pool: d.Pool, Device: d.Name})
		}
	}
	for i := range out {
		if len(out[i].Devices.Results) > 0 {
			out[i].NodeSelector = &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{q.Node}}},
			}}}
		}
	}
	return out, nil
}

// A want is one request of a claim.
type want struct {
	index   int    // of the claim in the query
	claim   string // its name, with the namespace
	request string // the request's name
	drivers drivers
	all     bool
	count   int64
	got     []Device // where all are wanted
}

// drivers are those whose devices a class or request admits.
type drivers struct {
	some bool   // of name alone
	name string // "" for none: two selectors contradict each other
}

func (d drivers) admit(driver string) bool { return !d.some || d.name == driver && driver != "" }

func wantsOf(q *DeviceQuery) ([]want, error) {
	var out []want
	for i, claim := range q.Claims {
		name := claim.Namespace + "/" + claim.Name
		if len(claim.Spec.Devices.Constraints) > 0 {
			return nil, notCounted("claim "+name, "spec.devices.constraints")
		}
		for j := range claim.Spec.Devices.Requests {
			w := want{index: i, claim: name}
			if err := w.read(q, &claim.Spec.Devices.Requests[j], fmt.Sprintf("spec.devices.requests[%d].", j)); err != nil {
				return nil, err
			}
			out = append(out, w)
		}
	}
	return out, nil
}

// read takes in a request; field is where it stands in the claim.
func (w *want) read(q *DeviceQuery, r *resourcev1.DeviceRequest, field string) error {
	w.request = r.Name
	e, object := r.Exactly, "claim "+w.claim
	switch {
	case e == nil:
		return notCounted(object, field+"firstAvailable")
	case e.AdminAccess != nil && *e.AdminAccess:
		return notCounted(object, field+"exactly.adminAccess")
	case e.Capacity != nil:
		return notCounted(object, field+"exactly.capacity")
	case e.Count < 0:
		return fmt.Errorf("%s: %sexactly.count: %d is negative", object, field, e.Count)
	}
	switch e.AllocationMode {
	case resourcev1.DeviceAllocationModeAll:
		w.all = true
	case resourcev1.DeviceAllocationModeExactCount:
		w.count = min(e.Count, math.MaxInt32)
	case "": // the API server fills in what stands for it
		w.count = min(max(e.Count, 1), math.MaxInt32)
	default:
		return fmt.Errorf("%s, request %s: unsupported count mode %s", object, r.Name, e.AllocationMode)
	}
	class := q.Class(e.DeviceClassName)
	if class == nil {
		return fmt.Errorf("%s: %sexactly.deviceClassName: there is no device class %q", object, field, e.DeviceClassName)
	}
	if err := w.drivers.narrow(class.Spec.Selectors, "device class "+class.Name, "spec.selectors"); err != nil {
		return err
	}
	return w.drivers.narrow(e.Selectors, object, field+"exactly.selectors")
}

func notCounted(object, field string) error {
	return fmt.Errorf("%s: %s: counting devices does not model it", object, field)
}

// narrow takes in selectors, of which all must hold.
func (d *drivers) narrow(selectors []resourcev1.DeviceSelector, object, field string) error {
	for i, s := range selectors {
		name, ok := "", false
		if s.CEL != nil {
			name, ok = driverOf(s.CEL.Expression)
		}
		switch {
		case !ok:
			return notCounted(object, fmt.Sprintf("%s[%d]", field, i))
		case d.some && d.name != name:
			d.name = ""
		default:
			d.some, d.name = true, name
		}
	}
	return nil
}

// driverOf reads device.driver == "NAME".
func driverOf(expression string) (string, bool) {
	left, right, ok := strings.Cut(expression, "==")
	right = strings.TrimSpace(right)
	if !ok || strings.TrimSpace(left) != "device.driver" || len(right) < 2 || right[0] != '"' && right[0] != '\'' || right[len(right)-1] != right[0] {
		return "", false
	}
	name := right[1 : len(right)-1]
	return name, name != "" && !strings.ContainsAny(name, `"'\`)
}

// A stock is the devices of a node, in upstream's order.
type stock struct {
	devices []Device
	free    []bool // by device
	torn    string // the first pool of which slices are missing, as driver/pool
}

func stockOf(q *DeviceQuery) (*stock, error) {
	pools := map[[2]string][]*resourcev1.ResourceSlice{} // by driver and name, of the last generation
	for _, s := range q.Slices {
		spec := &s.Spec
		key := [2]string{spec.Driver, spec.Pool.Name}
		if err := countable(s); err != nil {
			return nil, err
		}
		if old := pools[key]; len(old) > 0 && old[0].Spec.Pool.Generation != spec.Pool.Generation {
			if old[0].Spec.Pool.Generation > spec.Pool.Generation {
				continue
			}
			pools[key] = nil
		}
		pools[key] = append(pools[key], s)
	}
	keys := make([][2]string, 0, len(pools))
	for key := range pools {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	st := &stock{}
	for _, key := range keys {
		list := pools[key]
		if int64(len(list)) != list[0].Spec.Pool.ResourceSliceCount {
			st.torn = cmp.Or(st.torn, key[0]+"/"+key[1])
			continue
		}
		for _, s := range list {
			for i := range s.Spec.Devices {
				d := Device{s.Spec.Driver, s.Spec.Pool.Name, s.Spec.Devices[i].Name}
				st.devices = append(st.devices, d)
				st.free = append(st.free, !q.Taken(d))
			}
		}
	}
	return st, nil
}

// countable returns an error for a slice whose devices take more than counting.
func countable(s *resourcev1.ResourceSlice) error {
	field := ""
	switch {
	case s.Spec.NodeName == nil:
		field = "spec.nodeName"
	case len(s.Spec.SharedCounters) > 0:
		field = "spec.sharedCounters"
	}
	for i := range s.Spec.Devices {
		d := &s.Spec.Devices[i]
		of := fmt.Sprintf("spec.devices[%d].", i)
		switch {
		case field != "":
		case len(d.ConsumesCounters) > 0:
			field = of + "consumesCounters"
		case len(d.Taints) > 0:
			field = of + "taints"
		case d.AllowMultipleAllocations != nil && *d.AllowMultipleAllocations:
			field = of + "allowMultipleAllocations"
		case d.BindsToNode != nil && *d.BindsToNode:
			field = of + "bindsToNode"
		case len(d.BindingConditions) > 0:
			field = of + "bindingConditions"
		}
	}
	if field == "" {
		return nil
	}
	return notCounted("resource slice "+s.Name, field)
}

// reserve sets aside what those requests get that want all devices, and reports
// whether enough is left for the others.
func (s *stock) reserve(wants []want) (bool, error) {
	fits, total := true, int64(0) // of one claim
	for i := range wants {
		w := &wants[i]
		total += w.count
		if w.all {
			if s.torn != "" {
				return false, fmt.Errorf("claim %s, request %s: asks for all devices, but resource pool %s is currently being updated", w.claim, w.request, s.torn)
			}
			for j, d := range s.devices {
				if w.drivers.admit(d.Driver) {
					fits = fits && s.free[j]
					s.free[j] = false
					w.got = append(w.got, d)
				}
			}
			total += int64(len(w.got))
			fits = fits && len(w.got) > 0
		}
		if i+1 < len(wants) && wants[i+1].index == w.index {
			continue
		}
		if total > resourcev1.AllocationResultsMaxSize {
			return false, fmt.Errorf("claim %s: number of requested devices %d exceeds the claim limit of %d", w.claim, total, resourcev1.AllocationResultsMaxSize)
		}
		total = 0
	}
	return fits && s.suffice(wants), nil
}

// suffice reports whether there are free devices for all requests that count.
// Each wants devices of one driver or of any, so that counting tells.
func (s *stock) suffice(wants []want) bool {
	free, all := map[string]int64{}, int64(0)
	for i, d := range s.devices {
		if !s.free[i] {
			continue
		}
		if all++; d.Driver != "" { // which stands for no driver
			free[d.Driver]++
		}
	}
	for i := range wants {
		w := &wants[i]
		if all -= w.count; w.drivers.some {
			free[w.drivers.name] -= w.count
		}
		if all < 0 || free[w.drivers.name] < 0 {
			return false
		}
	}
	return true
}

// serve takes for a request the first devices that leave enough for those that
// come after it.
func (s *stock) serve(w *want, later []want) []Device {
	got := w.got
	left := append([]want{*w}, later...)
	for i, d := range s.devices {
		if left[0].count == 0 {
			break
		}
		if !s.free[i] || !w.drivers.admit(d.Driver) {
			continue
		}
		s.free[i] = false
		left[0].count--
		if !s.suffice(left) {
			s.free[i] = true
			left[0].count++
			continue
		}
		got = append(got, d)
	}
	return got
}

// A deviceCount is how many devices of a class a node has, and how many of them
// claims hold.
type deviceCount struct{ all, taken int64 }

// count notes for resources that device classes back how many devices there are
// on each node, for the score. Classes that DeviceCounter does not know have none.
func (s *deviceStore) count(list []weighed) {
	for i := range list {
		class := s.backing(list[i].name)
		var admitted drivers
		if class == nil || admitted.narrow(class.Spec.Selectors, "", "") != nil {
			continue
		}
		counts, taken := map[string]deviceCount{}, s.taken()
		for node, slices := range s.slicesByNode() {
			var c deviceCount
			for _, slice := range slices {
				if !admitted.admit(slice.Spec.Driver) {
					continue
				}
				for j := range slice.Spec.Devices {
					c.all++
					if taken[Device{slice.Spec.Driver, slice.Spec.Pool.Name, slice.Spec.Devices[j].Name}] {
						c.taken++
					}
				}
			}
			counts[node] = c
		}
		list[i].devices = counts
	}
}
