package scheduler_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubealgo/kubealgo/scheduler"
)

const (
	boundAnnotation    = "pv.kubernetes.io/bind-completed"
	selectedAnnotation = "volume.kubernetes.io/selected-node"

	noDisk     = "node(s) had no available disk"
	inUse      = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"
	tooMany    = "node(s) exceed max volume count"
	unreached  = "node(s) didn't match PersistentVolume's node affinity"
	unmatched  = "node(s) didn't find available persistent volumes to bind"
	noSpace    = "node(s) did not have enough free storage"
	noVolume   = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
	wrongZone  = "node(s) had no available volume zone"
	notWaiting = "pod has unbound immediate PersistentVolumeClaims"
)

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name)}
}

func storageOf(gi string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(gi + "Gi")}
}

// aNode is a node in a zone, which also names it as a host; "" is none.
func aNode(name, zone string, labels ...string) *corev1.Node {
	n := node(name, "4", "8Gi")
	n.Labels = map[string]string{corev1.LabelHostname: name}
	if zone != "" {
		n.Labels[corev1.LabelTopologyZone] = zone
	}
	for i := 0; i < len(labels); i += 2 {
		n.Labels[labels[i]] = labels[i+1]
	}
	return n
}

// aClass waits for the first consumer unless it is changed.
func aClass(name, provisioner string, change ...func(*storagev1.StorageClass)) *storagev1.StorageClass {
	c := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: provisioner, VolumeBindingMode: ptr(storagev1.VolumeBindingWaitForFirstConsumer)}
	for _, f := range change {
		f(c)
	}
	return c
}

// aClaim asks for 5 Gi of a class.
func aClaim(name, class string, change ...func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: meta(name)}
	c.Spec.StorageClassName = &class
	c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	c.Spec.Resources.Requests = storageOf("5")
	for _, f := range change {
		f(c)
	}
	return c
}

func boundTo(volume string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) {
		c.Annotations = map[string]string{boundAnnotation: "yes"}
		c.Spec.VolumeName, c.Status.Phase = volume, corev1.ClaimBound
	}
}

func selected(node string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) { c.Annotations = map[string]string{selectedAnnotation: node} }
}

func onlyPod(c *corev1.PersistentVolumeClaim) {
	c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod}
}

func ownedBy(uid string) func(*corev1.PersistentVolumeClaim) {
	return func(c *corev1.PersistentVolumeClaim) {
		c.OwnerReferences = []metav1.OwnerReference{{Kind: "Pod", Name: "p", UID: types.UID(uid), Controller: ptr(true)}}
	}
}

// aVolume is free, has all access modes and 10 Gi, and is of a CSI driver.
func aVolume(name, class string, change ...func(*corev1.PersistentVolume)) *corev1.PersistentVolume {
	v := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
	v.Spec.StorageClassName, v.Spec.Capacity, v.Status.Phase = class, storageOf("10"), corev1.VolumeAvailable
	v.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce, corev1.ReadWriteMany}
	v.Spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: "disk", VolumeHandle: "h-" + name}
	for _, f := range change {
		f(v)
	}
	return v
}

func of(gi string) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) { v.Spec.Capacity = storageOf(gi) }
}

func near(key string, values ...string) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) {
		v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values}}},
		}}}
	}
}

func labelled(labels ...string) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) {
		v.Labels = map[string]string{}
		for i := 0; i < len(labels); i += 2 {
			v.Labels[labels[i]] = labels[i+1]
		}
	}
}

func reserved(namespace, claim, uid string) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) {
		v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: namespace, Name: claim, UID: types.UID(uid)}
	}
}

// inTree makes it a volume of another source.
func inTree(source corev1.PersistentVolumeSource) func(*corev1.PersistentVolume) {
	return func(v *corev1.PersistentVolume) { v.Spec.PersistentVolumeSource = source }
}

