package scheduler

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A storage holds the objects that decide where a pod's volumes can be reached.
type storage struct {
	claims      map[podKey]*corev1.PersistentVolumeClaim
	volumes     map[string]*corev1.PersistentVolume
	classes     map[string]*storagev1.StorageClass
	csiNodes    map[string]*storagev1.CSINode
	drivers     map[string]*storagev1.CSIDriver
	capacities  map[podKey]*storagev1.CSIStorageCapacity
	attachments map[string]*storagev1.VolumeAttachment
}

func newStorage() storage {
	return storage{
		claims:      map[podKey]*corev1.PersistentVolumeClaim{},
		volumes:     map[string]*corev1.PersistentVolume{},
		classes:     map[string]*storagev1.StorageClass{},
		csiNodes:    map[string]*storagev1.CSINode{},
		drivers:     map[string]*storagev1.CSIDriver{},
		capacities:  map[podKey]*storagev1.CSIStorageCapacity{},
		attachments: map[string]*storagev1.VolumeAttachment{},
	}
}

// changeStorage changes one of the objects of the storage. It reports false for
// objects of other kinds.
func (c *Cluster) changeStorage(obj runtime.Object, kind changeKind) (bool, error) {
	s := &c.storage
	switch o := obj.(type) {
	case *corev1.PersistentVolumeClaim:
		key := podKey{o.Namespace, o.Name}
		return true, changeEntry(c, s.claims, key, kind, "persistent volume claim", key.String(), o.DeepCopy())
	case *corev1.PersistentVolume:
		return true, changeEntry(c, s.volumes, o.Name, kind, "persistent volume", o.Name, o.DeepCopy())
	case *storagev1.StorageClass:
		return true, changeEntry(c, s.classes, o.Name, kind, "storage class", o.Name, o.DeepCopy())
	case *storagev1.CSINode:
		return true, changeEntry(c, s.csiNodes, o.Name, kind, "CSI node", o.Name, o.DeepCopy())
	case *storagev1.CSIDriver:
		return true, changeEntry(c, s.drivers, o.Name, kind, "CSI driver", o.Name, o.DeepCopy())
	case *storagev1.CSIStorageCapacity:
		key := podKey{o.Namespace, o.Name}
		return true, changeEntry(c, s.capacities, key, kind, "CSI storage capacity", key.String(), o.DeepCopy())
	case *storagev1.VolumeAttachment:
		return true, changeEntry(c, s.attachments, o.Name, kind, "volume attachment", o.Name, o.DeepCopy())
	}
	return false, nil
}

// claimOf returns the name of the claim that a volume of a pod refers to, "" for
// other volumes. The claim of an ephemeral volume is named after both.
func claimOf(p *pod, v *corev1.Volume) (name string, ephemeral bool) {
	switch {
	case v.PersistentVolumeClaim != nil:
		return v.PersistentVolumeClaim.ClaimName, false
	case v.Ephemeral != nil:
		return p.key.name + "-" + v.Name, true
	}
	return "", false
}

func (s *storage) claim(namespace, name string) *corev1.PersistentVolumeClaim {
	return s.claims[podKey{namespace, name}]
}

// isFor reports whether a claim, for storage or devices, was made for the pod.
func isFor(p *pod, claim metav1.Object) bool {
	return metav1.IsControlledBy(claim, &metav1.ObjectMeta{UID: p.uid})
}

// Annotations by which volume binding keeps its state.
const (
	annotationBound        = "pv.kubernetes.io/bind-completed"
	annotationSelectedNode = "volume.kubernetes.io/selected-node"
	noProvisioner          = "kubernetes.io/no-provisioner"
)

// fullyBound reports whether a claim is bound for good.
func fullyBound(claim *corev1.PersistentVolumeClaim) bool {
	_, ok := claim.Annotations[annotationBound]
	return ok && claim.Spec.VolumeName != ""
}

// className returns the storage class of a claim; the old annotation wins.
func className(claim *corev1.PersistentVolumeClaim) string {
	if name, ok := claim.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		return name
	}
	if claim.Spec.StorageClassName != nil {
		return *claim.Spec.StorageClassName
	}
	return ""
}

// volumeClass is className for a volume.
func volumeClass(v *corev1.PersistentVolume) string {
	if name, ok := v.Annotations[corev1.BetaStorageClassAnnotation]; ok {
		return name
	}
	return v.Spec.StorageClassName
}

// sortedVolumes returns the volumes of a class by name.
func (s *storage) sortedVolumes(class string) []*corev1.PersistentVolume {
	var out []*corev1.PersistentVolume
	for _, v := range s.volumes {
		if volumeClass(v) == class {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b *corev1.PersistentVolume) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// A VolumeBinding is what placing a pod decides about one of its claims.
type VolumeBinding struct {
	Claim string // in the pod's namespace
	// Volume is the name of the persistent volume that the claim is bound to; ""
	// where one is to be provisioned for the node.
	Volume string
}

// bind carries out a binding, as far as later pods can see it.
func (c *Cluster) bind(namespace string, b VolumeBinding, node string) {
	claim := c.storage.claim(namespace, b.Claim)
	if claim == nil {
		return
	}
	changed := claim.DeepCopy()
	if changed.Annotations == nil {
		changed.Annotations = map[string]string{}
	}
	if b.Volume == "" {
		changed.Annotations[annotationSelectedNode] = node
	} else {
		changed.Annotations[annotationBound] = "yes"
		changed.Spec.VolumeName = b.Volume
		if v := c.storage.volumes[b.Volume]; v != nil {
			v = v.DeepCopy()
			v.Spec.ClaimRef = &corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: namespace, Name: b.Claim, UID: claim.UID}
			_ = changeEntry(c, c.storage.volumes, v.Name, updating, "persistent volume", v.Name, v)
		}
	}
	key := podKey{namespace, b.Claim}
	_ = changeEntry(c, c.storage.claims, key, updating, "persistent volume claim", key.String(), changed)
}
