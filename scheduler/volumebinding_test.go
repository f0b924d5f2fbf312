package scheduler_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/scheduler"
)

// lineup is the default one without some plugins.
func lineup(without ...string) scheduler.Config {
	config := scheduler.Config{}
	for _, name := range without {
		config.Plugins.MultiPoint.Disabled = append(config.Plugins.MultiPoint.Disabled, scheduler.Plugin{Name: name})
	}
	return config
}

// A pod does not wait for claims that will not come to be.
func TestClaimsThatDoNotCome(t *testing.T) {
	now := metav1.Now()
	deleted := func(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &now }
	lost := func(c *corev1.PersistentVolumeClaim) { c.Status.Phase, c.Spec.VolumeName = corev1.ClaimLost, "v" }
	elsewhere := func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences[0].Controller = nil }
	half := func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "v" }
	annotated := func(name string) func(*corev1.PersistentVolumeClaim) {
		return func(c *corev1.PersistentVolumeClaim) {
			c.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: name}
		}
	}
	tests := []volumeTest{
		{"lost", claims("c"), list(aClaim("c", "wait", lost)), everywhere(`persistentvolumeclaim "c" bound to non-existent persistentvolume "v"`)},
		{"deleted", claims("c"), list(aClaim("c", "wait", deleted)), everywhere(`persistentvolumeclaim "c" is being deleted`)},
		{"missing", claims("c"), nil, everywhere(`persistentvolumeclaim "c" not found`)},
		{"without a name", claims(""), nil, everywhere(`persistentvolumeclaim "" not found`)},
		{"ephemeral missing", claims("+v"), nil, everywhere(`waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"`)},
		{"ephemeral", claims("+v"), list(aClaim("p-v", "wait", ownedBy("uid-p"))), ""},
		{"ephemeral of another", claims("+v"), list(aClaim("p-v", "wait", ownedBy("uid-q"))), everywhere("PVC shop/p-v was not created for pod shop/p (pod is not owner)")},
		{"ephemeral not controlled", claims("+v"), list(aClaim("p-v", "wait", ownedBy("uid-p"), elsewhere)), everywhere("PVC shop/p-v was not created for pod shop/p (pod is not owner)")},
		{"immediate", claims("c"), list(aClaim("c", "now")), everywhere(notWaiting)},
		{"of no class", claims("c"), list(aClaim("c", "")), everywhere(notWaiting)},
		{"of a missing class", claims("c"), list(aClaim("c", "gone")), everywhere(notWaiting)},
		{"nil class", claims("c"), list(aClaim("c", "", func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil })), everywhere(notWaiting)},
		{"half bound", claims("c"), list(aClaim("c", "wait", half)), everywhere(notWaiting)},
		{"bound to nothing", claims("c"), list(aClaim("c", "now", boundTo(""))), everywhere(notWaiting)},
		{"waiting", claims("c"), list(aClaim("c", "wait")), ""},
		{"old annotation wins", claims("c"), list(aClaim("c", "wait", annotated("now"))), everywhere(notWaiting)},
		{"old annotation waits", claims("c"), list(aClaim("c", "now", annotated("wait"))), ""},
		{"second claim", claims("c", "d"), list(aClaim("c", "wait"), aClaim("d", "now")), everywhere(notWaiting)},
	}
	run(t, lineup("VolumeRestrictions"), tests)
	t.Run("class without a mode", func(t *testing.T) {
		c := clusterOf(t, aNode("n1", "a"), aClass("unset", "disk", func(c *storagev1.StorageClass) { c.VolumeBindingMode = nil }), aClaim("c", "unset"))
		_, err := newScheduler(t, scheduler.Config{}).Schedule(c, withVolumes("p", claims("c")))
		require.EqualError(t, err, `running PreFilter plugin "VolumeBinding": VolumeBindingMode not set for StorageClass "unset"`)
	})
	t.Run("no volumes", func(t *testing.T) {
		run(t, scheduler.Config{}, []volumeTest{{"empty dir", disks(corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}), nil, ""}, {"nameless", claims("+"), nil, everywhere(`waiting for ephemeral volume controller to create the persistentvolumeclaim "p-"`)}})
	})
}