// csiNode says how many volumes of drivers a node can have: name, count, ….
func csiNode(name string, limits ...any) *storagev1.CSINode {
	n := &storagev1.CSINode{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for i := 0; i < len(limits); i += 2 {
		d := storagev1.CSINodeDriver{Name: limits[i].(string)}
		if count := limits[i+1].(int); count >= 0 {
			d.Allocatable = &storagev1.VolumeNodeResources{Count: ptr(int32(count))}
		}
		n.Spec.Drivers = append(n.Spec.Drivers, d)
	}
	return n
}

func migrating(plugins string) *storagev1.CSINode {
	n := csiNode("n1")
	n.Annotations = map[string]string{corev1.MigratedPluginsAnnotationKey: plugins}
	return n
}

func attached(name, node, attacher, volume string) *storagev1.VolumeAttachment {
	return &storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: storagev1.VolumeAttachmentSpec{
		NodeName: node, Attacher: attacher, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &volume},
	}}
}

// claims are volumes of a pod that name claims; "+v" is an ephemeral volume v.
func claims(names ...string) (out []corev1.Volume) {
	for _, name := range names {
		v := corev1.Volume{Name: strings.TrimPrefix(name, "+")}
		if v.Name != name {
			v.Ephemeral = &corev1.EphemeralVolumeSource{}
		} else {
			v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}
		}
		out = append(out, v)
	}
	return out
}

func disks(sources ...corev1.VolumeSource) (out []corev1.Volume) {
	for _, s := range sources {
		out = append(out, corev1.Volume{Name: "disk", VolumeSource: s})
	}
	return out
}

func google(name string, readOnly bool) corev1.VolumeSource {
	return corev1.VolumeSource{GCEPersistentDisk: &corev1.GCEPersistentDiskVolumeSource{PDName: name, ReadOnly: readOnly}}
}

func amazon(id string) corev1.VolumeSource {
	return corev1.VolumeSource{AWSElasticBlockStore: &corev1.AWSElasticBlockStoreVolumeSource{VolumeID: id}}
}

func iscsi(name string, readOnly bool) corev1.VolumeSource {
	return corev1.VolumeSource{ISCSI: &corev1.ISCSIVolumeSource{IQN: name, ReadOnly: readOnly}}
}

func ceph(monitors, pool, image string, readOnly bool) corev1.VolumeSource {
	return corev1.VolumeSource{RBD: &corev1.RBDVolumeSource{CephMonitors: strings.Fields(monitors), RBDPool: pool, RBDImage: image, ReadOnly: readOnly}}
}

// withVolumes is a pod with volumes; running adds that it is on a node.
func withVolumes(name string, volumes []corev1.Volume) *corev1.Pod {
	p := pod(name, "0", "0")
	p.UID, p.Spec.Volumes = types.UID("uid-"+name), volumes
	return p
}

func running(name, on string, volumes []corev1.Volume) *corev1.Pod {
	p := withVolumes(name, volumes)
	p.Spec.NodeName = on
	return p
}

func clusterOf(t *testing.T, objects ...runtime.Object) *scheduler.Cluster {
	c := scheduler.NewCluster()
	for _, o := range objects {
		require.NoError(t, c.Add(o))
	}
	return c
}

type volumeTest struct {
	name    string
	volumes []corev1.Volume
	objects []runtime.Object
	want    string // "node: reason, reason; …" of the nodes that are rejected, or the error that ends the cycle
}

const limits, binding = "NodeVolumeLimits", "VolumeBinding"

// failed is the error of a plugin that ends the cycle at a node.
func failed(plugin, text string) string {
	return fmt.Sprintf("running %q filter plugin: %s", plugin, text)
}

