package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// A migration says which CSI driver has taken over an in-tree volume plugin,
// and by which label of nodes that driver knows zones, "" where by none of its
// own. Disks of vSphere and shares of Azure have drivers too, which the
// scheduler does not ask: here they are "".
type migration struct{ driver, zone string }

var migrations = map[string]migration{
	"kubernetes.io/aws-ebs":         {"ebs.csi.aws.com", "topology.ebs.csi.aws.com/zone"},
	"kubernetes.io/gce-pd":          {"pd.csi.storage.gke.io", "topology.gke.io/zone"},
	"kubernetes.io/azure-disk":      {"disk.csi.azure.com", ""},
	"kubernetes.io/cinder":          {"cinder.csi.openstack.org", "topology.cinder.csi.openstack.org/zone"},
	"kubernetes.io/portworx-volume": {"pxd.portworx.com", ""},
	"kubernetes.io/azure-file":      {"", ""},
	"kubernetes.io/vsphere-volume":  {"", ""},
}

// leaves reports whether a node leaves a plugin's volumes to the driver.
func leaves(node *storagev1.CSINode, plugin string) bool {
	if node == nil {
		return false
	}
	list := node.Annotations[corev1.MigratedPluginsAnnotationKey]
	return slices.Contains(strings.Split(list, ","), plugin)
}

// inlinePlugin returns the migrated plugin of an in-tree volume and what it
// calls the volume; "" for other volumes.
func inlinePlugin(v *corev1.VolumeSource) (plugin, id string) {
	switch {
	case v.AWSElasticBlockStore != nil:
		plugin, id = "kubernetes.io/aws-ebs", v.AWSElasticBlockStore.VolumeID
	case v.GCEPersistentDisk != nil:
		plugin, id = "kubernetes.io/gce-pd", v.GCEPersistentDisk.PDName
	case v.AzureDisk != nil:
		plugin, id = "kubernetes.io/azure-disk", v.AzureDisk.DataDiskURI
	case v.Cinder != nil:
		plugin, id = "kubernetes.io/cinder", v.Cinder.VolumeID
	case v.PortworxVolume != nil:
		plugin, id = "kubernetes.io/portworx-volume", v.PortworxVolume.VolumeID
	}
	return plugin, id
}

// inlineDriver returns the CSI driver that serves an in-tree volume, "" for
// other volumes.
func inlineDriver(v *corev1.VolumeSource) string {
	plugin, _ := inlinePlugin(v)
	return migrations[plugin].driver
}

// persistentPlugin is inlinePlugin for a persistent volume.
func persistentPlugin(v *corev1.PersistentVolumeSpec) (plugin, id string) {
	source := corev1.VolumeSource{
		AWSElasticBlockStore: v.AWSElasticBlockStore,
		GCEPersistentDisk:    v.GCEPersistentDisk,
		AzureDisk:            v.AzureDisk,
		PortworxVolume:       v.PortworxVolume,
	}
	if d := v.Cinder; d != nil {
		source.Cinder = &corev1.CinderVolumeSource{VolumeID: d.VolumeID}
	}
	return inlinePlugin(&source)
}

// handleOf returns the driver's name of an in-tree volume in a zone, or why
// there is none: no driver, or one that can not have such a volume. Zone is the
// value of a zone label: several zones make a regional disk of GCE.
func handleOf(plugin, id, zone string) (diskHandle, error) {
	var err error
	m, ok := migrations[plugin]
	switch {
	case !ok:
		err = errNotMigrated
	case plugin == "kubernetes.io/aws-ebs":
		id, err = elasticBlock(id)
	case plugin == "kubernetes.io/gce-pd":
		id, err = googleDisk(id, zone)
	}
	return diskHandle{m.driver, id}, err
}

var errNotMigrated = errors.New("no driver has taken over the volume")

// elasticBlock returns the last part of aws://zone/vol-1; other names are as
// they are.
func elasticBlock(id string) (string, error) {
	rest, ok := strings.CutPrefix(id, "aws://")
	if !ok {
		return id, nil
	}
	_, name, _ := strings.Cut(rest, "/")
	name = strings.Trim(name, "/")
	if !strings.HasPrefix(name, "vol-") || strings.Contains(name, "/") {
		return "", fmt.Errorf("failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (%s)", id)
	}
	return name, nil
}

