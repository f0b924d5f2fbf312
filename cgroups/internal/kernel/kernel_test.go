package kernel_test

import (
	"errors"
	"fmt"
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
	name    string // below the mount points
}

const mountPoint = "/sys/fs/cgroup"

// newTree makes a group below the root, to be removed when the test ends.
func newTree(t *testing.T) tree {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("needs Linux and root")
	}
	tr := tree{version: cgroups.V2}
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
	return tr.child(t, fmt.Sprintf("kubealgo-test-%d-%d", os.Getpid(), time.Now().UnixNano()))
}

// child makes a group in the group.
func (tr tree) child(t *testing.T, name string) tree {
	t.Helper()
	if tr.version == cgroups.V2 && tr.name != "" {
		if err := os.WriteFile(filepath.Join(mountPoint, tr.name, "cgroup.subtree_control"), []byte("+cpu +memory +pids"), 0); err != nil {
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
		return []string{filepath.Join(mountPoint, tr.name)}
	}
	var dirs []string
	for _, c := range controllers {
		if _, err := os.Stat(filepath.Join(mountPoint, c, "tasks")); err == nil {
			dirs = append(dirs, filepath.Join(mountPoint, c, tr.name))
		}
	}
	return dirs
}

// path returns the place of a file.
func (tr tree) path(file string) string {
	if tr.version == cgroups.V2 {
		return filepath.Join(mountPoint, tr.name, file)
	}
	controller, _, _ := strings.Cut(file, ".")
	return filepath.Join(mountPoint, controller, tr.name, file)
}

func (tr tree) read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(tr.path(file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// apply writes the settings and checks that they read back as they should:
// the same, but memory rounded down to pages. Files that this kernel does not have are counted.
func (tr tree) apply(t *testing.T, r cgroups.Resources) (missing int) {
	t.Helper()
	for _, f := range r.Files(tr.version) {
		err := os.WriteFile(tr.path(f.Name), []byte(f.Content), 0)
		if errors.Is(err, os.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			t.Fatalf("the kernel refuses %s = %s: %v", f.Name, f.Content, err)
		}
		want := f.Content
		if n, err := strconv.ParseInt(want, 10, 64); err == nil && (strings.HasPrefix(f.Name, "memory.") && f.Name != "memory.oom.group") {
			page := int64(os.Getpagesize())
			want = strconv.FormatInt(n/page*page, 10)
		}
		if got := tr.read(t, f.Name); got != want {
			t.Fatalf("%s = %s reads back as %s, want %s", f.Name, f.Content, got, want)
		}
	}
	return missing
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
	tr := newTree(t)
	for _, milli := range []int64{0, 1, 2, 3, 10, 11, 100, 999, 1000, 1500, 64_000, 255_999, 256_000, 1_000_000} {
		for _, period := range []int64{1000, 1001, 5000, 33_333, 100_000, 1_000_000} {
			tr.reset(t)
			tr.apply(t, cgroups.Resources{Shares: cgroups.Set(cgroups.MilliCPUToShares(milli)), Period: cgroups.Set(period), Quota: cgroups.Set(cgroups.MilliCPUToQuota(milli, period))})
		}
	}
	missing := 0
	for _, bytes := range []int64{4096, 100 << 20, 100<<20 + 1, 1 << 30, 1<<40 + 4095} {
		r := cgroups.Resources{Memory: cgroups.Set(bytes), Pids: cgroups.Set(bytes % 1000)}
		if tr.version == cgroups.V2 {
			r.MemoryMin, r.MemoryLow, r.MemoryHigh, r.SwapMax, r.OOMGroup = cgroups.Set(0), cgroups.Set(bytes), cgroups.Set(bytes), cgroups.Set(0), true
		}
		r.HugePages = []cgroups.HugePageLimit{{PageSize: 2 << 20, Limit: 4 << 20}}
		missing += tr.apply(t, r)
	}
	tr.reset(t)
	rapid.Check(t, func(rt *rapid.T) {
		pod := podtext.Draw(rt, false)
		o := cgroups.Options{Version: tr.version, Node: cgroups.Node{Memory: 8 << 30}}
		tr.reset(t)
		missing += tr.apply(t, cgroups.Pod(pod, o))
	})
	t.Logf("cgroup %s; %d files that this kernel does not have were left out", tr.version, missing)
}

// TestKernelTakesFamilies writes the groups of pods and of their containers
// below, which the kernel takes only if quotas fit.
func TestKernelTakesFamilies(t *testing.T) {
	single := true // memory.oom.group is a file of the runtime's
	group := newTree(t)
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
		group.apply(t, cgroups.Pod(pod, o))
		for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			child.reset(t)
			child.apply(t, cgroups.Container(pod, &c, o))
		}
	}
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
		tr.apply(t, cgroups.Resources{Period: cgroups.Set(20_000), Quota: cgroups.Set(cgroups.MilliCPUToQuota(milli, 20_000))})
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
	tr.apply(t, cgroups.Resources{Memory: cgroups.Set(128 << 20)})
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
