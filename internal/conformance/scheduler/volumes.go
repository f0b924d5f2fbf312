package scheduler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// Storage is the objects that volumes are made of.
type Storage struct {
	Claims      []*corev1.PersistentVolumeClaim `json:"claims,omitempty"`
	Volumes     []*corev1.PersistentVolume      `json:"volumes,omitempty"`
	Classes     []*storagev1.StorageClass       `json:"classes,omitempty"`
	CSINodes    []*storagev1.CSINode            `json:"csiNodes,omitempty"`
	Drivers     []*storagev1.CSIDriver          `json:"drivers,omitempty"`
	Capacities  []*storagev1.CSIStorageCapacity `json:"capacities,omitempty"`
	Attachments []*storagev1.VolumeAttachment   `json:"attachments,omitempty"`
}

// LoadStorage replaces the storage that the scheduler knows. The caches of the
// real volume plugins lie over the informers' indexers and hold only what they
// assumed themselves, which a cycle without Reserve never does.
func (u *Upstream) LoadStorage(s *Storage) {
	core, storage := u.informers.Core().V1(), u.informers.Storage().V1()
	index(core.PersistentVolumeClaims().Informer(), s.Claims)
	index(core.PersistentVolumes().Informer(), s.Volumes)
	index(storage.StorageClasses().Informer(), s.Classes)
	index(storage.CSINodes().Informer(), s.CSINodes)
	index(storage.CSIDrivers().Informer(), s.Drivers)
	index(storage.CSIStorageCapacities().Informer(), s.Capacities)
	index(storage.VolumeAttachments().Informer(), s.Attachments)
}

func (o *ours) loadStorage(s *Storage) error {
	var all []runtime.Object
	all = objects(all, s.Claims)
	all = objects(all, s.Volumes)
	all = objects(all, s.Classes)
	all = objects(all, s.CSINodes)
	all = objects(all, s.Drivers)
	all = objects(all, s.Capacities)
	all = objects(all, s.Attachments)
	for _, object := range all {
		if err := o.cluster.Add(object); err != nil {
			return err
		}
	}
	return nil
}

func objects[T runtime.Object](to []runtime.Object, from []T) []runtime.Object {
	for _, o := range from {
		to = append(to, o)
	}
	return to
}

// VolumeCase is one comparison of volume rules.
type VolumeCase struct {
	Cluster kubetest.Cluster `json:"cluster"`
	Storage Storage          `json:"storage"`
	Pod     *corev1.Pod      `json:"pod"`
}

func (c *VolumeCase) whole() bool { return c.Pod != nil }

func (c *VolumeCase) keeps([]string) bool { return false }

// volumeGen draws clusters with storage. Sizes of volumes are all different, and
// no two volumes are for the same claim: among those upstream takes any.
type volumeGen struct {
	dice
	c     *kubetest.Cluster
	s     *Storage
	sizes []int
	refs  map[string]bool
	tame  bool // no claims of other pods among those of running ones
}

const space = "default"

var (
	zones       = []string{"a", "b", "c"}
	zoneLabels  = []string{corev1.LabelTopologyZone, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaZone, corev1.LabelFailureDomainBetaRegion}
	csiDrivers  = []string{"d0", "d1", "pd.csi.storage.gke.io", "ebs.csi.aws.com", "disk.csi.azure.com", "file.csi.azure.com", "cinder.csi.openstack.org", "csi.vsphere.vmware.com", "pxd.portworx.com"}
	provisioned = []string{"d0", "d0", "d1", "kubernetes.io/gce-pd", "kubernetes.io/aws-ebs", "kubernetes.io/azure-disk", "kubernetes.io/azure-file", "kubernetes.io/cinder", "kubernetes.io/vsphere-volume", "kubernetes.io/portworx-volume", "kubernetes.io/no-provisioner", "kubernetes.io/no-provisioner", ""}
	modes       = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce, corev1.ReadWriteMany, corev1.ReadOnlyMany}
	classNames  = []string{"wait0", "wait1", "wait2", "imm", "unset"}
)

func (g *volumeGen) node() string { return g.c.Nodes[g.IntN(len(g.c.Nodes))].Name }

