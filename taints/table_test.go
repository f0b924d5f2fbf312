package taints_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/taints"
)

func taint(t *testing.T, text string) corev1.Taint {
	t.Helper()
	out, err := taints.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func seconds(n int64) *int64 { return &n }

func TestExplainRules(t *testing.T) {
	on := taints.Options{ComparisonOperators: true}
	for name, c := range map[string]struct {
		tol   corev1.Toleration
		taint string
		o     taints.Options
		want  taints.Match
	}{
		"no operator is Equal":                    {corev1.Toleration{Key: "k", Value: "v"}, "k=v:NoExecute", on, taints.Tolerated},
		"the empty toleration takes empty values": {corev1.Toleration{}, "k:NoExecute", on, taints.Tolerated},
		"and no others":                           {corev1.Toleration{}, "k=v:NoExecute", on, taints.OtherValue},
		"Exists ignores the value":                {corev1.Toleration{Operator: "Exists", Value: "x"}, "k=v:NoExecute", on, taints.Tolerated},
		"effects must be equal":                   {corev1.Toleration{Operator: "Exists", Effect: "NoSchedule"}, "k=v:NoExecute", on, taints.OtherEffect},
		"keys must be equal":                      {corev1.Toleration{Operator: "Exists", Key: "l"}, "k=v:NoExecute", on, taints.OtherKey},
		"operators are case-sensitive":            {corev1.Toleration{Operator: "exists"}, "k=v:NoExecute", on, taints.UnknownOperator},
		"Gt needs the gate":                       {corev1.Toleration{Operator: "Gt", Value: "1"}, "k=2:NoExecute", taints.Options{}, taints.OperatorOff},
		"Gt takes greater taints":                 {corev1.Toleration{Operator: "Gt", Value: "1"}, "k=2:NoExecute", on, taints.Tolerated},
		"Gt does not take equal ones":             {corev1.Toleration{Operator: "Gt", Value: "2"}, "k=2:NoExecute", on, taints.NotGreater},
		"Lt takes lesser taints":                  {corev1.Toleration{Operator: "Lt", Value: "3"}, "k=2:NoExecute", on, taints.Tolerated},
		"Lt does not take equal ones":             {corev1.Toleration{Operator: "Lt", Value: "2"}, "k=2:NoExecute", on, taints.NotLess},
		"thresholds may be negative":              {corev1.Toleration{Operator: "Gt", Value: "-9223372036854775808"}, "k=0:NoExecute", on, taints.Tolerated},
		"thresholds fit an int64":                 {corev1.Toleration{Operator: "Gt", Value: "-9223372036854775809"}, "k=0:NoExecute", on, taints.NoThreshold},
		"and are positive up to its end":          {corev1.Toleration{Operator: "Lt", Value: "9223372036854775807"}, "k=9223372036854775806:NoExecute", on, taints.Tolerated},
		"thresholds have no leading zeros":        {corev1.Toleration{Operator: "Gt", Value: "05"}, "k=6:NoExecute", on, taints.NoThreshold},
		"nor a plus":                              {corev1.Toleration{Operator: "Gt", Value: "+5"}, "k=6:NoExecute", on, taints.NoThreshold},
		"nor are they minus zero":                 {corev1.Toleration{Operator: "Gt", Value: "-0"}, "k=6:NoExecute", on, taints.NoThreshold},
		"nor do they have a slash":                {corev1.Toleration{Operator: "Gt", Value: "1/"}, "k=200:NoExecute", on, taints.NoThreshold},
		"or a colon":                              {corev1.Toleration{Operator: "Lt", Value: "1:"}, "k=2:NoExecute", on, taints.NoThreshold},
		"a minus is no number":                    {corev1.Toleration{Operator: "Gt", Value: "-"}, "k=6:NoExecute", on, taints.NoThreshold},
		"taints have no leading zeros":            {corev1.Toleration{Operator: "Gt", Value: "5"}, "k=06:NoExecute", on, taints.NoInteger},
		"words are no integers":                   {corev1.Toleration{Operator: "Gt", Value: "5"}, "k=6x:NoExecute", on, taints.NoInteger},
	} {
		tt := taint(t, c.taint)
		if got := taints.Explain(&c.tol, &tt, c.o); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMatchStrings(t *testing.T) {
	want := []string{"tolerated", "other effect", "other key", "other value", "comparison operators are off", "toleration's value is not an integer",
		"taint's value is not an integer", "value is not greater", "value is not less", "unknown operator"}
	for m := taints.Tolerated; m <= taints.UnknownOperator; m++ {
		if m.String() != want[m] {
			t.Errorf("%d: %s", m, m)
		}
	}
	if s := taints.Staying.String() + taints.Leaving.String() + taints.Evicted.String(); s != "stayingleavingevicted" {
		t.Error(s)
	}
}

func TestEffects(t *testing.T) {
	for e, want := range map[taints.Effects]string{0: "none", taints.NoSchedule: "NoSchedule", taints.Hard: "NoSchedule|NoExecute", taints.All: "NoSchedule|PreferNoSchedule|NoExecute"} {
		if e.String() != want {
			t.Errorf("%d: %s", e, e)
		}
	}
	if taints.NoSchedule != 1 || taints.PreferNoSchedule != 2 || taints.NoExecute != 4 || taints.Hard != 5 || taints.All != 7 || taints.EffectOf("Foo") != 0 || taints.All.Has("") {
		t.Error("the bits are part of the API")
	}
}

func TestUntolerated(t *testing.T) {
	list := []corev1.Taint{taint(t, "a:PreferNoSchedule"), taint(t, "b:NoSchedule"), taint(t, "c:NoExecute"), taint(t, "d:PreferNoSchedule")}
	tols := []corev1.Toleration{{Key: "b", Operator: "Exists"}, {Key: "d", Operator: "Exists", Effect: "NoSchedule"}}
	if got := taints.Untolerated(list, tols, taints.All, taints.Options{}); show(got) != show([]corev1.Taint{list[0], list[2], list[3]}) {
		t.Errorf("%v", got)
	}
	if got, ok := taints.FirstUntolerated(list, tols, taints.Hard, taints.Options{}); !ok || got.Key != "c" {
		t.Errorf("%v", got)
	}
	if n := taints.CountPreferNoSchedule(list, tols, taints.Options{}); n != 2 {
		t.Errorf("%d", n)
	}
	both := []corev1.Toleration{{Key: "d", Operator: "Exists"}, {Key: "a", Operator: "Exists", Effect: "PreferNoSchedule"}}
	if n := taints.CountPreferNoSchedule(list, both[:1], taints.Options{}); n != 1 {
		t.Errorf("a tolerated taint does not count: %d", n)
	}
	if n := taints.CountPreferNoSchedule(list, both, taints.Options{}); n != 0 {
		t.Errorf("nor does another: %d", n)
	}
	v := taints.ExplainAll(list[:2], append(tols, tols[0]), taints.Options{})
	if v[0].ToleratedBy != -1 || v[1].ToleratedBy != 0 || !slices.Equal(v[1].Matches, []taints.Match{taints.Tolerated, taints.OtherKey, taints.Tolerated}) || v[1].Taint != list[1] {
		t.Errorf("%v", v)
	}
}

func TestOfNewNode(t *testing.T) {
	there := corev1.Taint{Key: taints.NotReady, Value: "v", Effect: corev1.TaintEffectNoSchedule}
	other := corev1.Taint{Key: taints.NotReady, Effect: corev1.TaintEffectNoExecute}
	if got := taints.OfNewNode([]corev1.Taint{there}); len(got) != 1 || got[0] != there {
		t.Errorf("a taint that is there stays as it is: %v", got)
	}
	in := []corev1.Taint{other}
	if got := taints.OfNewNode(in[:1:1]); len(got) != 2 || got[0] != other || got[1].Value != "" {
		t.Errorf("another effect does not count: %v", got)
	}
}

func TestNames(t *testing.T) {
	for _, key := range []string{taints.NotReady, taints.Unreachable, taints.Unschedulable, taints.MemoryPressure, taints.DiskPressure, taints.PIDPressure,
		taints.NetworkUnavailable, taints.OutOfService, taints.CloudUninitialized, taints.CloudShutdown} {
		if !strings.HasPrefix(taints.WellKnown(key), "the ") {
			t.Errorf("%s: %q", key, taints.WellKnown(key))
		}
	}
	if taints.WellKnown("example.com/mine") != "" {
		t.Error("other keys are not known")
	}
	for want, in := range map[string]corev1.Taint{"k": {Key: "k"}, "k=v:": {Key: "k", Value: "v"}, "k:NoExecute": {Key: "k", Effect: "NoExecute"}, "k=v:NoExecute": {Key: "k", Value: "v", Effect: "NoExecute"}} {
		if got := taints.Format(in); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for want, in := range map[string]corev1.Toleration{
		"*:*": {Operator: "Exists"}, "k=v:NoExecute for 300s": {Key: "k", Value: "v", Effect: "NoExecute", TolerationSeconds: seconds(300)}, "k=:*": {Key: "k", Operator: "Equal"},
		"k>5:*": {Key: "k", Operator: "Gt", Value: "5"}, "k<5:*": {Key: "k", Operator: "Lt", Value: "5"}, "k Foo x:*": {Key: "k", Operator: "Foo", Value: "x"}, "k:NoSchedule": {Key: "k", Operator: "Exists", Effect: "NoSchedule"},
	} {
		if got := taints.FormatToleration(in); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestPatienceRules(t *testing.T) {
	noExecute := func(keys ...string) (out []corev1.Taint) {
		for _, k := range keys {
			out = append(out, corev1.Taint{Key: k, Effect: corev1.TaintEffectNoExecute})
		}
		return out
	}
	tol := func(key string, s *int64) corev1.Toleration {
		return corev1.Toleration{Key: key, Operator: "Exists", TolerationSeconds: s}
	}
	for name, c := range map[string]struct {
		taints []corev1.Taint
		tols   []corev1.Toleration
		want   taints.Patience
		wrap   *taints.Patience
	}{
		"no taints are forever":                   {nil, nil, taints.Patience{Forever: true, Taint: -1, Toleration: -1}, nil},
		"other effects do not count":              {[]corev1.Taint{{Key: "a", Effect: "NoSchedule"}}, nil, taints.Patience{Forever: true, Taint: -1, Toleration: -1}, nil},
		"the first toleration is used":            {noExecute("a"), []corev1.Toleration{tol("", nil), tol("a", seconds(10))}, taints.Patience{Forever: true, Taint: -1, Toleration: -1}, nil},
		"even if a later one lasts longer":        {noExecute("a"), []corev1.Toleration{tol("", seconds(10)), tol("a", nil)}, taints.Patience{After: 10 * time.Second}, nil},
		"the least of the used ones counts":       {noExecute("a", "b"), []corev1.Toleration{tol("a", seconds(20)), tol("b", seconds(10))}, taints.Patience{After: 10 * time.Second, Taint: 1, Toleration: 1}, nil},
		"of equal ones the first decides":         {noExecute("a", "b"), []corev1.Toleration{tol("b", seconds(10)), tol("a", seconds(10))}, taints.Patience{After: 10 * time.Second, Taint: 0, Toleration: 1}, nil},
		"zero is at once":                         {noExecute("a"), []corev1.Toleration{tol("a", seconds(0))}, taints.Patience{}, nil},
		"below zero too, the first decides":       {noExecute("a", "b"), []corev1.Toleration{tol("a", seconds(0)), tol("b", seconds(-5))}, taints.Patience{}, nil},
		"one untolerated taint is enough":         {noExecute("a", "b"), []corev1.Toleration{tol("a", seconds(3600))}, taints.Patience{Taint: 1, Toleration: -1}, nil},
		"the longest time before the wrap":        {noExecute("a"), []corev1.Toleration{tol("a", seconds(9223372036))}, taints.Patience{After: 9223372036 * time.Second}, nil},
		"longer times saturate, or are forever":   {noExecute("a"), []corev1.Toleration{tol("a", seconds(9223372037))}, taints.Patience{After: 1<<63 - 1}, &taints.Patience{Forever: true, Taint: -1, Toleration: -1}},
		"or wrap to less than a second":           {noExecute("a"), []corev1.Toleration{tol("a", seconds(18446744074))}, taints.Patience{After: 1<<63 - 1}, &taints.Patience{After: 290448384}},
		"the greatest number is forever upstream": {noExecute("a"), []corev1.Toleration{tol("a", seconds(1<<63-1))}, taints.Patience{After: 1<<63 - 1}, &taints.Patience{Forever: true, Taint: -1, Toleration: -1}},
	} {
		if got := taints.PatienceOf(c.taints, c.tols, taints.EvictionOptions{}); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if c.wrap == nil {
			c.wrap = &c.want
		}
		if got := taints.PatienceOf(c.taints, c.tols, taints.EvictionOptions{UpstreamWrap: true}); got != *c.wrap {
			t.Errorf("%s, with the wrap: %+v", name, got)
		}
	}
}

// A second taint with less patience does not bring a planned eviction forward.
func TestFirstDeadlineHolds(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	a, b := corev1.Taint{Key: "a", Effect: "NoExecute"}, corev1.Taint{Key: "b", Effect: "NoExecute"}
	tols := []corev1.Toleration{{Key: "a", Operator: "Exists", TolerationSeconds: seconds(60)}, {Key: "b", Operator: "Exists", TolerationSeconds: seconds(5)}}
	var o taints.EvictionOptions
	e := taints.Eviction{}.Step(at(0), []corev1.Taint{a}, tols, o)
	if e.Phase != taints.Leaving || !e.At.Equal(at(60)) || !e.Since.Equal(at(0)) {
		t.Fatalf("%+v", e)
	}
	if again := e.Step(at(0), []corev1.Taint{a, b}, tols, o); !again.At.Equal(at(5)) {
		t.Errorf("at the same moment the plan is made anew: %+v", again)
	}
	second := e.Step(at(10), []corev1.Taint{a, b}, tols, o)
	if second != e {
		t.Errorf("the plan changes: %+v", second)
	}
	if gone := second.Step(at(20), nil, tols, o); gone != (taints.Eviction{}) {
		t.Errorf("without taints it is cancelled: %+v", gone)
	}
	if now := second.Step(at(20), []corev1.Taint{a}, nil, o); now.Phase != taints.Evicted || !now.At.Equal(at(20)) {
		t.Errorf("untolerated is at once: %+v", now)
	}
	if d := second.Due(at(59)); d.Phase != taints.Leaving {
		t.Errorf("%+v", d)
	}
	d := second.Due(at(60))
	if d.Phase != taints.Evicted {
		t.Errorf("%+v", d)
	}
	if again := d.Step(at(70), []corev1.Taint{a}, tols, o); again.Phase != taints.Leaving || !again.At.Equal(at(130)) {
		t.Errorf("a pod that is still there leaves again: %+v", again)
	}
}

func TestTimeline(t *testing.T) {
	base := time.Unix(1000, 0)
	added := func(key string, after int64) corev1.Taint {
		return corev1.Taint{Key: key, Effect: "NoExecute", TimeAdded: &metav1.Time{Time: base.Add(time.Duration(after) * time.Second)}}
	}
	list := []corev1.Taint{added("b", 100), added("a", 0), {Key: "x", Effect: "NoSchedule"}, added("future", 1000)}
	pod := func(name string, start int64, tols ...corev1.Toleration) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Spec: corev1.PodSpec{Tolerations: tols}}
		p.CreationTimestamp = metav1.NewTime(base.Add(-1e12))
		if start != 0 {
			p.Status.StartTime = &metav1.Time{Time: base.Add(time.Duration(start) * time.Second)}
		}
		return p
	}
	tol := func(key string, s int64) corev1.Toleration {
		if s < 0 {
			return corev1.Toleration{Key: key, Operator: "Exists"}
		}
		return corev1.Toleration{Key: key, Operator: "Exists", TolerationSeconds: &s}
	}
	pods := []*corev1.Pod{
		pod("z-stays", 0, tol("a", -1), tol("b", -1)),
		pod("a-at-once", 0),
		pod("m-stays", 0, tol("", -1)),
		pod("b-second-taint", 0, tol("a", -1)),
		pod("c-first-deadline", 0, tol("a", 300), tol("b", 5)),
		pod("d-gone-before", 0, tol("a", 30)),
		pod("e-started-late", 150, tol("a", 300), tol("b", 400)),
		pod("f-started-late-at-once", 150),
		pod("b-same-time", 0, tol("a", -1)),
	}
	got := ""
	for _, d := range taints.Timeline(list, pods, base.Add(200*time.Second), taints.EvictionOptions{}) {
		got += d.Namespace + "/" + d.Name + " " + d.Phase.String()
		if d.Phase != taints.Staying {
			got += " " + d.At.Sub(base).String()
		}
		got += ": " + d.Reason + "\n"
	}
	want := `ns/a-at-once evicted 0s: does not tolerate a:NoExecute
ns/d-gone-before evicted 30s: tolerates a:NoExecute for 30s
ns/b-same-time evicted 1m40s: does not tolerate b:NoExecute
ns/b-second-taint evicted 1m40s: does not tolerate b:NoExecute
ns/f-started-late-at-once evicted 2m30s: does not tolerate b:NoExecute
ns/c-first-deadline leaving 5m0s: tolerates a:NoExecute for 300s
ns/e-started-late leaving 7m30s: tolerates a:NoExecute for 300s
ns/m-stays staying: tolerates every NoExecute taint
ns/z-stays staying: tolerates every NoExecute taint
`
	if got != want {
		t.Errorf("%s", got)
	}
	none := taints.Timeline(list[2:], pods[:1], base, taints.EvictionOptions{})
	if len(none) != 1 || none[0].Reason != "no NoExecute taint" {
		t.Errorf("%+v", none)
	}
	untimed := taints.Timeline([]corev1.Taint{{Key: "a", Effect: "NoExecute"}}, pods[5:7], base, taints.EvictionOptions{})
	if untimed[0].Name != "d-gone-before" || untimed[0].Phase != taints.Evicted || untimed[1].At.Sub(base) != 450*time.Second {
		t.Errorf("%+v", untimed)
	}
}

func TestConditions(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{Unschedulable: true}}
	status := func(ready corev1.ConditionStatus, others ...corev1.NodeConditionType) {
		node.Status.Conditions = nil
		for _, c := range others {
			node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: c, Status: "True"})
		}
		if ready != "" {
			node.Status.Conditions = append(node.Status.Conditions, corev1.NodeCondition{Type: corev1.NodeReady, Status: ready})
		}
	}
	keys := func(list []corev1.Taint) string {
		var out []string
		for _, t := range list {
			out = append(out, strings.TrimPrefix(taints.Format(t), "node.kubernetes.io/"))
		}
		return strings.Join(out, " ")
	}
	status("Unknown", corev1.NodePIDPressure, corev1.NodeNetworkUnavailable, corev1.NodeMemoryPressure, corev1.NodeDiskPressure)
	if got := keys(taints.FromConditions(node)); got != "pid-pressure:NoSchedule network-unavailable:NoSchedule memory-pressure:NoSchedule disk-pressure:NoSchedule unreachable:NoSchedule unschedulable:NoSchedule" {
		t.Errorf("%s", got)
	}
	node.Spec.Unschedulable = false
	status("")
	if taints.FromConditions(node) != nil || !taints.DiffReady(node).Empty() {
		t.Error("no Ready condition, no taint")
	}
	status("True", "Other")
	if taints.FromConditions(node) != nil {
		t.Error("other conditions have no taints")
	}
	status("False")
	for _, c := range []struct {
		have, add, remove string
		ready             corev1.ConditionStatus
		limited           bool
	}{
		{"", taints.NotReady, "", "False", true},
		{taints.NotReady, "", "", "False", false},
		{taints.Unreachable, taints.NotReady, taints.Unreachable, "False", false},
		{"", taints.Unreachable, "", "Unknown", true},
		{taints.Unreachable, "", "", "Unknown", false},
		{taints.NotReady, taints.Unreachable, taints.NotReady, "Unknown", false},
		{taints.NotReady, "", taints.NotReady, "True", false},
		{taints.Unreachable, "", taints.Unreachable, "True", false},
		{"", "", "", "True", false},
	} {
		status(c.ready)
		node.Status.Conditions = append([]corev1.NodeCondition{{Type: corev1.NodeDiskPressure, Status: "True"}}, node.Status.Conditions...)
		node.Spec.Taints = nil
		if c.have != "" {
			node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: c.have, Effect: "NoExecute"})
		}
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: "node.kubernetes.io/not-ready", Effect: "NoSchedule"})
		d := taints.DiffReady(node)
		key := func(list []corev1.Taint) string {
			if len(list) == 0 {
				return ""
			}
			return list[0].Key
		}
		if key(d.Add) != c.add || key(d.Remove) != c.remove || d.Limited != c.limited || len(d.Add) > 1 || len(d.Remove) > 1 {
			t.Errorf("%s with %q: %+v", c.ready, c.have, d)
		}
	}
}