// Bound volumes must be reachable from the node.
func TestBoundVolumes(t *testing.T) {
	c := aClaim("c", "wait", boundTo("v"))
	terms := func(terms ...corev1.NodeSelectorTerm) func(*corev1.PersistentVolume) {
		return func(v *corev1.PersistentVolume) {
			v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: terms}}
		}
	}
	field := corev1.NodeSelectorTerm{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{"n1"}}}}
	run(t, scheduler.Config{}, []volumeTest{
		{"everywhere", claims("c"), list(c, aVolume("v", "wait")), ""},
		{"on a host", claims("c"), list(c, aVolume("v", "wait", near(corev1.LabelHostname, "n1"))), "n2: " + unreached},
		{"nothing required", claims("c"), list(c, aVolume("v", "wait", func(v *corev1.PersistentVolume) { v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{} })), ""},
		{"no terms", claims("c"), list(c, aVolume("v", "wait", terms())), everywhere(unreached)},
		{"fields are given", claims("c"), list(c, aVolume("v", "wait", terms(field))), ""},
		{"gone", claims("+v"), list(aClaim("p-v", "wait", ownedBy("uid-p"), boundTo("gone"))), everywhere(noVolume)},
		{"gone after another", claims("c", "+v"), list(c, aVolume("v", "wait", near(corev1.LabelHostname, "n1")), aClaim("p-v", "wait", ownedBy("uid-p"), boundTo("gone"))), "n1: " + noVolume + "; n2: " + unreached},
		{"beside a disk", append(disks(google("x", true)), claims("c")...), list(c, aVolume("v", "wait")), ""},
		{"and no other", claims("c", "d"), list(c, aVolume("v", "wait", near(corev1.LabelHostname, "n1")), aClaim("d", "static")), "n1: " + unmatched + "; n2: " + unreached + ", " + unmatched},
	})
}

