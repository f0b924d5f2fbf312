package cluster

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/scheduler"
)

//go:embed demo.yaml
var demoYAML string

// PoolLabel names the node pool of the embedded cluster's nodes.
const PoolLabel = "example.com/pool"

// Demo returns the objects of the embedded cluster, as a dump would show them.
// The running pods are where the scheduler has put them.
func Demo() ([]manifest.Document, error) { return grow(demoYAML) }

// grow returns the objects of the cluster that a text like demo.yaml stands for.
func grow(text string) ([]manifest.Document, error) {
	docs, err := manifest.Decode(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := demo{runs: map[runtime.Object]bool{}}
	for _, doc := range docs {
		if err := d.expand(doc.Object); err != nil {
			return nil, fmt.Errorf("demo.yaml: %s: %w", doc.Position, err)
		}
	}
	if err := d.settle(); err != nil {
		return nil, fmt.Errorf("demo.yaml: %w", err)
	}
	out := make([]manifest.Document, len(d.objects))
	for i, o := range d.objects {
		out[i] = manifest.Document{Object: o, Position: manifest.Position{Document: 1, Item: i + 1, Line: 1}}
	}
	return out, nil
}

// A demo grows the objects of demo.yaml into those of a cluster.
type demo struct {
	objects []runtime.Object
	nodes   []*corev1.Node
	running []*corev1.Pod // to be given a node
	runs    map[runtime.Object]bool
}

func (d *demo) expand(object runtime.Object) error {
	switch o := object.(type) {
	case *corev1.Node:
		return d.pool(o)
	case *appsv1.DaemonSet:
		d.daemons(o)
		return nil
	case *appsv1.Deployment:
		hash := suffix(o.Name, 9)
		set := &appsv1.ReplicaSet{
			TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"},
			ObjectMeta: metav1.ObjectMeta{Name: o.Name + "-" + hash, Namespace: o.Namespace},
			Spec:       appsv1.ReplicaSetSpec{Replicas: o.Spec.Replicas, Selector: o.Spec.Selector.DeepCopy()},
		}
		set.Spec.Selector.MatchLabels["pod-template-hash"] = hash
		d.objects = append(d.objects, set)
		template := o.Spec.Template.DeepCopy()
		template.Labels["pod-template-hash"] = hash
		return d.pods(o.ObjectMeta, set, template, int(*o.Spec.Replicas), func(i int) string {
			return set.Name + "-" + suffix(set.Name+strconv.Itoa(i), 5)
		})
	case *appsv1.StatefulSet:
		set := o.DeepCopy()
		set.Annotations = nil
		d.objects = append(d.objects, set)
		first := len(d.objects)
		err := d.pods(o.ObjectMeta, set, &o.Spec.Template, int(*o.Spec.Replicas), func(i int) string {
			return o.Name + "-" + strconv.Itoa(i)
		})
		for _, pod := range d.objects[first:] {
			addClaims(pod.(*corev1.Pod), o.Spec.VolumeClaimTemplates)
		}
		return err
	case *batchv1.Job:
		return d.pods(o.ObjectMeta, o, &o.Spec.Template, int(*o.Spec.Parallelism), func(i int) string {
			return o.Name + "-" + suffix(o.Name+strconv.Itoa(i), 5)
		})
	default:
		d.objects = append(d.objects, object)
		return nil
	}
}

// pool adds the nodes that a template stands for.
func (d *demo) pool(template *corev1.Node) error {
	perZone, err := strconv.Atoi(template.Annotations["demo/nodes"])
	if err != nil {
		return fmt.Errorf("demo/nodes: %w", err)
	}
	for _, zone := range strings.Fields(template.Annotations["demo/zones"]) {
		for i := range perZone {
			n := template.DeepCopy()
			n.Annotations = nil
			n.Name = fmt.Sprintf("%s-%s-%02d", template.Name, zone, i+1)
			n.Labels[PoolLabel] = template.Name
			n.Labels[corev1.LabelHostname] = n.Name
			n.Labels[corev1.LabelTopologyZone] = zone
			n.Labels[corev1.LabelTopologyRegion] = "eu-north"
			n.Status.Capacity = n.Status.Allocatable.DeepCopy()
			d.objects = append(d.objects, n)
			d.nodes = append(d.nodes, n)
		}
	}
	return nil
}

// daemons adds one pod for every node, pinned to it as the DaemonSet controller
// does.
func (d *demo) daemons(set *appsv1.DaemonSet) {
	for _, n := range d.nodes {
		pod := newPod(set.ObjectMeta, set, &set.Spec.Template, set.Name+"-"+suffix(set.Name+n.Name, 5))
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchFields: []corev1.NodeSelectorRequirement{{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{n.Name}}},
			}}},
		}}
		pod.Spec.NodeName = n.Name
		pod.Status.Phase = corev1.PodRunning
		d.objects = append(d.objects, pod)
	}
}

// pods adds the pods of a workload; the first of them run.
func (d *demo) pods(meta metav1.ObjectMeta, owner metav1.Object, template *corev1.PodTemplateSpec, n int, name func(int) string) error {
	running := 0
	if text, ok := meta.Annotations["demo/running"]; ok {
		var err error
		if running, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("demo/running: %w", err)
		}
	}
	for i := range n {
		pod := newPod(meta, owner, template, name(i))
		if i < running {
			d.running = append(d.running, pod)
			d.runs[pod] = true
		}
		d.objects = append(d.objects, pod)
	}
	return nil
}

func newPod(meta metav1.ObjectMeta, owner metav1.Object, template *corev1.PodTemplateSpec, name string) *corev1.Pod {
	controller := true
	kind := owner.(runtime.Object).GetObjectKind().GroupVersionKind()
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: meta.Namespace, Labels: template.DeepCopy().Labels,
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: kind.GroupVersion().String(), Kind: kind.Kind, Name: owner.GetName(), Controller: &controller,
			}},
		},
		Spec:   *template.Spec.DeepCopy(),
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
}

// addClaims gives a pod of a StatefulSet the volumes of its claim templates; the
// claims themselves stand in demo.yaml.
func addClaims(pod *corev1.Pod, templates []corev1.PersistentVolumeClaim) {
	for _, t := range templates {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: t.Name, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: t.Name + "-" + pod.Name},
		}})
	}
}

// settle gives every running pod the node that the scheduler chooses.
func (d *demo) settle() error {
	var still []manifest.Document
	for _, o := range d.objects {
		if !d.runs[o] {
			still = append(still, manifest.Document{Object: o})
		}
	}
	in, err := Load(still)
	if err != nil {
		return err
	}
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		return err
	}
	for _, pod := range d.running {
		decision, err := s.Schedule(in.Cluster, pod)
		if err != nil {
			return fmt.Errorf("pod %s is to run: %w", Name(pod), err)
		}
		if err := in.Cluster.Apply(pod, decision); err != nil {
			return err
		}
		pod.Spec.NodeName = decision.Node
		pod.Status.Phase = corev1.PodRunning
	}
	return nil
}

// suffix returns n characters that look like those of generated names and depend
// on the text alone.
func suffix(text string, n int) string {
	const alphabet = "bcdfghjklmnpqrstvwxz2456789"
	h := fnv.New64a()
	h.Write([]byte(text))
	sum := h.Sum64()
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[sum%uint64(len(alphabet))]
		sum /= uint64(len(alphabet))
	}
	return string(out)
}
