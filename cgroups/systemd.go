package cgroups

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Driver is the kubelet's cgroupDriver: who makes the groups.
type Driver uint8

// The drivers.
const (
	Systemd  Driver = iota // units of systemd; what kubeadm and the runtimes use by default
	Cgroupfs               // plain directories
)

// String returns "systemd" or "cgroupfs".
func (d Driver) String() string {
	if d == Cgroupfs {
		return "cgroupfs"
	}
	return "systemd"
}

// Property is a property of a unit of systemd. One of the values is meant:
// Bytes if it is not nil, else Number.
type Property struct {
	Name   string // as systemd calls it: CPUWeight
	Number uint64 // math.MaxUint64 is infinity
	Bytes  []byte // a bit mask, lowest CPU first
}

// String gives the property as in systemctl show.
func (p Property) String() string {
	switch {
	case p.Bytes != nil:
		return fmt.Sprintf("%s=%#x", p.Name, p.Bytes)
	case p.Number == math.MaxUint64:
		return p.Name + "=infinity"
	}
	return p.Name + "=" + strconv.FormatUint(p.Number, 10)
}

// Versions of systemd from which on a property is known.
const (
	systemdQuotaPeriod = 242
	systemdAllowedCPUs = 244
)

// quotaStep is the granularity, in µs per second, in which systemd keeps quotas.
const quotaStep = 10_000

// systemdQuota returns the CPUQuotaPerSecUSec for a quota above 0, and the quota that is
// then written to the group itself: systemd rounds up to whole percents.
func systemdQuota(quota, period int64) (perSecond uint64, rewritten int64) {
	hi, lo := bits.Mul64(uint64(quota), 1_000_000)
	if hi >= uint64(period) {
		return math.MaxUint64, quota
	}
	perSecond, _ = bits.Div64(hi, lo, uint64(period))
	rest := perSecond % quotaStep
	if rest == 0 || perSecond > math.MaxUint64-quotaStep {
		return perSecond, quota
	}
	perSecond += quotaStep - rest
	hi, lo = bits.Mul64(perSecond, uint64(period))
	back, _ := bits.Div64(hi, lo, 1_000_000)
	return perSecond, int64(min(back, math.MaxInt64))
}

// SystemdProperties returns the properties of the unit that these settings come to,
// in the order in which runc sets them, and the settings that the group's files then show: systemd keeps
// quotas in whole percents of a CPU, so a limit of 15m becomes 20m.
//
// version is the version of systemd, 0 for any recent one. Huge pages are no
// affair of systemd's; memory.oom.group is written to the file only. The
// formula for CPUWeight is that of r.Level. It fails for a list of CPUs that is
// none, and for amounts below 0 where cgroup v2 has no infinity.
//
// Source: the systemd manager of github.com/opencontainers/cgroups v0.0.6, without
// the properties that do not depend on the settings (description, parent, accounting).
func (r Resources) SystemdProperties(v Version, version int) ([]Property, Resources, error) {
	if version == 0 {
		version = math.MaxInt
	}
	p := properties{version: version, v: v}
	if bytes := r.Memory.Or(0); bytes != 0 {
		p.limit(map[Version]string{V1: "MemoryLimit", V2: "MemoryMax"}[v], bytes)
		if v == V2 && bytes == -1 {
			p.limit("MemorySwapMax", -1)
		}
	}
	shares := r.Shares.Or(0)
	switch {
	case shares == 0:
	case v == V1:
		p.number("CPUShares", uint64(shares))
	default:
		p.number("CPUWeight", uint64(r.Level.Formula().Weight(shares)))
	}
	r.Quota = p.quota(r.Quota, r.Period.Or(0))
	if pids, ok := r.Pids.Get(); ok {
		p.limit("TasksMax", max(pids, -1))
		if pids == 0 {
			p.list[len(p.list)-1].Number = 1
		}
	}
	if r.CPUs != "" && version >= systemdAllowedCPUs {
		mask, err := cpuMask(r.CPUs)
		if err != nil {
			return nil, r, err
		}
		p.list = append(p.list, Property{Name: "AllowedCPUs", Bytes: mask})
	}
	if v == V2 {
		p.setting("MemoryMin", r.MemoryMin)
		p.setting("MemoryLow", r.MemoryLow)
		p.setting("MemoryHigh", r.MemoryHigh)
		p.setting("MemorySwapMax", r.SwapMax)
	}
	return p.list, r, p.err
}

type properties struct {
	list    []Property
	version int
	v       Version
	err     error
}

func (p *properties) number(name string, n uint64) {
	p.list = append(p.list, Property{Name: name, Number: n})
}

// limit appends a number of which -1 is no limit.
func (p *properties) limit(name string, n int64) { p.number(name, uint64(n)) }

func (p *properties) setting(name string, s Setting) {
	n, ok := s.Get()
	if n < 0 && p.err == nil {
		p.err = fmt.Errorf("cgroups: %s: %d is less than 0", name, n)
	}
	if ok {
		p.limit(name, n)
	}
}

// quota appends period and quota and returns the quota as it ends up.
func (p *properties) quota(quota Setting, period int64) Setting {
	if period > 0 && p.version >= systemdQuotaPeriod {
		p.number("CPUQuotaPeriodUSec", uint64(period))
	}
	n := quota.Or(0)
	if n == 0 && period == 0 {
		return quota
	}
	perSecond := uint64(math.MaxUint64)
	if n > 0 {
		if period <= 0 {
			period = QuotaPeriod
		}
		perSecond, n = systemdQuota(n, period)
		quota = Set(n)
	}
	p.number("CPUQuotaPerSecUSec", perSecond)
	return quota
}

// maxCPU bounds the CPUs of a list, so that a mask stays small.
const maxCPU = 1 << 20

// cpuMask returns the bit mask, lowest byte first, of a list such as 0-3,8.
func cpuMask(list string) ([]byte, error) {
	var mask []byte
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		lo, err1 := strconv.ParseUint(first, 10, 32)
		hi, err2 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || lo > hi || hi >= maxCPU {
			return nil, fmt.Errorf("cgroups: CPUs %q: %q is neither a number nor a range of numbers", list, part)
		}
		for cpu := lo; cpu <= hi; cpu++ {
			for uint64(len(mask)) <= cpu/8 {
				mask = append(mask, 0)
			}
			mask[cpu/8] |= 1 << (cpu % 8)
		}
	}
	return mask, nil
}
