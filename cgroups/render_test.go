package cgroups_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/cgroups"
)

// lines gives files as text.
func lines(files []cgroups.File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name+": "+f.Content)
	}
	return strings.Join(out, "\n")
}

func everything(level cgroups.Level) cgroups.Resources {
	return cgroups.Resources{
		Level: level, Shares: cgroups.Set(1024), Quota: cgroups.Set(50_000), Period: cgroups.Set(100_000), CPUs: "0-3,8",
		Memory: cgroups.Set(1 << 30), MemorySwap: cgroups.Set(2 << 30), MemoryMin: cgroups.Set(0), MemoryLow: cgroups.Set(4096), MemoryHigh: cgroups.Set(8192), SwapMax: cgroups.Set(0),
		OOMGroup: true, OOMScoreAdj: cgroups.Set(5), Pids: cgroups.Set(100),
		HugePages: []cgroups.HugePageLimit{{PageSize: 2 << 20, Limit: 4 << 20}, {PageSize: 1536 << 10, Limit: 1}, {PageSize: 1 << 30}},
	}
}

func TestFiles(t *testing.T) {
	v2 := `pids.max: 100
memory.max: 1073741824
cpu.weight: 100
cpu.max: 50000 100000
cpuset.cpus: 0-3,8
hugetlb.2MB.max: 4194304
hugetlb.2MB.rsvd.max: 4194304
hugetlb.1GB.max: 0
hugetlb.1GB.rsvd.max: 0
memory.min: 0
memory.low: 4096
memory.high: 8192
memory.swap.max: 0
memory.oom.group: 1`
	v1 := `memory.limit_in_bytes: 1073741824
memory.memsw.limit_in_bytes: 2147483648
cpu.shares: 1024
cpu.cfs_period_us: 100000
cpu.cfs_quota_us: 50000
cpuset.cpus: 0-3,8
pids.max: 100
hugetlb.2MB.limit_in_bytes: 4194304
hugetlb.2MB.rsvd.limit_in_bytes: 4194304
hugetlb.1GB.limit_in_bytes: 0
hugetlb.1GB.rsvd.limit_in_bytes: 0`
	if got := lines(everything(cgroups.ContainerLevel).Files(cgroups.V2)); got != v2 {
		t.Errorf("v2:\n%s", got)
	}
	if got := lines(everything(cgroups.ContainerLevel).Files(cgroups.V1)); got != v1 {
		t.Errorf("v1:\n%s", got)
	}
	for _, level := range []cgroups.Level{cgroups.PodLevel, cgroups.QoSLevel, cgroups.NodeLevel} {
		if got := lines(everything(level).Files(cgroups.V2)); got != strings.Replace(v2, "cpu.weight: 100", "cpu.weight: 39", 1) {
			t.Errorf("%s:\n%s", level, got)
		}
	}
	for _, v := range []cgroups.Version{cgroups.V1, cgroups.V2} {
		if got := (cgroups.Resources{}).Files(v); len(got) != 0 {
			t.Errorf("%s of nothing: %v", v, got)
		}
		if got := (cgroups.Resources{Memory: cgroups.Set(0), MemorySwap: cgroups.Set(0), Quota: cgroups.Set(0)}).Files(v); len(got) != 0 {
			t.Errorf("%s of zeros: %v", v, got)
		}
	}
}