// run judges a pod p in a cluster of the node n1 in zone a and n2 in zone b,
// with a class for each kind.
func run(t *testing.T, config scheduler.Config, tests []volumeTest) {
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			all := append([]runtime.Object{
				aNode("n1", "a"), aNode("n2", "b"), aClass("wait", "disk"), aClass("static", "kubernetes.io/no-provisioner"),
				aClass("now", "disk", func(c *storagev1.StorageClass) { *c.VolumeBindingMode = storagev1.VolumeBindingImmediate }),
				aClass("unset", "disk", func(c *storagev1.StorageClass) { c.VolumeBindingMode = nil }),
			}, x.objects...)
			c := clusterOf(t, all...)
			s, p := newScheduler(t, config), withVolumes("p", x.volumes)
			e, err := s.Explain(c, p)
			if err != nil {
				require.Equal(t, x.want, err.Error())
				return
			}
			var fit *scheduler.FitError
			if e.Err != nil && !errors.As(e.Err, &fit) {
				require.Equal(t, x.want, e.Err.Error())
				_, err = s.Preempt(c, p)
				require.EqualError(t, err, x.want)
				_, _, err = s.Sample(c, p, 0, 0)
				require.EqualError(t, err, x.want)
				return
			}
			var got []string
			for _, n := range e.Nodes {
				if !n.Fits {
					got = append(got, n.Node+": "+strings.Join(n.Reasons, ", "))
				}
			}
			require.Equal(t, x.want, strings.Join(got, "; "))
		})
	}
}

func everywhere(reason string) string { return "n1: " + reason + "; n2: " + reason }

func list(objects ...runtime.Object) []runtime.Object { return objects }

// Two pods share an inline disk only where both read it, EBS never.
func TestInlineDisks(t *testing.T) {
	on := func(s corev1.VolumeSource) []runtime.Object { return list(running("q", "n1", disks(s))) }
	free, taken := "", "n1: "+noDisk
	run(t, scheduler.Config{}, []volumeTest{
		{"gce", disks(google("x", false)), on(google("x", false)), taken},
		{"gce one writes", disks(google("x", true)), on(google("x", false)), taken},
		{"gce other writes", disks(google("x", false)), on(google("x", true)), taken},
		{"gce both read", disks(google("x", true)), on(google("x", true)), free},
		{"gce other disk", disks(google("y", false)), on(google("x", false)), free},
		{"ebs", disks(amazon("x")), on(amazon("x")), taken},
		{"ebs other disk", disks(amazon("y")), on(amazon("x")), free},
		{"iscsi", disks(iscsi("x", false)), on(iscsi("x", true)), taken},
		{"iscsi other writes", disks(iscsi("x", true)), on(iscsi("x", false)), taken},
		{"iscsi both read", disks(iscsi("x", true)), on(iscsi("x", true)), free},
		{"iscsi other disk", disks(iscsi("y", false)), on(iscsi("x", false)), free},
		{"rbd", disks(ceph("m n", "p", "i", false)), on(ceph("n o", "p", "i", true)), taken},
		{"rbd other writes", disks(ceph("m n", "p", "i", true)), on(ceph("n o", "p", "i", false)), taken},
		{"rbd both read", disks(ceph("m", "p", "i", true)), on(ceph("m", "p", "i", true)), free},
		{"rbd no monitor shared", disks(ceph("m", "p", "i", false)), on(ceph("n", "p", "i", false)), free},
		{"rbd other pool", disks(ceph("m", "p", "i", false)), on(ceph("m", "q", "i", false)), free},
		{"rbd other image", disks(ceph("m", "p", "i", false)), on(ceph("m", "p", "j", false)), free},
		{"other kinds", disks(google("x", false)), on(amazon("x")), free},
		{"iscsi, other kind", disks(iscsi("x", false)), on(google("x", false)), free},
		{"rbd, other kind", disks(ceph("m", "p", "i", false)), on(iscsi("x", false)), free},
		{"ebs, other kind", disks(amazon("x")), on(ceph("m", "p", "i", false)), free},
		{"gce, other kind", disks(google("x", false)), on(iscsi("x", false)), free},
		{"other kind, rbd", disks(iscsi("x", false)), on(ceph("m", "p", "i", false)), free},
		{"second disk", disks(google("y", false), google("x", false)), on(google("x", false)), taken},
		{"not on the node", disks(google("x", false)), list(running("q", "n2", disks(google("x", false)))), "n2: " + noDisk},
	})
}