func drawVolumes(seed, index uint64, tame bool) (*kubetest.Cluster, *Storage, []*corev1.Pod) {
	g := &volumeGen{dice: dice{rand.New(rand.NewPCG(seed, index))}, c: &kubetest.Cluster{}, s: &Storage{}, refs: map[string]bool{}, tame: tame}
	g.sizes = g.Perm(16)
	for i := range 3 + g.IntN(6) {
		g.c.Nodes = append(g.c.Nodes, g.drawNode(fmt.Sprintf("n%d", i)))
	}
	for _, name := range classNames {
		g.drawClass(name)
	}
	g.drawDrivers()
	for range 2 + g.IntN(6) {
		g.addVolume()
	}
	for i := range 4 + g.IntN(6) {
		g.drawClaim(space, fmt.Sprintf("c%d", i), "")
	}
	if g.chance(30) {
		g.drawClaim("other", "c0", "")
	}
	for i := range g.IntN(10) {
		pod := g.drawPod(fmt.Sprintf("running%d", i), g.IntN(3))
		priority := int32(g.IntN(12))
		if pod.Spec.Priority = &priority; g.chance(10) {
			pod.Status.NominatedNodeName = g.node()
		} else {
			pod.Spec.NodeName = g.node()
		}
		if g.chance(15) {
			pod.Namespace = "other"
		}
		g.c.Pods = append(g.c.Pods, pod)
	}
	var pods []*corev1.Pod
	for i := range 6 {
		pod := g.drawPod(fmt.Sprintf("pod%d", i), g.IntN(4))
		ten := int32(10)
		pod.Spec.Priority = &ten
		pods = append(pods, pod)
	}
	g.drawAttachments()
	return g.c, g.s, pods
}

func (g *volumeGen) drawNode(name string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}}}
	if g.chance(70) {
		n.Labels[corev1.LabelTopologyZone] = g.pick(zones...)
		for _, key := range zoneLabels[1:] {
			if g.chance(25) {
				n.Labels[key] = g.pick(zones...)
			}
		}
		if g.chance(15) {
			delete(n.Labels, corev1.LabelTopologyZone)
		}
	}
	for _, key := range []string{"topology.ebs.csi.aws.com/zone", "topology.gke.io/zone", "topology.cinder.csi.openstack.org/zone"} {
		if g.chance(30) {
			n.Labels[key] = g.pick(zones...)
		}
	}
	n.Status.Allocatable = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("110")}
	if g.chance(75) {
		csi := &storagev1.CSINode{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if g.chance(20) {
			csi.Annotations = map[string]string{"storage.alpha.kubernetes.io/migrated-plugins": g.pick("kubernetes.io/gce-pd,kubernetes.io/aws-ebs", "kubernetes.io/cinder", "kubernetes.io/azure-disk", "kubernetes.io/vsphere-volume", "kubernetes.io/portworx-volume,kubernetes.io/azure-file")}
		}
		for _, driver := range csiDrivers {
			if g.chance(50) {
				d := storagev1.CSINodeDriver{Name: driver}
				if g.chance(80) {
					d.Allocatable = &storagev1.VolumeNodeResources{}
					if count := int32(g.IntN(4)); g.chance(95) {
						d.Allocatable.Count = &count
					}
				}
				csi.Spec.Drivers = append(csi.Spec.Drivers, d)
			}
		}
		g.s.CSINodes = append(g.s.CSINodes, csi)
	}
	return n
}

func (g *volumeGen) drawClass(name string) {
	if g.chance(5) {
		return
	}
	mode := storagev1.VolumeBindingWaitForFirstConsumer
	c := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: g.pick(provisioned...), VolumeBindingMode: &mode}
	switch name {
	case "imm":
		mode = storagev1.VolumeBindingImmediate
	case "unset":
		c.VolumeBindingMode = nil
	}
	if g.chance(30) {
		for range 1 + g.IntN(2) {
			c.AllowedTopologies = append(c.AllowedTopologies, g.drawTopology())
		}
	}
	g.s.Classes = append(g.s.Classes, c)
}

func (g *volumeGen) drawTopology() (t corev1.TopologySelectorTerm) {
	for range g.IntN(3) {
		e := corev1.TopologySelectorLabelRequirement{Key: corev1.LabelTopologyZone, Values: []string{g.pick(zones...), g.pick(zones...)}}
		if g.chance(30) {
			e = corev1.TopologySelectorLabelRequirement{Key: corev1.LabelHostname, Values: []string{g.node(), g.node()}[:1+g.IntN(2)]}
		}
		t.MatchLabelExpressions = append(t.MatchLabelExpressions, e)
	}
	return t
}

