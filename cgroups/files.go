package cgroups

import (
	"fmt"
	"strconv"
)

// File is a file of a control group: its Name, without directory, and Content, without a newline.
type File struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// FileMap returns the files by name. Of two with one name the last one stays.
func FileMap(files []File) map[string]string {
	m := make(map[string]string, len(files))
	for _, f := range files {
		m[f.Name] = f.Content
	}
	return m
}

// Names of the files of cgroup v2.
const (
	fileCPUWeight  = "cpu.weight"
	fileCPUMax     = "cpu.max"
	fileCPUs       = "cpuset.cpus"
	fileMemoryMax  = "memory.max"
	fileMemoryMin  = "memory.min"
	fileMemoryLow  = "memory.low"
	fileMemoryHigh = "memory.high"
	fileSwapMax    = "memory.swap.max"
	fileOOMGroup   = "memory.oom.group"
	filePids       = "pids.max"
)

// Names of the files of cgroup v1 that are called otherwise.
const (
	fileShares     = "cpu.shares"
	filePeriod     = "cpu.cfs_period_us"
	fileQuota      = "cpu.cfs_quota_us"
	fileLimit      = "memory.limit_in_bytes"
	fileMemorySwap = "memory.memsw.limit_in_bytes"
)

const unlimited = "max"

// Files returns the files that these settings come to in the given version, in the order in which
// they are written. The formula for cpu.weight is that of r.Level; see
// [Resources.V2Files] for another one.
func (r Resources) Files(v Version) []File {
	if v == V1 {
		return r.V1Files()
	}
	return r.V2Files(r.Level.Formula())
}

// V2Files returns the files of cgroup v2, with cpu.weight by the formula, in the
// order in which runc writes them: processes, memory, CPU, huge pages, and last
// what the kubelet passes through as it is. A huge page size that the
// kernel has no name for is left out.
func (r Resources) V2Files(f Formula) []File {
	var w writer
	w.pids(r.Pids)
	if bytes := r.Memory.Or(0); bytes != 0 {
		if bytes == -1 {
			w.put(fileSwapMax, unlimited)
		}
		w.put(fileMemoryMax, maxOr(bytes))
	}
	if weight := f.Weight(r.Shares.Or(0)); weight != 0 {
		w.number(fileCPUWeight, weight)
	}
	quota, period := r.Quota.Or(0), r.Period.Or(0)
	if quota != 0 || period != 0 {
		if period == 0 {
			period = QuotaPeriod
		}
		max := unlimited
		if quota > 0 {
			max = strconv.FormatInt(quota, 10)
		}
		w.put(fileCPUMax, max+" "+strconv.FormatInt(period, 10))
	}
	w.cpus(r.CPUs)
	w.hugePages(r.HugePages, "max", "rsvd.max")
	w.setting(fileMemoryMin, r.MemoryMin)
	w.setting(fileMemoryLow, r.MemoryLow)
	w.setting(fileMemoryHigh, r.MemoryHigh)
	w.setting(fileSwapMax, r.SwapMax)
	if r.OOMGroup {
		w.number(fileOOMGroup, 1)
	}
	return w
}

// V1Files returns the files of cgroup v1, of all controllers, in the order in
// which runc writes those of each: memory, CPU, processes, huge pages. The files of
// a controller are in its own hierarchy: the part of a name before the first dot
// names it.
//
// The order of memory and memory+swap is that for a new group; a limit that is raised
// needs the other one.
func (r Resources) V1Files() []File {
	var w writer
	if bytes := r.Memory.Or(0); bytes != 0 {
		w.number(fileLimit, bytes)
	}
	if bytes := r.MemorySwap.Or(0); bytes != 0 {
		w.number(fileMemorySwap, bytes)
	}
	if shares := r.Shares.Or(0); shares != 0 {
		w.number(fileShares, shares)
	}
	if period := r.Period.Or(0); period != 0 {
		w.number(filePeriod, period)
	}
	if quota := r.Quota.Or(0); quota != 0 {
		w.number(fileQuota, quota)
	}
	w.cpus(r.CPUs)
	w.pids(r.Pids)
	w.hugePages(r.HugePages, "limit_in_bytes", "rsvd.limit_in_bytes")
	return w
}

// writer collects files.
type writer []File

func (w *writer) put(name, content string) { *w = append(*w, File{Name: name, Content: content}) }

func (w *writer) number(name string, n int64) { w.put(name, strconv.FormatInt(n, 10)) }

func (w *writer) setting(name string, s Setting) {
	if n, ok := s.Get(); ok {
		w.number(name, n)
	}
}

func (w *writer) cpus(list string) {
	if list != "" {
		w.put(fileCPUs, list)
	}
}

// pids writes the limit of processes: 0 stands for 1 and less than 0 for no limit.
func (w *writer) pids(s Setting) {
	switch n, ok := s.Get(); {
	case !ok:
	case n == 0:
		w.number(filePids, 1)
	case n < 0:
		w.put(filePids, unlimited)
	default:
		w.number(filePids, n)
	}
}

func (w *writer) hugePages(limits []HugePageLimit, suffixes ...string) {
	for _, l := range limits {
		unit, err := PageSizeName(l.PageSize)
		if err != nil {
			continue
		}
		for _, suffix := range suffixes {
			w.put("hugetlb."+unit+"."+suffix, strconv.FormatUint(uint64(l.Limit), 10)) // runc holds it unsigned
		}
	}
}

func maxOr(n int64) string {
	if n == -1 {
		return unlimited
	}
	return strconv.FormatInt(n, 10)
}

var pageUnits = [...]string{"B", "KB", "MB", "GB", "TB", "PB"}

// PageSizeName returns the name that the kernel gives a size of huge pages in
// the names of files: 2MB for 2097152. It fails for sizes that are more than
// 1024 of the largest unit that divides them.
func PageSizeName(bytes int64) (string, error) {
	n, i := bytes, 0
	for n%1024 == 0 && i < len(pageUnits)-1 {
		n /= 1024
		i++
	}
	if n > 1024 && i < len(pageUnits)-1 {
		return "", fmt.Errorf("cgroups: page size %d: %d%s is no whole number of larger units", bytes, n, pageUnits[i])
	}
	return strconv.FormatInt(n, 10) + pageUnits[i], nil
}

// SwapMax returns the memory.swap.max of cgroup v2 for a limit of memory and swap
// together, as OCI runtimes are given it: -1 is no limit, and 0 says nothing.
//
// Source: ConvertMemorySwapToCgroupV2Value of github.com/opencontainers/cgroups v0.0.6.
func SwapMax(memorySwap, memory int64) (int64, error) {
	switch {
	case memory == -1 && memorySwap == 0:
		return -1, nil
	case memorySwap == -1 || memorySwap == 0:
		return memorySwap, nil
	case memory == -1:
		return memorySwap, nil
	case memory == 0:
		return 0, fmt.Errorf("unable to set swap limit without memory limit")
	case memory < 0:
		return 0, fmt.Errorf("invalid memory value: %d", memory)
	case memorySwap < memory:
		return 0, fmt.Errorf("memory+swap limit should be >= memory limit")
	}
	return memorySwap - memory, nil
}
