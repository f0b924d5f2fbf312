package eviction_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

func quantity(text string) *resource.Quantity {
	q := resource.MustParse(text)
	return &q
}

func number(n uint64) *uint64 { return &n }

func TestSignals(t *testing.T) {
	for s, want := range map[eviction.Signal]string{
		eviction.MemoryAvailable: "memory MemoryPressure", eviction.AllocatableMemoryAvailable: "memory MemoryPressure",
		eviction.NodeFsAvailable: "ephemeral-storage DiskPressure", eviction.ImageFsAvailable: "ephemeral-storage DiskPressure", eviction.ContainerFsAvailable: "ephemeral-storage DiskPressure",
		eviction.NodeFsInodesFree: "inodes DiskPressure", eviction.ImageFsInodesFree: "inodes DiskPressure", eviction.ContainerFsInodesFree: "inodes DiskPressure",
		eviction.PIDAvailable: "pids PIDPressure", "other": " ",
	} {
		if got := fmt.Sprint(s.Resource(), " ", s.Condition()); got != want || s.Valid() != (want != " ") {
			t.Errorf("%s: %s", s, got)
		}
	}
	for c, key := range map[corev1.NodeConditionType]string{"MemoryPressure": "node.kubernetes.io/memory-pressure", "DiskPressure": "node.kubernetes.io/disk-pressure", "PIDPressure": "node.kubernetes.io/pid-pressure", "Ready": ""} {
		taint := eviction.Taint(c)
		if taint.Key != key || (key != "") != (taint.Effect == corev1.TaintEffectNoSchedule) || key == "" && taint.Effect != "" {
			t.Errorf("%s: %v", c, taint)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		rule string
		c    eviction.Config
		want []string
	}{
		{"the defaults", eviction.Config{Hard: eviction.Defaults()}, []string{
			"imagefs.available 0.15 0s", "imagefs.inodesFree 0.05 0s", "memory.available 100Mi 0s", "nodefs.available 0.1 0s", "nodefs.inodesFree 0.05 0s", "allocatableMemory.available 100Mi 0s",
		}},
		{"nothing", eviction.Config{}, nil},
		{"switched off", eviction.Config{Hard: map[string]string{"memory.available": "0%", "pid.available": "100%"}}, nil},
		{"not quite switched off", eviction.Config{Hard: map[string]string{"nodefs.available": "0.0%", "pid.available": "100.0%"}}, []string{"nodefs.available 0 0s", "pid.available 1 0s"}},
		{"odd numbers", eviction.Config{Hard: map[string]string{"nodefs.available": "10%%", "pid.available": "1e1%"}}, []string{"nodefs.available 0.1 0s", "pid.available 0.1 0s"}},
		{"soft", eviction.Config{Soft: map[string]string{"memory.available": "1Gi"}, SoftGracePeriod: map[string]string{"memory.available": "90s"}}, []string{"memory.available 1Gi 1m30s"}},
		{"soft without grace is hard", eviction.Config{Soft: map[string]string{"memory.available": "1Gi"}, SoftGracePeriod: map[string]string{"memory.available": "0s"}}, []string{"memory.available 1Gi 0s", "allocatableMemory.available 1Gi 0s"}},
		{"minimum reclaim", eviction.Config{Hard: map[string]string{"memory.available": "1Gi"}, MinimumReclaim: map[string]string{"memory.available": "0", "pid.available": "5%"}}, []string{"memory.available 1Gi 0s min 0", "allocatableMemory.available 1Gi 0s min 0"}},
		{"pods not enforced", eviction.Config{Hard: map[string]string{"memory.available": "1Gi"}, PodsNotEnforced: true}, []string{"memory.available 1Gi 0s"}},
	} {
		ts, err := eviction.Parse(tt.c)
		var got []string
		for _, x := range ts {
			got = append(got, inWords([]eviction.Threshold{x})...)
			if x.IsHard() != (x.GracePeriod == 0) {
				t.Errorf("%s: hard", tt.rule)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.rule, err, diff)
		}
	}
	both := map[string]string{"memory.available": "1Gi", "pid.available": "5"}
	ts, _ := eviction.Parse(eviction.Config{Hard: both, Soft: both, SoftGracePeriod: map[string]string{"memory.available": "1s", "pid.available": "1s"}, MinimumReclaim: map[string]string{"pid.available": "1"}, PodsNotEnforced: true})
	ts[1].MinReclaim.Quantity.Add(resource.MustParse("7"))
	if got := inWords(ts); !slices.Contains(got, "pid.available 5 1s min 1") {
		t.Errorf("minimum reclaims share memory: %v", got)
	}
	ts, _ = eviction.Parse(eviction.Config{Hard: map[string]string{"memory.available": "1Gi"}, MinimumReclaim: map[string]string{"memory.available": "1Mi"}})
	ts[0].Value.Quantity.Add(resource.MustParse("1Gi"))
	ts[0].MinReclaim.Quantity.Add(resource.MustParse("1Gi"))
	if got := inWords(ts[1:]); got[0] != "allocatableMemory.available 1Gi 0s min 1Mi" {
		t.Errorf("thresholds share memory: %v", got)
	}
}

func TestParseErrors(t *testing.T) {
	hard := func(v string) eviction.Config { return eviction.Config{Hard: map[string]string{"memory.available": v}} }
	soft := func(grace map[string]string) eviction.Config {
		return eviction.Config{Soft: map[string]string{"memory.available": "1Gi"}, SoftGracePeriod: grace}
	}
	reclaim := func(v string) eviction.Config {
		return eviction.Config{MinimumReclaim: map[string]string{"memory.available": v}}
	}
	format := resource.ErrFormatWrong.Error()
	for _, tt := range []struct {
		c     eviction.Config
		field string
		want  string
	}{
		{eviction.Config{Hard: map[string]string{"x": "1"}}, "evictionHard", "unsupported eviction signal x"},
		{eviction.Config{Soft: map[string]string{"x": "1"}}, "evictionSoft", "unsupported eviction signal x"},
		{eviction.Config{SoftGracePeriod: map[string]string{"x": "1"}}, "evictionSoftGracePeriod", "unsupported eviction signal x"},
		{eviction.Config{MinimumReclaim: map[string]string{"x": "1"}}, "evictionMinimumReclaim", "unsupported eviction signal x"},
		{hard(""), "evictionHard", format}, {hard("x"), "evictionHard", format},
		{hard("0"), "evictionHard", "eviction threshold memory.available must be positive: 0"},
		{hard("-1Mi"), "evictionHard", "eviction threshold memory.available must be positive: -1Mi"},
		{hard("-1%"), "evictionHard", "eviction percentage threshold memory.available must be >= 0%: -1%"},
		{hard("101%"), "evictionHard", "eviction percentage threshold memory.available must be <= 100%: 101%"},
		{hard("x%"), "evictionHard", `strconv.ParseFloat: parsing "x": invalid syntax`},
		{soft(nil), "evictionSoftGracePeriod", "grace period must be specified for the soft eviction threshold memory.available"},
		{soft(map[string]string{"memory.available": "x"}), "evictionSoftGracePeriod", `time: invalid duration "x"`},
		{soft(map[string]string{"memory.available": "-1ns"}), "evictionSoftGracePeriod", "invalid eviction grace period specified: -1ns, must be a positive value"},
		{soft(map[string]string{"memory.available": "-1s"}), "evictionSoftGracePeriod", "invalid eviction grace period specified: -1s, must be a positive value"},
		{reclaim("0%"), "evictionMinimumReclaim", "eviction percentage minimum reclaim memory.available must be positive: 0%"},
		{reclaim("x%"), "evictionMinimumReclaim", `strconv.ParseFloat: parsing "x": invalid syntax`},
		{reclaim("-1"), "evictionMinimumReclaim", "negative eviction minimum reclaim specified for memory.available"},
		{reclaim("x"), "evictionMinimumReclaim", format},
	} {
		_, err := eviction.Parse(tt.c)
		p, ok := err.(*eviction.ParseError)
		if !ok || p.Error() != tt.want || p.Field != tt.field || p.Signal == "" {
			t.Errorf("%v: %#v", tt.c, err)
		}
	}
	_, err := eviction.Parse(eviction.Config{Hard: map[string]string{"pid.available": "x", "memory.available": "y", "nodefs.available": "z"}})
	if p := err.(*eviction.ParseError); p.Signal != "memory.available" || p.Value != "y" {
		t.Errorf("%#v", p)
	}
}

func TestParseRefusesHugeExponents(t *testing.T) {
	if _, err := eviction.Parse(eviction.Config{MinimumReclaim: map[string]string{"memory.available": "1e1000"}}); err == nil || err.Error() != resource.ErrFormatWrong.Error() {
		t.Errorf("%v", err)
	}
	for value, ok := range map[string]bool{"1e1000000000": false, "1e-1000000000": false, "1E1000": false, "1e9999": false, "1e12": true, "1e+012": true, "1e0000000003": true, "1Ei": true, "1e100": true, "e9999": false} {
		if _, err := eviction.Parse(eviction.Config{Hard: map[string]string{"memory.available": value}}); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestValueOf(t *testing.T) {
	for _, tt := range []struct {
		v        eviction.Value
		capacity string
		want     string
	}{
		{eviction.Value{Percentage: 0.01}, "100", "0"}, {eviction.Value{Percentage: 0.1}, "100Gi", "10737418400"}, {eviction.Value{Percentage: 1}, "7", "7"},
		{eviction.Value{Quantity: quantity("5"), Percentage: 1}, "7", "5"}, {eviction.Value{Percentage: float32(math.NaN())}, "7", "-9223372036854775808"},
		{eviction.Value{Percentage: float32(math.Inf(1))}, "7", "-9223372036854775808"}, {eviction.Value{Percentage: float32(math.Inf(-1))}, "7", "-9223372036854775808"},
	} {
		got := tt.v.Of(resource.MustParse(tt.capacity))
		if got.Cmp(resource.MustParse(tt.want)) != 0 {
			t.Errorf("%v of %s: %s", tt.v, tt.capacity, got.String())
		}
	}
}

func TestForContainerFS(t *testing.T) {
	ts, err := eviction.Parse(eviction.Config{
		Hard: map[string]string{"nodefs.available": "1Gi", "imagefs.available": "2Gi", "imagefs.inodesFree": "7", "containerfs.available": "3Gi"},
		Soft: map[string]string{"nodefs.inodesFree": "5", "containerfs.inodesFree": "6"}, SoftGracePeriod: map[string]string{"nodefs.inodesFree": "1m", "containerfs.inodesFree": "1m"},
	})
	if err != nil {
		t.Fatal(err)
	}
	before := inWords(ts)
	for l, want := range map[eviction.Layout][]string{
		eviction.SingleFS:        {"containerfs.available 1Gi 0s", "containerfs.inodesFree 5 1m0s"},
		eviction.SplitImageFS:    {"containerfs.available 1Gi 0s", "containerfs.inodesFree 5 1m0s"},
		eviction.SeparateImageFS: {"containerfs.available 2Gi 0s", "containerfs.inodesFree 7 0s"},
	} {
		var got []string
		for _, w := range inWords(eviction.ForContainerFS(ts, l)) {
			if strings.HasPrefix(w, "containerfs") {
				got = append(got, w)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("layout %d: %q", l, got)
		}
	}
	if !slices.Equal(before, inWords(ts)) {
		t.Error("the thresholds were changed")
	}
}

func TestForContainerFSAlone(t *testing.T) {
	grace := map[string]string{"nodefs.available": "1m", "containerfs.available": "1m"}
	for _, tt := range []struct {
		c    eviction.Config
		want string
	}{
		{eviction.Config{Hard: map[string]string{"containerfs.available": "1Gi"}}, "[]"},
		{eviction.Config{Hard: map[string]string{"nodefs.available": "1Gi"}}, "[containerfs.available 1Gi 0s nodefs.available 1Gi 0s]"},
		{eviction.Config{Hard: map[string]string{"nodefs.available": "1Gi"}, Soft: map[string]string{"nodefs.available": "2Gi"}, SoftGracePeriod: grace}, "[containerfs.available 1Gi 0s containerfs.available 2Gi 1m0s nodefs.available 1Gi 0s nodefs.available 2Gi 1m0s]"},
		{eviction.Config{Hard: map[string]string{"containerfs.available": "1Gi"}, Soft: map[string]string{"nodefs.available": "2Gi", "containerfs.available": "3Gi"}, SoftGracePeriod: grace}, "[containerfs.available 2Gi 1m0s nodefs.available 2Gi 1m0s]"},
		{eviction.Config{}, "[]"},
	} {
		ts, err := eviction.Parse(tt.c)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(inWords(eviction.ForContainerFS(ts, eviction.SingleFS))); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.c, got, tt.want)
		}
	}
}

func TestReservation(t *testing.T) {
	ts, _ := eviction.Parse(eviction.Config{Hard: eviction.Defaults()})
	got := eviction.Reservation(ts, podtext.Pod("overhead mem=8Gi ephemeral-storage=100").Spec.Overhead)
	if m, d := got["memory"], got["ephemeral-storage"]; len(got) != 2 || m.String() != "100Mi" || d.String() != "10" {
		t.Errorf("%v", got)
	}
	if got := eviction.Reservation(nil, nil); got != nil {
		t.Errorf("%v", got)
	}
}

var start = time.Unix(1000, 0)

// seen is an observation of memory.
func seen(available string, at time.Duration) eviction.Observations {
	return eviction.Observations{eviction.MemoryAvailable: {Capacity: resource.MustParse("10Gi"), Available: resource.MustParse(available), Time: start.Add(at)}}
}

func outcome(o eviction.Outcome) string { return fmt.Sprint(o.Conditions, o.Met, o.Act) }

// TestStep goes through the life of a condition.
func TestStep(t *testing.T) {
	p := eviction.Policy{Thresholds: []eviction.Threshold{
		{Signal: eviction.MemoryAvailable, Value: eviction.Value{Quantity: quantity("1Gi")}, MinReclaim: &eviction.Value{Percentage: 0.1}},
		{Signal: eviction.MemoryAvailable, Value: eviction.Value{Percentage: 0.2}, GracePeriod: time.Minute},
	}}
	var s eviction.State
	now := start
	for i, tt := range []struct {
		after     time.Duration
		available string
		measured  time.Duration // how long before
		want      string
	}{
		{0, "2147483680", 0, "[] [] []"}, // equal is not below; 20 % in 32 bits is a little more
		{10 * time.Second, "1900Mi", 0, "[MemoryPressure] [1] []"},
		{50 * time.Second, "1900Mi", 0, "[MemoryPressure] [1] []"},
		{10 * time.Second, "1900Mi", 0, "[MemoryPressure] [1] [1]"},
		{10 * time.Second, "1900Mi", 10 * time.Second, "[MemoryPressure] [1] []"}, // not measured anew
		{10 * time.Second, "1Gi", 0, "[MemoryPressure] [1] [1]"},
		{10 * time.Second, "1000Mi", 0, "[MemoryPressure] [0 1] [0 1]"},
		{10 * time.Second, "1500Mi", 0, "[MemoryPressure] [0 1] [0 1]"}, // not recovered: 1Gi and 10 % more are wanted
		{10 * time.Second, "3Gi", 0, "[MemoryPressure] [] []"},
		{10 * time.Second, "1500Mi", 0, "[MemoryPressure] [1] []"}, // recovered; the soft one starts anew
		{10 * time.Second, "3Gi", 0, "[MemoryPressure] [] []"},
		{4*time.Minute + 49*time.Second, "3Gi", 0, "[MemoryPressure] [] []"},
		{time.Second, "3Gi", 0, "[] [] []"},
	} {
		now = now.Add(tt.after)
		before := fmt.Sprintf("%#v", s)
		next, o := p.Step(s, seen(tt.available, now.Sub(start)-tt.measured), now)
		if got := outcome(o); got != tt.want {
			t.Fatalf("look %d: %s, want %s", i, got, tt.want)
		}
		if fmt.Sprintf("%#v", s) != before {
			t.Fatalf("look %d changed the state", i)
		}
		s = next
	}
	if _, o := p.Step(s, nil, now); outcome(o) != "[] [] []" {
		t.Errorf("nothing observed: %s", outcome(o))
	}
	for since, want := range map[time.Duration]string{time.Minute - 1: "[1] []", time.Minute: "[1] [1]"} {
		met := eviction.State{MetSince: map[int]time.Time{1: start.Add(-since)}}
		if _, o := p.Step(met, seen("1500Mi", 0), start); fmt.Sprint(o.Met, " ", o.Act) != want {
			t.Errorf("met for %v: %s", since, outcome(o))
		}
	}
	p.TransitionPeriod = -1
	if _, o := p.Step(eviction.State{}, seen("1Mi", 0), start); outcome(o) != "[] [0 1] [0]" {
		t.Errorf("without transition period: %s", outcome(o))
	}
	p.TransitionPeriod = time.Second
	if _, o := p.Step(eviction.State{Conditions: map[corev1.NodeConditionType]time.Time{"DiskPressure": start.Add(-time.Second), "PIDPressure": start.Add(-time.Second + 1)}}, seen("1Mi", 0), start); outcome(o) != "[MemoryPressure PIDPressure] [0 1] [0]" {
		t.Errorf("old conditions: %s", outcome(o))
	}
	// Measurements without a time always count as new.
	o := eviction.Observations{eviction.MemoryAvailable: {Capacity: resource.MustParse("1"), Available: resource.MustParse("0")}}
	if _, out := p.Step(eviction.State{Last: o}, o, start); len(out.Act) != 1 {
		t.Errorf("no time: %s", outcome(out))
	}
}

func TestStepOrdersMemoryFirst(t *testing.T) {
	value := eviction.Value{Quantity: quantity("5")}
	p := eviction.Policy{Thresholds: []eviction.Threshold{
		{Signal: eviction.PIDAvailable, Value: value}, {Signal: eviction.NodeFsAvailable, Value: value}, {Signal: eviction.AllocatableMemoryAvailable, Value: value}, {Signal: "odd", Value: value}, {Signal: eviction.MemoryAvailable, Value: value},
	}}
	observed := eviction.Observations{"odd": {}, eviction.PIDAvailable: {}, eviction.NodeFsAvailable: {}, eviction.AllocatableMemoryAvailable: {}, eviction.MemoryAvailable: {}}
	s, o := p.Step(eviction.State{}, observed, start)
	if got := outcome(o); got != "[DiskPressure MemoryPressure PIDPressure] [0 1 2 3 4] [2 4 0 1 3]" || len(s.Conditions) != 3 {
		t.Errorf("%s", got)
	}
}

func TestResolved(t *testing.T) {
	p := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable, Value: eviction.Value{Quantity: quantity("1Gi")}, MinReclaim: &eviction.Value{Quantity: quantity("1Gi")}}}}
	for available, want := range map[string]bool{"2Gi": true, "2147483647": false, "1Gi": false} {
		if got := p.Resolved(seen(available, 0)); got != want {
			t.Errorf("%s: %v", available, got)
		}
	}
	if !p.Resolved(nil) {
		t.Error("nothing observed")
	}
}

