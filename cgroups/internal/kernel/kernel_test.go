package kernel_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/podtext"
)

// The tests of this file write to control groups of their own on the kernel that
// runs them, and are skipped, with the reason, where they may not.

// tree is a group of a real kernel, in all hierarchies.
type tree struct {
	version cgroups.Version
	mounted string // where v2 is, or the directory with the hierarchies of v1
	name    string // below that
}

const mountPoint = "/sys/fs/cgroup"

// requireRoot skips the test where it may not make groups.
func requireRoot(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("needs Linux and root")
	}
}

// newTree makes a group below the root, to be removed when the test ends.
func newTree(t *testing.T) tree {
	t.Helper()
	requireRoot(t)
	tr := tree{version: cgroups.V2, mounted: mountPoint}
	enabled, err := os.ReadFile(filepath.Join(mountPoint, "cgroup.subtree_control"))
	switch {
	case err == nil:
		for _, c := range []string{"cpu", "memory", "pids"} {
			if !slices.Contains(strings.Fields(string(enabled)), c) {
				t.Skipf("the controller %s is not enabled in the root group of cgroup v2", c)
			}
		}
	default:
		tr.version = cgroups.V1
		for _, c := range []string{"cpu", "memory", "pids"} {
			if _, err := os.Stat(filepath.Join(mountPoint, c, "tasks")); err != nil {
				t.Skipf("neither cgroup v2 nor the controller %s of v1 is mounted: %v", c, err)
			}
		}
	}
	return tr.child(t, ownName())
}

// ownName returns a name that no other group has.
func ownName() string {
	return fmt.Sprintf("kubealgo-test-%d-%d", os.Getpid(), time.Now().UnixNano())
}

// child makes a group in the group.
func (tr tree) child(t *testing.T, name string) tree {
	t.Helper()
	if tr.version == cgroups.V2 && tr.name != "" {
		if err := os.WriteFile(tr.path("cgroup.subtree_control"), []byte("+cpu +memory +pids"), 0); err != nil {
			t.Skipf("cannot pass controllers on: %v", err)
		}
	}
	tr.name = filepath.Join(tr.name, name)
	for _, dir := range tr.dirs() {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skipf("cannot make a group: %v", err)
		}
		t.Cleanup(func() {
			err := os.Remove(dir)
			for range 50 {
				if err == nil || errors.Is(err, os.ErrNotExist) {
					return
				}
				time.Sleep(20 * time.Millisecond)
				err = os.Remove(dir)
			}
			t.Errorf("the group stays behind: %v", err)
		})
	}
	return tr
}

// controllers are those of v1 in use.
var controllers = []string{"cpu", "memory", "pids", "hugetlb"}

func (tr tree) dirs() []string {
	if tr.version == cgroups.V2 {
		return []string{filepath.Join(tr.mounted, tr.name)}
	}
	var dirs []string
	for _, c := range controllers {
		if _, err := os.Stat(filepath.Join(tr.mounted, c, "tasks")); err == nil {
			dirs = append(dirs, filepath.Join(tr.mounted, c, tr.name))
		}
	}
	return dirs
}

// path returns the place of a file.
func (tr tree) path(file string) string {
	if tr.version == cgroups.V2 {
		return filepath.Join(tr.mounted, tr.name, file)
	}
	controller, _, _ := strings.Cut(file, ".")
	return filepath.Join(tr.mounted, controller, tr.name, file)
}

