package cgroups

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubealgo/kubealgo/internal/saturate"
)

// ReadOptions say how a group was written.
type ReadOptions struct {
	Level    Level  // decides the formula of cpu.weight
	Driver   Driver // decides the granularity of quotas
	PageSize int64  // 0 is 4096
}

// Bound is a limit that is only known to lie within an interval, or that is
// known not to exist.
type Bound struct {
	Known     bool     `json:"known"`     // there was a file to tell
	Unlimited bool     `json:"unlimited"` // and it says that there is no limit
	Range     Interval `json:"range"`     // else the limit is one of these
}

// Meaning is what the files of a control group say about requests and limits.
type Meaning struct {
	// CPURequest in millicores: every request in the interval gives what was read. A container
	// without request but with a limit has that as its request.
	CPURequest Bound `json:"cpuRequest"`
	CPULimit   Bound `json:"cpuLimit"`    // millicores
	Memory     Bound `json:"memoryLimit"` // bytes
	// MemoryRequest in bytes, from memory.min or memory.low, which only
	// MemoryQoS writes; 0 there is no information.
	MemoryRequest Bound            `json:"memoryRequest"`
	Pids          Bound            `json:"pids"`                // processes
	HugePages     map[string]Bound `json:"hugePages,omitempty"` // by the kernel's name of the size
}

// ParseError says that the content of a file is not what the kernel writes.
type ParseError struct {
	File    string // its name
	Content string // as it was given
	Reason  string // what it is not
}

// Error names file, content and reason.
func (e *ParseError) Error() string {
	return fmt.Sprintf("cgroups: %s: %q %s", e.File, e.Content, e.Reason)
}

// Read says which requests and limits the files of a group mean. The names decide between
// cgroup v1 and v2; files that it does not know are skipped, a newline at the end is
// allowed.
//
// Information was lost when the files were written, so most answers are intervals: all
// requests or limits that the kubelet turns into just these values. An interval is empty
// if it never writes the value. (Tools that take a weight apart by the
// wrong formula, or give a single number, are off by up to a factor of 7:
// https://github.com/google/cadvisor/issues/3737.)
//
// The error joins one *[ParseError] for each file that could not be read; the rest
// of the answer holds.
func Read(files map[string]string, o ReadOptions) (Meaning, error) {
	r := reader{files: files, o: o}
	m := Meaning{
		CPURequest:    r.request(),
		CPULimit:      r.quota(),
		Memory:        r.bytes(fileMemoryMax, fileLimit),
		MemoryRequest: r.reserved(),
		Pids:          r.exact(filePids),
	}
	for _, name := range r.sorted() {
		size, ok := hugePageFile(name)
		if !ok {
			continue
		}
		if m.HugePages == nil {
			m.HugePages = map[string]Bound{}
		}
		m.HugePages[size] = r.exact(name)
	}
	return m, errors.Join(r.errs...)
}

// hugePageFile returns the size in hugetlb.2MB.max or hugetlb.2MB.limit_in_bytes.
func hugePageFile(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "hugetlb.")
	if !ok {
		return "", false
	}
	size, kind, _ := strings.Cut(rest, ".")
	return size, size != "" && (kind == "max" || kind == "limit_in_bytes")
}

type reader struct {
	files map[string]string
	o     ReadOptions
	errs  []error
}

func (r *reader) sorted() []string {
	names := make([]string, 0, len(r.files))
	for name := range r.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *reader) fail(file, reason string) Bound {
	r.errs = append(r.errs, &ParseError{File: file, Content: r.files[file], Reason: reason})
	return Bound{}
}

// number reads a file of one number.
func (r *reader) number(file string) (n int64, ok bool) {
	content, ok := r.files[file]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(content, "\n"), 10, 64)
	if err != nil {
		r.fail(file, "is not a number")
		return 0, false
	}
	return n, true
}

func (r *reader) request() Bound {
	if weight, ok := r.number(fileCPUWeight); ok {
		return Bound{Known: true, Range: WeightToMilliCPUs(weight, r.o.Level.Formula())}
	}
	if shares, ok := r.number(fileShares); ok {
		return Bound{Known: true, Range: SharesToMilliCPUs(shares)}
	}
	return Bound{}
}

func (r *reader) quota() Bound {
	if content, ok := r.files[fileCPUMax]; ok {
		max, rest, _ := strings.Cut(strings.TrimSuffix(content, "\n"), " ")
		period, err := int64(QuotaPeriod), error(nil)
		if rest != "" {
			period, err = strconv.ParseInt(rest, 10, 64)
		}
		switch quota, err2 := strconv.ParseInt(max, 10, 64); {
		case err != nil || period <= 0:
			return r.fail(fileCPUMax, "has no period that is a number above 0")
		case max == unlimited:
			return Bound{Known: true, Unlimited: true}
		case err2 != nil:
			return r.fail(fileCPUMax, "has no quota that is a number or max")
		default:
			return Bound{Known: true, Range: QuotaToMilliCPUs(quota, period, r.o.Driver)}
		}
	}
	quota, ok := r.number(fileQuota)
	if !ok {
		return Bound{}
	}
	period, ok := r.number(filePeriod)
	switch {
	case quota <= 0:
		return Bound{Known: true, Unlimited: true}
	case !ok:
		period = QuotaPeriod
	case period <= 0:
		return r.fail(filePeriod, "is no number above 0")
	}
	return Bound{Known: true, Range: QuotaToMilliCPUs(quota, period, r.o.Driver)}
}

// noLimitV1 is from where on cgroup v1 means no limit: the largest number of
// whole pages.
const noLimitV1 = math.MaxInt64 &^ (1<<16 - 1)

// bytes reads a limit that the kernel rounds down to pages.
func (r *reader) bytes(v2, v1 string) Bound {
	file := v2
	if _, ok := r.files[v2]; !ok {
		file = v1
	}
	b := r.exact(file)
	if n := b.Range.Lo; b.Known && !b.Unlimited {
		page := r.o.PageSize
		if page <= 0 {
			page = 4096
		}
		switch {
		case n >= noLimitV1:
			return Bound{Known: true, Unlimited: true}
		case n%page == 0:
			b.Range.Hi = saturate.Add(n, page-1)
		}
	}
	return b
}

// reserved reads the request that MemoryQoS protects.
func (r *reader) reserved() Bound {
	for _, file := range [...]string{fileMemoryMin, fileMemoryLow} {
		if b := r.bytes(file, file); b.Known && (b.Unlimited || b.Range.Lo != 0) {
			return b
		}
	}
	return Bound{}
}

// exact reads a number, or max or -1 for none.
func (r *reader) exact(file string) Bound {
	content, ok := r.files[file]
	switch content = strings.TrimSuffix(content, "\n"); {
	case !ok:
		return Bound{}
	case content == unlimited || content == "-1":
		return Bound{Known: true, Unlimited: true}
	}
	n, err := strconv.ParseInt(content, 10, 64)
	if err != nil || n < 0 {
		return r.fail(file, "is neither a number from 0 nor max")
	}
	return Bound{Known: true, Range: Interval{Lo: n, Hi: n}}
}
