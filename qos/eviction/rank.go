package eviction

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
	"github.com/kubealgo/kubealgo/qos"
)

// Ranked is a pod's place in the order of eviction and what it rests on.
type Ranked struct {
	Pod *corev1.Pod // one of the pods given, not a copy
	// Measured is false for a pod without statistics, which goes first.
	Measured bool
	// Exceeds is the first key: usage is above Request. Always false for
	// process counts, of which nothing can be requested.
	Exceeds  bool
	Priority int32             // the second key, lower first; 0 if the pod has none
	Usage    resource.Quantity // bytes, inodes or processes
	Request  resource.Quantity // what Usage is compared with
	// Over is the third key, larger first: Usage less what the pod requests.
	// For inodes that is less its bytes of ephemeral-storage, as the kubelet has it.
	Over resource.Quantity
	// Critical pods are ranked as all others and skipped when their turn comes.
	Critical bool
}

// String says in one line why the pod is where it is.
func (r Ranked) String() string {
	var s string
	switch {
	case !r.Measured:
		s = fmt.Sprintf("not measured, priority %d", r.Priority)
	case r.Exceeds:
		s = fmt.Sprintf("uses %s, above its request of %s, priority %d, over by %s",
			text(r.Usage), text(r.Request), r.Priority, text(r.Over))
	default:
		s = fmt.Sprintf("uses %s, within its request of %s, priority %d", text(r.Usage), text(r.Request), r.Priority)
	}
	if r.Critical {
		s += ", critical: never evicted"
	}
	return s
}

func text(q resource.Quantity) string {
	return q.String()
}

// Rank returns the pods in the order in which the kubelet would evict them for a signal,
// first to go first.
//
// For memory and disk: pods that use more than they request, before all others; then by
// priority, lower first; then by how much usage is above the request, more first.
// For processes: by priority, then by their number. The class of service is no key. Pods that are
// equal in all keys stay in the order given (upstream leaves that open). stats
// returns nil for pods that are not measured; these go first by each key but priority.
// Nil pods are left out. An unknown signal ranks nothing: nil.
//
// Where spec.resources is used, only its requests count: under disk pressure such a
// pod has requested nothing.
//
// Source: the ranking functions of k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3.
func Rank(pods []*corev1.Pod, stats func(*corev1.Pod) *PodStats, s Signal, l Layout, o qos.Options) []Ranked {
	if !s.Valid() {
		return nil
	}
	m := measure{signal: s, parts: measuredParts(s, l), o: o}
	ranked := make([]Ranked, 0, len(pods))
	for _, pod := range pods {
		if pod != nil {
			ranked = append(ranked, m.rank(pod, stats(pod)))
		}
	}
	slices.SortStableFunc(ranked, func(a, b Ranked) int {
		return cmp.Or(
			first(!a.Measured, !b.Measured, m.byUsage()),
			first(a.Exceeds, b.Exceeds, true),
			cmp.Compare(a.Priority, b.Priority),
			first(!a.Measured, !b.Measured, true),
			b.Over.Cmp(a.Over),
		)
	})
	return ranked
}

// first orders yes before no, if it counts.
func first(a, b, counts bool) int {
	switch {
	case a == b || !counts:
		return 0
	case a:
		return -1
	}
	return 1
}

// parts says which measurements of a pod count.
type parts struct{ rootfs, logs, volumes bool }

// measuredParts returns what of a pod lies on the file system of a signal.
func measuredParts(s Signal, l Layout) parts {
	node := s == NodeFsAvailable || s == NodeFsInodesFree
	image := s == ImageFsAvailable || s == ImageFsInodesFree
	switch {
	case l == SingleFS:
		return parts{rootfs: true, logs: true, volumes: true}
	case l == SeparateImageFS && node:
		return parts{logs: true, volumes: true}
	case l == SeparateImageFS:
		return parts{rootfs: true}
	case image:
		return parts{}
	}
	return parts{rootfs: true, logs: true, volumes: true}
}

// measure turns pods into the keys of one signal.
type measure struct {
	signal Signal
	parts  parts
	o      qos.Options
}

// byUsage reports whether usage above the request is a key.
func (m *measure) byUsage() bool { return m.signal.Resource() != ResourcePIDs }

func (m *measure) rank(pod *corev1.Pod, stats *PodStats) Ranked {
	r := Ranked{Pod: pod, Measured: stats != nil, Critical: qos.IsCritical(pod)}
	if pod.Spec.Priority != nil {
		r.Priority = *pod.Spec.Priority
	}
	name := m.signal.Resource()
	requested := name
	switch name {
	case corev1.ResourceMemory:
		if stats != nil && stats.Memory != nil {
			r.Usage = *bytes(stats.Memory.WorkingSet)
		}
	case ResourcePIDs:
		if stats != nil && stats.Processes != nil {
			r.Usage = *count(stats.Processes.Count)
		}
		r.Over = r.Usage.DeepCopy()
		return r
	default:
		requested = corev1.ResourceEphemeralStorage
		if stats != nil {
			r.Usage = m.disk(pod, stats, name)
		}
	}
	o := podresources.Options{SkipPodLevel: m.o.NoPodLevelResources}
	r.Request = podresources.Claim(pod, name, o)
	r.Exceeds = stats != nil && r.Usage.Cmp(r.Request) > 0
	r.Over = r.Usage.DeepCopy()
	r.Over.Sub(podresources.Claim(pod, requested, o))
	return r
}

// disk adds up the bytes or inodes of a pod on the file system.
func (m *measure) disk(pod *corev1.Pod, stats *PodStats, name corev1.ResourceName) resource.Quantity {
	var sum resource.Quantity
	add := func(fs *FsStats) {
		switch {
		case fs == nil:
		case name == ResourceInodes:
			sum.Add(*count(fs.InodesUsed))
		default:
			sum.Add(*bytes(fs.Used))
		}
	}
	for i := range stats.Containers {
		if m.parts.rootfs {
			add(stats.Containers[i].Rootfs)
		}
		if m.parts.logs {
			add(stats.Containers[i].Logs)
		}
	}
	if m.parts.volumes {
		for i := range pod.Spec.Volumes {
			v := &pod.Spec.Volumes[i]
			if !isLocal(v) {
				continue
			}
			for j := range stats.Volumes {
				if stats.Volumes[j].Name == v.Name {
					add(&stats.Volumes[j].FsStats)
					break
				}
			}
		}
	}
	return sum
}

// isLocal reports whether a volume takes space of the node.
func isLocal(v *corev1.Volume) bool {
	return v.HostPath != nil || v.GitRepo != nil || v.ConfigMap != nil ||
		v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumDefault
}
