package scheduler_test

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/scheduler"
)

// A claim that is bound when its first pod comes ties the pods after it to the
// node of the chosen volume.
func ExampleCluster_Apply() {
	mode, local := storagev1.VolumeBindingWaitForFirstConsumer, "local"
	storage := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "disk-2"},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: storage, AccessModes: modes, StorageClassName: local,
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{"n2"}}},
			}}}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeAvailable},
	}
	objects := []runtime.Object{
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: local}, Provisioner: "kubernetes.io/no-provisioner", VolumeBindingMode: &mode},
		volume,
		&corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "data"},
			Spec:       corev1.PersistentVolumeClaimSpec{StorageClassName: &local, AccessModes: modes, Resources: corev1.VolumeResourceRequirements{Requests: storage}},
		},
	}
	for _, name := range []string{"n1", "n2"} {
		objects = append(objects, &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}},
			Status:     corev1.NodeStatus{Allocatable: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("10")}},
		})
	}
	c := scheduler.NewCluster()
	for _, o := range objects {
		if err := c.Add(o); err != nil {
			fmt.Println(err)
		}
	}
	s, _ := scheduler.New(scheduler.Config{})
	for _, name := range []string{"first", "second"} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
		pod.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
		d, err := s.Schedule(c, pod)
		fmt.Println(name, d.Node, d.Volumes, err, c.Apply(pod, d))
	}
	// Output:
	// first n2 [{data disk-2}] <nil> <nil>
	// second n2 [] <nil> <nil>
}

// Which of some running pods have to leave for a new one, and which can stay?
func ExampleScheduler_AddBack() {
	c := twoNodes()
	for _, p := range []struct{ name, cpu, node string }{{"train", "2", "large"}, {"batch", "2", "large"}, {"web", "1", "small"}} {
		if err := c.Place(pod(p.name, p.cpu, "1Gi"), p.node); err != nil {
			fmt.Println(err)
			return
		}
	}
	s, err := scheduler.New(scheduler.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The most important first; web runs on a node that is not needed.
	victims := [][]scheduler.PodName{{{"shop", "train"}}, {{"shop", "batch"}}, {{"shop", "web"}}}
	answer, err := s.AddBack(c, []*corev1.Pod{pod("urgent", "2", "2Gi")}, victims)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("urgent goes to", answer.Decisions[0].Node)
	for _, i := range answer.Stay {
		fmt.Println(victims[i][0].Name, "stays")
	}
	for _, i := range answer.Leave {
		fmt.Println(victims[i][0].Name, "leaves")
	}
	// Output:
	// urgent goes to large
	// train stays
	// web stays
	// batch leaves
}

// A claim for two devices goes to a node that has two of the class.
func ExampleDeviceCounter() {
	c := twoNodes()
	node := "large"
	slice := &resourcev1.ResourceSlice{ObjectMeta: metav1.ObjectMeta{Name: "gpus"}, Spec: resourcev1.ResourceSliceSpec{
		Driver: "gpu.example.com", NodeName: &node, Pool: resourcev1.ResourcePool{Name: node, ResourceSliceCount: 1},
		Devices: []resourcev1.Device{{Name: "gpu-0"}, {Name: "gpu-1"}},
	}}
	class := &resourcev1.DeviceClass{ObjectMeta: metav1.ObjectMeta{Name: "gpu"}, Spec: resourcev1.DeviceClassSpec{
		Selectors: []resourcev1.DeviceSelector{{CEL: &resourcev1.CELDeviceSelector{Expression: `device.driver == "gpu.example.com"`}}},
	}}
	template := &resourcev1.ResourceClaimTemplate{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "two-gpus"}}
	template.Spec.Spec.Devices.Requests = []resourcev1.DeviceRequest{{Name: "gpus", Exactly: &resourcev1.ExactDeviceRequest{DeviceClassName: "gpu", Count: 2}}}
	train := pod("train", "1", "1Gi")
	train.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpus", ResourceClaimTemplateName: &template.Name}}
	train, claims, err := scheduler.MakeClaims(train, []*resourcev1.ResourceClaimTemplate{template})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, object := range []runtime.Object{slice, class, claims[0]} {
		if err := c.Add(object); err != nil {
			fmt.Println(err)
			return
		}
	}
	s, err := scheduler.New(scheduler.Config{Devices: scheduler.DeviceCounter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := s.Schedule(c, train)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range d.Claims[0].Allocation.Devices.Results {
		fmt.Println(d.Node, d.Claims[0].Claim, r.Device)
	}
	fmt.Println(c.Apply(train, d))
	// Output:
	// large train-gpus gpu-0
	// large train-gpus gpu-1
	// <nil>
}

// What the allocator says of a single node.
func ExampleDeviceCounter_Allocate() {
	node := "large"
	claim := &resourcev1.ResourceClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "gpu"}}
	claim.Spec.Devices.Requests = []resourcev1.DeviceRequest{{Name: "one", Exactly: &resourcev1.ExactDeviceRequest{DeviceClassName: "gpu", Count: 1}}}
	found, err := scheduler.DeviceCounter{}.Allocate(scheduler.DeviceQuery{
		Node:   node,
		Claims: []*resourcev1.ResourceClaim{claim},
		Slices: []*resourcev1.ResourceSlice{{Spec: resourcev1.ResourceSliceSpec{
			Driver: "gpu.example.com", NodeName: &node, Pool: resourcev1.ResourcePool{Name: node, ResourceSliceCount: 1},
			Devices: []resourcev1.Device{{Name: "gpu-0"}, {Name: "gpu-1"}},
		}}},
		Class: func(string) *resourcev1.DeviceClass { return &resourcev1.DeviceClass{} }, // any device
		Taken: func(d scheduler.Device) bool { return d.Name == "gpu-0" },
	})
	fmt.Println(found[0].Devices.Results[0].Device, err)
	// Output:
	// gpu-1 <nil>
}