func TestFilesOfSpecialValues(t *testing.T) {
	for _, tt := range []struct {
		r      cgroups.Resources
		v2, v1 string
	}{
		{cgroups.Resources{Quota: cgroups.Set(-1), Period: cgroups.Set(5000)}, "cpu.max: max 5000", "cpu.cfs_period_us: 5000\ncpu.cfs_quota_us: -1"},
		{cgroups.Resources{Quota: cgroups.Set(0), Period: cgroups.Set(5000)}, "cpu.max: max 5000", "cpu.cfs_period_us: 5000"},
		{cgroups.Resources{Quota: cgroups.Set(7000)}, "cpu.max: 7000 100000", "cpu.cfs_quota_us: 7000"},
		{cgroups.Resources{Memory: cgroups.Set(-1)}, "memory.swap.max: max\nmemory.max: max", "memory.limit_in_bytes: -1"},
		{cgroups.Resources{Quota: cgroups.Set(1)}, "cpu.max: 1 100000", "cpu.cfs_quota_us: 1"},
		{cgroups.Resources{Pids: cgroups.Set(0)}, "pids.max: 1", "pids.max: 1"},
		{cgroups.Resources{Pids: cgroups.Set(-1)}, "pids.max: max", "pids.max: max"},
		{cgroups.Resources{Pids: cgroups.Set(-3)}, "pids.max: max", "pids.max: max"},
	} {
		if got := lines(tt.r.Files(cgroups.V2)); got != tt.v2 {
			t.Errorf("v2 of %s: %s", words(tt.r), got)
		}
		if got := lines(tt.r.Files(cgroups.V1)); got != tt.v1 {
			t.Errorf("v1 of %s: %s", words(tt.r), got)
		}
	}
	if m := cgroups.FileMap([]cgroups.File{{"a", "1"}, {"a", "2"}}); len(m) != 1 || m["a"] != "2" {
		t.Errorf("%v", m)
	}
}

func TestUnified(t *testing.T) {
	if m := (cgroups.Resources{}).Unified(); m != nil {
		t.Errorf("%v", m)
	}
	want := map[string]string{"memory.min": "0", "memory.low": "4096", "memory.high": "8192", "memory.swap.max": "0", "memory.oom.group": "1"}
	if m := everything(0).Unified(); fmt.Sprint(m) != fmt.Sprint(want) {
		t.Errorf("%v", m)
	}
}

func TestPageSizeName(t *testing.T) {
	for size, want := range map[int64]string{2 << 20: "2MB", 1 << 30: "1GB", 3 << 20: "3MB", 64 << 10: "64KB", 1000: "1000B", 1 << 10: "1KB", 0: "0PB", 1 << 50: "1PB", 4096 << 50: "4096PB", 1025: "", 1536 << 10: "", 1025 << 40: ""} {
		got, err := cgroups.PageSizeName(size)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%d: %q %v", size, got, err)
		}
	}
	if _, err := cgroups.PageSizeName(1536 << 10); err.Error() != "cgroups: page size 1572864: 1536KB is no whole number of larger units" {
		t.Error(err)
	}
}

func TestSwapMax(t *testing.T) {
	for _, tt := range []struct {
		swap, memory, want int64
		err                string
	}{
		{0, -1, -1, ""}, {-1, 5, -1, ""}, {0, 5, 0, ""}, {7, -1, 7, ""}, {7, 5, 2, ""}, {5, 5, 0, ""},
		{7, 0, 0, "unable to set swap limit without memory limit"}, {7, -2, 0, "invalid memory value: -2"}, {4, 5, 0, "memory+swap limit should be >= memory limit"},
		{-1, -1, -1, ""}, {0, -2, 0, ""},
	} {
		got, err := cgroups.SwapMax(tt.swap, tt.memory)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
			t.Errorf("swap %d of %d: %d %v", tt.swap, tt.memory, got, err)
		}
	}
}

func properties(t *testing.T, r cgroups.Resources, v cgroups.Version, version int) (string, cgroups.Resources) {
	t.Helper()
	props, after, err := r.SystemdProperties(v, version)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range props {
		out = append(out, p.String())
	}
	return strings.Join(out, " "), after
}