// use makes the measurements of a pod that uses so much of everything.
func use(pod *corev1.Pod, n uint64) eviction.PodStats {
	fs := &eviction.FsStats{Used: number(n), InodesUsed: number(n)}
	return eviction.PodStats{
		PodRef: eviction.PodRef{UID: string(pod.UID)}, Memory: &eviction.MemoryStats{WorkingSet: number(n)}, Processes: &eviction.ProcessStats{Count: number(n)},
		Containers: []eviction.ContainerStats{{Name: "a", Rootfs: fs, Memory: &eviction.MemoryStats{WorkingSet: number(n)}, Logs: &eviction.FsStats{Used: number(0), InodesUsed: number(0)}}},
	}
}

// rank gives the names of the ranked pods; each line is a pod and what it uses.
func rank(t *testing.T, s eviction.Signal, lines ...string) string {
	t.Helper()
	var pods []*corev1.Pod
	var summary eviction.Summary
	for _, line := range lines {
		text, used, measured := strings.Cut(line, " uses ")
		pod := podtext.Pod(text)
		pods = append(pods, pod)
		if measured {
			q := resource.MustParse(used)
			summary.Pods = append(summary.Pods, use(pod, uint64(q.Value())))
		}
	}
	var names []string
	for _, r := range eviction.Rank(append(pods, nil), summary.Of, s, eviction.SingleFS, qos.Options{}) {
		names = append(names, r.Pod.Name)
	}
	return strings.Join(names, " ")
}

