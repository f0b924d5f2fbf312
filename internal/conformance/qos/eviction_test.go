package qos

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	statsapi "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	kubeleteviction "k8s.io/kubernetes/pkg/kubelet/eviction"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

var signals = []eviction.Signal{
	eviction.MemoryAvailable, eviction.NodeFsAvailable, eviction.NodeFsInodesFree, eviction.ImageFsAvailable, eviction.ImageFsInodesFree,
	eviction.ContainerFsAvailable, eviction.ContainerFsInodesFree, eviction.AllocatableMemoryAvailable, eviction.PIDAvailable,
}

// config draws a configuration; at most one value is wrong, so that one error is certain.
func config(g *Gen) eviction.Config {
	bad := g.IntN(12)
	field := 0
	draw := func(values, wrong []string) map[string]string {
		field++
		m := map[string]string{}
		for _, s := range signals {
			if g.Chance(3) {
				m[string(s)] = One(g, values...)
			}
		}
		if field == bad {
			if g.Chance(3) {
				m[One(g, "memory", "", "Memory.available", "nodefs")] = values[0]
			} else {
				m[string(One(g, signals...))] = One(g, wrong...)
			}
		}
		return m
	}
	quantities := []string{"100Mi", "1", "10%", "5%", "0%", "100%", "100.0%", "0.0%", "1e2%", "33.3%", "1Gi", "10%%", "1.5", "100m", "0x1p3%", "NaN%"}
	c := eviction.Config{PodsNotEnforced: g.Chance(4)}
	c.Hard = draw(quantities, []string{"", "-1", "0", "-10%", "101%", "x%", " 5%", "abc", "%", "1 Gi", "Inf%"})
	c.Soft = draw(quantities, []string{"-1Mi", "0", "200%", "1..0"})
	c.SoftGracePeriod = draw([]string{"0s", "1m", "90s", "1h30m"}, []string{"", "-1s", "1", "x"})
	if bad > 4 || bad == 0 {
		for s := range c.Soft {
			if c.SoftGracePeriod[s] == "" {
				c.SoftGracePeriod[s] = One(g, "0s", "1m", "30s")
			}
		}
	}
	c.MinimumReclaim = draw([]string{"0", "100Mi", "1", "10%", "1e1%"}, []string{"", "-1", "0%", "-5%", "y"})
	return c
}

func ours(t evictionapi.Threshold) eviction.Threshold {
	o := eviction.Threshold{Signal: eviction.Signal(t.Signal), Value: eviction.Value(t.Value), GracePeriod: t.GracePeriod}
	if t.MinReclaim != nil {
		v := eviction.Value(*t.MinReclaim)
		o.MinReclaim = &v
	}
	return o
}

func theirs(t eviction.Threshold) evictionapi.Threshold {
	o := evictionapi.Threshold{Signal: evictionapi.Signal(t.Signal), Operator: evictionapi.OpLessThan, Value: evictionapi.ThresholdValue(t.Value), GracePeriod: t.GracePeriod}
	if t.MinReclaim != nil {
		v := evictionapi.ThresholdValue(*t.MinReclaim)
		o.MinReclaim = &v
	}
	return o
}

