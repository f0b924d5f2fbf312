package eviction_test

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

// node is a node with 80Mi of memory left, and two pods.
func node() ([]*corev1.Pod, *eviction.Summary) {
	pods := []*corev1.Pod{podtext.Pod("name web; container a mem=1Gi; priority 10"), podtext.Pod("name db; container a cpu=1/1 mem=4Gi/4Gi")}
	s := &eviction.Summary{Pods: []eviction.PodStats{use(pods[0], 2<<30), use(pods[1], 3<<30)}}
	s.Node.Memory = &eviction.MemoryStats{Available: number(80 << 20), WorkingSet: number(5 << 30)}
	return pods, s
}

func Example() {
	thresholds, err := eviction.Parse(eviction.Config{Hard: eviction.Defaults(), PodsNotEnforced: true})
	if err != nil {
		panic(err)
	}
	policy := eviction.Policy{Thresholds: thresholds}
	pods, summary := node()
	_, outcome := policy.Step(eviction.State{}, summary.Observe(), time.Unix(0, 0))
	fmt.Println(outcome.Conditions)
	e, _ := policy.Evict(outcome.Act[0], pods, summary.Of, summary.Observe(), outcome.Act)
	fmt.Println(e.Pod.Name, e.GracePeriod)
	fmt.Println(e.Message)
	// Output:
	// [MemoryPressure]
	// web 1
	// The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container a was using 2Gi, request is 1Gi, has larger consumption of memory.
}

func ExampleParse() {
	thresholds, err := eviction.Parse(eviction.Config{
		Soft:            map[string]string{"memory.available": "1Gi"},
		SoftGracePeriod: map[string]string{"memory.available": "90s"},
	})
	fmt.Println(thresholds[0].Signal, thresholds[0].Value.Quantity, thresholds[0].GracePeriod, err)
	// Output: memory.available 1Gi 1m30s <nil>
}

func ExampleParseError_Error() {
	_, err := eviction.Parse(eviction.Config{Hard: map[string]string{"memory": "1Gi"}})
	fmt.Println(err)
	// Output: unsupported eviction signal memory
}

func ExampleDefaults() {
	fmt.Println(eviction.Defaults()["memory.available"])
	// Output: 100Mi
}

func ExampleValue_Of() {
	ten := eviction.Value{Percentage: 0.1}
	q := ten.Of(resource.MustParse("100Gi"))
	fmt.Println(q.Value())
	// Output: 10737418400
}

func ExampleThreshold_IsHard() {
	fmt.Println(eviction.Threshold{}.IsHard(), eviction.Threshold{GracePeriod: time.Second}.IsHard())
	// Output: true false
}

func ExampleForContainerFS() {
	thresholds, _ := eviction.Parse(eviction.Config{Hard: map[string]string{"imagefs.available": "15%"}})
	for _, t := range eviction.ForContainerFS(thresholds, eviction.SeparateImageFS) {
		fmt.Println(t.Signal, t.Value.Percentage)
	}
	// Output:
	// imagefs.available 0.15
	// containerfs.available 0.15
}

func ExampleReservation() {
	thresholds, _ := eviction.Parse(eviction.Config{Hard: eviction.Defaults()})
	memory := eviction.Reservation(thresholds, nil)[corev1.ResourceMemory]
	fmt.Println(memory.String())
	// Output: 100Mi
}

func ExampleSignal_Resource() {
	fmt.Println(eviction.NodeFsInodesFree.Resource())
	// Output: inodes
}

func ExampleSignal_Condition() {
	fmt.Println(eviction.NodeFsInodesFree.Condition())
	// Output: DiskPressure
}

func ExampleSignal_Valid() {
	fmt.Println(eviction.Signal("memory").Valid())
	// Output: false
}

func ExampleTaint() {
	fmt.Println(eviction.Taint(corev1.NodeMemoryPressure).Key)
	// Output: node.kubernetes.io/memory-pressure
}

func ExampleSummary_Observe() {
	_, s := node()
	o := s.Observe()[eviction.MemoryAvailable]
	fmt.Println(o.Available.String(), o.Capacity.String())
	// Output: 80Mi 5200Mi
}

func ExampleSummary_Of() {
	pods, s := node()
	fmt.Println(*s.Of(pods[0]).Memory.WorkingSet)
	// Output: 2147483648
}

func ExampleRank() {
	pods, s := node()
	for _, r := range eviction.Rank(pods, s.Of, eviction.MemoryAvailable, eviction.SingleFS, qos.Options{}) {
		fmt.Println(r.Pod.Name, r)
	}
	// Output:
	// web uses 2Gi, above its request of 1Gi, priority 10, over by 1Gi
	// db uses 3Gi, within its request of 4Gi, priority 0
}

func ExampleRanked_String() {
	fmt.Println(eviction.Ranked{Priority: 5, Critical: true})
	// Output: not measured, priority 5, critical: never evicted
}

func ExamplePolicy_Step() {
	policy := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable, Value: eviction.Value{Quantity: quantity("100Mi")}, GracePeriod: time.Minute}}}
	_, s := node()
	state, now := eviction.State{}, time.Unix(0, 0)
	for range 3 {
		var o eviction.Outcome
		state, o = policy.Step(state, s.Observe(), now)
		fmt.Println(o.Conditions, o.Met, o.Act)
		now = now.Add(40 * time.Second)
	}
	// Output:
	// [MemoryPressure] [0] []
	// [MemoryPressure] [0] []
	// [MemoryPressure] [0] [0]
}

func ExamplePolicy_Resolved() {
	policy := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable, Value: eviction.Value{Quantity: quantity("100Mi")}}}}
	_, s := node()
	fmt.Println(policy.Resolved(s.Observe()))
	// Output: false
}

func ExamplePolicy_Evict() {
	policy := eviction.Policy{Thresholds: []eviction.Threshold{{Signal: eviction.MemoryAvailable}}}
	pods, s := node()
	e, ok := policy.Evict(0, pods, s.Of, nil, nil)
	fmt.Println(e.Pod.Name, ok)
	// Output: web true
}

func ExamplePolicy_LocalStorage() {
	pod := podtext.Pod("name logs; container a ephemeral-storage=/1Gi")
	s := &eviction.Summary{Pods: []eviction.PodStats{use(pod, 2<<30)}}
	for _, e := range (eviction.Policy{}).LocalStorage([]*corev1.Pod{pod}, s.Of) {
		fmt.Println(e.Pod.Name, e.Message)
	}
	// Output: logs Container a exceeded its local ephemeral storage limit "1Gi".
}

func ExamplePolicy_Admit() {
	pods, _ := node()
	message, ok := eviction.Policy{}.Admit(pods[0], []corev1.NodeConditionType{corev1.NodeDiskPressure})
	fmt.Printf("%q %v\n", message, ok)
	// Output: "The node had condition: [DiskPressure]. " false
}