func (g *volumeGen) drawDrivers() {
	for _, name := range []string{"d0", "d1", "kubernetes.io/gce-pd"} {
		if g.chance(75) {
			yes := g.chance(70)
			d := &storagev1.CSIDriver{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: storagev1.CSIDriverSpec{StorageCapacity: &yes}}
			if g.chance(10) {
				d.Spec.StorageCapacity = nil
			}
			g.s.Drivers = append(g.s.Drivers, d)
		}
	}
	for i := range g.IntN(6) {
		c := &storagev1.CSIStorageCapacity{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: fmt.Sprintf("cap%d", i)}, StorageClassName: g.pick(classNames[:3]...)}
		size, most := g.quantity(1+g.IntN(16)), g.quantity(1+g.IntN(16))
		if g.chance(80) {
			c.Capacity = &size
		}
		if g.chance(30) {
			c.MaximumVolumeSize = &most
		}
		switch g.IntN(6) {
		case 0:
		case 1:
			c.NodeTopology = &metav1.LabelSelector{}
		case 2:
			c.NodeTopology = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: corev1.LabelTopologyZone, Operator: metav1.LabelSelectorOpExists}}}
		default:
			c.NodeTopology = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelTopologyZone: g.pick(zones...)}}
		}
		if g.chance(1) {
			c.NodeTopology = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "x", Operator: "No"}}}
		}
		g.s.Capacities = append(g.s.Capacities, c)
	}
}

func (g *volumeGen) quantity(gi int) resource.Quantity {
	return *resource.NewQuantity(int64(gi)<<30, resource.BinarySI)
}

// addVolume draws a volume, which is usable as it is more often than not.
func (g *volumeGen) addVolume() *corev1.PersistentVolume {
	if len(g.s.Volumes) == len(g.sizes) {
		return g.s.Volumes[g.IntN(len(g.sizes))]
	}
	v := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("v%d", len(g.s.Volumes)), Labels: map[string]string{}}}
	v.Spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: g.quantity(1 + g.sizes[len(g.s.Volumes)])}
	v.Spec.StorageClassName = g.pick(classNames[:3]...)
	if g.chance(10) {
		v.Spec.StorageClassName = g.pick("", "gone", "imm")
	}
	if g.chance(5) {
		v.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: g.pick(classNames...)}
	}
	v.Status.Phase = corev1.VolumeAvailable
	if g.chance(15) {
		v.Status.Phase = []corev1.PersistentVolumePhase{corev1.VolumePending, corev1.VolumeBound, corev1.VolumeReleased, corev1.VolumeFailed, ""}[g.IntN(5)]
	}
	v.Spec.AccessModes = g.accessModes()
	if g.chance(70) {
		v.Spec.AccessModes = append(slices.Clone(modes), corev1.ReadWriteOncePod)
	}
	v.Spec.VolumeMode = g.volumeMode()
	if g.chance(5) {
		now := metav1.Unix(1_000_000_000, 0)
		v.DeletionTimestamp = &now
	}
	if g.chance(15) {
		name := "gold"
		v.Spec.VolumeAttributesClassName = &name
	}
	if g.chance(40) {
		v.Labels["tier"] = g.pick("x", "y")
	}
	if g.chance(35) {
		v.Labels[g.pick(zoneLabels...)] = g.pick("a", "b", "a__b", "b__c", "a__", "", " a __c", "a__b__c", "us-west1-a__us-west1-b", "us-west1-a__us-east1-b")
	}
	if g.chance(20) {
		if name := fmt.Sprintf("c%d", g.IntN(10)); !g.refs[name] {
			g.refs[name] = true
			v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: space, Name: name, UID: types.UID(g.pick("", "uid-"+name, "uid-"+name, "old"))}
			if g.chance(10) {
				v.Spec.ClaimRef.Namespace = "other"
			}
		}
	}
	g.volumeSource(v)
	if g.chance(60) {
		v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{}
		if g.chance(97) {
			v.Spec.NodeAffinity.Required = &corev1.NodeSelector{}
			for range 1 + g.IntN(20)/18 {
				v.Spec.NodeAffinity.Required.NodeSelectorTerms = append(v.Spec.NodeAffinity.Required.NodeSelectorTerms, g.drawTerm())
			}
			if g.chance(2) {
				v.Spec.NodeAffinity.Required.NodeSelectorTerms = nil
			}
		}
	}
	g.s.Volumes = append(g.s.Volumes, v)
	return v
}