func (tr tree) read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(tr.path(file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// leftOut are the names of files that a kernel does not have.
type leftOut map[string]int

func (l leftOut) String() string {
	return fmt.Sprintf("%d kinds of files that this kernel does not have were left out: %v", len(l), slices.Sorted(maps.Keys(l)))
}

// apply writes the settings and checks that they read back as they should:
// the same, but memory rounded down to pages. It notes the files that this kernel does not have.
func (tr tree) apply(t *testing.T, r cgroups.Resources, missing leftOut) {
	t.Helper()
	for _, f := range r.Files(tr.version) {
		if _, err := os.Stat(tr.path(f.Name)); errors.Is(err, os.ErrNotExist) {
			missing[f.Name]++
			continue
		}
		if err := os.WriteFile(tr.path(f.Name), []byte(f.Content), 0); err != nil {
			t.Fatalf("the kernel refuses %s = %s: %v", f.Name, f.Content, err)
		}
		want := f.Content
		if n, err := strconv.ParseInt(want, 10, 64); err == nil {
			want = strconv.FormatInt(n/pageOf(f.Name)*pageOf(f.Name), 10)
		}
		if got := tr.read(t, f.Name); got != want {
			t.Fatalf("%s = %s reads back as %s, want %s", f.Name, f.Content, got, want)
		}
	}
}

// pageOf returns the bytes of which the kernel keeps whole multiples in a file.
func pageOf(file string) int64 {
	switch {
	case strings.HasPrefix(file, "hugetlb.2MB."):
		return 2 << 20
	case strings.HasPrefix(file, "hugetlb.1GB."):
		return 1 << 30
	case strings.HasPrefix(file, "memory.") && file != "memory.oom.group":
		return int64(os.Getpagesize())
	}
	return 1
}

// reset takes quotas and limits off, so that the next ones are not compared with them.
func (tr tree) reset(t *testing.T) {
	t.Helper()
	quota, content := "cpu.cfs_quota_us", "-1"
	if tr.version == cgroups.V2 {
		quota, content = "cpu.max", "max"
	}
	if err := os.WriteFile(tr.path(quota), []byte(content), 0); err != nil {
		t.Fatal(err)
	}
}

func TestKernelTakesEverySetting(t *testing.T) {
	tr, missing := newTree(t), leftOut{}
	for _, milli := range []int64{0, 1, 2, 3, 10, 11, 100, 999, 1000, 1500, 64_000, 255_999, 256_000, 1_000_000} {
		for _, period := range []int64{1000, 1001, 5000, 33_333, 100_000, 1_000_000} {
			tr.reset(t)
			tr.apply(t, cgroups.Resources{Shares: cgroups.Set(cgroups.MilliCPUToShares(milli)), Period: cgroups.Set(period), Quota: cgroups.Set(cgroups.MilliCPUToQuota(milli, period))}, missing)
		}
	}
	for _, bytes := range []int64{4096, 100 << 20, 100<<20 + 1, 1 << 30, 1<<40 + 4095} {
		r := cgroups.Resources{Memory: cgroups.Set(bytes), Pids: cgroups.Set(bytes % 1000)}
		if tr.version == cgroups.V2 {
			r.MemoryMin, r.MemoryLow, r.MemoryHigh, r.SwapMax, r.OOMGroup = cgroups.Set(0), cgroups.Set(bytes), cgroups.Set(bytes), cgroups.Set(0), true
		}
		r.HugePages = []cgroups.HugePageLimit{{PageSize: 2 << 20, Limit: 4 << 20}}
		tr.apply(t, r, missing)
	}
	tr.reset(t)
	rapid.Check(t, func(rt *rapid.T) {
		pod := podtext.Draw(rt, false)
		o := cgroups.Options{Version: tr.version, Node: cgroups.Node{Memory: 8 << 30}}
		tr.reset(t)
		tr.apply(t, cgroups.Pod(pod, o), missing)
	})
	t.Logf("cgroup %s; %s", tr.version, missing)
}

// enableVariable names the environment variable that allows TestKernelTakesUnified to
// pass controllers on to the groups below the root for a moment, which is otherwise left alone.
const enableVariable = "KUBEALGO_KERNEL_ENABLE"

// TestKernelTakesUnified writes to the hierarchy of cgroup v2 where it is mounted beside
// v1, as far as its controllers are not in use there.
func TestKernelTakesUnified(t *testing.T) {
	requireRoot(t)
	root := tree{version: cgroups.V2, mounted: unified(t)}
	enabled := strings.Fields(root.read(t, "cgroup.subtree_control"))
	for _, c := range strings.Fields(root.read(t, "cgroup.controllers")) {
		switch {
		case slices.Contains(enabled, c):
		case os.Getenv(enableVariable) == "":
			t.Logf("%s is not passed on by the root of %s: set %s=1 to let the test do so", c, root.mounted, enableVariable)
		default:
			root.pass(t, "+"+c)
			t.Cleanup(func() { root.pass(t, "-"+c) })
		}
	}
	tr, missing := root.child(t, ownName()), leftOut{}
	for _, bytes := range []int64{0, 1 << 20, 2 << 20, 5 << 20, 1 << 30, 3<<30 + 5} {
		tr.apply(t, cgroups.Resources{
			Shares: cgroups.Set(1024), Quota: cgroups.Set(50_000), Period: cgroups.Set(100_000), CPUs: "0", Memory: cgroups.Set(1<<30 + bytes), MemoryMin: cgroups.Set(0),
			MemoryLow: cgroups.Set(bytes), MemoryHigh: cgroups.Set(bytes), SwapMax: cgroups.Set(0), OOMGroup: true, Pids: cgroups.Set(100),
			HugePages: []cgroups.HugePageLimit{{PageSize: 2 << 20, Limit: bytes}, {PageSize: 1 << 30, Limit: bytes}},
		}, missing)
	}
	if _, err := tr.run(t, "8192"); err != nil {
		t.Errorf("a process cannot run in the group: %v", err)
	}
	t.Logf("cgroup %s; %s", tr.version, missing)
}

// unified returns where cgroup v2 is mounted beside v1.
func unified(t *testing.T) string {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			if f[1] == mountPoint {
				t.Skip("cgroup v2 is mounted alone: the other tests write to it")
			}
			return f[1]
		}
	}
	t.Skip("cgroup v2 is not mounted")
	return ""
}