// A claim that one pod may use keeps others off all nodes.
func TestReadWriteOncePod(t *testing.T) {
	v := aVolume("v", "wait")
	mine := aClaim("c", "wait", boundTo("v"), onlyPod)
	other := running("q", "n1", claims("c"))
	other.Namespace = "elsewhere"
	promised := withVolumes("q", claims("c"))
	promised.Status.NominatedNodeName = "n1"
	run(t, scheduler.Config{}, []volumeTest{
		{"in use", claims("c"), list(v, mine, running("q", "n1", claims("c"))), everywhere(inUse)},
		{"idle", claims("c"), list(v, mine), ""},
		{"other namespace", claims("c"), list(v, mine, other), ""},
		{"other claim", claims("c"), list(v, mine, running("q", "n1", claims("d"))), ""},
		{"other mode", claims("c"), list(v, aClaim("c", "wait", boundTo("v")), running("q", "n1", claims("c"))), ""},
		{"in use beside a disk", claims("c"), list(v, mine, running("q", "n1", append(disks(google("x", true)), claims("c")...))), everywhere(inUse)},
		{"promised", claims("c"), list(v, mine, promised), ""},
		{"promised, for a pod with a disk", append(disks(google("x", true)), claims("c")...), list(v, mine, promised), "n1: " + inUse},
		{"named twice", claims("c", "c"), list(v, mine, running("q", "n1", claims("c"))), everywhere(inUse)},
		{"missing", claims("d"), nil, everywhere(`persistentvolumeclaim "d" not found`)},
	})
}

// Preemption evicts the pod that holds the claim, where it is less important.
func TestPreemptClaimHolder(t *testing.T) {
	for name, x := range map[string]struct {
		priority int32
		holders  int
		want     string
	}{
		"less important": {0, 1, "n1"}, "as important": {10, 1, ""}, "two volumes of one claim": {0, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			volumes := claims("c", "c")[:x.holders]
			holder := running("q", "n1", volumes)
			holder.Spec.Priority = &x.priority
			bystander := running("r", "n1", nil)
			bystander.Spec.Priority = ptr(int32(0))
			c := clusterOf(t, aNode("n1", "a"), aNode("n2", "b"), aClass("wait", "disk"), aVolume("v", "wait"), aClaim("c", "wait", boundTo("v"), onlyPod), holder, bystander)
			p := withVolumes("p", claims("c"))
			p.Spec.Priority = ptr(int32(10))
			r, err := newScheduler(t, scheduler.Config{}).Preempt(c, p)
			require.NoError(t, err)
			if x.holders == 2 { // counted as often as it is named: the first pod back makes no conflict
				require.NotEmpty(t, r.Candidates)
				return
			}
			require.Equal(t, x.want, r.Node)
			if x.want != "" {
				require.Equal(t, []scheduler.Victim{{Namespace: "shop", Name: "q"}}, r.Victims)
			}
		})
	}
}