func (g *volumeGen) drawTerm() corev1.NodeSelectorTerm {
	require := func(key string, op corev1.NodeSelectorOperator, values ...string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: op, Values: values}}}
	}
	switch k := g.IntN(100); {
	case k < 40:
		return require(corev1.LabelHostname, corev1.NodeSelectorOpIn, g.node(), g.node())
	case k < 75:
		return require(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, g.pick(zones...), g.pick(zones...))
	case k < 80:
		return require(corev1.LabelFailureDomainBetaZone, corev1.NodeSelectorOpIn, g.pick(zones...), g.pick(zones...))
	case k < 85:
		return require(corev1.LabelTopologyRegion, corev1.NodeSelectorOpExists)
	case k < 90:
		return require(corev1.LabelTopologyZone, corev1.NodeSelectorOpNotIn, g.pick(zones...))
	case k < 92:
		return corev1.NodeSelectorTerm{}
	case k < 93:
		return require(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn)
	case k < 94:
		return require(corev1.LabelTopologyZone, "Near", "a")
	}
	t := corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{g.node()}}}}
	if g.chance(50) {
		t.MatchExpressions = require(corev1.LabelTopologyZone, corev1.NodeSelectorOpIn, g.pick(zones...)).MatchExpressions
	}
	if g.chance(10) {
		t.MatchFields[0].Key = "metadata.uid"
	}
	return t
}

func (g *volumeGen) volumeMode() *corev1.PersistentVolumeMode {
	mode := corev1.PersistentVolumeFilesystem
	if g.chance(8) {
		mode = corev1.PersistentVolumeBlock
	}
	if g.chance(70) && mode == corev1.PersistentVolumeFilesystem {
		return nil
	}
	return &mode
}

func (g *volumeGen) accessModes() (out []corev1.PersistentVolumeAccessMode) {
	for _, m := range modes {
		if g.chance(40) {
			out = append(out, m)
		}
	}
	return out
}

func (g *volumeGen) volumeSource(v *corev1.PersistentVolume) {
	s := &v.Spec.PersistentVolumeSource
	if g.chance(50) {
		s.CSI = &corev1.CSIPersistentVolumeSource{Driver: g.pick(csiDrivers[:2]...), VolumeHandle: fmt.Sprintf("h%d", g.IntN(6))}
		return
	}
	in := g.inline()
	s.AWSElasticBlockStore, s.GCEPersistentDisk, s.AzureDisk = in.AWSElasticBlockStore, in.GCEPersistentDisk, in.AzureDisk
	s.VsphereVolume, s.PortworxVolume = in.VsphereVolume, in.PortworxVolume
	if f := in.AzureFile; f != nil {
		s.AzureFile = &corev1.AzureFilePersistentVolumeSource{SecretName: f.SecretName, ShareName: f.ShareName}
	}
	if d := in.Cinder; d != nil {
		s.Cinder = &corev1.CinderPersistentVolumeSource{VolumeID: d.VolumeID}
	}
}

// inline draws a disk that is not a claim.
func (g *volumeGen) inline() (s corev1.VolumeSource) {
	id, readOnly := g.pick("x", "x", "y"), g.chance(30)
	switch g.IntN(13) {
	case 0, 1, 10, 11, 12:
		s.GCEPersistentDisk = &corev1.GCEPersistentDiskVolumeSource{PDName: id, ReadOnly: readOnly}
	case 2:
		s.AWSElasticBlockStore = &corev1.AWSElasticBlockStoreVolumeSource{VolumeID: g.pick("", "aws://a/", "aws://b/", "aws:///", "x/", "aws://a/b/", "aws://a/x") + "vol-" + id, ReadOnly: readOnly}
	case 3:
		monitors := []string{"m0", "m1", "m2"}[g.IntN(3):]
		s.RBD = &corev1.RBDVolumeSource{CephMonitors: monitors, RBDPool: g.pick("p", "p", "q"), RBDImage: id, ReadOnly: readOnly}
	case 4:
		s.ISCSI = &corev1.ISCSIVolumeSource{IQN: id, TargetPortal: g.pick("1", "2"), ReadOnly: readOnly}
	case 5:
		s.AzureDisk = &corev1.AzureDiskVolumeSource{DiskName: "disk", DataDiskURI: "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/disks/" + id}
	case 6:
		s.AzureFile = &corev1.AzureFileVolumeSource{SecretName: g.pick("azure-storage-account-a-secret", "s"), ShareName: id}
	case 7:
		s.Cinder = &corev1.CinderVolumeSource{VolumeID: id}
	case 8:
		s.VsphereVolume = &corev1.VsphereVirtualDiskVolumeSource{VolumePath: "[store] " + id}
	default:
		s.PortworxVolume = &corev1.PortworxVolumeSource{VolumeID: id}
	}
	return s
}

