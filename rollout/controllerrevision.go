package rollout

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const revisionHashLabel = "controller.kubernetes.io/hash"

// RevisionHash returns the hash by which a StatefulSet names a ControllerRevision with this data. Probe is the collision
// count; nil and zero give different hashes.
func RevisionHash(data []byte, probe *int32) string {
	h := fnv.New32()
	h.Write(data)
	if probe != nil {
		h.Write(strconv.AppendInt(nil, int64(*probe), 10))
	}
	return safeName(h.Sum32())
}

// StatefulSetRevisionData returns what a StatefulSet stores of its template in a ControllerRevision: a patch that replaces the
// template of the workload. Integers beyond 2^53 are rounded to what a float64 holds, as its controller rounds them.
func StatefulSetRevisionData(t *corev1.PodTemplateSpec) ([]byte, error) {
	return revisionData(t, func(*json.Decoder) {})
}

// DaemonSetRevisionData returns what a DaemonSet stores of its template in a ControllerRevision: the same patch as a
// StatefulSet's, its integers as they are.
func DaemonSetRevisionData(t *corev1.PodTemplateSpec) ([]byte, error) {
	return revisionData(t, (*json.Decoder).UseNumber)
}

// revisionData encodes the patch with its fields in the order of their names, which takes a decoding in between.
func revisionData(t *corev1.PodTemplateSpec, setUp func(*json.Decoder)) ([]byte, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("rollout: template: %w", err)
	}
	fields := json.NewDecoder(bytes.NewReader(raw))
	setUp(fields)
	var template map[string]any
	if err := fields.Decode(&template); err != nil {
		return nil, fmt.Errorf("rollout: template: %w", err)
	}
	if template == nil {
		template = map[string]any{}
	}
	template["$patch"] = "replace"
	return json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
}

// RevisionTemplate returns the template that a ControllerRevision of a StatefulSet or DaemonSet holds.
func RevisionTemplate(r *appsv1.ControllerRevision) (*corev1.PodTemplateSpec, error) {
	var patch struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(r.Data.Raw, &patch); err != nil {
		return nil, fmt.Errorf("rollout: ControllerRevision %q: %w", r.Name, err)
	}
	return &patch.Spec.Template, nil
}

// revisionName joins a workload's name, cut to 223 bytes, and a hash.
func revisionName(prefix, hash string) string {
	return prefix[:min(len(prefix), 223)] + "-" + hash
}

// sortRevisions orders by revision number, then creation, then name.
func sortRevisions(rs []*appsv1.ControllerRevision) {
	slices.SortStableFunc(rs, func(a, b *appsv1.ControllerRevision) int {
		return cmp.Or(cmp.Compare(a.Revision, b.Revision), compareCreation(a, b))
	})
}

// nextRevision is one more than the last of sorted revisions.
func nextRevision(sorted []*appsv1.ControllerRevision) int64 {
	if len(sorted) == 0 {
		return 1
	}
	return sorted[len(sorted)-1].Revision + 1
}

// newRevision makes the ControllerRevision of a template before it is stored.
func newRevision(owner metav1.Object, kind schema.GroupVersionKind, t *corev1.PodTemplateSpec, number int64, collisions int32) (*appsv1.ControllerRevision, error) {
	data, err := StatefulSetRevisionData(t)
	if err != nil {
		return nil, err
	}
	hash := RevisionHash(data, &collisions)
	labels := maps.Clone(t.Labels)
	put(&labels, revisionHashLabel, hash)
	return &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: revisionName(owner.GetName(), hash), Namespace: owner.GetNamespace(), Labels: labels, Annotations: maps.Clone(owner.GetAnnotations()),
			OwnerReferences: []metav1.OwnerReference{newControllerRef(owner, kind)},
		},
		Data: runtime.RawExtension{Raw: data}, Revision: number,
	}, nil
}

// sameRevision reports whether two revisions hold the same data.
func sameRevision(a, b *appsv1.ControllerRevision) bool { return bytes.Equal(a.Data.Raw, b.Data.Raw) }