func TestRank(t *testing.T) {
	for _, tt := range []struct {
		rule string
		s    eviction.Signal
		pods []string
		want string
	}{
		{"priority comes before class", eviction.MemoryAvailable, []string{
			"name b; container a mem=2Gi; priority 10 uses 1Gi", "name g; container a cpu=1/1 mem=2Gi/2Gi uses 1Gi",
		}, "g b"},
		{"exceeding comes before priority", eviction.MemoryAvailable, []string{
			"name within; container a mem=2Gi uses 1Gi", "name over; container a; priority 1000000000 uses 1Mi",
		}, "over within"},
		{"the larger excess", eviction.MemoryAvailable, []string{
			"name besteffort; container a uses 1Gi", "name burstable; container a mem=1Gi uses 3Gi",
		}, "burstable besteffort"},
		{"the lesser room", eviction.MemoryAvailable, []string{
			"name much; container a mem=3Gi uses 1Gi", "name little; container a mem=2Gi uses 1Gi",
		}, "little much"},
		{"not measured goes first", eviction.MemoryAvailable, []string{"name over; container a uses 1Gi", "name unknown; container a; priority 5"}, "unknown over"},
		{"using just the request does not exceed", eviction.MemoryAvailable, []string{"name equal; container a mem=1Gi uses 1Gi", "name over; container a mem=1Gi; priority 5 uses 1073741825"}, "over equal"},
		{"overhead counts on a request", eviction.MemoryAvailable, []string{"name a; container a mem=1Gi; overhead mem=1Gi uses 2Gi", "name b; container a; overhead mem=1Gi; priority 5 uses 1Mi"}, "b a"},
		{"disk: spec.resources hides what containers request", eviction.NodeFsAvailable, []string{
			"name plain; container a ephemeral-storage=2Gi uses 1Gi", "name level; container a ephemeral-storage=2Gi; pod cpu=1; priority 5 uses 1Gi",
		}, "level plain"},
		{"inodes: any exceed", eviction.NodeFsInodesFree, []string{
			"name none; container a uses 0", "name some; container a ephemeral-storage=2Gi; priority 5 uses 1",
		}, "some none"},
		{"inodes: bytes are subtracted", eviction.NodeFsInodesFree, []string{
			"name requested; container a ephemeral-storage=2Gi uses 100", "name not; container a uses 1",
		}, "not requested"},
		{"processes: priority, then number", eviction.PIDAvailable, []string{
			"name few; container a uses 1", "name many; container a uses 9", "name high; container a; priority 1 uses 100", "name unknown; container a",
		}, "unknown many few high"},
		{"processes: not measured comes after priority", eviction.PIDAvailable, []string{"name unknown; container a; priority 5", "name few; container a uses 1"}, "few unknown"},
		{"unknown signal", "other", []string{"name a uses 1"}, ""},
	} {
		if got := rank(t, tt.s, tt.pods...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}

func TestRankIsStable(t *testing.T) {
	for _, s := range []eviction.Signal{eviction.MemoryAvailable, eviction.NodeFsAvailable, eviction.PIDAvailable} {
		if got := rank(t, s, "name b; container a uses 5", "name c; container a uses 5", "name a; container a uses 5"); got != "b c a" {
			t.Errorf("%s: %s", s, got)
		}
		if got := rank(t, s, "name b; container a", "name c; container a", "name a; container a"); got != "b c a" {
			t.Errorf("%s: %s", s, got)
		}
	}
}

func TestRankedText(t *testing.T) {
	pods := []*corev1.Pod{podtext.Pod("name a; container a mem=1Gi"), podtext.Pod("name b; container a mem=1Gi; priority 2000000000"), podtext.Pod("name c; container a mem=1Gi")}
	s := eviction.Summary{Pods: []eviction.PodStats{use(pods[0], 3<<30), use(pods[1], 1<<20)}}
	var got []string
	for _, r := range eviction.Rank(pods, s.Of, eviction.MemoryAvailable, 0, qos.Options{}) {
		got = append(got, r.String())
	}
	want := []string{"not measured, priority 0", "uses 3Gi, above its request of 1Gi, priority 0, over by 2Gi", "uses 1Mi, within its request of 1Gi, priority 2000000000, critical: never evicted"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMeasuredParts gives each part of a pod a digit of its own.
func TestMeasuredParts(t *testing.T) {
	pod := podtext.Pod("container a")
	pod.Spec.Volumes = []corev1.Volume{
		{Name: "empty", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		{Name: "memory", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}},
		{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}},
		{Name: "git", VolumeSource: corev1.VolumeSource{GitRepo: &corev1.GitRepoVolumeSource{}}},
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{}}},
		{Name: "secret", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{}}},
		{Name: "unknown", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
	fs := func(n uint64) eviction.FsStats { return eviction.FsStats{Used: number(n), InodesUsed: number(2 * n)} }
	rootfs, logs := fs(1), fs(10)
	st := &eviction.PodStats{Containers: []eviction.ContainerStats{{Rootfs: &rootfs, Logs: &logs}, {}}}
	for i, n := range []uint64{100, 1000, 10_000, 100_000, 1_000_000, 10_000_000} {
		st.Volumes = append(st.Volumes, eviction.VolumeStats{Name: pod.Spec.Volumes[i].Name, FsStats: fs(n)})
	}
	const volumes = 1_110_100
	for _, tt := range []struct {
		l                            eviction.Layout
		nodefs, imagefs, containerfs int64
	}{
		{eviction.SingleFS, volumes + 11, volumes + 11, volumes + 11}, {eviction.SeparateImageFS, volumes + 10, 1, 1}, {eviction.SplitImageFS, volumes + 11, 0, volumes + 11},
	} {
		for s, want := range map[eviction.Signal]int64{
			eviction.NodeFsAvailable: tt.nodefs, eviction.ImageFsAvailable: tt.imagefs, eviction.ContainerFsAvailable: tt.containerfs,
			eviction.NodeFsInodesFree: 2 * tt.nodefs, eviction.ImageFsInodesFree: 2 * tt.imagefs, eviction.ContainerFsInodesFree: 2 * tt.containerfs,
		} {
			r := eviction.Rank([]*corev1.Pod{pod}, func(*corev1.Pod) *eviction.PodStats { return st }, s, tt.l, qos.Options{})
			if got := r[0].Usage.Value(); got != want {
				t.Errorf("layout %d, %s: %d, want %d", tt.l, s, got, want)
			}
		}
	}
}

func TestRankWithoutMeasurements(t *testing.T) {
	pod := podtext.Pod("container a")
	for _, s := range []eviction.Signal{eviction.PIDAvailable, eviction.MemoryAvailable, eviction.NodeFsAvailable} {
		r := eviction.Rank([]*corev1.Pod{pod}, func(*corev1.Pod) *eviction.PodStats { return &eviction.PodStats{} }, s, eviction.SingleFS, qos.Options{})
		if len(r) != 1 || !r[0].Measured || !r[0].Usage.IsZero() || r[0].Exceeds {
			t.Errorf("%s: %v", s, r)
		}
	}
}

func TestObserve(t *testing.T) {
	one, two := int64(100), int64(30)
	mem := &eviction.MemoryStats{Available: number(3), WorkingSet: number(4)}
	fs := &eviction.FsStats{Available: number(5), Capacity: number(6), InodesFree: number(7), Inodes: number(8)}
	s := eviction.Summary{Node: eviction.NodeStats{
		Memory: mem, Fs: fs, Runtime: &eviction.RuntimeStats{ImageFs: fs, ContainerFs: fs}, Rlimit: &eviction.RlimitStats{MaxPID: &one, Running: &two},
		SystemContainers: []eviction.ContainerStats{{Name: "kubelet"}, {Name: "pods", Memory: mem}, {Name: "pods"}},
	}}
	got := map[eviction.Signal]string{}
	for k, o := range s.Observe() {
		got[k] = o.Available.String() + "/" + o.Capacity.String()
	}
	want := map[eviction.Signal]string{
		"memory.available": "3/7", "allocatableMemory.available": "3/7", "nodefs.available": "5/6", "imagefs.available": "5/6", "containerfs.available": "5/6",
		"nodefs.inodesFree": "7/8", "imagefs.inodesFree": "7/8", "containerfs.inodesFree": "7/8", "pid.available": "70/100",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, n := range []eviction.NodeStats{
		{}, {Memory: &eviction.MemoryStats{Available: number(1)}}, {Memory: &eviction.MemoryStats{WorkingSet: number(1)}}, {Fs: &eviction.FsStats{Available: number(1), InodesFree: number(1)}},
		{Fs: &eviction.FsStats{Capacity: number(1), Inodes: number(1)}}, {Rlimit: &eviction.RlimitStats{MaxPID: &one}}, {Rlimit: &eviction.RlimitStats{Running: &one}},
	} {
		if got := (&eviction.Summary{Node: n}).Observe(); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
}

func TestObserveSaturates(t *testing.T) {
	s := eviction.Summary{Node: eviction.NodeStats{Fs: &eviction.FsStats{Available: number(math.MaxUint64), Capacity: number(math.MaxInt64)}}}
	o := s.Observe()[eviction.NodeFsAvailable]
	if o.Available.Value() != math.MaxInt64 || o.Capacity.Value() != math.MaxInt64 {
		t.Errorf("%v", o)
	}
}

func TestSummaryOf(t *testing.T) {
	pod := podtext.Pod("name a")
	s := &eviction.Summary{Pods: []eviction.PodStats{{}, use(pod, 5)}}
	if got := s.Of(pod); got != &s.Pods[1] {
		t.Errorf("%v", got)
	}
	if s.Of(nil) != nil || (*eviction.Summary)(nil).Of(pod) != nil || s.Of(podtext.Pod("name b")) != nil {
		t.Error("a pod that is not there")
	}
}

func TestEvict(t *testing.T) {
	seconds := int64(7)
	pods := []*corev1.Pod{podtext.Pod("name critical; container a; priority 2000000000"), podtext.Pod("name a; container a mem=1Gi; sidecar b mem=5; container c"), podtext.Pod("name b; container a mem=1Gi")}
	pods[2].Spec.TerminationGracePeriodSeconds = &seconds
	s := eviction.Summary{Pods: []eviction.PodStats{use(pods[0], 9<<30), use(pods[1], 3<<30), use(pods[2], 2<<30)}}
	for _, c := range []string{"b", "c", "gone"} {
		s.Pods[1].Containers = append(s.Pods[1].Containers, eviction.ContainerStats{Name: c, Memory: &eviction.MemoryStats{WorkingSet: number(6)}})
	}
	s.Pods[1].Containers = append(s.Pods[1].Containers, eviction.ContainerStats{Name: "c"}, eviction.ContainerStats{Name: "c", Memory: &eviction.MemoryStats{}})
	p := eviction.Policy{MaxPodGracePeriod: 30, Thresholds: []eviction.Threshold{
		{Signal: eviction.PIDAvailable}, {Signal: eviction.MemoryAvailable, Value: eviction.Value{Percentage: 0.5}}, {Signal: eviction.MemoryAvailable, GracePeriod: 1, Value: eviction.Value{Percentage: 0.5}},
	}}
	e, ok := p.Evict(1, pods, s.Of, seen("1Gi", 0), []int{-1, 7, 0, 1})
	want := "The node was low on resource: memory. Threshold quantity: 5Gi, available: 1Gi. Container a was using 3Gi, request is 1Gi, has larger consumption of memory. " +
		"Container b was using 6, request is 5, has larger consumption of memory. Container c was using 6, request is 0, has larger consumption of memory. "
	if !ok || e.Pod != pods[1] || e.GracePeriod != 1 || e.Message != want {
		t.Errorf("%s %d\n%s", e.Pod.Name, e.GracePeriod, e.Message)
	}
	annotations := map[string]string{eviction.AnnotationResource: "memory", eviction.AnnotationContainers: "a,b,c", eviction.AnnotationContainersUsage: "3Gi,6,6"}
	if diff := cmp.Diff(annotations, e.Annotations); diff != "" {
		t.Error(diff)
	}
	if e, _ := p.Evict(2, pods, s.Of, nil, []int{2}); e.GracePeriod != 30 || strings.Contains(e.Message, "Threshold") {
		t.Errorf("%d %s", e.GracePeriod, e.Message)
	}
	if e, _ := p.Evict(2, pods[2:], s.Of, nil, nil); e.GracePeriod != 7 {
		t.Errorf("%d", e.GracePeriod)
	}
	p.MaxPodGracePeriod = 5
	if e, _ := p.Evict(2, pods[2:], s.Of, nil, nil); e.GracePeriod != 5 {
		t.Errorf("%d", e.GracePeriod)
	}
	for _, i := range []int{-1, 3} {
		if _, ok := p.Evict(i, pods, s.Of, nil, nil); ok {
			t.Errorf("threshold %d", i)
		}
	}
	if _, ok := p.Evict(1, pods[:1], s.Of, nil, nil); ok {
		t.Error("a critical pod went")
	}
	if e, _ := p.Evict(1, []*corev1.Pod{podtext.Pod("name x; pod mem=1")}, s.Of, nil, nil); e.Message != "The node was low on resource: memory. " {
		t.Errorf("%s", e.Message)
	}
}

func TestEvictNamesThePod(t *testing.T) {
	pod := podtext.Pod("name a; container a; pod mem=9Gi")
	s := eviction.Summary{Pods: []eviction.PodStats{use(pod, 2<<30)}}
	p := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable}, {Signal: eviction.NodeFsAvailable}}}
	e, _ := p.Evict(0, []*corev1.Pod{pod}, s.Of, nil, nil)
	want := "The node was low on resource: memory. Pod a was using 2Gi, request is 9Gi, has larger consumption of memory. Container a was using 2Gi, request is 0, has larger consumption of memory. "
	if e.Message != want || e.Annotations[eviction.AnnotationPod] != "a" || e.Annotations[eviction.AnnotationPodUsage] != "2Gi" {
		t.Errorf("%s %v", e.Message, e.Annotations)
	}
	if e, _ := p.Evict(1, []*corev1.Pod{pod}, s.Of, nil, nil); e.Message != "The node was low on resource: ephemeral-storage. Container a was using 2Gi, request is 0, has larger consumption of ephemeral-storage. " {
		t.Errorf("%s", e.Message)
	}
	p.NoPodLevel = true
	if e, _ := p.Evict(0, []*corev1.Pod{pod}, s.Of, nil, nil); strings.Contains(e.Message, "Pod a") {
		t.Errorf("%s", e.Message)
	}
	for _, text := range []string{"name a; container a; pod cpu=1", "name a; container a; pod"} {
		p.NoPodLevel = false
		if e, _ := p.Evict(0, []*corev1.Pod{podtext.Pod(text)}, s.Of, nil, nil); strings.Contains(e.Message, "Pod a") {
			t.Errorf("%s: %s", text, e.Message)
		}
	}
	s.Pods[0].Containers[0].Logs = nil
	if e, _ := p.Evict(1, []*corev1.Pod{pod}, s.Of, nil, nil); strings.Contains(e.Message, "Container") {
		t.Errorf("%s", e.Message)
	}
	s.Pods[0].Memory = nil
	if e, _ := p.Evict(0, []*corev1.Pod{pod}, s.Of, nil, nil); strings.Contains(e.Message, "Pod a") {
		t.Errorf("%s", e.Message)
	}
}

func TestEvictMessages(t *testing.T) {
	value := eviction.Value{Quantity: quantity("5Gi")}
	p := eviction.Policy{Thresholds: []eviction.Threshold{
		{Signal: eviction.MemoryAvailable, Value: value}, {Signal: eviction.MemoryAvailable, Value: eviction.Value{Quantity: quantity("6Gi")}}, {Signal: eviction.NodeFsAvailable, Value: value},
	}}
	pod := podtext.Pod("name a; container a; pod mem=1 ephemeral-storage=1")
	s := eviction.Summary{Pods: []eviction.PodStats{use(pod, 0)}}
	evict := func(i int, acting ...int) string {
		e, _ := p.Evict(i, []*corev1.Pod{pod}, s.Of, seen("1Gi", 0), acting)
		return e.Message
	}
	const one = "The node was low on resource: memory. Threshold quantity: 5Gi, available: 1Gi. Pod a was using 0, request is 1, has larger consumption of memory. "
	if got := evict(0, 0, 1); got != one {
		t.Errorf("%s", got)
	}
	if got := evict(0, 3, -1, 0); got != one {
		t.Errorf("%s", got)
	}
	if got := evict(0, 2, 1, 0); got != strings.Replace(one, "5Gi", "6Gi", 1) {
		t.Errorf("%s", got)
	}
	if got := evict(2, 2); got != "The node was low on resource: ephemeral-storage. " {
		t.Errorf("%s", got)
	}
	s.Pods[0].Containers[0].Rootfs.Used = number(5)
	s.Pods[0].Containers[0].Logs.Used = nil
	if got := evict(2, 2); got != "The node was low on resource: ephemeral-storage. " {
		t.Errorf("%s", got)
	}
	s.Pods[0].Containers[0].Logs.Used = number(3)
	if got := evict(2, 2); got != "The node was low on resource: ephemeral-storage. Container a was using 8, request is 0, has larger consumption of ephemeral-storage. " {
		t.Errorf("%s", got)
	}
}

func TestEvictWithoutPodLevelResources(t *testing.T) {
	pods := []*corev1.Pod{podtext.Pod("name plain; container a mem=2Gi"), podtext.Pod("name level; container a mem=4Gi; pod cpu=1")}
	s := eviction.Summary{Pods: []eviction.PodStats{use(pods[0], 1<<30), use(pods[1], 1<<30)}}
	p := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable}}}
	if e, _ := p.Evict(0, pods, s.Of, nil, nil); e.Pod != pods[1] {
		t.Errorf("%s goes", e.Pod.Name)
	}
	p.NoPodLevel = true
	if e, _ := p.Evict(0, pods, s.Of, nil, nil); e.Pod != pods[0] {
		t.Errorf("%s goes", e.Pod.Name)
	}
	limited := podtext.Pod("container a ephemeral-storage=/5; pod ephemeral-storage=/9")
	st := &eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(6)}}
	if got := p.LocalStorage([]*corev1.Pod{limited}, func(*corev1.Pod) *eviction.PodStats { return st }); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := p.LocalStorage([]*corev1.Pod{nil}, func(pod *corev1.Pod) *eviction.PodStats { _ = pod.Name; return nil }); got != nil {
		t.Errorf("%v", got)
	}
}