// pass turns passing a controller on to the groups below on or off.
func (tr tree) pass(t *testing.T, controller string) {
	t.Helper()
	if err := os.WriteFile(tr.path("cgroup.subtree_control"), []byte(controller), 0); err != nil {
		t.Errorf("%s: %v", controller, err)
	}
}

// TestKernelTakesFamilies writes the groups of pods and of their containers
// below, which the kernel takes only if quotas fit.
func TestKernelTakesFamilies(t *testing.T) {
	single := true // memory.oom.group is a file of the runtime's
	group, missing := newTree(t), leftOut{}
	child := group.child(t, "container")
	for _, text := range []string{
		"container a cpu=250m/500m mem=64Mi/128Mi; container b cpu=1/1 mem=1Gi/1Gi",
		"container a cpu=15m/15m mem=64Mi/128Mi",
		"container a cpu=1m/1m mem=1Mi/1Mi; sidecar s cpu=10m/10m mem=1Mi/1Mi",
		"container a cpu=333m/333m mem=64Mi/64Mi; overhead cpu=100m mem=10Mi",
	} {
		pod := podtext.Pod(text)
		o := cgroups.Options{Version: group.version, SingleProcessOOMKill: &single, Node: cgroups.Node{Memory: 8 << 30}}
		group.reset(t)
		child.reset(t)
		group.apply(t, cgroups.Pod(pod, o), missing)
		for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			child.reset(t)
			child.apply(t, cgroups.Container(pod, &c, o), missing)
		}
	}
	t.Logf("cgroup %s; %s", group.version, missing)
}

// The environment variable that turns the test binary into a child.
const kernelChild = "KUBEALGO_KERNEL_CHILD"

func TestMain(m *testing.M) {
	switch work := os.Getenv(kernelChild); {
	case work == "":
		os.Exit(m.Run())
	case work == "loop":
		for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
		}
	default:
		n, _ := strconv.Atoi(work)
		b := make([]byte, n)
		for i := 0; i < n; i += 4096 {
			b[i] = 1
		}
	}
}

// run runs a child in the group: a shell that joins it and becomes the test binary.
func (tr tree) run(t *testing.T, work string) (*exec.Cmd, error) {
	t.Helper()
	var procs []string
	for _, dir := range tr.dirs() {
		procs = append(procs, "echo $$ > "+filepath.Join(dir, "cgroup.procs"))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/bin/sh", "-c", strings.Join(procs, " && ")+" && exec "+self)
	c.Env = append(os.Environ(), kernelChild+"="+work)
	return c, c.Run()
}

func TestKernelThrottles(t *testing.T) {
	tr := newTree(t)
	for _, milli := range []int64{100, 250} {
		tr.reset(t)
		tr.apply(t, cgroups.Resources{Period: cgroups.Set(20_000), Quota: cgroups.Set(cgroups.MilliCPUToQuota(milli, 20_000))}, nil)
		ratio := 0.0
		for range 3 { // a busy machine may give less than its due
			begin := time.Now()
			c, err := tr.run(t, "loop")
			if err != nil {
				t.Skipf("no child: %v", err)
			}
			wall := time.Since(begin)
			ratio = float64(c.ProcessState.UserTime()+c.ProcessState.SystemTime()) / float64(wall) * 1000 / float64(milli)
			if 0.85 < ratio && ratio < 1.15 {
				break
			}
		}
		if ratio < 0.85 && ratio > 0 {
			t.Skipf("a loop limited to %dm got %.2f of that three times: the machine is too busy to tell", milli, ratio)
		}
		if ratio > 1.15 || ratio == 0 {
			t.Errorf("a loop limited to %dm got %.2f of that", milli, ratio)
		}
		t.Logf("a loop limited to %dm got %.3f of that", milli, ratio)
	}
}

func TestKernelKillsAtTheLimit(t *testing.T) {
	tr := newTree(t)
	tr.apply(t, cgroups.Resources{Memory: cgroups.Set(128 << 20)}, nil)
	swap := "memory.memsw.limit_in_bytes"
	if tr.version == cgroups.V2 {
		swap = "memory.swap.max"
	}
	if err := os.WriteFile(tr.path(swap), []byte(strconv.Itoa(128<<20)), 0); err != nil {
		t.Logf("swap is not limited: %v", err)
	}
	if c, err := tr.run(t, strconv.Itoa(8<<20)); err != nil {
		t.Fatalf("8 MiB do not fit: %v %v", c.ProcessState, err)
	}
	c, err := tr.run(t, strconv.Itoa(336<<20))
	if err == nil || !strings.Contains(c.ProcessState.String(), "killed") {
		t.Errorf("336 MiB fit: %v %v", c.ProcessState, err)
	}
}