// inWords turns thresholds into sorted text.
func inWords(ts []eviction.Threshold) []string {
	value := func(v eviction.Value) string {
		if v.Quantity != nil {
			q := v.Quantity.DeepCopy()
			return q.String()
		}
		return fmt.Sprint(v.Percentage)
	}
	out := []string{}
	for _, t := range ts {
		s := fmt.Sprintf("%s %s %v", t.Signal, value(t.Value), t.GracePeriod)
		if t.MinReclaim != nil {
			s += " min " + value(*t.MinReclaim)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func TestParseThresholds(t *testing.T) {
	n, seed, seen := campaign.Cases(60_000), campaign.Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		c := config(g)
		allocatable := []string{"pods"}
		if c.PodsNotEnforced {
			allocatable = nil
		}
		want, wantErr := parseThresholdConfig(allocatable, c.Hard, c.Soft, c.SoftGracePeriod, c.MinimumReclaim)
		got, err := eviction.Parse(c)
		fail := func() {
			t.Fatalf("seed %d case %d: ours\n%v %v\nupstream\n%v %v\n%s", seed, i, inWords(got), err, want, wantErr, shown(c))
		}
		if (err == nil) != (wantErr == nil) {
			fail()
		}
		if err != nil {
			if missing := "grace period must be specified"; err.Error() != wantErr.Error() && !(strings.HasPrefix(err.Error(), missing) && strings.HasPrefix(wantErr.Error(), missing)) {
				fail()
			}
			seen["error"]++
			continue
		}
		var converted []eviction.Threshold
		for _, w := range want {
			converted = append(converted, ours(w))
		}
		if !slices.Equal(inWords(got), inWords(converted)) {
			fail()
		}
		seen["ok"]++
		for _, l := range []eviction.Layout{eviction.SingleFS, eviction.SeparateImageFS, eviction.SplitImageFS} {
			copies := slices.Clone(want)
			// The error only warns that what is configured for containerfs is not used.
			up, _ := kubeleteviction.UpdateContainerFsThresholds(copies, l != eviction.SingleFS, l == eviction.SplitImageFS)
			var effective []eviction.Threshold
			for _, w := range up {
				if w.Operator != "" {
					effective = append(effective, ours(w))
				}
			}
			if g, w := inWords(eviction.ForContainerFS(got, l)), inWords(effective); !slices.Equal(slices.Compact(g), slices.Compact(w)) {
				t.Fatalf("seed %d case %d: layout %d: ours\n%q\nupstream\n%q\n%s", seed, i, l, g, w, shown(c))
			}
		}
		capacity := g.List()
		if gr, wr := eviction.Reservation(got, capacity), hardEvictionReservation(want, capacity); len(gr) != len(wr) {
			t.Fatalf("seed %d case %d: reservation %v, upstream %v", seed, i, gr, wr)
		}
	}
	seen.check(t, n, "error", "ok")
}

// summary draws measurements of pods and of the node.
func summary(g *Gen, pods []*corev1.Pod, now time.Time) *statsapi.Summary {
	number := func(top uint64) *uint64 {
		if g.Chance(10) {
			return nil
		}
		n := g.Uint64N(top)
		switch {
		case g.Chance(3):
			n = One(g, uint64(0), 1<<20, 1<<30, 2<<30, 100<<20)
		case g.Profile == Hostile && g.Chance(20):
			n = 1 << 61
		}
		return &n
	}
	fs := func() *statsapi.FsStats {
		if g.Chance(10) {
			return nil
		}
		return &statsapi.FsStats{Time: metav1.NewTime(now), AvailableBytes: number(4 << 30), CapacityBytes: number(8 << 30), UsedBytes: number(4 << 30), InodesFree: number(1000), Inodes: number(2000), InodesUsed: number(1000)}
	}
	mem := func() *statsapi.MemoryStats {
		if g.Chance(10) {
			return nil
		}
		return &statsapi.MemoryStats{Time: metav1.NewTime(now), AvailableBytes: number(2 << 30), WorkingSetBytes: number(4 << 30)}
	}
	pid := func() *int64 {
		if g.Chance(8) {
			return nil
		}
		n := g.Int64N(4000)
		return &n
	}
	s := &statsapi.Summary{Node: statsapi.NodeStats{Memory: mem(), Fs: fs(), Rlimit: &statsapi.RlimitStats{Time: metav1.NewTime(now), MaxPID: pid(), NumOfRunningProcesses: pid()},
		Runtime: &statsapi.RuntimeStats{ImageFs: fs(), ContainerFs: fs()}}}
	s.Node.SystemContainers = []statsapi.ContainerStats{{Name: "kubelet"}, {Name: "pods", Memory: mem()}}
	if g.Chance(8) {
		s.Node.SystemContainers = append(s.Node.SystemContainers, statsapi.ContainerStats{Name: "pods", Memory: mem()})
	}
	for _, p := range pods {
		if g.Chance(8) {
			continue
		}
		st := statsapi.PodStats{PodRef: statsapi.PodReference{Name: p.Name, Namespace: p.Namespace, UID: string(p.UID)}, Memory: mem(), EphemeralStorage: fs()}
		if !g.Chance(8) {
			st.ProcessStats = &statsapi.ProcessStats{ProcessCount: number(50)}
		}
		for _, c := range Containers(p) {
			if !g.Chance(10) {
				st.Containers = append(st.Containers, statsapi.ContainerStats{Name: c.Name, Memory: mem(), Rootfs: fs(), Logs: fs()})
			}
		}
		for _, v := range p.Spec.Volumes {
			if f := fs(); f != nil && f.UsedBytes != nil { // without, upstream panics
				st.VolumeStats = append(st.VolumeStats, statsapi.VolumeStats{Name: v.Name, FsStats: *f})
			}
			if f := fs(); g.Chance(4) && f != nil && f.UsedBytes != nil { // a second one of the name
				st.VolumeStats = append(st.VolumeStats, statsapi.VolumeStats{Name: v.Name, FsStats: *f})
			}
		}
		s.Pods = append(s.Pods, st)
	}
	return s
}

// converted goes through the JSON that a kubelet serves.
func converted(s *statsapi.Summary) *eviction.Summary {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	var out eviction.Summary
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return &out
}

func population(g *Gen) []*corev1.Pod {
	var pods []*corev1.Pod
	for range g.IntN(6) {
		p := g.Pod()
		for j := range g.IntN(4) {
			size := resource.MustParse(One(g, "0", "100Mi", "1Gi"))
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: fmt.Sprint("v", j), VolumeSource: One(g,
				corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
				corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &size}},
				corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: &size}},
				corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}},
				corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{}},
				corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{}},
			)})
		}
		pods = append(pods, p)
	}
	return pods
}

