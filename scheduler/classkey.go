package scheduler

import (
	"encoding/binary"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// A keyWriter encodes what scheduling reads of a pod into bytes that are equal
// for two pods only if newClass gives the same for both. It reuses its buffers,
// so that looking up the class of a plain pod does not allocate.
type keyWriter struct {
	buf   []byte
	names []string
}

// key returns the pod's key, which is valid until the next call, and the length
// of its first part: all but the pod's demand for resources and host ports.
// What newClass reads must be written here; TestClassKeyCoversClass holds the
// two together.
func (w *keyWriter) key(pod *corev1.Pod) (key []byte, shape int) {
	w.buf = w.buf[:0]
	w.shape(pod)
	shape = len(w.buf)
	w.demand(pod)
	return w.buf, shape
}

// demand writes what the pod takes of its node.
func (w *keyWriter) demand(pod *corev1.Pod) {
	spec := &pod.Spec
	for i := range spec.InitContainers {
		w.takes(&spec.InitContainers[i])
	}
	for i := range spec.Containers {
		w.takes(&spec.Containers[i])
	}
	w.list(spec.Overhead)
	var whole corev1.ResourceList
	if spec.Resources != nil {
		whole = spec.Resources.Requests
	}
	w.list(whole)
	w.resize(&pod.Status)
}

// shape writes everything else.
func (w *keyWriter) shape(pod *corev1.Pod) {
	spec := &pod.Spec
	w.text(pod.Namespace)
	w.stringMap(pod.Labels)
	o := ownerOf(pod)
	w.text(o.apiVersion)
	w.text(o.kind)
	w.text(o.name)
	w.number(int(requiredFeatures(spec)))
	w.flags(spec.NodeSelector != nil, spec.Affinity != nil)
	w.stringMap(spec.NodeSelector)
	w.number(len(spec.InitContainers))
	for i := range spec.InitContainers {
		w.container(&spec.InitContainers[i])
	}
	w.number(len(spec.Containers))
	for i := range spec.Containers {
		w.container(&spec.Containers[i])
	}
	w.number(len(spec.Tolerations))
	for i := range spec.Tolerations {
		t := &spec.Tolerations[i]
		w.text(t.Key)
		w.text(string(t.Operator))
		w.text(t.Value)
		w.text(string(t.Effect))
	}
	w.number(len(spec.TopologySpreadConstraints))
	for i := range spec.TopologySpreadConstraints {
		w.message(&spec.TopologySpreadConstraints[i])
	}
	if a := spec.Affinity; a != nil {
		w.flags(a.NodeAffinity != nil && a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution != nil)
		w.message(a)
	}
	w.number(len(spec.SchedulingGates))
	for _, g := range spec.SchedulingGates {
		w.text(g.Name)
	}
	for i := range spec.Volumes {
		if v := &spec.Volumes[i]; restrictsNode(v) {
			w.message(v) // of a size of more than 1
		} else if v.Image != nil {
			w.number(1)
			w.text(v.Image.Reference)
		}
	}
	w.number(0)
}

func (w *keyWriter) container(c *corev1.Container) {
	w.text(c.Image)
	w.flags(podresources.IsSidecar(c))
}

func (w *keyWriter) takes(c *corev1.Container) {
	w.text(c.Name) // by which its status is found
	w.list(c.Resources.Requests)
	for i := range c.Ports {
		if p := &c.Ports[i]; p.HostPort > 0 {
			w.number(int(p.HostPort))
			w.text(string(p.Protocol))
			w.text(p.HostIP)
		}
	}
	w.number(0)
}

// resize writes what in-place resizing of a running pod leaves in its status.
func (w *keyWriter) resize(status *corev1.PodStatus) {
	for _, list := range [][]corev1.ContainerStatus{status.ContainerStatuses, status.InitContainerStatuses} {
		w.number(len(list))
		for i := range list {
			s := &list[i]
			w.text(s.Name)
			w.flags(s.Resources != nil)
			if s.Resources != nil {
				w.list(s.Resources.Requests)
			}
			w.list(s.AllocatedResources)
		}
	}
	w.flags(status.Resources != nil)
	if status.Resources != nil {
		w.list(status.Resources.Requests)
	}
	w.list(status.AllocatedResources)
	for i := range status.Conditions {
		if status.Conditions[i].Type == corev1.PodResizePending {
			w.text(status.Conditions[i].Reason)
			break
		}
	}
}

func (w *keyWriter) number(n int) { w.buf = binary.AppendUvarint(w.buf, uint64(n)) }

func (w *keyWriter) text(s string) {
	w.number(len(s))
	w.buf = append(w.buf, s...)
}

func (w *keyWriter) flags(list ...bool) {
	var b byte
	for i, f := range list {
		if f {
			b |= 1 << i
		}
	}
	w.buf = append(w.buf, b)
}

func (w *keyWriter) stringMap(m map[string]string) {
	w.names = w.names[:0]
	for k := range m {
		w.names = append(w.names, k)
	}
	slices.Sort(w.names)
	w.number(len(m))
	for _, k := range w.names {
		w.text(k)
		w.text(m[k])
	}
}

func (w *keyWriter) list(l corev1.ResourceList) {
	w.names = w.names[:0]
	for k := range l {
		w.names = append(w.names, string(k))
	}
	slices.Sort(w.names)
	w.number(len(l))
	for _, k := range w.names {
		w.text(k)
		q := l[corev1.ResourceName(k)]
		var digits [32]byte
		number, exponent := q.AsCanonicalBytes(digits[:0])
		w.number(len(number))
		w.buf = append(w.buf, number...)
		w.buf = binary.AppendVarint(w.buf, int64(exponent))
	}
}

// message writes an API object in its wire format, in which maps are sorted.
func (w *keyWriter) message(m interface {
	Size() int
	MarshalToSizedBuffer([]byte) (int, error)
}) {
	size := m.Size()
	w.number(size)
	at := len(w.buf)
	w.buf = slices.Grow(w.buf, size)[:at+size]
	if _, err := m.MarshalToSizedBuffer(w.buf[at:]); err != nil {
		// The generated encoders fail only where the size is wrong, which Size excludes.
		w.buf = w.buf[:at]
	}
}