func TestSystemdProperties(t *testing.T) {
	r := everything(cgroups.PodLevel)
	for _, tt := range []struct {
		v       cgroups.Version
		version int
		want    string
	}{
		{cgroups.V2, 0, "MemoryMax=1073741824 CPUWeight=39 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 TasksMax=100 AllowedCPUs=0x0f01 MemoryMin=0 MemoryLow=4096 MemoryHigh=8192 MemorySwapMax=0"},
		{cgroups.V2, 243, "MemoryMax=1073741824 CPUWeight=39 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 TasksMax=100 MemoryMin=0 MemoryLow=4096 MemoryHigh=8192 MemorySwapMax=0"},
		{cgroups.V2, 241, "MemoryMax=1073741824 CPUWeight=39 CPUQuotaPerSecUSec=500000 TasksMax=100 MemoryMin=0 MemoryLow=4096 MemoryHigh=8192 MemorySwapMax=0"},
		{cgroups.V1, 242, "MemoryLimit=1073741824 CPUShares=1024 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 TasksMax=100"},
		{cgroups.V1, 244, "MemoryLimit=1073741824 CPUShares=1024 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 TasksMax=100 AllowedCPUs=0x0f01"},
	} {
		if got, _ := properties(t, r, tt.v, tt.version); got != tt.want {
			t.Errorf("%s, systemd %d:\n%s", tt.v, tt.version, got)
		}
	}
	for _, tt := range []struct {
		quota, period, after int64
		want                 string
	}{
		{1500, 100_000, 2000, "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=20000"},
		{12345, 100_000, 13000, "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=130000"},
		{333, 1000, 340, "CPUQuotaPeriodUSec=1000 CPUQuotaPerSecUSec=340000"},
		{50_000, 0, 50_000, "CPUQuotaPerSecUSec=500000"},
		{-1, 100_000, -1, "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=infinity"},
		{0, 100_000, 0, "CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=infinity"},
		{1, 1, 1, "CPUQuotaPeriodUSec=1 CPUQuotaPerSecUSec=1000000"},
		{math.MaxInt64, 1, math.MaxInt64, "CPUQuotaPeriodUSec=1 CPUQuotaPerSecUSec=infinity"},
		{math.MaxInt64, 1_000_000, math.MaxInt64, "CPUQuotaPeriodUSec=1000000 CPUQuotaPerSecUSec=9223372036854780000"},
	} {
		got, after := properties(t, cgroups.Resources{Quota: cgroups.Set(tt.quota), Period: cgroups.Set(tt.period)}, cgroups.V2, 0)
		if got != tt.want || after.Quota.Or(0) != tt.after {
			t.Errorf("%d/%d: %s, quota %v", tt.quota, tt.period, got, after.Quota)
		}
	}
	for pids, want := range map[int64]string{0: "TasksMax=1", -1: "TasksMax=infinity", -9: "TasksMax=infinity", 7: "TasksMax=7"} {
		if got, _ := properties(t, cgroups.Resources{Pids: cgroups.Set(pids)}, cgroups.V1, 0); got != want {
			t.Errorf("%d processes: %s", pids, got)
		}
	}
	if got, _ := properties(t, cgroups.Resources{Memory: cgroups.Set(-1)}, cgroups.V2, 0); got != "MemoryMax=infinity MemorySwapMax=infinity" {
		t.Errorf("%s", got)
	}
	if got, _ := properties(t, cgroups.Resources{Memory: cgroups.Set(-1)}, cgroups.V1, 0); got != "MemoryLimit=infinity" {
		t.Errorf("%s", got)
	}
	if got, after := properties(t, cgroups.Resources{}, cgroups.V2, 0); got != "" || after.Quota.IsSet() {
		t.Errorf("%s %v", got, after)
	}
}