func TestRank(t *testing.T) {
	n, seed, seen := campaign.Cases(20_000)/4, campaign.Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		pods := population(g)
		s := summary(g, pods, time.Unix(1000, 0).UTC())
		own := converted(s)
		_, stats := makeSignalObservations(klog.Background(), s)
		layout := One(g, eviction.SingleFS, eviction.SeparateImageFS, eviction.SplitImageFS)
		funcs := buildSignalToRankFunc(layout != eviction.SingleFS, layout == eviction.SplitImageFS)
		for _, signal := range signals {
			rank := funcs[evictionapi.Signal(signal)]
			if rank == nil {
				t.Fatalf("no rank function for %s", signal)
			}
			// Upstream's order of equals is arbitrary: compare each pair by itself, both ways round.
			got := eviction.Rank(pods, own.Of, signal, layout, options(t, i, n))
			if len(got) != len(pods) {
				t.Fatalf("seed %d case %d: %d of %d pods ranked", seed, i, len(got), len(pods))
			}
			for a := range got {
				for b := a + 1; b < len(got); b++ {
					one, two := []*corev1.Pod{got[a].Pod, got[b].Pod}, []*corev1.Pod{got[b].Pod, got[a].Pod}
					rank(one, stats)
					rank(two, stats)
					before := one[0] == two[0]
					if before && one[0] != got[a].Pod {
						t.Fatalf("seed %d case %d: %s, layout %d: %s (%s) before %s (%s), upstream the other way round\n%s", seed, i, signal, layout,
							got[a].Pod.Name, got[a], got[b].Pod.Name, got[b], shown(s))
					}
					if before {
						seen["ordered"]++
					} else {
						seen["equal"]++
					}
				}
			}
		}
		obs, _ := makeSignalObservations(klog.Background(), s)
		mine := own.Observe()
		if len(obs) != len(mine) {
			t.Fatalf("seed %d case %d: observations %v, upstream %v", seed, i, mine, obs)
		}
		for k, o := range obs {
			m := mine[eviction.Signal(k)]
			if o.available.Cmp(m.Available) != 0 || o.capacity.Cmp(m.Capacity) != 0 || !o.time.Time.Equal(m.Time) {
				t.Fatalf("seed %d case %d: %s: observed %v, upstream %v", seed, i, k, m, o)
			}
		}
	}
	seen.check(t, n, "ordered", "equal")
}