// drawClaim draws a claim; owner is the pod that it was made for, by uid.
func (g *volumeGen) drawClaim(namespace, name, owner string) {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("uid-" + name), Annotations: map[string]string{}}}
	yes := g.tame || g.chance(99)
	if owner != "" {
		c.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "p", UID: types.UID(owner), Controller: &yes}}
	}
	class := g.pick(classNames[:3]...)
	if g.chance(6) {
		class = g.pick("imm", "imm", "gone", "", "unset", "unset", "unset")
	}
	c.Spec.StorageClassName = &class
	if g.chance(3) {
		c.Spec.StorageClassName = nil
	}
	if g.chance(4) {
		c.Annotations[corev1.BetaStorageClassAnnotation] = g.pick(classNames[:4]...)
	}
	if g.chance(95) {
		c.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: g.quantity(1 + g.IntN(1+g.IntN(16)))}
	}
	c.Spec.VolumeMode = g.volumeMode()
	if c.Spec.AccessModes = g.accessModes(); g.chance(35) {
		c.Spec.AccessModes = append(c.Spec.AccessModes, corev1.ReadWriteOncePod)
	}
	if g.chance(20) {
		attributes := g.pick("gold", "gold", "silver", "")
		c.Spec.VolumeAttributesClassName = &attributes
	}
	if g.chance(20) {
		c.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"tier": g.pick("x", "y")}}
		if g.chance(1) {
			c.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "tier", Operator: "No"}}
		}
	}
	if g.chance(25) {
		c.Annotations["volume.kubernetes.io/selected-node"] = g.node()
	}
	c.Status.Phase = corev1.ClaimPending
	if g.chance(45) {
		c.Status.Phase = corev1.ClaimBound
		c.Annotations["pv.kubernetes.io/bind-completed"] = "yes"
		v := g.addVolume()
		c.Spec.VolumeName = v.Name
		if v.Spec.ClaimRef == nil && !g.refs[name] && g.chance(80) {
			g.refs[name] = true
			v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: namespace, Name: name, UID: c.UID}
			v.Status.Phase = corev1.VolumeBound
		}
		if g.chance(5) || owner != "" && g.chance(15) {
			c.Spec.VolumeName = "gone"
		}
		if g.chance(3) {
			c.Spec.VolumeName = ""
		}
		if g.chance(4) {
			delete(c.Annotations, "pv.kubernetes.io/bind-completed")
		}
	}
	if g.chance(2) {
		c.Status.Phase = corev1.ClaimLost
	}
	if g.chance(2) {
		now := metav1.Unix(1_000_000_000, 0)
		c.DeletionTimestamp = &now
	}
	g.s.Claims = append(g.s.Claims, c)
}

func (g *volumeGen) drawPod(name string, volumes int) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: space, Name: name, UID: types.UID("uid-" + name)}}
	started := metav1.Unix(int64(1000+g.IntN(100)), 0)
	p.Status.StartTime = &started
	p.Spec.SchedulerName = corev1.DefaultSchedulerName
	for i := range volumes {
		v := corev1.Volume{Name: fmt.Sprintf("vol%d", i)}
		switch k := g.IntN(100); {
		case k < 50:
			c := g.s.Claims[g.IntN(len(g.s.Claims))]
			v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: c.Name}
			if g.chance(2) {
				v.PersistentVolumeClaim.ClaimName = "gone"
			}
			if g.chance(1) && strings.HasPrefix(name, "pod") {
				v.PersistentVolumeClaim.ClaimName = ""
			}
		case k < 70:
			v.Ephemeral = &corev1.EphemeralVolumeSource{}
			if g.chance(95) {
				owner, other := "uid-"+name, 1
				if strings.HasPrefix(name, "pod") {
					other = 15
				}
				if g.chance(other) && !(g.tame && other == 1) {
					owner = "uid-other"
				}
				g.drawClaim(space, name+"-"+v.Name, owner)
			}
		case k < 95:
			v.VolumeSource = g.inline()
		default:
			v.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
		p.Spec.Volumes = append(p.Spec.Volumes, v)
	}
	return p
}

func (g *volumeGen) drawAttachments() {
	for i := range g.IntN(6) {
		a := &storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("va%d", i)}}
		a.Spec.NodeName, a.Spec.Attacher = g.node(), g.pick("d0", "d0", "d1", "d1", "")
		if v := g.s.Volumes[g.IntN(len(g.s.Volumes))]; g.chance(95) {
			name := v.Name
			if a.Spec.Source.PersistentVolumeName = &name; v.Spec.CSI != nil && g.chance(80) {
				a.Spec.Attacher = v.Spec.CSI.Driver
			}
		}
		if g.chance(5) {
			gone := "gone"
			a.Spec.Source.PersistentVolumeName = &gone
		}
		g.s.Attachments = append(g.s.Attachments, a)
	}
}
