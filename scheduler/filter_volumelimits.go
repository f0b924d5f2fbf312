package scheduler

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

const reasonVolumeCount = "node(s) exceed max volume count"

// volumeLimitRule rejects nodes to which a CSI driver can attach no more
// volumes.
type volumeLimitRule struct{ a *attempt }

func prepareVolumeLimits(a *attempt) (filterRule, *status) {
	for i := range a.pod.class.volumes {
		if v := &a.pod.class.volumes[i]; v.PersistentVolumeClaim != nil || v.Ephemeral != nil || inlineDriver(&v.VolumeSource) != "" {
			return volumeLimitRule{a}, nil
		}
	}
	return nil, nil
}

// A diskHandle names a volume to its driver.
type diskHandle struct{ driver, handle string }

func (r volumeLimitRule) admits(n *node, w *why) bool {
	coming := map[diskHandle]bool{}
	missing, err := r.handles(r.a.pod, n, coming)
	switch {
	case err != nil:
		r.a.fail(nodeVolumeLimits, err, w)
		return false
	case missing != "":
		w.reject(UnschedulableAndUnresolvable, fmt.Sprintf("looking up PVC %s/%s: %s", r.a.pod.key.namespace, missing, claimNotFound(missing)))
		return false
	}
	csi := r.a.c.storage.csiNodes[n.name]
	if len(coming) == 0 || csi == nil {
		return true
	}
	limits := map[string]int{}
	for _, d := range csi.Spec.Drivers {
		if d.Allocatable != nil && d.Allocatable.Count != nil {
			limits[d.Name] = int(*d.Allocatable.Count)
		}
	}
	if len(limits) == 0 {
		return true
	}
	there := map[diskHandle]bool{}
	for _, p := range n.pods {
		if _, err := r.handles(p, n, there); err != nil {
			r.a.fail(nodeVolumeLimits, err, w)
			return false
		}
	}
	for h := range there {
		delete(coming, h)
	}
	r.attached(n, there) // what no pod uses counts as there and, where it is the pod's own, as coming too
	current, more := map[string]int{}, map[string]int{}
	for h := range there {
		current[h.driver]++
	}
	for h := range coming {
		more[h.driver]++
	}
	for driver, count := range more {
		if limit, ok := limits[driver]; ok && current[driver]+count > limit {
			w.reject(Unschedulable, reasonVolumeCount)
			return false
		}
	}
	return true
}

// attached adds the volumes that are attached to the node.
func (r volumeLimitRule) attached(n *node, to map[diskHandle]bool) {
	for _, va := range r.a.c.storage.attachments {
		if va.Spec.NodeName != n.name || va.Spec.Attacher == "" || va.Spec.Source.PersistentVolumeName == nil {
			continue
		}
		if v := r.a.c.storage.volumes[*va.Spec.Source.PersistentVolumeName]; v != nil && v.Spec.CSI != nil {
			to[diskHandle{va.Spec.Attacher, v.Spec.CSI.VolumeHandle}] = true
		}
	}
}

// handles adds the volumes of a pod on a node, where inline disks count if the
// node has told its drivers. Of the pod that is to come it stops at the first
// claim that is not there, and returns its name.
func (r volumeLimitRule) handles(p *pod, n *node, to map[diskHandle]bool) (missing string, err error) {
	s := &r.a.c.storage
	for i := range p.class.volumes {
		v := &p.class.volumes[i]
		name, ephemeral := claimOf(p, v)
		if name == "" {
			if v.PersistentVolumeClaim != nil {
				return "", errNamelessClaim
			}
			if plugin, id := inlinePlugin(&v.VolumeSource); plugin != "" && s.csiNodes[n.name] != nil {
				h, err := handleOf(plugin, id, "")
				if err != nil {
					return "", fmt.Errorf("converting volume(%s) from inline to csi: %w", v.Name, err)
				}
				to[h] = true
			}
			continue
		}
		claim := s.claim(p.key.namespace, name)
		switch {
		case claim == nil && p == r.a.pod:
			return name, nil
		case claim == nil:
		case ephemeral && !isFor(p, claim):
			return "", errors.New(notOwner(p, claim))
		default:
			if h, ok := s.handle(claim); ok {
				to[h] = true
			}
		}
	}
	return "", nil
}

var errNamelessClaim = errors.New("PersistentVolumeClaim had no name")

// handle returns the volume behind a claim. One that is yet to be provisioned
// counts as a volume of its own.
func (s *storage) handle(claim *corev1.PersistentVolumeClaim) (diskHandle, bool) {
	if v := s.volumes[claim.Spec.VolumeName]; v != nil {
		if csi := v.Spec.CSI; csi != nil {
			return diskHandle{csi.Driver, csi.VolumeHandle}, true
		}
		plugin, id := persistentPlugin(&v.Spec)
		h, err := handleOf(plugin, id, oldZone(v))
		return h, err == nil
	}
	class := s.classes[className(claim)]
	if class == nil {
		return diskHandle{}, false
	}
	driver := class.Provisioner
	if m, ok := migrations[driver]; ok {
		driver = m.driver
	}
	return diskHandle{driver, "unbound-" + claim.Namespace + "/" + claim.Name}, driver != ""
}