// A node that leaves volumes to a CSI driver must have that driver's label.
func TestMigratedAffinity(t *testing.T) {
	c := aClaim("c", "wait", boundTo("v"))
	const ebs, gke, zone, beta = "topology.ebs.csi.aws.com/zone", "topology.gke.io/zone", corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone
	aws := inTree(corev1.PersistentVolumeSource{AWSElasticBlockStore: amazon("vol-1").AWSElasticBlockStore})
	gce := inTree(corev1.PersistentVolumeSource{GCEPersistentDisk: google("x", false).GCEPersistentDisk})
	azure := inTree(corev1.PersistentVolumeSource{AzureDisk: &corev1.AzureDiskVolumeSource{}})
	cinder := inTree(corev1.PersistentVolumeSource{Cinder: &corev1.CinderPersistentVolumeSource{}})
	n1 := "n1: " + unreached
	notRegion := failed(binding, "could not translate pv: failed to get region from zones: zone in unexpected format, expected: {locale}-{region}-{zone}, got: a")
	both := "kubernetes.io/gce-pd,kubernetes.io/aws-ebs"
	host := near(corev1.LabelHostname, "n1", "z")
	z := aNode("z", "a", ebs, "a")
	zMigrates := migrating(both)
	zMigrates.Name = "z"
	run(t, lineup("VolumeZone"), []volumeTest{
		{"zone of a term", claims("c"), list(c, aVolume("v", "", aws, near(zone, "a", "b")), migrating(both)), n1},
		{"beta zone of a term", claims("c"), list(c, aVolume("v", "", aws, near(beta, "a")), migrating(both)), n1 + "; n2: " + unreached},
		{"node has the label", claims("c"), list(c, aVolume("v", "", aws, near(zone, "a", "b")), z, zMigrates), ""},
		{"node has another zone", claims("c"), list(c, aVolume("v", "", aws, near(zone, "b")), z, zMigrates), "n1: " + unreached + "; z: " + unreached},
		{"another plugin migrates", claims("c"), list(c, aVolume("v", "", aws, near(zone, "a", "b")), migrating("kubernetes.io/gce-pd")), ""},
		{"no annotation", claims("c"), list(c, aVolume("v", "", aws, near(zone, "a", "b")), csiNode("n1")), ""},
		{"CSI volume", claims("c"), list(c, aVolume("v", "", near(zone, "a", "b")), migrating(both)), ""},
		{"zone of a label", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, "a")), migrating(both)), n1},
		{"zones of a label", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, " b __a__")), z, zMigrates), ""},
		{"beta label", claims("c"), list(c, aVolume("v", "", aws, labelled(beta, "b")), z, zMigrates), "z: " + unreached},
		{"label wins over beta", claims("c"), list(c, aVolume("v", "", aws, labelled(beta, "b", zone, "a")), z, zMigrates), ""},
		{"label joins every term", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, "a"), host), z, zMigrates, migrating(both)), n1 + "; n2: " + unreached},
		{"term wins over label", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, "b"), near(zone, "a")), z, zMigrates), "n2: " + unreached},
		{"no zone at all", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, ""), host), migrating(both)), "n2: " + unreached},
		{"gce", claims("c"), list(c, aVolume("v", "", gce, labelled(zone, "a")), migrating(both), aNode("z", "", gke, "a")), n1},
		{"cinder", claims("c"), list(c, aVolume("v", "", cinder, labelled(zone, "a")), migrating("kubernetes.io/cinder")), n1},
		{"azure elsewhere", claims("c"), list(c, aVolume("v", "", azure, near(zone, "b")), migrating("kubernetes.io/azure-disk")), n1},
		{"no zone, elsewhere", claims("c"), list(c, aVolume("v", "", aws, near(corev1.LabelHostname, "n2")), migrating(both)), n1},
		{"beta zone, node has the label", claims("c"), list(c, aVolume("v", "", aws, near(beta, "a")), z, zMigrates), n1 + "; n2: " + unreached},
		{"label does not replace a term", claims("c"), list(c, aVolume("v", "", aws, labelled(zone, "a"), near(corev1.LabelHostname, "n1")), z, zMigrates), "n2: " + unreached + "; z: " + unreached},
		{"azure has no label of its own", claims("c"), list(c, aVolume("v", "", azure, near(zone, "a")), migrating("kubernetes.io/azure-disk")), "n2: " + unreached},
		{"not a region", claims("c"), list(c, aVolume("v", "", gce, labelled(zone, "a__b")), migrating(both)), notRegion},
		{"old label names the disk", claims("c"), list(c, aVolume("v", "", gce, labelled(beta, "a__b", zone, "a")), aNode("z", "", gke, "a"), zMigrates), notRegion},
		{"regions differ", claims("c"), list(c, aVolume("v", "", gce, labelled(zone, "us-e-a__us-w-b")), migrating(both)), failed(binding, "could not translate pv: failed to get region from zones: multiple or no regions gotten from zones, got: map[us-e:{} us-w:{}]")},
	})
}