func TestDiffConditions(t *testing.T) {
	old := metav1.NewTime(time.Unix(1, 0))
	node := &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{
		{Key: taints.MemoryPressure, Effect: "NoSchedule", TimeAdded: &old}, {Key: taints.DiskPressure, Effect: "NoSchedule", TimeAdded: &old}, {Key: taints.MemoryPressure, Effect: "NoExecute"}, {Key: "mine", Effect: "NoSchedule"},
	}}}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: "False"}, {Type: corev1.NodeDiskPressure, Status: "True"}}
	before := show(node)
	d := taints.DiffConditions(node)
	if len(d.Add) != 1 || d.Add[0].Key != taints.NotReady || len(d.Remove) != 1 || d.Remove[0].Key != taints.MemoryPressure || d.Empty() {
		t.Errorf("%+v", d)
	}
	now := time.Unix(5, 0)
	got := d.Apply(node.Spec.Taints, now)
	if len(got) != 4 || got[0].Key != taints.DiskPressure || !got[0].TimeAdded.Equal(&old) || got[1].Effect != "NoExecute" || got[3].Key != taints.NotReady || !got[3].TimeAdded.Time.Equal(now) {
		t.Errorf("%+v", got)
	}
	replaced := taints.Diff{Add: []corev1.Taint{{Key: taints.DiskPressure, Effect: "NoSchedule", Value: "v"}}}.Apply(node.Spec.Taints, now)
	if len(replaced) != 4 || replaced[1].Value != "v" || !replaced[1].TimeAdded.Time.Equal(now) {
		t.Errorf("%+v", replaced)
	}
	if first := (taints.Diff{Add: []corev1.Taint{{Key: taints.MemoryPressure, Effect: "NoSchedule"}}}).Apply(node.Spec.Taints, now); len(first) != 4 || !first[0].TimeAdded.Time.Equal(now) {
		t.Errorf("%+v", first)
	}
	if show(node) != before {
		t.Error("the node was changed")
	}
	if !(taints.Diff{}).Empty() || (taints.Diff{Remove: d.Remove}).Empty() || (taints.Diff{Add: d.Add}).Empty() {
		t.Error("Empty")
	}
}