func TestLocalStorage(t *testing.T) {
	limited := func(limit string) corev1.Volume {
		return corev1.Volume{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: quantity(limit)}}}
	}
	for _, tt := range []struct {
		rule, pod string
		volumes   []corev1.Volume
		l         eviction.Layout
		stats     eviction.PodStats
		want      string
	}{
		{"within all limits", "container a ephemeral-storage=/30", []corev1.Volume{limited("10")}, 0, eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(30)}, Volumes: []eviction.VolumeStats{{Name: "v", FsStats: eviction.FsStats{Used: number(10)}}},
			Containers: []eviction.ContainerStats{{Name: "a", Logs: &eviction.FsStats{Used: number(10)}, Rootfs: &eviction.FsStats{Used: number(20)}}}}, ""},
		{"emptyDir", "container a", []corev1.Volume{{Name: "x"}, limited("10")}, 0, eviction.PodStats{Volumes: []eviction.VolumeStats{{Name: "v", FsStats: eviction.FsStats{Used: number(11)}}}}, `Usage of EmptyDir volume "v" exceeds the limit "10". `},
		{"emptyDir of no size", "container a", []corev1.Volume{limited("0")}, 0, eviction.PodStats{Volumes: []eviction.VolumeStats{{Name: "v", FsStats: eviction.FsStats{Used: number(11)}}}}, ""},
		{"emptyDir not measured", "container a", []corev1.Volume{limited("10")}, 0, eviction.PodStats{}, ""},
		{"pod", "container a ephemeral-storage=/30; container b ephemeral-storage=/30", nil, 0, eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(61)}}, "Pod ephemeral local storage usage exceeds the total limit of containers 60. "},
		{"pod not measured", "container a ephemeral-storage=/30", nil, 0, eviction.PodStats{}, ""},
		{"pod without limit", "container a", nil, 0, eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(61)}}, ""},
		{"container", "container a ephemeral-storage=/30", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "x"}, {Name: "a", Logs: &eviction.FsStats{Used: number(11)}, Rootfs: &eviction.FsStats{Used: number(20)}}}}, `Container a exceeded its local ephemeral storage limit "30". `},
		{"container of which nothing is measured", "container a ephemeral-storage=/30", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a"}}}, ""},
		{"the second container's limit", "container a ephemeral-storage=/3; container b ephemeral-storage=/30", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "b", Logs: &eviction.FsStats{Used: number(11)}}}}, ""},
		{"the second container over its limit", "container a ephemeral-storage=/300; container b ephemeral-storage=/3", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "b", Logs: &eviction.FsStats{Used: number(11)}}}}, `Container b exceeded its local ephemeral storage limit "3". `},
		{"container with its layer elsewhere", "container a ephemeral-storage=/30", nil, eviction.SeparateImageFS, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a", Logs: &eviction.FsStats{Used: number(11)}, Rootfs: &eviction.FsStats{Used: number(20)}}}}, ""},
		{"container without limit", "container a ephemeral-storage=/0", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a", Logs: &eviction.FsStats{Used: number(11)}}}}, ""},
		{"container with a limit below zero", "container a ephemeral-storage=/-30; container b ephemeral-storage=/60", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a"}}}, `Container a exceeded its local ephemeral storage limit "-30". `},
		{"of containers of one name the last", "container a ephemeral-storage=/30; container a ephemeral-storage=/3; container a ephemeral-storage=/0", nil, 0, eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a", Logs: &eviction.FsStats{Used: number(11)}}}}, `Container a exceeded its local ephemeral storage limit "3". `},
		{"critical", "container a ephemeral-storage=/30; priority 2000000000", nil, 0, eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(31)}}, ""},
		{"emptyDir first", "container a ephemeral-storage=/30", []corev1.Volume{limited("10")}, 0, eviction.PodStats{EphemeralStorage: &eviction.FsStats{Used: number(31)}, Volumes: []eviction.VolumeStats{{Name: "v", FsStats: eviction.FsStats{Used: number(11)}}}}, `Usage of EmptyDir volume "v" exceeds the limit "10". `},
	} {
		pod := podtext.Pod(tt.pod)
		pod.Spec.Volumes = tt.volumes
		got := eviction.Policy{Layout: tt.l}.LocalStorage([]*corev1.Pod{nil, pod, podtext.Pod("name gone")}, func(p *corev1.Pod) *eviction.PodStats {
			if p != pod {
				return nil
			}
			return &tt.stats
		})
		message := ""
		if len(got) > 0 {
			message = got[0].Message
		}
		if message != tt.want || len(got) > 1 || len(got) == 1 && (got[0].Pod != pod || got[0].GracePeriod != 1 || got[0].Annotations != nil) {
			t.Errorf("%s: %v", tt.rule, got)
		}
	}
}