// world is what upstream's manager asks for.
type world struct {
	summary *statsapi.Summary
	layout  eviction.Layout
}

func (w *world) Get(context.Context, bool) (*statsapi.Summary, error) { return w.summary, nil }
func (w *world) GetCPUAndMemoryStats(context.Context) (*statsapi.Summary, error) {
	return w.summary, nil
}
func (w *world) HasDedicatedImageFs(context.Context) (bool, error) {
	return w.layout != eviction.SingleFS, nil
}
func (w *world) HasDedicatedContainerFs(context.Context) (bool, error) {
	return w.layout == eviction.SplitImageFS, nil
}
func (w *world) DeleteUnusedImages(context.Context) error        { return nil }
func (w *world) DeleteAllUnusedContainers(context.Context) error { return nil }

type killed struct {
	pod     *corev1.Pod
	grace   int64
	message string
}

// TestLoop lets upstream's eviction manager watch a node for a while, and ours beside it.
func TestLoop(t *testing.T) {
	n, seed, seen := campaign.Cases(20_000)/4, campaign.Seed(), counts{}
	for i := range n {
		g := NewGen(seed, uint64(i))
		c := config(g)
		parsed, err := eviction.Parse(c)
		if err != nil {
			continue
		}
		w := &world{layout: One(g, eviction.SingleFS, eviction.SeparateImageFS, eviction.SplitImageFS)}
		policy := eviction.Policy{Thresholds: eviction.ForContainerFS(parsed, w.layout), TransitionPeriod: One(g, 0, time.Minute, -1), MaxPodGracePeriod: int64(g.IntN(60)), Layout: w.layout, NoPodLevel: options(t, i, n).NoPodLevelResources}
		period := policy.TransitionPeriod
		if period == 0 {
			period = 5 * time.Minute
		}
		var upstream []evictionapi.Threshold
		for _, p := range parsed {
			upstream = append(upstream, theirs(p))
		}
		clock := testingclock.NewFakeClock(time.Unix(100000, 0).UTC())
		var kills []killed
		kill := func(pod *corev1.Pod, _ bool, grace *int64, fn func(*corev1.PodStatus)) error {
			var status corev1.PodStatus
			if fn != nil {
				fn(&status)
			}
			kills = append(kills, killed{pod, *grace, status.Message})
			return nil
		}
		manager, _ := kubeleteviction.NewManager(w, kubeleteviction.Config{PressureTransitionPeriod: max(period, 0), MaxPodGracePeriodSeconds: policy.MaxPodGracePeriod, Thresholds: upstream},
			kill, w, w, &record.FakeRecorder{}, &corev1.ObjectReference{}, clock, g.Chance(2))
		local := localCapacity(manager)
		m := reflect.ValueOf(manager).UnsafePointer()
		// Upstream learns the layout of file systems in its first look and goes by it from the second.
		w.summary = &statsapi.Summary{}
		if _, err := synchronize(m, context.Background(), w, func() []*corev1.Pod { return nil }); err != nil {
			t.Fatal(err)
		}
		pods := population(g)
		var state eviction.State
		for step := range 1 + g.IntN(5) {
			clock.Step(One(g, 0, 10*time.Second, time.Minute, 2*time.Minute))
			w.summary = summary(g, pods, clock.Now().Add(-One(g, 0, time.Second, time.Minute)))
			own := converted(w.summary)
			kills = nil
			_, err := synchronize(m, context.Background(), w, func() []*corev1.Pod { return pods })
			if err != nil {
				t.Fatalf("seed %d case %d: %v", seed, i, err)
			}
			var out eviction.Outcome
			observed := own.Observe()
			state, out = policy.Step(state, observed, clock.Now())
			conditions := map[corev1.NodeConditionType]bool{
				corev1.NodeMemoryPressure: manager.IsUnderMemoryPressure(), corev1.NodeDiskPressure: manager.IsUnderDiskPressure(), corev1.NodePIDPressure: manager.IsUnderPIDPressure(),
			}
			for c, want := range conditions {
				if slices.Contains(out.Conditions, c) != want {
					t.Fatalf("seed %d case %d step %d: %s, upstream says %v\nours %+v\n%s\n%s", seed, i, step, c, want, out, shown(policy), shown(observed))
				}
				if want {
					seen[string(c)]++
				}
			}
			compareKills(t, fmt.Sprintf("seed %d case %d step %d", seed, i, step), policy, pods, own, observed, out, kills, local, seen)
		}
	}
	seen.check(t, n, "MemoryPressure", "DiskPressure", "PIDPressure", "pressure kill", "local kill", "nothing")
}