// A waiting claim takes a volume that is there, or has one made.
func TestWaitingClaims(t *testing.T) {
	now := metav1.Now()
	c := aClaim("c", "static")
	v := func(change ...func(*corev1.PersistentVolume)) *corev1.PersistentVolume {
		return aVolume("v", "static", change...)
	}
	change := func(f func(v *corev1.PersistentVolume)) []runtime.Object { return list(c, v(f)) }
	want := func(f func(c *corev1.PersistentVolumeClaim), change ...func(*corev1.PersistentVolume)) []runtime.Object {
		return list(aClaim("c", "static", f), v(change...))
	}
	block, files := corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem
	none, free := everywhere(unmatched), ""
	tier := &metav1.LabelSelector{MatchLabels: map[string]string{"tier": "x"}}
	run(t, scheduler.Config{}, []volumeTest{
		{"there", claims("c"), list(c, v()), free},
		{"exact size", claims("c"), list(c, v(of("5"))), free},
		{"too small", claims("c"), list(c, v(of("4"))), none},
		{"other class", claims("c"), list(c, aVolume("v", "wait")), none},
		{"old annotation of the volume wins", claims("c"), list(c, aVolume("v", "wait", func(v *corev1.PersistentVolume) {
			v.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: "static"}
		})), free},
		{"not available", claims("c"), change(func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeReleased }), none},
		{"being deleted", claims("c"), change(func(v *corev1.PersistentVolume) { v.DeletionTimestamp = &now }), none},
		{"block", claims("c"), change(func(v *corev1.PersistentVolume) { v.Spec.VolumeMode = &block }), none},
		{"mode by name", claims("c"), change(func(v *corev1.PersistentVolume) { v.Spec.VolumeMode = &files }), free},
		{"both block", claims("c"), want(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = &block }, func(v *corev1.PersistentVolume) { v.Spec.VolumeMode = &block }), free},
		{"access mode", claims("c"), want(onlyPod), none},
		{"attributes class", claims("c"), want(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeAttributesClassName = ptr("gold") }), none},
		{"attributes class of the volume", claims("c"), change(func(v *corev1.PersistentVolume) { v.Spec.VolumeAttributesClassName = ptr("gold") }), none},
		{"empty attributes class", claims("c"), want(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeAttributesClassName = ptr("") }), free},
		{"selector", claims("c"), want(func(c *corev1.PersistentVolumeClaim) { c.Spec.Selector = tier }), none},
		{"selector matches", claims("c"), want(func(c *corev1.PersistentVolumeClaim) { c.Spec.Selector = tier }, labelled("tier", "x")), free},
		{"selector invalid", claims("c"), want(func(c *corev1.PersistentVolumeClaim) {
			c.Spec.Selector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "x", Operator: "No"}}}
		}), failed(binding, `error creating internal label selector for claim: shop/c: "No" is not a valid label selector operator`)},
		{"on a host", claims("c"), change(near(corev1.LabelHostname, "n1")), "n2: " + unmatched},
		{"reserved for it", claims("c"), change(reserved("shop", "c", "")), free},
		{"reserved for it by uid", claims("c"), change(reserved("shop", "c", "uid-c")), free},
		{"reserved for an older one", claims("c"), change(reserved("shop", "c", "old")), none},
		{"reserved for another", claims("c"), change(reserved("shop", "d", "")), none},
		{"reserved in another namespace", claims("c"), change(reserved("web", "c", "")), none},
		{"reserved out of reach, though another is in reach", claims("c"), list(c, v(reserved("shop", "c", ""), near(corev1.LabelHostname, "n1")), aVolume("w", "static")), "n2: " + unmatched},
		{"reserved needs no phase, selector or access mode", claims("c"), list(aClaim("c", "static", onlyPod, func(c *corev1.PersistentVolumeClaim) { c.Spec.Selector = tier }),
			v(reserved("shop", "c", ""), func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeBound })), free},
		{"two claims for one volume", claims("c", "d"), list(c, aClaim("d", "static"), v()), none},
		{"two claims for two volumes", claims("c", "d"), list(c, aClaim("d", "static"), v(), aVolume("w", "static")), free},
		{"the smaller claim first", claims("d", "c"), list(c, aClaim("d", "static", func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = storageOf("8") }), v(of("6")), aVolume("w", "static", of("9"))), free},
	})
}