func TestWithDefaults(t *testing.T) {
	for name, c := range map[string]struct {
		tol  corev1.Toleration
		want int // tolerations added
	}{
		"another key keeps nothing away":                  {corev1.Toleration{Key: "k", Operator: "Exists"}, 2},
		"a toleration that matches nothing keeps its own": {corev1.Toleration{Key: taints.NotReady, Operator: "Equal", Value: "foo", Effect: "NoExecute"}, 1},
		"every effect includes NoExecute":                 {corev1.Toleration{Key: taints.Unreachable, Operator: "Exists"}, 1},
		"every key includes both":                         {corev1.Toleration{Operator: "Exists"}, 0},
		"another effect keeps nothing away":               {corev1.Toleration{Operator: "Exists", Effect: "NoSchedule"}, 2},
	} {
		got := taints.WithDefaults([]corev1.Toleration{c.tol}, taints.DefaultSeconds{NotReady: 7, Unreachable: 8})
		if len(got) != 1+c.want || show(got[0]) != show(c.tol) {
			t.Errorf("%s: %s", name, show(got))
		}
	}
	got := taints.WithDefaults(nil, taints.DefaultSeconds{NotReady: 7, Unreachable: 8})
	if show(got) != `[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":7},{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":8}]` {
		t.Errorf("%s", show(got))
	}
	if taints.StandardSeconds() != (taints.DefaultSeconds{NotReady: 300, Unreachable: 300}) {
		t.Error("300 seconds")
	}
	if got := taints.ForStaticPod(); show(got) != `{"operator":"Exists","effect":"NoExecute"}` {
		t.Errorf("%s", show(got))
	}
}