// CSI volumes are counted by driver and handle, once per node.
func TestVolumeLimits(t *testing.T) {
	b := func(name string) *corev1.PersistentVolumeClaim { return aClaim(name, "wait", boundTo("v"+name)) }
	v := func(name string) *corev1.PersistentVolume { return aVolume("v"+name, "wait") }
	one := list(v("1"), b("1"), v("2"), b("2"), v("3"), b("3"))
	more := func(o ...runtime.Object) []runtime.Object { return append(append([]runtime.Object{}, one...), o...) }
	full := "n1: " + tooMany
	bare := attached("a", "n1", "disk", "v1")
	bare.Spec.Source.PersistentVolumeName = nil
	legacy := aVolume("v4", "wait", inTree(corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{}}))
	run(t, scheduler.Config{}, []volumeTest{
		{"room", claims("1"), more(csiNode("n1", "disk", 1)), ""},
		{"none", claims("1"), more(csiNode("n1", "disk", 0)), full},
		{"other driver", claims("1"), more(csiNode("n1", "tape", 0)), ""},
		{"no limit", claims("1"), more(csiNode("n1", "disk", -1)), ""},
		{"no count", claims("1"), more(func() *storagev1.CSINode {
			n := csiNode("n1", "disk", 0)
			n.Spec.Drivers[0].Allocatable.Count = nil
			return n
		}()), ""},
		{"two", claims("1", "2"), more(csiNode("n1", "disk", 1)), full},
		{"with those there", claims("1"), more(csiNode("n1", "disk", 1), running("q", "n1", claims("2"))), full},
		{"shared", claims("1"), more(csiNode("n1", "disk", 1), running("q", "n1", claims("1"))), ""},
		{"of a pod without its claim", claims("1"), more(csiNode("n1", "disk", 1), running("q", "n1", claims("gone"))), ""},
		{"second claim of that pod", claims("1"), more(csiNode("n1", "disk", 1), running("q", "n1", claims("gone", "2"))), full},
		{"attached", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "disk", "v2")), full},
		{"attached itself", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "disk", "v1")), full},
		{"attached itself and used", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "disk", "v1"), running("q", "n1", claims("1"))), ""},
		{"attached elsewhere", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n2", "disk", "v2")), ""},
		{"attached by nobody", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "", "v2")), ""},
		{"attached nothing", claims("1"), more(csiNode("n1", "disk", 1), bare), ""},
		{"attached missing volume", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "disk", "gone")), ""},
		{"attached other source", claims("1"), more(csiNode("n1", "disk", 1), attached("a", "n1", "disk", "v4"), legacy), ""},
		{"unbound counts", claims("u"), list(aClaim("u", "wait"), csiNode("n1", "disk", 0)), full},
		{"unbound counts apart", claims("u", "w"), list(aClaim("u", "wait"), aClaim("w", "wait"), csiNode("n1", "disk", 1)), full},
		{"unbound of no class", claims("1"), more(csiNode("n1", "disk", 1), aClaim("u", "gone"), running("q", "n1", claims("u"))), ""},
		{"unbound migrated", claims("u"), list(aClaim("u", "aws"), aClass("aws", "kubernetes.io/aws-ebs"), csiNode("n1", "ebs.csi.aws.com", 0)), full},
		{"host path", claims("4"), list(legacy, b("4"), csiNode("n1", "disk", 0)), ""},
		{"host path, where a claim has no name", claims("4"), list(legacy, b("4"), csiNode("n1", "disk", 0), running("q", "n1", claims(""))), ""},
		{"ephemeral", claims("+e"), list(aClaim("p-e", "wait", ownedBy("uid-p")), csiNode("n1", "disk", 0)), full},
		{"ephemeral there", claims("1"), more(aClaim("q-e", "wait", ownedBy("uid-q")), csiNode("n1", "disk", 1), running("q", "n1", claims("+e"))), full},
		{"ephemeral of another", claims("1"), more(aClaim("q-e", "wait", ownedBy("uid-x")), csiNode("n1", "disk", 1), running("q", "n1", claims("+e"))), failed(limits, "PVC shop/q-e was not created for pod shop/q (pod is not owner)")},
		{"ephemeral of another elsewhere", claims("1"), more(aClaim("q-e", "wait", ownedBy("uid-x")), csiNode("n1", "disk", 1), running("q", "n2", claims("+e"))), ""},
		{"nameless claim there", claims("1"), more(csiNode("n1", "disk", 1), running("q", "n1", claims(""))), failed(limits, "PersistentVolumeClaim had no name")},
	})
}