func TestLocalStorageWithoutUsage(t *testing.T) {
	pod := podtext.Pod("container a")
	pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: quantity("1")}}}}
	st := &eviction.PodStats{Volumes: []eviction.VolumeStats{{Name: "v"}}}
	if got := (eviction.Policy{}).LocalStorage([]*corev1.Pod{pod}, func(*corev1.Pod) *eviction.PodStats { return st }); got != nil {
		t.Errorf("%v", got)
	}
}

// TestRankLaws draws pods and what they use.
func TestRankLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pods []*corev1.Pod
		var s eviction.Summary
		for i := range rapid.IntRange(0, 6).Draw(t, "pods") {
			pod := podtext.Draw(t, false)
			pod.Name = fmt.Sprint("p", i)
			pod.UID = "uid-" + pod.UID + corev1.Pod{}.UID
			pod.ObjectMeta.UID += "-" + podtext.Pod("name "+pod.Name).UID
			pods = append(pods, pod)
			if rapid.IntRange(0, 5).Draw(t, "measured") > 0 {
				s.Pods = append(s.Pods, use(pod, rapid.SampledFrom([]uint64{0, 1, 100 << 20, 1 << 30, 4 << 30}).Draw(t, "used")))
			}
		}
		signal := rapid.SampledFrom([]eviction.Signal{eviction.MemoryAvailable, eviction.NodeFsAvailable, eviction.NodeFsInodesFree, eviction.PIDAvailable}).Draw(t, "signal")
		ranked := eviction.Rank(pods, s.Of, signal, eviction.SingleFS, qos.Options{})
		place := map[*corev1.Pod]int{}
		for i, r := range ranked {
			place[r.Pod] = i
		}
		if len(place) != len(pods) {
			t.Fatalf("%d of %d pods", len(place), len(pods))
		}
		for i, pod := range pods {
			// The class alone changes nothing; more priority never brings a pod forward.
			for _, change := range []func(p *corev1.Pod){
				func(p *corev1.Pod) { p.Status.QOSClass = corev1.PodQOSBestEffort },
				func(p *corev1.Pod) { high := int32(1_999_999_999); p.Spec.Priority = &high },
			} {
				other := slices.Clone(pods)
				other[i] = pod.DeepCopy()
				change(other[i])
				again := eviction.Rank(other, s.Of, signal, eviction.SingleFS, qos.Options{})
				at := slices.IndexFunc(again, func(r eviction.Ranked) bool { return r.Pod == other[i] })
				if other[i].Status.QOSClass != "" && at != place[pod] || (pod.Spec.Priority == nil || *pod.Spec.Priority < 2_000_000_000) && at < place[pod] {
					t.Fatalf("pod %d moves from %d to %d", i, place[pod], at)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, v := range []string{"10%", "1Gi", "-1", "1e999999999", "0x1p3%", "NaN%"} {
		f.Add("memory.available", v)
	}
	f.Fuzz(func(t *testing.T, signal, value string) {
		m := map[string]string{signal: value}
		a, errA := eviction.Parse(eviction.Config{Hard: m, MinimumReclaim: m})
		b, errB := eviction.Parse(eviction.Config{Hard: m, MinimumReclaim: m})
		if (errA == nil) != (errB == nil) || !reflect.DeepEqual(inWords(a), inWords(b)) {
			t.Errorf("%q %q: not the same twice", signal, value)
		}
	})
}

func TestAdmit(t *testing.T) {
	const memory, disk, pid = corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure
	conditions := func(c ...corev1.NodeConditionType) []corev1.NodeConditionType { return c }
	tolerant := podtext.Pod("container a")
	otherwise := podtext.Pod("container a")
	otherwise.Spec.Tolerations = []corev1.Toleration{{Key: corev1.TaintNodeDiskPressure, Operator: corev1.TolerationOpExists}}
	tolerant.Spec.Tolerations = []corev1.Toleration{
		{Key: corev1.TaintNodeDiskPressure, Operator: corev1.TolerationOpExists},
		{Key: corev1.TaintNodeMemoryPressure, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
	}
	for _, tt := range []struct {
		rule       string
		pod        *corev1.Pod
		conditions []corev1.NodeConditionType
		want       string
	}{
		{"no pressure", podtext.Pod("container a"), nil, ""},
		{"BestEffort under memory pressure", podtext.Pod("container a"), conditions(memory), "The node had condition: [MemoryPressure]. "},
		{"no pod at all", nil, conditions(memory), "The node had condition: [MemoryPressure]. "},
		{"BestEffort that tolerates memory pressure", tolerant, conditions(memory), ""},
		{"BestEffort that tolerates something else", otherwise, conditions(memory), "The node had condition: [MemoryPressure]. "},
		{"toleration of memory pressure does not help under more", tolerant, conditions(memory, disk), "The node had condition: [MemoryPressure DiskPressure]. "},
		{"toleration does not help under another pressure", tolerant, conditions(disk), "The node had condition: [DiskPressure]. "},
		{"Burstable under memory pressure", podtext.Pod("container a cpu=1"), conditions(memory), ""},
		{"Burstable under another pressure", podtext.Pod("container a cpu=1"), conditions(pid), "The node had condition: [PIDPressure]. "},
		{"the class of the status counts", podtext.Pod("container a; status Guaranteed"), conditions(memory), ""},
		{"Guaranteed under several", podtext.Pod("container a cpu=1/1 mem=1/1"), conditions(disk, pid), "The node had condition: [DiskPressure PIDPressure]. "},
		{"critical", podtext.Pod("container a; priority 2000000000"), conditions(disk, memory, pid), ""},
		{"high priority is not critical", podtext.Pod("container a; priority 1999999999"), conditions(disk), "The node had condition: [DiskPressure]. "},
	} {
		if got, ok := (eviction.Policy{}).Admit(tt.pod, tt.conditions); got != tt.want || ok != (tt.want == "") {
			t.Errorf("%s: %q %v, want %q", tt.rule, got, ok, tt.want)
		}
	}
	levelled := podtext.Pod("container a cpu=1; pod")
	for off, want := range map[bool]bool{false: false, true: true} {
		if _, ok := (eviction.Policy{NoPodLevel: off}).Admit(levelled, conditions(memory)); ok != want {
			t.Errorf("an empty spec.resources, NoPodLevel %v: %v", off, ok)
		}
	}
}

// Requests below zero, which no API server accepts, do not make a pod without measurements one that is.
func TestNegativeRequests(t *testing.T) {
	pod := podtext.Pod("name a; container a mem=-1")
	none := func(*corev1.Pod) *eviction.PodStats { return nil }
	if r := eviction.Rank([]*corev1.Pod{pod}, none, eviction.MemoryAvailable, eviction.SingleFS, qos.Options{}); r[0].Exceeds {
		t.Error("usage that is not known exceeds a request")
	}
	p := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable}}}
	st := &eviction.PodStats{Containers: []eviction.ContainerStats{{Name: "a", Memory: &eviction.MemoryStats{}}}}
	below := podtext.Pod("container a ephemeral-storage=/-1")
	if got := p.LocalStorage([]*corev1.Pod{below}, func(*corev1.Pod) *eviction.PodStats { return &eviction.PodStats{} }); len(got) != 1 {
		t.Errorf("usage that is not known is not above a limit below zero: %v", got)
	}
	e, _ := p.Evict(0, []*corev1.Pod{pod}, func(*corev1.Pod) *eviction.PodStats { return st }, nil, nil)
	if e.Message != "The node was low on resource: memory. " {
		t.Errorf("%q", e.Message)
	}
}

