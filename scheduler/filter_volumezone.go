package scheduler

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

const reasonVolumeZone = "node(s) had no available volume zone"

// volumeZoneRule rejects nodes outside the zones that the labels of the pod's
// volumes name.
type volumeZoneRule struct{ zones []volumeZone }

type volumeZone struct {
	key    string
	values []string
}

// zoneKeys are the labels that name zones, each old one with its successor.
var zoneKeys = [...]struct{ key, stable string }{
	{corev1.LabelFailureDomainBetaZone, corev1.LabelTopologyZone},
	{corev1.LabelFailureDomainBetaRegion, corev1.LabelTopologyRegion},
	{corev1.LabelTopologyZone, ""},
	{corev1.LabelTopologyRegion, ""},
}

func prepareVolumeZones(a *attempt) (filterRule, *status) {
	r := &volumeZoneRule{}
	s := &a.c.storage
	reject := func(format string, args ...any) (filterRule, *status) {
		return nil, &status{plugin: volumeZonePlugin, reason: fmt.Sprintf(format, args...)}
	}
	for i := range a.pod.class.volumes {
		source := a.pod.class.volumes[i].PersistentVolumeClaim
		if source == nil {
			continue
		}
		if source.ClaimName == "" {
			return reject("%v", errNamelessClaim)
		}
		claim := s.claim(a.pod.key.namespace, source.ClaimName)
		if claim == nil {
			return reject("%s", claimNotFound(source.ClaimName))
		}
		if claim.Spec.VolumeName == "" {
			name := className(claim)
			if name == "" {
				return reject("PersistentVolumeClaim had no pv name and storageClass name")
			}
			class := s.classes[name]
			switch {
			case class == nil:
				return reject("%s", classNotFound(name))
			case class.VolumeBindingMode == nil:
				return reject("VolumeBindingMode not set for StorageClass %q", name)
			case *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer:
				continue
			}
			return reject("PersistentVolume had no name")
		}
		volume := s.volumes[claim.Spec.VolumeName]
		if volume == nil {
			return reject("persistentvolume %q not found", claim.Spec.VolumeName)
		}
		for _, k := range zoneKeys {
			if values := zoneSet(volume.Labels[k.key]); values != nil {
				r.zones = append(r.zones, volumeZone{k.key, values})
			}
		}
	}
	if len(r.zones) == 0 {
		return nil, nil
	}
	return r, nil
}

func classNotFound(name string) string {
	return fmt.Sprintf("storageclass.storage.k8s.io %q not found", name)
}

// zoneSet splits "a__b"; it returns nil for a set with an empty part.
func zoneSet(text string) []string {
	var out []string
	for _, zone := range strings.Split(text, "__") {
		if zone = strings.TrimSpace(zone); zone == "" {
			return nil
		}
		out = append(out, zone)
	}
	return out
}

func (r *volumeZoneRule) admits(n *node, w *why) bool {
	zoned := slices.ContainsFunc(zoneKeys[:], func(k struct{ key, stable string }) bool { _, ok := n.label(k.key); return ok })
	if !zoned {
		return true
	}
	for _, z := range r.zones {
		value, ok := n.label(z.key)
		if !ok {
			for _, k := range zoneKeys {
				if k.key == z.key {
					value, _ = n.label(k.stable)
				}
			}
		}
		if !slices.Contains(z.values, value) {
			w.reject(UnschedulableAndUnresolvable, reasonVolumeZone)
			return false
		}
	}
	return true
}