// localCapacity tells whether a manager enforces limits of local storage.
func localCapacity(m any) bool {
	return reflect.ValueOf(m).Elem().FieldByName("localStorageCapacityIsolation").Bool()
}

// compareKills compares what upstream killed with what we would.
func compareKills(t *testing.T, at string, p eviction.Policy, pods []*corev1.Pod, s *eviction.Summary, observed eviction.Observations, out eviction.Outcome, kills []killed, local bool, seen counts) {
	t.Helper()
	if local {
		want := p.LocalStorage(pods, s.Of)
		if len(want) > 0 || len(kills) > 1 {
			var got, up []string
			for _, e := range want {
				got = append(got, fmt.Sprintf("%s %d %s", e.Pod.Name, e.GracePeriod, e.Message))
			}
			for _, k := range kills {
				up = append(up, fmt.Sprintf("%s %d %s", k.pod.Name, k.grace, k.message))
			}
			sort.Strings(got)
			sort.Strings(up)
			if !slices.Equal(got, up) {
				t.Fatalf("%s: local storage: ours\n%s\nupstream\n%s\n%s", at, strings.Join(got, "\n"), strings.Join(up, "\n"), shown(pods))
			}
			seen["local kill"]++
			return
		}
	}
	if len(out.Act) == 0 {
		if len(kills) > 0 {
			t.Fatalf("%s: nothing to act on, upstream killed %s %q", at, kills[0].pod.Name, kills[0].message)
		}
		seen["nothing"]++
		return
	}
	// Upstream's order of thresholds is random, but for memory first: ours must be one of its choices.
	memory := func(i int) bool { return p.Thresholds[i].Signal.Resource() == corev1.ResourceMemory }
	var tries []string
	for _, i := range out.Act {
		if memory(out.Act[0]) && !memory(i) {
			break
		}
		for _, j := range out.Act {
			e, ok := p.Evict(i, pods, s.Of, observed, append([]int{j}, out.Act...))
			if !ok && len(kills) == 0 {
				seen["nobody to kill"]++
				return
			}
			if ok && len(kills) == 1 && e.GracePeriod == kills[0].grace && e.Message == kills[0].message && e.Pod == kills[0].pod {
				seen["pressure kill"]++
				return
			}
			if ok {
				tries = append(tries, fmt.Sprintf("%s %d %q (%s)", e.Pod.Name, e.GracePeriod, e.Message, p.Thresholds[i].Signal))
			}
		}
	}
	if len(tries) == 0 || tied(p, out.Act, pods, s) {
		seen["tied"]++
		return
	}
	for _, k := range kills {
		tries = append(tries, fmt.Sprintf("upstream: %s %d %q", k.pod.Name, k.grace, k.message))
	}
	t.Fatalf("%s: %s\n%s\n%s", at, strings.Join(tries, "\n"), shown(pods), shown(s))
}

// ties reports whether several pods share the first rank of a threshold.
func ties(p eviction.Policy, i int, pods []*corev1.Pod, s *eviction.Summary) bool {
	ranked := eviction.Rank(pods, s.Of, p.Thresholds[i].Signal, p.Layout, qos.Options{NoPodLevelResources: p.NoPodLevel})
	ranked = slices.DeleteFunc(ranked, func(r eviction.Ranked) bool { return r.Critical })
	return len(ranked) > 1 && ranked[0].Measured == ranked[1].Measured && ranked[0].Exceeds == ranked[1].Exceeds &&
		ranked[0].Priority == ranked[1].Priority && (!ranked[0].Measured || ranked[0].Over.Cmp(ranked[1].Over) == 0)
}