func TestForExtendedResources(t *testing.T) {
	container := func(names ...string) corev1.Container {
		c := corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{"l.com/limited": resource.MustParse("1")}}}
		for _, n := range names {
			c.Resources.Requests[corev1.ResourceName(n)] = resource.MustParse("1")
		}
		return c
	}
	spec := &corev1.PodSpec{
		Tolerations:    []corev1.Toleration{{Key: "b.com/x", Operator: "Exists", Effect: "NoSchedule", TolerationSeconds: seconds(1)}, {Key: "other"}},
		Containers:     []corev1.Container{container("cpu", "b.com/x", "requests.c.com/x", "kubernetes.io/y", "hugepages-2Mi"), container("c.com/x")},
		InitContainers: []corev1.Container{container("a.com/x", "b.com/x", "e.com/-")},
	}
	before := show(spec)
	if got := show(taints.ForExtendedResources(spec)); got != `[{"key":"b.com/x","operator":"Exists","effect":"NoSchedule"},{"key":"other"},{"key":"a.com/x","operator":"Exists","effect":"NoSchedule"},{"key":"c.com/x","operator":"Exists","effect":"NoSchedule"}]` {
		t.Errorf("%s", got)
	}
	if show(spec) != before {
		t.Error("the spec was changed")
	}
}