// The state of a step does not change with the observations that were its input.
func TestStepKeepsCopies(t *testing.T) {
	const large = "9223372036854775807.5" // held by a pointer
	observed := seen(large, 0)
	next, _ := eviction.Policy{}.Step(eviction.State{}, observed, time.Time{})
	o := observed[eviction.MemoryAvailable]
	o.Available.Add(*quantity("1")) // in place
	if q := next.Last[eviction.MemoryAvailable].Available; q.Cmp(*quantity(large)) != 0 {
		t.Errorf("%s is remembered", q.String())
	}
}

// What no kubelet reports: two measurements of one name. Ranking goes by the first, limits of emptyDir volumes by the last.
func TestRepeatedMeasurements(t *testing.T) {
	s := eviction.Summary{Node: eviction.NodeStats{SystemContainers: []eviction.ContainerStats{
		{Name: "pods", Memory: &eviction.MemoryStats{Available: number(1), WorkingSet: number(2)}},
		{Name: "pods", Memory: &eviction.MemoryStats{Available: number(10), WorkingSet: number(20)}},
	}}}
	if o := s.Observe()[eviction.AllocatableMemoryAvailable]; o.Available.Value() != 1 {
		t.Errorf("%s are available", o.Available.String())
	}
	pod := podtext.Pod("container a")
	pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: quantity("5")}}}}
	stats := func(used ...uint64) func(*corev1.Pod) *eviction.PodStats {
		st := &eviction.PodStats{}
		for _, n := range used {
			st.Volumes = append(st.Volumes, eviction.VolumeStats{Name: "v", FsStats: eviction.FsStats{Used: number(n)}})
		}
		return func(*corev1.Pod) *eviction.PodStats { return st }
	}
	pods := []*corev1.Pod{pod}
	if r := eviction.Rank(pods, stats(3, 4), eviction.NodeFsAvailable, eviction.SingleFS, qos.Options{}); r[0].Usage.Value() != 3 {
		t.Errorf("usage %s", r[0].Usage.String())
	}
	if got := (eviction.Policy{}).LocalStorage(pods, stats(6, 5)); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := (eviction.Policy{}).LocalStorage(pods, stats(5, 6)); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