func tied(p eviction.Policy, act []int, pods []*corev1.Pod, s *eviction.Summary) bool {
	return slices.ContainsFunc(act, func(i int) bool { return ties(p, i, pods, s) })
}

// admission asks upstream's eviction manager whether it takes a pod under conditions.
func admission() func(*corev1.Pod, []corev1.NodeConditionType, lifecycle.Operation) lifecycle.PodAdmitResult {
	w := &world{summary: &statsapi.Summary{}}
	manager, handler := kubeleteviction.NewManager(w, kubeleteviction.Config{}, nil, w, w, &record.FakeRecorder{}, &corev1.ObjectReference{}, testingclock.NewFakeClock(time.Unix(0, 0)), false)
	field := reflect.ValueOf(manager).Elem().FieldByName("nodeConditions")
	return func(pod *corev1.Pod, c []corev1.NodeConditionType, o lifecycle.Operation) lifecycle.PodAdmitResult {
		*(*[]corev1.NodeConditionType)(field.Addr().UnsafePointer()) = c
		return handler.Admit(&lifecycle.PodAdmitAttributes{Pod: pod, Operation: o})
	}
}

// newcomer draws a pod, often one with tolerations, and the conditions of the node it comes to.
func newcomer(g *Gen) (*corev1.Pod, []corev1.NodeConditionType) {
	pod := g.Pod()
	for range g.IntN(3) {
		pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{
			Key:      One(g, "", corev1.TaintNodeMemoryPressure, corev1.TaintNodeMemoryPressure, corev1.TaintNodeDiskPressure, "a"),
			Operator: One(g, "", corev1.TolerationOpEqual, corev1.TolerationOpExists, corev1.TolerationOpGt, corev1.TolerationOpLt, "exists"),
			Value:    One(g, "", "", "0", "x"),
			Effect:   One(g, "", corev1.TaintEffectNoSchedule, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute),
		})
	}
	if g.Chance(4) { // the only pods that are asked for a toleration
		pod.Spec.Containers, pod.Spec.InitContainers, pod.Spec.Resources = nil, nil, nil
	}
	var conditions []corev1.NodeConditionType
	for _, c := range g.Perm(3) {
		if g.Chance(2) {
			conditions = append(conditions, []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure}[c])
		}
	}
	return pod, conditions
}

// TestAdmit asks upstream's eviction manager, under all conditions of a node.
func TestAdmit(t *testing.T) {
	n, seed, seen := campaign.Cases(40_000), campaign.Seed(), counts{}
	admit := admission()
	for i := range n {
		g := NewGen(seed, uint64(i))
		p := eviction.Policy{NoPodLevel: options(t, i, n).NoPodLevelResources}
		pod, conditions := newcomer(g)
		want := admit(pod, conditions, One(g, lifecycle.AddOperation, lifecycle.ResizeOperation))
		got := lifecycle.PodAdmitResult{}
		if got.Message, got.Admit = p.Admit(pod, conditions); !got.Admit {
			got.Reason = eviction.Reason
		}
		if got != want {
			t.Fatalf("seed %d case %d: %v: ours\n%+v\nupstream\n%+v\n%s", seed, i, conditions, got, want, shown(pod))
		}
		seen[fmt.Sprintf("%d conditions %v", len(conditions), want.Admit)]++
		if len(conditions) == 1 && conditions[0] == corev1.NodeMemoryPressure && qos.Effective(pod, qos.Options{}) == corev1.PodQOSBestEffort {
			seen[fmt.Sprint("BestEffort under memory pressure ", want.Admit)]++
		}
	}
	seen.check(t, n, "0 conditions true", "1 conditions true", "1 conditions false", "2 conditions false", "3 conditions true", "3 conditions false", "BestEffort under memory pressure true", "BestEffort under memory pressure false")
}
