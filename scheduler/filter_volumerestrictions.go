package scheduler

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

const (
	reasonDisk          = "node(s) had no available disk"
	reasonReadWriteOnce = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"
)

// volumeRestrictionRule rejects nodes on which a disk of the pod is in use, and
// all nodes while a claim of the pod that only one pod may use is in use.
type volumeRestrictionRule struct {
	disks     []corev1.Volume // inline disks that pods of a node can not share
	exclusive []string        // claims that one pod may use
	conflicts int             // how often they are in use
}

func prepareVolumeRestrictions(a *attempt) (filterRule, *status) {
	if len(a.pod.class.volumes) == 0 {
		return nil, nil
	}
	r := &volumeRestrictionRule{}
	for i := range a.pod.class.volumes {
		v := &a.pod.class.volumes[i]
		if v.GCEPersistentDisk != nil || v.AWSElasticBlockStore != nil || v.RBD != nil || v.ISCSI != nil {
			r.disks = append(r.disks, *v)
		}
		if v.PersistentVolumeClaim == nil {
			continue
		}
		name := v.PersistentVolumeClaim.ClaimName
		claim := a.c.storage.claim(a.pod.key.namespace, name)
		if claim == nil {
			return nil, &status{plugin: volumeRestrictions, reason: claimNotFound(name)}
		}
		if slices.Contains(claim.Spec.AccessModes, corev1.ReadWriteOncePod) && !slices.Contains(r.exclusive, name) {
			r.exclusive = append(r.exclusive, name)
		}
	}
	for _, name := range r.exclusive {
		if a.c.claimInUse(a.pod.key.namespace, name) {
			r.conflicts++
		}
	}
	return r, nil
}

func claimNotFound(name string) string {
	return fmt.Sprintf("persistentvolumeclaim %q not found", name)
}

// claimInUse reports whether a pod on some node names the claim.
func (c *Cluster) claimInUse(namespace, name string) bool {
	for _, n := range c.added {
		for i := range n.groups {
			if cl := n.groups[i].class; cl.namespace == namespace && cl.claims(name) > 0 {
				return true
			}
		}
	}
	return false
}

// claims returns how many of the pod's volumes name a claim.
func (cl *class) claims(name string) int {
	n := 0
	for i := range cl.volumes {
		if c := cl.volumes[i].PersistentVolumeClaim; c != nil && c.ClaimName == name {
			n++
		}
	}
	return n
}

// idle holds where upstream skips the rule.
func (r *volumeRestrictionRule) idle() bool { return len(r.disks) == 0 && r.conflicts == 0 }

func (r *volumeRestrictionRule) admits(n *node, w *why) bool {
	for i := range r.disks {
		for g := range n.groups {
			if slices.ContainsFunc(n.groups[g].class.volumes, func(v corev1.Volume) bool { return diskConflict(&r.disks[i], &v) }) {
				w.reject(Unschedulable, reasonDisk)
				return false
			}
		}
	}
	if r.conflicts > 0 {
		w.reject(Unschedulable, reasonReadWriteOnce)
		return false
	}
	return true
}

// count compares names only, as upstream does, whatever the namespace.
func (r *volumeRestrictionRule) count(_ *node, p *pod, delta int32) {
	for _, name := range r.exclusive {
		r.conflicts += int(delta) * p.class.claims(name)
	}
}

// diskConflict reports whether two pods with these volumes can not share a node.
func diskConflict(a, b *corev1.Volume) bool {
	if x, y := a.GCEPersistentDisk, b.GCEPersistentDisk; x != nil && y != nil {
		return x.PDName == y.PDName && !(x.ReadOnly && y.ReadOnly)
	}
	if x, y := a.AWSElasticBlockStore, b.AWSElasticBlockStore; x != nil && y != nil {
		return x.VolumeID == y.VolumeID
	}
	if x, y := a.ISCSI, b.ISCSI; x != nil && y != nil {
		return x.IQN == y.IQN && !(x.ReadOnly && y.ReadOnly)
	}
	if x, y := a.RBD, b.RBD; x != nil && y != nil {
		shared := slices.ContainsFunc(x.CephMonitors, func(m string) bool { return slices.Contains(y.CephMonitors, m) })
		return shared && x.RBDPool == y.RBDPool && x.RBDImage == y.RBDImage && !(x.ReadOnly && y.ReadOnly)
	}
	return false
}