// Where no volume is there one is made, if the class says so of the node.
func TestProvisioning(t *testing.T) {
	in := func(key string, values ...string) corev1.TopologySelectorLabelRequirement {
		return corev1.TopologySelectorLabelRequirement{Key: key, Values: values}
	}
	class := func(terms ...[]corev1.TopologySelectorLabelRequirement) []runtime.Object {
		return list(aClaim("c", "t"), aClass("t", "disk", func(c *storagev1.StorageClass) {
			for _, e := range terms {
				c.AllowedTopologies = append(c.AllowedTopologies, corev1.TopologySelectorTerm{MatchLabelExpressions: e})
			}
		}))
	}
	type all = []corev1.TopologySelectorLabelRequirement
	run(t, scheduler.Config{}, []volumeTest{
		{"made", claims("c"), list(aClaim("c", "wait")), ""},
		{"by nobody", claims("c"), list(aClaim("c", "n"), aClass("n", "")), everywhere(unmatched)},
		{"by no provisioner", claims("c"), list(aClaim("c", "static")), everywhere(unmatched)},
		{"in a zone", claims("c"), class(all{in(corev1.LabelTopologyZone, "x", "a")}), "n2: " + unmatched},
		{"in one of two", claims("c"), class(all{in(corev1.LabelTopologyZone, "a")}, all{in(corev1.LabelHostname, "n2")}), ""},
		{"in a zone and on a host", claims("c"), class(all{in(corev1.LabelTopologyZone, "a"), in(corev1.LabelHostname, "n2")}), everywhere(unmatched)},
		{"and the other way round", claims("c"), class(all{in(corev1.LabelHostname, "n2"), in(corev1.LabelTopologyZone, "a")}), everywhere(unmatched)},
		{"in a region", claims("c"), class(all{in(corev1.LabelTopologyRegion, "")}), everywhere(unmatched)},
		{"in an empty topology", claims("c"), class(all{}), everywhere(unmatched)},
		{"selected", claims("c"), list(aClaim("c", "wait", selected("n1"))), "n2: " + unmatched},
		{"selected by nobody", claims("c"), list(aClaim("c", "static", selected("n1")), aVolume("v", "static")), everywhere(unmatched)},
		{"selected before another", claims("c", "d"), list(aClaim("c", "wait", selected("n1")), aClaim("d", "static")), everywhere(unmatched)},
		{"selected after another", claims("d", "c"), list(aClaim("c", "wait", selected("n1")), aClaim("d", "static"), aVolume("v", "static")), "n2: " + unmatched},
		{"selected, then elsewhere", claims("c", "d"), list(aClaim("c", "wait", selected("n1")), aClaim("d", "wait", selected("n2"))), everywhere(unmatched)},
	})
}

// A driver that tells of its capacity must have it where the node is.
func TestCapacity(t *testing.T) {
	driver := func(capacity *bool) *storagev1.CSIDriver {
		return &storagev1.CSIDriver{ObjectMeta: metav1.ObjectMeta{Name: "disk"}, Spec: storagev1.CSIDriverSpec{StorageCapacity: capacity}}
	}
	zone := func(z string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelTopologyZone: z}}
	}
	capacity := func(name, class, size string, where *metav1.LabelSelector) *storagev1.CSIStorageCapacity {
		c := &storagev1.CSIStorageCapacity{ObjectMeta: meta(name), StorageClassName: class, NodeTopology: where}
		if size != "" {
			c.Capacity = ptr(resource.MustParse(size + "Gi"))
		}
		return c
	}
	most := capacity("s", "wait", "100", zone("a"))
	most.MaximumVolumeSize = ptr(resource.MustParse("4Gi"))
	c, tells := aClaim("c", "wait"), driver(ptr(true))
	nothing := func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = nil }
	run(t, scheduler.Config{}, []volumeTest{
		{"unknown", claims("c"), list(c, tells), everywhere(noSpace)},
		{"not told", claims("c"), list(c, driver(ptr(false))), ""},
		{"not said", claims("c"), list(c, driver(nil)), ""},
		{"nothing asked", claims("c"), list(aClaim("c", "wait", nothing), tells), ""},
		{"in a zone", claims("c"), list(c, tells, capacity("s", "wait", "5", zone("a"))), "n2: " + noSpace},
		{"in both", claims("c"), list(c, tells, capacity("s", "wait", "5", zone("a")), capacity("t", "wait", "6", zone("b"))), ""},
		{"everywhere", claims("c"), list(c, tells, capacity("s", "wait", "5", &metav1.LabelSelector{})), ""},
		{"too small", claims("c"), list(c, tells, capacity("s", "wait", "4", zone("a"))), everywhere(noSpace)},
		{"too small at once", claims("c"), list(c, tells, most), everywhere(noSpace)},
		{"of another class", claims("c"), list(c, tells, capacity("s", "now", "5", zone("a"))), everywhere(noSpace)},
		{"without a size", claims("c"), list(c, tells, capacity("s", "wait", "", zone("a"))), everywhere(noSpace)},
		{"nowhere", claims("c"), list(c, tells, capacity("s", "wait", "5", nil)), everywhere(noSpace)},
		{"nowhere that can be read", claims("c"), list(c, tells, capacity("s", "wait", "5", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "x", Operator: "No"}}})), everywhere(noSpace)},
		{"not summed", claims("c", "d"), list(c, aClaim("d", "wait"), tells, capacity("s", "wait", "5", zone("a"))), "n2: " + noSpace},
		{"with a bound one out of reach", claims("b", "c"), list(aClaim("b", "wait", boundTo("v")), aVolume("v", "", near(corev1.LabelHostname, "n1")), c, tells), "n1: " + noSpace + "; n2: " + unreached + ", " + noSpace},
	})
}