func TestSystemdErrors(t *testing.T) {
	for _, cpus := range []string{"x", "1-", "-1", "3-1", "0,,1", "0-1048576", "99999999999"} {
		if _, _, err := (cgroups.Resources{CPUs: cpus}).SystemdProperties(cgroups.V2, 0); err == nil || !strings.Contains(err.Error(), "neither a number nor a range") {
			t.Errorf("%q: %v", cpus, err)
		}
	}
	if got, _ := properties(t, cgroups.Resources{CPUs: "1, 3,16"}, cgroups.V2, 0); got != "AllowedCPUs=0x0a0001" {
		t.Errorf("%s", got)
	}
	if _, _, err := (cgroups.Resources{MemoryLow: cgroups.Set(-5), MemoryHigh: cgroups.Set(-6)}).SystemdProperties(cgroups.V2, 0); err == nil || err.Error() != "cgroups: MemoryLow: -5 is less than 0" {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	const uid = "1234-abcd"
	for _, tt := range []struct {
		root           string
		class          corev1.PodQOSClass
		plain, systemd string
	}{
		{"/", "Burstable", "/kubepods/burstable/pod1234-abcd", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234_abcd.slice"},
		{"", "BestEffort", "/kubepods/besteffort/pod1234-abcd", "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1234_abcd.slice"},
		{"/", "Guaranteed", "/kubepods/pod1234-abcd", "/kubepods.slice/kubepods-pod1234_abcd.slice"},
		{"/a-b/c/", "Guaranteed", "/a-b/c/kubepods/pod1234-abcd", "/a_b.slice/a_b-c.slice/a_b-c-kubepods.slice/a_b-c-kubepods-pod1234_abcd.slice"},
		{"/", "Odd", "/kubepods/pod1234-abcd", "/kubepods.slice/kubepods-pod1234_abcd.slice"},
	} {
		n, err := cgroups.PodName(cgroups.ParseName(tt.root), tt.class, uid)
		if err != nil {
			t.Fatal(err)
		}
		plain, err1 := n.Path(cgroups.Cgroupfs)
		systemd, err2 := n.Path(cgroups.Systemd)
		if err1 != nil || err2 != nil || plain != tt.plain || systemd != tt.systemd {
			t.Errorf("%s %s: %s %s %v %v", tt.root, tt.class, plain, systemd, err1, err2)
		}
		if got := cgroups.ParseSlice(systemd); fmt.Sprint(got) != fmt.Sprint(n) {
			t.Errorf("%s read back as %v", systemd, got)
		}
		for path, d := range map[string]cgroups.Driver{plain: cgroups.Cgroupfs, systemd: cgroups.Systemd} {
			l, err := cgroups.ParsePath(path)
			class := tt.class
			if class == "Odd" {
				class = "Guaranteed"
			}
			if err != nil || l.Driver != d || l.Level != cgroups.PodLevel || l.Class != class || l.PodUID != uid || fmt.Sprint(l.Root) != fmt.Sprint(cgroups.ParseName(tt.root)) {
				t.Errorf("%s: %+v %v", path, l, err)
			}
		}
	}
	for _, uid := range []string{"", "a/b", "a_b"} {
		if _, err := cgroups.PodName(nil, "Burstable", uid); err == nil {
			t.Errorf("a UID of %q", uid)
		}
	}
	if _, err := (cgroups.Name{}).Join(""); err == nil || err.Error() != `cgroups: "": a component must not be empty` {
		t.Error(err)
	}
	root := make(cgroups.Name, 1, 5)
	a, _ := root.Join("a")
	b, _ := root.Join("b")
	if a[1] != "a" || b[1] != "b" {
		t.Error("names share memory")
	}
	for _, n := range []cgroups.Name{nil, {""}} {
		if p, err := n.Path(cgroups.Systemd); p != "/" || err != nil {
			t.Errorf("%v: %s %v", n, p, err)
		}
		if p, err := n.Path(cgroups.Cgroupfs); p != "/" || err != nil {
			t.Errorf("%v: %s %v", n, p, err)
		}
	}
	if p, err := (cgroups.Name{"a"}).Path(cgroups.Systemd); p != "/a.slice" || err != nil {
		t.Errorf("%s %v", p, err)
	}
	if _, err := (cgroups.Name{"", "b"}).Path(cgroups.Systemd); err == nil {
		t.Error("a component without name")
	}
	if _, err := (cgroups.Name{"a", "", "b"}).Path(cgroups.Systemd); err == nil {
		t.Error("a component without name")
	}
}

func TestExpandSlice(t *testing.T) {
	for slice, want := range map[string]string{
		"a.slice": "/a.slice", "a-b-c.slice": "/a.slice/a-b.slice/a-b-c.slice", "-.slice": "/",
		"a": "", ".slice": "", "a--b.slice": "", "-a.slice": "", "a-.slice": "", "a/b.slice": "", "a.scope": "",
	} {
		got, err := cgroups.ExpandSlice(slice)
		var n *cgroups.NameError
		if got != want || (err == nil) != (want != "") || err != nil && (!errors.As(err, &n) || n.Input != slice) {
			t.Errorf("%s: %q %v", slice, got, err)
		}
	}
}

func TestParsePath(t *testing.T) {
	for path, want := range map[string]string{
		"/kubepods":                                       "cgroupfs node [] '' '' '' '' []",
		"/kubepods/burstable":                             "cgroupfs qos [] 'Burstable' '' '' '' []",
		"/kubepods/besteffort/pod1":                       "cgroupfs pod [] 'BestEffort' '1' '' '' []",
		"/kubepods/pod1/abc":                              "cgroupfs container [] 'Guaranteed' '1' '' 'abc' []",
		"/a/b/kubepods/pod1/abc/init/x":                   "cgroupfs container [a b] 'Guaranteed' '1' '' 'abc' [init x]",
		"/kubepods/pod1/crio-abc.scope":                   "cgroupfs container [] 'Guaranteed' '1' 'crio' 'abc' []",
		"/kubepods/pod1/abc.scope":                        "cgroupfs container [] 'Guaranteed' '1' '' 'abc' []",
		"/kubepods/pod1/a-b":                              "cgroupfs container [] 'Guaranteed' '1' '' 'a-b' []",
		"/kubepods.slice/other-burstable.slice":           "",
		"/kubepods/pod1/-abc.scope":                       "cgroupfs container [] 'Guaranteed' '1' '' 'abc' []",
		"/kubepods.slice":                                 "systemd node [] '' '' '' '' []",
		"/kubepods.slice/kubepods-burstable.slice":        "systemd qos [] 'Burstable' '' '' '' []",
		"/kubepods.slice/kubepods-pod1_2.slice":           "systemd pod [] 'Guaranteed' '1-2' '' '' []",
		"/a.slice/a-kubepods.slice/a-kubepods-pod1.slice": "systemd pod [a] 'Guaranteed' '1' '' '' []",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/cri-containerd-abc.scope": "systemd container [] 'BestEffort' '1' 'cri-containerd' 'abc' []",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/crio-abc.scope/container": "systemd container [] 'BestEffort' '1' 'crio' 'abc' [container]",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/abc":                      "systemd container [] 'BestEffort' '1' '' 'abc' []",
		"/system.slice/kubelet.service/kubepods/burstable/podx":                                             "cgroupfs pod [system.slice kubelet.service] 'Burstable' 'x' '' '' []",
		"":                                   "",
		"/":                                  "",
		"/system.slice":                      "",
		"/kubepods/x":                        "",
		"/kubepods/pod":                      "",
		"/kubepods/burstable/x":              "",
		"/kubepods.slice/x":                  "",
		"/kubepods.slice/x.slice":            "",
		"/kubepods.slice/kubepods-x.slice":   "",
		"/kubepods.slice/kubepods-pod.slice": "",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-pod1.slice":                 "",
		"/kubepods.slice/kubepods-pod1.slice/kubepods-pod1-pod2.slice":                 "",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-besteffort.slice": "",
		"/kubepods.slice/kubepods-burstable-pod1.slice":                                "",
		"/kubepods.slice/kubepods-burstable.slice/cri-containerd-abc.scope":            "",
	} {
		l, err := cgroups.ParsePath(path)
		got := fmt.Sprintf("%s %s %v '%s' '%s' '%s' '%s' %v", l.Driver, l.Level, []string(l.Root), l.Class, l.PodUID, l.Runtime, l.Container, []string(l.Below))
		if err != nil {
			got = ""
			var n *cgroups.NameError
			if !errors.As(err, &n) || n.Input != path {
				t.Errorf("%s: %v", path, err)
			}
		}
		if got != want {
			t.Errorf("%s: %s %v, want %s", path, got, err, want)
		}
	}
	if got := cgroups.Scope("crio", "abc"); got != "crio-abc.scope" {
		t.Error(got)
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-abc.scope")
	f.Add("/kubepods/burstable/pod1/abc")
	f.Fuzz(func(t *testing.T, path string) {
		l, err := cgroups.ParsePath(path)
		if err == nil && l.Level == cgroups.ContainerLevel && l.PodUID == "" {
			t.Errorf("%q: a container of no pod", path)
		}
		_, _ = cgroups.ExpandSlice(path)
	})
}

func FuzzRead(f *testing.F) {
	f.Add("cpu.max", "50000 100000\n")
	f.Add("memory.max", "max")
	f.Add("cpu.weight", "39")
	f.Add("cpu.cfs_quota_us", "-1")
	f.Fuzz(func(t *testing.T, name, content string) {
		_, _ = cgroups.Read(map[string]string{name: content}, cgroups.ReadOptions{})
	})
}

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		files string
		o     cgroups.ReadOptions
		want  string
	}{
		{"cpu.weight=100 cpu.max=max_100000 memory.max=max pids.max=max", cgroups.ReadOptions{}, "request [989,1000] limit max memory max reserved ? pids max"},
		{"cpu.weight=39 cpu.max=50000_100000 memory.max=104857600", cgroups.ReadOptions{Level: cgroups.PodLevel, Driver: cgroups.Cgroupfs}, "request [976,1000] limit 500 memory [104857600,104861695] reserved ? pids ?"},
		{"cpu.weight=39 cpu.max=50000_100000", cgroups.ReadOptions{Level: cgroups.PodLevel}, "request [976,1000] limit [491,500] memory ? reserved ? pids ?"},
		{"cpu.max=50000 memory.max=5 pids.max=10", cgroups.ReadOptions{Driver: cgroups.Cgroupfs}, "request ? limit 500 memory 5 reserved ? pids 10"},
		{"memory.max=8192", cgroups.ReadOptions{PageSize: 16384}, "request ? limit ? memory 8192 reserved ? pids ?"},
		{"memory.max=16384", cgroups.ReadOptions{PageSize: 1}, "request ? limit ? memory 16384 reserved ? pids ?"},
		{"memory.max=9223372036854710272", cgroups.ReadOptions{}, "request ? limit ? memory max reserved ? pids ?"},
		{"memory.max=9223372036854710271", cgroups.ReadOptions{}, "request ? limit ? memory 9223372036854710271 reserved ? pids ?"},
		{"cpu.max=1000_1", cgroups.ReadOptions{Driver: cgroups.Cgroupfs}, "request ? limit [1,1000999] memory ? reserved ? pids ?"},
		{"cpu.cfs_quota_us=1000 cpu.cfs_period_us=1", cgroups.ReadOptions{Driver: cgroups.Cgroupfs}, "request ? limit [1,1000999] memory ? reserved ? pids ?"},
		{"cpu.cfs_quota_us=1 cpu.cfs_period_us=1000", cgroups.ReadOptions{}, "request ? limit ∅ memory ? reserved ? pids ?"},
		{"memory.max=16384", cgroups.ReadOptions{PageSize: 16384}, "request ? limit ? memory [16384,32767] reserved ? pids ?"},
		{"memory.min=0 memory.low=4096", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved [4096,8191] pids ?"},
		{"memory.min=8192 memory.low=0", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved [8192,12287] pids ?"},
		{"memory.min=0 memory.low=0", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved ? pids ?"},
		{"memory.min=max", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved max pids ?"},
		{"cpu.shares=512 cpu.cfs_quota_us=-1 cpu.cfs_period_us=100000 memory.limit_in_bytes=9223372036854771712", cgroups.ReadOptions{}, "request 500 limit max memory max reserved ? pids ?"},
		{"cpu.shares=2 cpu.cfs_quota_us=50000 cpu.cfs_period_us=50000 memory.limit_in_bytes=4096", cgroups.ReadOptions{Driver: cgroups.Cgroupfs}, "request [0,2] limit 1000 memory [4096,8191] reserved ? pids ?"},
		{"cpu.cfs_quota_us=50000", cgroups.ReadOptions{Driver: cgroups.Cgroupfs}, "request ? limit 500 memory ? reserved ? pids ?"},
		{"cpu.cfs_quota_us=0 cpu.cfs_period_us=0", cgroups.ReadOptions{}, "request ? limit max memory ? reserved ? pids ?"},
		{"hugetlb.2MB.max=0 hugetlb.1GB.limit_in_bytes=max hugetlb.1GB.rsvd.max=5 hugetlb..max=5", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved ? pids ? map[1GB:max 2MB:0]"},
		{"other=1", cgroups.ReadOptions{}, "request ? limit ? memory ? reserved ? pids ?"},
		{"memory.max=9223372036854771712 memory.limit_in_bytes=5", cgroups.ReadOptions{}, "request ? limit ? memory max reserved ? pids ?"},
	} {
		files := map[string]string{}
		for _, w := range strings.Fields(tt.files) {
			name, content, _ := strings.Cut(w, "=")
			files[name] = strings.ReplaceAll(content, "_", " ") + "\n"
		}
		m, err := cgroups.Read(files, tt.o)
		bound := func(b cgroups.Bound) string {
			switch {
			case !b.Known:
				return "?"
			case b.Unlimited:
				return "max"
			}
			return b.Range.String()
		}
		got := fmt.Sprintf("request %s limit %s memory %s reserved %s pids %s", bound(m.CPURequest), bound(m.CPULimit), bound(m.Memory), bound(m.MemoryRequest), bound(m.Pids))
		if m.HugePages != nil {
			sizes := map[string]string{}
			for size, b := range m.HugePages {
				sizes[size] = bound(b)
			}
			got += fmt.Sprint(" ", sizes)
		}
		if got != tt.want || err != nil {
			t.Errorf("%s:\n%s %v, want\n%s", tt.files, got, err, tt.want)
		}
	}
}

// What is not known, or not limited, has no range.
func TestReadOfNoNumbers(t *testing.T) {
	if m, err := cgroups.Read(nil, cgroups.ReadOptions{}); err != nil || !reflect.DeepEqual(m, cgroups.Meaning{}) {
		t.Errorf("%+v %v", m, err)
	}
	free := cgroups.Bound{Known: true, Unlimited: true}
	m, err := cgroups.Read(map[string]string{"memory.max": "max", "cpu.max": "max 100000", "memory.low": "max"}, cgroups.ReadOptions{})
	if want := (cgroups.Meaning{CPULimit: free, Memory: free, MemoryRequest: free}); err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("%+v %v", m, err)
	}
}

func TestReadErrorsAreInOrder(t *testing.T) {
	files := map[string]string{}
	for _, size := range []string{"1", "2", "3", "4", "5", "6"} {
		files["hugetlb."+size+"MB.max"] = "x"
	}
	for range 5 {
		_, err := cgroups.Read(files, cgroups.ReadOptions{})
		if lines := strings.Split(err.Error(), "\n"); !slices.IsSorted(lines) {
			t.Fatal(err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for file, contents := range map[string][]string{
		"cpu.max":               {"x 100000", "50000 x", "50000 0", "max -1", ""},
		"cpu.weight":            {"x", "", "1 2"},
		"cpu.shares":            {"x"},
		"cpu.cfs_quota_us":      {"x"},
		"memory.max":            {"x", "-2", "5 "},
		"memory.limit_in_bytes": {"x"},
		"pids.max":              {"-5", "many"},
		"hugetlb.2MB.max":       {"x"},
		"memory.low":            {"x"},
	} {
		for _, content := range contents {
			_, err := cgroups.Read(map[string]string{file: content}, cgroups.ReadOptions{})
			var p *cgroups.ParseError
			if !errors.As(err, &p) || p.File != file || p.Content != content || !strings.HasPrefix(p.Error(), fmt.Sprintf("cgroups: %s: %q ", file, content)) {
				t.Errorf("%s %q: %v", file, content, err)
			}
		}
	}
	_, err := cgroups.Read(map[string]string{"cpu.cfs_quota_us": "5000", "cpu.cfs_period_us": "0"}, cgroups.ReadOptions{})
	if err == nil || err.Error() != `cgroups: cpu.cfs_period_us: "0" is no number above 0` {
		t.Error(err)
	}
	m, err := cgroups.Read(map[string]string{"pids.max": "x", "memory.max": "y", "cpu.weight": "100"}, cgroups.ReadOptions{})
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !m.CPURequest.Known {
		t.Errorf("%v %v", m, err)
	}
}

// TestReadContainsTheOriginal writes a group and reads it back.
func TestReadContainsTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		request := rapid.Int64Range(0, 300_000).Draw(t, "request")
		limit := rapid.Int64Range(1, 300_000).Draw(t, "limit")
		memory := rapid.Int64Range(1, 1<<40).Draw(t, "memory")
		period := rapid.Int64Range(1000, 1_000_000).Draw(t, "period")
		o := cgroups.ReadOptions{Level: rapid.SampledFrom([]cgroups.Level{cgroups.ContainerLevel, cgroups.PodLevel}).Draw(t, "level"), Driver: rapid.SampledFrom([]cgroups.Driver{cgroups.Systemd, cgroups.Cgroupfs}).Draw(t, "driver")}
		r := cgroups.Resources{
			Level: o.Level, Shares: cgroups.Set(cgroups.MilliCPUToShares(request)), Quota: cgroups.Set(cgroups.MilliCPUToQuota(limit, period)), Period: cgroups.Set(period),
			Memory: cgroups.Set(memory), Pids: cgroups.Set(100),
		}
		v := rapid.SampledFrom([]cgroups.Version{cgroups.V2, cgroups.V1}).Draw(t, "version")
		if o.Driver == cgroups.Systemd {
			_, after, err := r.SystemdProperties(v, 0)
			if err != nil {
				t.Fatal(err)
			}
			r = after
		}
		if rapid.Bool().Draw(t, "rounded by the kernel") {
			r.Memory = cgroups.Set(max(memory/4096*4096, 1))
		}
		m, err := cgroups.Read(cgroups.FileMap(r.Files(v)), o)
		if err != nil {
			t.Fatal(err)
		}
		if !m.CPURequest.Range.Contains(request) || !m.CPULimit.Range.Contains(limit) || memory > 4096 && !m.Memory.Range.Contains(memory) || !m.Pids.Range.Contains(100) {
			t.Fatalf("%+v", m)
		}
	})
}

func TestTexts(t *testing.T) {
	for _, tt := range []struct {
		got  fmt.Stringer
		want string
	}{
		{cgroups.V1, "v1"}, {cgroups.V2, "v2"}, {cgroups.Linear, "linear"}, {cgroups.Quadratic, "quadratic"}, {cgroups.Systemd, "systemd"}, {cgroups.Cgroupfs, "cgroupfs"},
		{cgroups.ContainerLevel, "container"}, {cgroups.PodLevel, "pod"}, {cgroups.QoSLevel, "qos"}, {cgroups.NodeLevel, "node"}, {cgroups.Level(9), "node"},
	} {
		if tt.got.String() != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
}