func googleDisk(name, zone string) (string, error) {
	const project, unknown = "projects/UNSPECIFIED/", "UNSPECIFIED"
	zones := strings.Split(zone, "__")
	if len(zones) == 1 {
		if zone == "" {
			zone = unknown
		}
		return project + "zones/" + zone + "/disks/" + name, nil
	}
	regions := map[string]struct{}{}
	region := ""
	for _, z := range zones {
		parts := strings.Split(z, "-")
		if len(parts) != 3 {
			return "", fmt.Errorf("failed to get region from zones: zone in unexpected format, expected: {locale}-{region}-{zone}, got: %s", z)
		}
		region = parts[0] + "-" + parts[1]
		regions[region] = struct{}{}
	}
	if len(regions) != 1 {
		return "", fmt.Errorf("failed to get region from zones: multiple or no regions gotten from zones, got: %v", regions)
	}
	return project + "regions/" + region + "/disks/" + name, nil
}

// oldZone returns the zone label of a volume, the old one first; newZone the
// other way round. An empty label counts as none.
func oldZone(v *corev1.PersistentVolume) string {
	if zone := v.Labels[corev1.LabelFailureDomainBetaZone]; zone != "" {
		return zone
	}
	return v.Labels[corev1.LabelTopologyZone]
}

func newZone(v *corev1.PersistentVolume) string {
	if zone := v.Labels[corev1.LabelTopologyZone]; zone != "" {
		return zone
	}
	return v.Labels[corev1.LabelFailureDomainBetaZone]
}

// affinityOf returns the node affinity of a volume, nil for none: for a node
// that leaves the volume to a driver, as the driver would have it, in terms of
// its own zone label. The error is that of a volume that the driver can not have.
func (s *storage) affinityOf(v *corev1.PersistentVolume, n *node) (*corev1.NodeSelector, error) {
	var required *corev1.NodeSelector
	if v.Spec.NodeAffinity != nil {
		required = v.Spec.NodeAffinity.Required
	}
	plugin, id := persistentPlugin(&v.Spec)
	m, ok := migrations[plugin]
	if !ok || !leaves(s.csiNodes[n.name], plugin) {
		return required, nil
	}
	if _, err := handleOf(plugin, id, oldZone(v)); err != nil {
		return nil, fmt.Errorf("could not translate pv: %w", err)
	}
	if m.zone == "" {
		return required, nil
	}
	out := &corev1.NodeSelector{}
	if required != nil {
		out = required.DeepCopy()
	}
	if renameKey(out, corev1.LabelTopologyZone, m.zone) || renameKey(out, corev1.LabelFailureDomainBetaZone, m.zone) {
		return out, nil
	}
	var zones []string
	for _, zone := range strings.Split(newZone(v), "__") {
		if zone = strings.TrimSpace(zone); zone != "" {
			zones = append(zones, zone)
		}
	}
	if len(zones) == 0 {
		return required, nil
	}
	if len(out.NodeSelectorTerms) == 0 {
		out.NodeSelectorTerms = make([]corev1.NodeSelectorTerm, 1)
	}
	for i := range out.NodeSelectorTerms {
		t := &out.NodeSelectorTerms[i]
		t.MatchExpressions = append(t.MatchExpressions, corev1.NodeSelectorRequirement{Key: m.zone, Operator: corev1.NodeSelectorOpIn, Values: zones})
	}
	return out, nil
}

// renameKey renames a key in all terms, and reports whether it was there.
func renameKey(s *corev1.NodeSelector, from, to string) bool {
	found := false
	for i := range s.NodeSelectorTerms {
		for j := range s.NodeSelectorTerms[i].MatchExpressions {
			if e := &s.NodeSelectorTerms[i].MatchExpressions[j]; e.Key == from {
				e.Key, found = to, true
			}
		}
	}
	return found
}