// The zone labels of bound volumes and nodes must agree.
func TestVolumeZones(t *testing.T) {
	const zone, region, beta, betaRegion = corev1.LabelTopologyZone, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaZone, corev1.LabelFailureDomainBetaRegion
	bound := func(labels ...string) []runtime.Object {
		return list(aClaim("c", "wait", boundTo("v")), aVolume("v", "wait", labelled(labels...)))
	}
	and := func(a []runtime.Object, b ...runtime.Object) []runtime.Object { return append(a, b...) }
	run(t, scheduler.Config{}, []volumeTest{
		{"no labels", claims("c"), bound("tier", "x"), ""},
		{"zone", claims("c"), bound(zone, "a"), "n2: " + wrongZone},
		{"zones", claims("c"), bound(zone, "a__ b"), ""},
		{"empty zone", claims("c"), bound(zone, "a__"), ""},
		{"beta zone", claims("c"), bound(beta, "a"), "n2: " + wrongZone},
		{"beta zone of the node wins", claims("c"), and(bound(beta, "a"), aNode("z", "a", beta, "b")), "n2: " + wrongZone + "; z: " + wrongZone},
		{"stable zone has no old name", claims("c"), and(bound(zone, "a"), aNode("z", "", beta, "a")), "n2: " + wrongZone + "; z: " + wrongZone},
		{"beta zone, node with a region", claims("c"), and(bound(beta, "a"), aNode("z", "a", region, "r")), "n2: " + wrongZone},
		{"region", claims("c"), and(bound(region, "r"), aNode("z", "", region, "r")), everywhere(wrongZone)},
		{"beta region", claims("c"), and(bound(betaRegion, "r"), aNode("z", "", region, "r"), aNode("zz", "", betaRegion, "r")), everywhere(wrongZone)},
		{"zone and region", claims("c"), and(bound(zone, "a", region, "r"), aNode("z", "a", region, "r")), everywhere(wrongZone)},
		{"node without zones", claims("c"), and(bound(zone, "q"), aNode("z", "")), everywhere(wrongZone)},
		{"second claim", claims("d", "c"), and(bound(zone, "a"), aClaim("d", "wait")), "n2: " + wrongZone},
		{"ephemeral", claims("+v"), list(aClaim("p-v", "wait", ownedBy("uid-p"), boundTo("v")), aVolume("v", "wait", labelled(zone, "a"))), ""},
	})
	run(t, lineup("VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding"), []volumeTest{
		{"volume gone", claims("c"), list(aClaim("c", "wait", boundTo("v"))), everywhere(`persistentvolume "v" not found`)},
		{"claim gone", claims("c"), nil, everywhere(`persistentvolumeclaim "c" not found`)},
		{"claim without a name", claims(""), nil, everywhere("PersistentVolumeClaim had no name")},
		{"no class", claims("c"), list(aClaim("c", "")), everywhere("PersistentVolumeClaim had no pv name and storageClass name")},
		{"class gone", claims("c"), list(aClaim("c", "gone")), everywhere(`storageclass.storage.k8s.io "gone" not found`)},
		{"class without a mode", claims("c"), list(aClaim("c", "unset")), everywhere(`VolumeBindingMode not set for StorageClass "unset"`)},
		{"immediate", claims("c"), list(aClaim("c", "now")), everywhere("PersistentVolume had no name")},
		{"waiting", claims("c"), list(aClaim("c", "wait")), ""},
	})
	run(t, lineup("VolumeRestrictions", "VolumeBinding", "VolumeZone"), []volumeTest{
		{"limits miss the claim", claims("c"), nil, everywhere(`looking up PVC shop/c: persistentvolumeclaim "c" not found`)},
		{"limits name the first", claims("c", "d"), nil, everywhere(`looking up PVC shop/c: persistentvolumeclaim "c" not found`)},
	})
}

