package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/kubealgo/kubealgo/labels"
	"github.com/kubealgo/kubealgo/taints"
)

// A class is everything that scheduling reads of a pod beside its name, age
// and priority. The pods of a Deployment are of one class. Classes are
// compiled once and never change.
type class struct {
	id        int32
	asked     int   // how often the engine was asked for it
	shape     int32 // the same for classes that differ in nothing but demand and ports
	namespace string
	labels    map[string]string
	owner     owner
	demand    demand
	ports     []hostPort
	images    []string // normalized, with repetition: init containers, containers, volumes
	n         int      // containers and init containers

	gates        []string
	tolerations  []corev1.Toleration
	nodeSelector map[string]string // nil and empty differ in what is skipped
	nodeAffinity *nodeAffinity     // nil where the pod has none
	terms        terms
	spread       []corev1.TopologySpreadConstraint
	needs        features
	volumes      []corev1.Volume // those that restrict where the pod can run
}

// An owner is the controller that a pod belongs to, as far as default
// spreading looks at it; the zero owner is none.
type owner struct{ apiVersion, kind, name string }

func newClass(pod *corev1.Pod) *class {
	spec := &pod.Spec
	cl := &class{
		namespace:    pod.Namespace,
		labels:       maps.Clone(pod.Labels),
		owner:        ownerOf(pod),
		demand:       demandOf(pod),
		ports:        hostPortsOf(pod),
		images:       imagesOf(spec),
		n:            len(spec.InitContainers) + len(spec.Containers),
		tolerations:  slices.Clone(spec.Tolerations),
		nodeSelector: maps.Clone(spec.NodeSelector),
		needs:        requiredFeatures(spec),
	}
	for i := range cl.tolerations {
		cl.tolerations[i].TolerationSeconds = nil // not read, and not in the key of the class
	}
	for i := range spec.Volumes {
		if v := &spec.Volumes[i]; restrictsNode(v) {
			cl.volumes = append(cl.volumes, *v.DeepCopy())
		}
	}
	for _, g := range spec.SchedulingGates {
		cl.gates = append(cl.gates, g.Name)
	}
	for i := range spec.TopologySpreadConstraints {
		cl.spread = append(cl.spread, *spec.TopologySpreadConstraints[i].DeepCopy())
	}
	if a := spec.Affinity; a != nil {
		if a.NodeAffinity != nil {
			cl.nodeAffinity = compileNodeAffinity(a.NodeAffinity)
		}
		cl.terms = termsOf(a, pod.Namespace)
	}
	return cl
}

func ownerOf(pod *corev1.Pod) (o owner) {
	if ref := metav1.GetControllerOfNoCopy(pod); ref != nil {
		o = owner{ref.APIVersion, ref.Kind, ref.Name}
	}
	return o
}

// imagesOf lists what ImageLocality looks for.
func imagesOf(spec *corev1.PodSpec) []string {
	var images []string
	for i := range spec.InitContainers {
		images = append(images, normalizedImage(spec.InitContainers[i].Image))
	}
	for i := range spec.Containers {
		images = append(images, normalizedImage(spec.Containers[i].Image))
	}
	for i := range spec.Volumes {
		if v := spec.Volumes[i].Image; v != nil {
			images = append(images, normalizedImage(v.Reference))
		}
	}
	return images
}

// normalizedImage adds the tag that is meant where none is given. A colon
// before the last slash belongs to the registry's port.
func normalizedImage(name string) string {
	if strings.LastIndex(name, ":") <= strings.LastIndex(name, "/") {
		name += ":latest"
	}
	return name
}

// restrictsNode reports whether a volume can restrict where its pod runs.
func restrictsNode(v *corev1.Volume) bool {
	return v.PersistentVolumeClaim != nil || v.Ephemeral != nil || v.RBD != nil || v.ISCSI != nil || inlineDriver(&v.VolumeSource) != ""
}

// tolerates reports whether the pod tolerates every taint of the effects.
func (cl *class) tolerates(n *node, effects taints.Effects, o taints.Options) bool {
	_, untolerated := taints.FirstUntolerated(n.taints, cl.tolerations, effects, o)
	return !untolerated
}

// selectsNode reports whether the pod's own node selector and required node
// affinity admit the node.
func (cl *class) selectsNode(n *node) bool {
	for k, want := range cl.nodeSelector {
		if v, ok := n.label(k); !ok || v != want {
			return false
		}
	}
	if a := cl.nodeAffinity; a != nil && a.hasRequired {
		return a.required.Matches(n.name, n.labels)
	}
	return true
}

// A nodeAffinity is a compiled corev1.NodeAffinity.
type nodeAffinity struct {
	hasRequired  bool
	required     labels.NodeSelector
	terms        []corev1.NodeSelectorTerm // of required
	hasPreferred bool                      // the list is not nil
	preferred    []preferredTerm
	err          error // of preferred terms that do not parse
}

type preferredTerm struct {
	term   labels.NodeTerm
	weight int64
}

func compileNodeAffinity(a *corev1.NodeAffinity) *nodeAffinity {
	out := &nodeAffinity{hasPreferred: a.PreferredDuringSchedulingIgnoredDuringExecution != nil}
	if r := a.RequiredDuringSchedulingIgnoredDuringExecution; r != nil {
		out.hasRequired = true
		out.required = labels.FromNodeSelector(r)
		for i := range r.NodeSelectorTerms {
			out.terms = append(out.terms, *r.NodeSelectorTerms[i].DeepCopy())
		}
	}
	var errs []error
	for i, p := range a.PreferredDuringSchedulingIgnoredDuringExecution {
		if p.Weight == 0 {
			continue
		}
		t, err := labels.FromNodeSelectorTerm(p.Preference, fmt.Sprintf("[%d]", i))
		errs = append(errs, err)
		out.preferred = append(out.preferred, preferredTerm{t, int64(p.Weight)})
	}
	out.err = joined(errs)
	return out
}

// score returns the sum of the weights of the preferred terms that match.
func (a *nodeAffinity) score(n *node) int64 {
	var sum int64
	for i := range a.preferred {
		if p := &a.preferred[i]; p.term.Matches(n.name, n.labels) {
			sum += p.weight
		}
	}
	return sum
}

// joined joins errors as upstream prints them: one bare, several in brackets,
// equal texts once. Nil errors are none.
func joined(errs []error) error { return utilerrors.NewAggregate(errs) }