func TestRestriction(t *testing.T) {
	ns := func(defaults, whitelist string) *corev1.Namespace {
		n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns", Annotations: map[string]string{}}}
		if defaults != "-" {
			n.Annotations[taints.DefaultTolerationsAnnotation] = defaults
		}
		if whitelist != "-" {
			n.Annotations[taints.TolerationsWhitelistAnnotation] = whitelist
		}
		return n
	}
	exists := func(key string) corev1.Toleration { return corev1.Toleration{Key: key, Operator: "Exists"} }
	r := taints.Restriction{Default: []corev1.Toleration{exists("d")}, Whitelist: []corev1.Toleration{exists("d"), exists("p"), exists("n")}}
	const conflict = "pod tolerations (possibly merged with namespace default tolerations) conflict with its "
	for name, c := range map[string]struct {
		request taints.PodRequest
		keys    string
		suffix  string
	}{
		"the cluster's defaults":                 {taints.PodRequest{BestEffort: true}, "d", ""},
		"not at an update":                       {taints.PodRequest{BestEffort: true, Update: true}, "", ""},
		"the pod's come first":                   {taints.PodRequest{BestEffort: true, Tolerations: []corev1.Toleration{exists("p")}}, "p d", ""},
		"the namespace's replace the cluster's":  {taints.PodRequest{BestEffort: true, Namespace: ns(`[{"key":"n","operator":"Exists"}]`, "-")}, "n", ""},
		"an empty annotation is none":            {taints.PodRequest{BestEffort: true, Namespace: ns("", "-")}, "", ""},
		"memory pressure, and the cluster's no":  {taints.PodRequest{Namespace: ns("[]", "-")}, taints.MemoryPressure, "cluster whitelist"},
		"an empty whitelist allows all":          {taints.PodRequest{Namespace: ns("[]", "")}, taints.MemoryPressure, ""},
		"the namespace's whitelist":              {taints.PodRequest{BestEffort: true, Namespace: ns("-", `[{"key":"x","operator":"Exists"}]`)}, "d", "namespace whitelist"},
		"no toleration, nothing to refuse":       {taints.PodRequest{BestEffort: true, Namespace: ns("", `{`)}, "", ""},
		"a namespace without annotations is one": {taints.PodRequest{BestEffort: true, Namespace: ns("-", "-"), Tolerations: []corev1.Toleration{exists("q")}}, "q d", "cluster whitelist"},
	} {
		a, err := r.Admit(c.request)
		var keys []string
		for _, t := range a.Tolerations {
			keys = append(keys, t.Key)
		}
		want := c.suffix
		if want != "" {
			want = conflict + want
		}
		if err != nil || strings.Join(keys, " ") != c.keys || a.Conflict != want || (a.Forbidden != nil) != (want != "") {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	twice := []corev1.Toleration{exists("p"), exists("p")}
	if a, _ := (taints.Restriction{}).Admit(taints.PodRequest{Tolerations: twice, BestEffort: true}); len(a.Tolerations) != 2 {
		t.Errorf("without defaults nothing is merged: %v", a.Tolerations)
	}
	if taints.Simplify(nil, taints.Options{}) != nil || taints.Merge(nil, nil) != nil {
		t.Error("nil stays nil")
	}
	for _, n := range []*corev1.Namespace{ns("{", "-"), ns("-", "{")} {
		if _, err := r.Admit(taints.PodRequest{Namespace: n}); err == nil || !strings.HasPrefix(err.Error(), `taints: namespace "ns": annotation scheduler.alpha.kubernetes.io/`) {
			t.Errorf("%v: %v", n.Annotations, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]struct {
		message string
		offset  int
	}{
		"k:Foo":           {"invalid taint effect: Foo, unsupported taint effect", 2},
		"k=v=w:NoExecute": {"invalid taint spec: k=v=w:NoExecute", 3},
		"a:b:c":           {"invalid taint spec: a:b:c", 3},
		"k=-:NoExecute":   {"invalid taint spec: k=-:NoExecute, a valid label must be", 2},
		"-k:NoExecute":    {"invalid taint spec: -k:NoExecute, name part must consist", 0},
	} {
		_, err := taints.Parse(in)
		var p *taints.ParseError
		if !errors.As(err, &p) || !strings.HasPrefix(p.Message, want.message) || p.Offset != want.offset || p.Input != in || p.Error() != p.Message {
			t.Errorf("%s: %#v", in, err)
		}
	}
	for spec, want := range map[string]string{
		"k=v":                       "invalid taint spec: k=v, name part must",
		"k":                         "invalid taint spec: k",
		"k:NoExecute k=v:NoExecute": "duplicated taints with the same key and effect: {k v NoExecute <nil>}",
		"k=v-":                      "invalid taint spec: k=v, name part must",
		"k:-":                       "invalid taint effect: , unsupported taint effect",
	} {
		if _, err := taints.ParseChange(strings.Fields(spec)...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func TestSplitArguments(t *testing.T) {
	for in, want := range map[string]string{
		"nodes n1 k=v:NoExecute a-": "nodes n1|k=v:NoExecute a-|",
		"nodes k:NoExecute n1":      "||all resources must be specified before taint changes: n1",
		"nodes n1":                  "||at least one taint update is required",
		"k-":                        "||one or more resources must be specified as <resource> <name>",
		"":                          "||one or more resources must be specified as <resource> <name>",
	} {
		resources, specs, err := taints.SplitArguments(strings.Fields(in))
		if got := strings.Join(resources, " ") + "|" + strings.Join(specs, " ") + "|" + text(err); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestParseRegister(t *testing.T) {
	for in, want := range map[string]string{"": "null", "k:NoExecute,l-": `[{"key":"k","effect":"NoExecute"}]`} {
		got, err := taints.ParseRegister(in)
		if show(got) != want || err != nil {
			t.Errorf("%s: %s %v", in, show(got), err)
		}
	}
	if _, err := taints.ParseRegister("k:NoExecute,"); err == nil {
		t.Error("a trailing comma is accepted")
	}
}