// Apply binds what the decision says: later pods find it bound.
func TestApplyBinds(t *testing.T) {
	c := clusterOf(t, aNode("n1", "a"), aClass("static", "kubernetes.io/no-provisioner"), aClass("wait", "disk"),
		aVolume("large", "static", of("20")), aVolume("small", "static", of("6")), aVolume("tiny", "static", of("2")),
		aClaim("c", "static"), aClaim("d", "static", func(c *corev1.PersistentVolumeClaim) {
			c.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: "wait"}
		}), aClaim("e", "static"))
	s := newScheduler(t, scheduler.Config{})
	p := withVolumes("p", claims("d", "c"))
	d, err := s.Schedule(c, p)
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "c", Volume: "small"}, {Claim: "d"}}, d.Volumes)
	require.NoError(t, c.Apply(p, d))

	d, err = s.Schedule(c, withVolumes("q", claims("c")))
	require.NoError(t, err, "c is bound")
	require.Empty(t, d.Volumes)
	d, err = s.Schedule(c, withVolumes("q", claims("e")))
	require.NoError(t, err)
	require.Equal(t, []scheduler.VolumeBinding{{Claim: "e", Volume: "large"}}, d.Volumes, "small is taken")
	require.NoError(t, c.AddNode(aNode("n2", "b")))
	e, err := s.Explain(c, withVolumes("q", claims("d")))
	require.NoError(t, err)
	require.True(t, e.Nodes[0].Fits, "other annotations stay")
	require.Equal(t, []string{unmatched}, e.Nodes[1].Reasons, "d is tied to n1")
	require.NoError(t, c.Apply(withVolumes("r", nil), scheduler.Decision{Node: "n1", Volumes: []scheduler.VolumeBinding{{Claim: "gone"}, {Claim: "e", Volume: "gone"}}}))
}

// The smallest claim chooses first, and of equal volumes takes the first by name.
func TestChoiceOfVolumes(t *testing.T) {
	small := aClaim("c", "wait")
	large := aClaim("d", "wait", func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = storageOf("8") })
	for name, x := range map[string]struct {
		volumes []runtime.Object
		want    []scheduler.VolumeBinding
	}{
		"one for two":   {list(aVolume("v", "wait")), []scheduler.VolumeBinding{{Claim: "c", Volume: "v"}, {Claim: "d"}}},
		"equal volumes": {list(aVolume("z", "wait"), aVolume("w", "wait"), aVolume("x", "wait"), aVolume("y", "wait")), []scheduler.VolumeBinding{{Claim: "c", Volume: "w"}, {Claim: "d", Volume: "x"}}},
		"the smallest":  {list(aVolume("v", "wait", of("9")), aVolume("w", "wait", of("6")), aVolume("x", "wait", of("8"))), []scheduler.VolumeBinding{{Claim: "c", Volume: "w"}, {Claim: "d", Volume: "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := clusterOf(t, append(list(aNode("n1", "a"), aClass("wait", "disk"), small, large), x.volumes...)...)
			d, err := newScheduler(t, scheduler.Config{}).Schedule(c, withVolumes("p", claims("d", "c")))
			require.NoError(t, err)
			require.Equal(t, x.want, d.Volumes)
		})
	}
}

// Objects of the storage can be changed and removed.
func TestStorageChanges(t *testing.T) {
	objects := list(aClaim("c", "wait"), aVolume("v", "wait"), aClass("wait", "disk"), csiNode("n1"),
		&storagev1.CSIDriver{ObjectMeta: metav1.ObjectMeta{Name: "disk"}}, &storagev1.CSIStorageCapacity{ObjectMeta: meta("s")}, attached("a", "n1", "disk", "v"))
	c := clusterOf(t, objects...)
	for i, name := range []string{`persistent volume claim "shop/c"`, `persistent volume "v"`, `storage class "wait"`, `CSI node "n1"`, `CSI driver "disk"`, `CSI storage capacity "shop/s"`, `volume attachment "a"`} {
		require.EqualError(t, c.Add(objects[i]), "scheduler: "+name+" is already in the cluster")
		require.NoError(t, c.Update(objects[i]))
		require.NoError(t, c.Remove(objects[i]))
		require.EqualError(t, c.Remove(objects[i]), "scheduler: "+name+" is not in the cluster")
	}
}