// In-tree volumes count for the CSI driver that took them over, by its names.
func TestMigratedLimits(t *testing.T) {
	azure := corev1.VolumeSource{AzureDisk: &corev1.AzureDiskVolumeSource{DataDiskURI: "x"}}
	cinder := corev1.VolumeSource{Cinder: &corev1.CinderVolumeSource{VolumeID: "x"}}
	portworx := corev1.VolumeSource{PortworxVolume: &corev1.PortworxVolumeSource{VolumeID: "x"}}
	pv := func(s corev1.PersistentVolumeSource, labels ...string) []runtime.Object {
		return list(aVolume("v", "wait", inTree(s), labelled(labels...)), aClaim("c", "wait", boundTo("v")))
	}
	malformed := func(id string) string {
		return failed(limits, "converting volume(disk) from inline to csi: failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume ("+id+")")
	}
	disk := func(id string) corev1.PersistentVolumeSource {
		s := google(id, false)
		return corev1.PersistentVolumeSource{GCEPersistentDisk: s.GCEPersistentDisk}
	}
	driven := func(handle string) corev1.PersistentVolumeSource {
		return corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "pd.csi.storage.gke.io", VolumeHandle: handle}}
	}
	block := corev1.PersistentVolumeSource{AWSElasticBlockStore: amazon("aws://a/vol-1").AWSElasticBlockStore}
	with := func(a []runtime.Object, b ...runtime.Object) []runtime.Object { return append(a, b...) }
	full := "n1: " + tooMany
	const gce, aws = "pd.csi.storage.gke.io", "ebs.csi.aws.com"
	run(t, scheduler.Config{}, []volumeTest{
		{"aws", disks(amazon("vol-1")), list(csiNode("n1", aws, 0)), full},
		{"aws two", disks(amazon("vol-1"), amazon("vol-2")), list(csiNode("n1", aws, 1)), full},
		{"gce two", disks(google("x", true), google("y", true)), list(csiNode("n1", gce, 1)), full},
		{"azure two", disks(azure, corev1.VolumeSource{AzureDisk: &corev1.AzureDiskVolumeSource{DataDiskURI: "y"}}), list(csiNode("n1", "disk.csi.azure.com", 1)), full},
		{"cinder two", disks(cinder, corev1.VolumeSource{Cinder: &corev1.CinderVolumeSource{VolumeID: "y"}}), list(csiNode("n1", "cinder.csi.openstack.org", 1)), full},
		{"portworx two", disks(portworx, corev1.VolumeSource{PortworxVolume: &corev1.PortworxVolumeSource{VolumeID: "y"}}), list(csiNode("n1", "pxd.portworx.com", 1)), full},
		{"aws with slashes", disks(amazon("aws://a//vol-1/"), amazon("vol-1")), list(csiNode("n1", aws, 1)), ""},
		{"aws with slashes counts", disks(amazon("aws://a//vol-1/")), list(csiNode("n1", aws, 0)), full},
		{"aws zone alone", disks(amazon("aws://vol-1")), list(csiNode("n1", aws, 0)), malformed("aws://vol-1")},
		{"aws zone alone, no CSI node", disks(amazon("aws://vol-1")), nil, ""},
		{"gce by the driver's name", append(disks(google("x", true)), claims("c")...), list(csiNode("n1", gce, 1), aClaim("c", "wait", boundTo("v")), aVolume("v", "wait", inTree(driven("projects/UNSPECIFIED/zones/UNSPECIFIED/disks/x")))), ""},
		{"gce by the driver's name in a zone", claims("c", "d"), with(pv(disk("x"), corev1.LabelFailureDomainBetaZone, "z", corev1.LabelTopologyZone, "z"), aNode("z", "z"), csiNode("z", gce, 1), aClaim("d", "wait", boundTo("w")), aVolume("w", "wait", inTree(driven("projects/UNSPECIFIED/zones/z/disks/x")))), everywhere(wrongZone)},
		{"gce by the driver's name in a region", claims("c", "d"), with(pv(disk("x"), corev1.LabelTopologyZone, "us-e-a__us-e-b"), aNode("z", "us-e-a"), csiNode("z", gce, 1), aClaim("d", "wait", boundTo("w")), aVolume("w", "wait", inTree(driven("projects/UNSPECIFIED/regions/us-e/disks/x")))), everywhere(wrongZone)},
		{"aws malformed", disks(amazon("aws://a/x")), list(csiNode("n1", aws, 0)), malformed("aws://a/x")},
		{"aws malformed, no CSI node", disks(amazon("aws://a/x")), nil, ""},
		{"aws malformed deep", disks(amazon("aws://a/vol-1/vol-2")), list(csiNode("n1", aws, 0)), malformed("aws://a/vol-1/vol-2")},
		{"aws malformed deep, no CSI node", disks(amazon("aws://a/vol-1/vol-2")), nil, ""},
		{"aws deep without scheme", disks(amazon("x/vol-1")), list(csiNode("n1", aws, 0)), full},
		{"gce", disks(google("x", true)), list(csiNode("n1", gce, 0)), full},
		{"azure", disks(azure), list(csiNode("n1", "disk.csi.azure.com", 0)), full},
		{"cinder", disks(cinder), list(csiNode("n1", "cinder.csi.openstack.org", 0)), full},
		{"portworx", disks(portworx), list(csiNode("n1", "pxd.portworx.com", 0)), full},
		{"azure file", disks(corev1.VolumeSource{AzureFile: &corev1.AzureFileVolumeSource{}}), list(csiNode("n1", "file.csi.azure.com", 0)), ""},
		{"vsphere", disks(corev1.VolumeSource{VsphereVolume: &corev1.VsphereVirtualDiskVolumeSource{}}), list(csiNode("n1", "csi.vsphere.vmware.com", 0)), ""},
		{"no CSI node", disks(amazon("vol-1")), nil, ""},
		{"same disk", disks(google("x", true)), list(csiNode("n1", gce, 1), running("q", "n1", disks(google("x", true)))), ""},
		{"volume of a zone is another disk", disks(google("x", true)), with(pv(disk("x"), corev1.LabelTopologyZone, "a"), csiNode("n1", gce, 1), running("q", "n1", claims("c"))), full},
		{"volume of no zone is the same disk", disks(google("x", true)), with(pv(disk("x")), csiNode("n1", gce, 1), running("q", "n1", claims("c"))), ""},
		{"aws names", disks(amazon("vol-1")), with(pv(block), csiNode("n1", aws, 1), running("q", "n1", claims("c"))), ""},
		{"volume in tree", claims("c"), with(pv(block), csiNode("n1", aws, 0)), full},
		{"regional", claims("c"), with(pv(disk("x"), corev1.LabelTopologyZone, "us-e-a__us-e-b"), aNode("z", "us-e-a"), csiNode("z", gce, 0)), everywhere(wrongZone) + "; z: " + tooMany},
		{"regions differ", claims("c"), with(pv(disk("x"), corev1.LabelTopologyZone, "us-e-a__us-w-b"), aNode("z", "us-e-a"), csiNode("z", gce, 0)), everywhere(wrongZone)},
		{"not regions", claims("c"), with(pv(disk("x"), corev1.LabelTopologyZone, "a__b"), csiNode("n1", gce, 0)), ""},
	})
	for _, x := range []struct {
		name   string
		source corev1.PersistentVolumeSource
		driver string
	}{
		{"azure", corev1.PersistentVolumeSource{AzureDisk: azure.AzureDisk}, "disk.csi.azure.com"},
		{"cinder", corev1.PersistentVolumeSource{Cinder: &corev1.CinderPersistentVolumeSource{VolumeID: "x"}}, "cinder.csi.openstack.org"},
		{"portworx", corev1.PersistentVolumeSource{PortworxVolume: portworx.PortworxVolume}, "pxd.portworx.com"},
		{"gce", disk("x"), gce},
	} {
		run(t, scheduler.Config{}, []volumeTest{{"volume of " + x.name, claims("c"), with(pv(x.source), csiNode("n1", x.driver, 0)), full}})
	}
}
