package cgroups

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"github.com/kubealgo/kubealgo/cgroups"
	conf "github.com/kubealgo/kubealgo/internal/conformance/qos"
	"github.com/kubealgo/kubealgo/internal/recorded"
)

// TestRecord writes the vectors that the package's own tests read, with RECORD=1.
func TestRecord(t *testing.T) {
	if os.Getenv("RECORD") == "" {
		t.Skip("RECORD is not set")
	}
	const n = 1600
	ctx := context.Background()
	var out []recorded.Group
	for i := range n {
		batch := i * batches / n
		gates(t, batch)
		g := conf.NewGen(11, uint64(i))
		pod := g.Pod()
		o := options(g, batch)
		if len(pod.Spec.Containers) == 0 || wraps(pod) || len(conf.Containers(pod)) > 4 {
			continue
		}
		v := recorded.Group{Pod: pod.DeepCopy(), Options: o, Exclusive: o.ExclusiveCPUs != nil, Containers: map[string]cgroups.Resources{}}
		hugePageSizes = sizeNames(o.Node.HugePageSizes)
		m := runtimeManager(o)
		for _, c := range conf.Containers(pod) {
			if !collide(c.Resources.Limits) && (pod.Spec.Resources == nil || !collide(pod.Spec.Resources.Limits)) {
				v.Containers[c.Name] = fromCRI(generateLinuxContainerResources(m.pointer(), ctx, pod, c, o.MemoryQoS && o.Version == cgroups.V2), true)
			}
		}
		sandbox := fromCRI(calculateSandboxResources(m.pointer(), ctx, pod.DeepCopy()), false)
		v.Sandbox = &sandbox
		if over := convertOverheadToLinuxResources(m.pointer(), pod); over != nil {
			r := fromCRI(over, false)
			v.Overhead = &r
		}
		enforce := !o.NoCPUQuota && (o.ExclusiveCPUs == nil || o.KeepQuota || !slices.ContainsFunc(conf.Containers(pod), o.ExclusiveCPUs))
		if len(pod.Spec.EphemeralContainers) == 0 {
			group := fromConfig(cm.ResourceConfigForPod(pod.DeepCopy(), enforce, uint64(period(o).Microseconds()), o.MemoryQoS && o.Version == cgroups.V2, reservation(o.Reservation)))
			v.Group = &group
		}
		out = append(out, v)
	}
	if err := recorded.Save("../../../cgroups/testdata/groups.json.gz", out); err != nil {
		t.Fatal(err)
	}
}

// nonzero returns what upstream applies of a field of the CRI.
func nonzero(n int64) cgroups.Setting {
	if n == 0 {
		return cgroups.Setting{}
	}
	return cgroups.Set(n)
}

func unified(r *cgroups.Resources, m map[string]string) {
	for file, s := range map[string]*cgroups.Setting{"memory.min": &r.MemoryMin, "memory.low": &r.MemoryLow, "memory.high": &r.MemoryHigh, "memory.swap.max": &r.SwapMax} {
		if text, ok := m[file]; ok {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				panic(err)
			}
			*s = cgroups.Set(n)
		}
	}
	r.OOMGroup = m["memory.oom.group"] == "1"
}

// fromCRI turns upstream's answer into our type. Settings of 0 are left out,
// but for the OOM score of a container.
func fromCRI(l *runtimeapi.LinuxContainerResources, container bool) cgroups.Resources {
	r := cgroups.Resources{Shares: nonzero(l.CpuShares), Quota: nonzero(l.CpuQuota), Period: nonzero(l.CpuPeriod), Memory: nonzero(l.MemoryLimitInBytes), MemorySwap: nonzero(l.MemorySwapLimitInBytes)}
	if container {
		r.OOMScoreAdj = cgroups.Set(l.OomScoreAdj)
	}
	for _, h := range l.HugepageLimits {
		for _, size := range []int64{64 << 10, 2 << 20, 1 << 30} {
			if name, _ := cgroups.PageSizeName(size); name == h.PageSize {
				r.HugePages = append(r.HugePages, cgroups.HugePageLimit{PageSize: size, Limit: int64(h.Limit)})
			}
		}
	}
	unified(&r, l.Unified)
	return r
}

func fromConfig(c *cm.ResourceConfig) cgroups.Resources {
	var r cgroups.Resources
	if c.CPUShares != nil {
		r.Shares = cgroups.Set(int64(*c.CPUShares))
	}
	if c.CPUQuota != nil {
		r.Quota = cgroups.Set(*c.CPUQuota)
	}
	if c.CPUPeriod != nil {
		r.Period = cgroups.Set(int64(*c.CPUPeriod))
	}
	if c.Memory != nil {
		r.Memory = cgroups.Set(*c.Memory)
	}
	for size, limit := range c.HugePageLimit {
		r.HugePages = append(r.HugePages, cgroups.HugePageLimit{PageSize: size, Limit: limit})
	}
	slices.SortFunc(r.HugePages, func(a, b cgroups.HugePageLimit) int { return int(a.PageSize - b.PageSize) })
	unified(&r, c.Unified)
	return r
}
