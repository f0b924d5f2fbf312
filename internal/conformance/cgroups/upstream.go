// Package cgroups compares kubealgo's cgroups with the kubelet of Kubernetes
// v1.36.3 and with opencontainers/cgroups v0.0.6.
package cgroups

import (
	"context"
	"reflect"
	"sync"
	"unsafe"

	systemddbus "github.com/coreos/go-systemd/v22/dbus"
	"github.com/modern-go/reflect2"
	occgroups "github.com/opencontainers/cgroups"
	_ "github.com/opencontainers/cgroups/fs2" // linked below
	_ "github.com/opencontainers/cgroups/systemd"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
)

// constructors keeps the types that they return in the binary.
var constructors = []any{kuberuntime.NewKubeGenericRuntimeManager, cm.NewContainerManager, cm.NewQOSContainerManager}

//go:linkname isCgroup2UnifiedMode k8s.io/kubernetes/pkg/kubelet/kuberuntime.isCgroup2UnifiedMode
var isCgroup2UnifiedMode func() bool

//go:linkname isUnified github.com/opencontainers/cgroups.isUnified
var isUnified bool

//go:linkname isUnifiedOnce github.com/opencontainers/cgroups.isUnifiedOnce
var isUnifiedOnce sync.Once

//go:linkname hugePageSizes github.com/opencontainers/cgroups.hugePageSizes
var hugePageSizes []string

//go:linkname systemdVersionOnce github.com/opencontainers/cgroups/systemd.versionOnce
var systemdVersionOnce sync.Once

//go:linkname systemdVersion github.com/opencontainers/cgroups/systemd.version
var systemdVersion int

//go:linkname generateLinuxContainerResources k8s.io/kubernetes/pkg/kubelet/kuberuntime.(*kubeGenericRuntimeManager).generateLinuxContainerResources
func generateLinuxContainerResources(m unsafe.Pointer, ctx context.Context, pod *corev1.Pod, container *corev1.Container, enforceMemoryQoS bool) *runtimeapi.LinuxContainerResources

//go:linkname calculateSandboxResources k8s.io/kubernetes/pkg/kubelet/kuberuntime.(*kubeGenericRuntimeManager).calculateSandboxResources
func calculateSandboxResources(m unsafe.Pointer, ctx context.Context, pod *corev1.Pod) *runtimeapi.LinuxContainerResources

//go:linkname convertOverheadToLinuxResources k8s.io/kubernetes/pkg/kubelet/kuberuntime.(*kubeGenericRuntimeManager).convertOverheadToLinuxResources
func convertOverheadToLinuxResources(m unsafe.Pointer, pod *corev1.Pod) *runtimeapi.LinuxContainerResources

//go:linkname getCPUWeight k8s.io/kubernetes/pkg/kubelet/cm.getCPUWeight
func getCPUWeight(shares *uint64) uint64

//go:linkname cpuWeightToCPUShares k8s.io/kubernetes/pkg/kubelet/cm.cpuWeightToCPUShares
func cpuWeightToCPUShares(weight uint64) uint64

//go:linkname getCgroupConfigInternal k8s.io/kubernetes/pkg/kubelet/cm.getCgroupConfigInternal
func getCgroupConfigInternal(rl corev1.ResourceList, compressible bool) *cm.ResourceConfig

//go:linkname toResources k8s.io/kubernetes/pkg/kubelet/cm.(*cgroupCommon).toResources
func toResources(m unsafe.Pointer, logger klog.Logger, c *cm.ResourceConfig) *occgroups.Resources

//go:linkname setCPUCgroupConfig k8s.io/kubernetes/pkg/kubelet/cm.(*qosContainerManagerImpl).setCPUCgroupConfig
func setCPUCgroupConfig(m unsafe.Pointer, configs map[corev1.PodQOSClass]*cm.CgroupConfig) error

//go:linkname setMemoryQoS k8s.io/kubernetes/pkg/kubelet/cm.(*qosContainerManagerImpl).setMemoryQoS
func setMemoryQoS(m unsafe.Pointer, logger klog.Logger, configs map[corev1.PodQOSClass]*cm.CgroupConfig)

//go:linkname setMemoryReserve k8s.io/kubernetes/pkg/kubelet/cm.(*qosContainerManagerImpl).setMemoryReserve
func setMemoryReserve(m unsafe.Pointer, logger klog.Logger, configs map[corev1.PodQOSClass]*cm.CgroupConfig, percent int64)

//go:linkname updateContainerResources k8s.io/kubernetes/pkg/kubelet/kuberuntime.(*kubeGenericRuntimeManager).updateContainerResources
func updateContainerResources(m unsafe.Pointer, ctx context.Context, pod *corev1.Pod, container *corev1.Container, id kubecontainer.ContainerID) error

//go:linkname getNodeAllocatableInternalAbsolute k8s.io/kubernetes/pkg/kubelet/cm.(*containerManagerImpl).getNodeAllocatableInternalAbsolute
func getNodeAllocatableInternalAbsolute(m unsafe.Pointer) corev1.ResourceList

//go:linkname getNodeAllocatableReservation k8s.io/kubernetes/pkg/kubelet/cm.(*containerManagerImpl).GetNodeAllocatableReservation
func getNodeAllocatableReservation(m unsafe.Pointer) corev1.ResourceList

//go:linkname validateNodeAllocatable k8s.io/kubernetes/pkg/kubelet/cm.(*containerManagerImpl).validateNodeAllocatable
func validateNodeAllocatable(m unsafe.Pointer) error

//go:linkname getPodContainerName k8s.io/kubernetes/pkg/kubelet/cm.(*podContainerManagerImpl).GetPodContainerName
func getPodContainerName(m unsafe.Pointer, pod *corev1.Pod) (cm.CgroupName, string)

//go:linkname isPodCgroup k8s.io/kubernetes/pkg/kubelet/cm.(*podContainerManagerImpl).IsPodCgroup
func isPodCgroup(m unsafe.Pointer, cgroupfs string) (bool, string)

//go:linkname setCPU github.com/opencontainers/cgroups/fs2.setCPU
func setCPU(dir string, r *occgroups.Resources) error

//go:linkname setMemory github.com/opencontainers/cgroups/fs2.setMemory
func setMemory(dir string, r *occgroups.Resources) error

//go:linkname setPids github.com/opencontainers/cgroups/fs2.setPids
func setPids(dir string, r *occgroups.Resources) error

//go:linkname setHugeTlb github.com/opencontainers/cgroups/fs2.setHugeTlb
func setHugeTlb(dir string, r *occgroups.Resources) error

//go:linkname genV1ResourcesProperties github.com/opencontainers/cgroups/systemd.genV1ResourcesProperties
func genV1ResourcesProperties(r *occgroups.Resources, cm unsafe.Pointer) ([]systemddbus.Property, error)

//go:linkname genV2ResourcesProperties github.com/opencontainers/cgroups/systemd.genV2ResourcesProperties
func genV2ResourcesProperties(dir string, r *occgroups.Resources, cm unsafe.Pointer) ([]systemddbus.Property, error)

//go:linkname availableRootControllers k8s.io/kubernetes/pkg/kubelet/cm.availableRootControllers
var availableRootControllers sets.Set[string]

//go:linkname availableRootControllersOnce k8s.io/kubernetes/pkg/kubelet/cm.availableRootControllersOnce
var availableRootControllersOnce sync.Once

// onUnified makes upstream believe that it runs on cgroup v2 or v1.
func onUnified(v2 bool) {
	isCgroup2UnifiedMode = func() bool { return v2 }
	occgroups.HugePageSizes() // so that the variable can be set
	isUnifiedOnce.Do(func() {})
	isUnified = v2
	availableRootControllersOnce.Do(func() {})
	availableRootControllers = sets.New("cpu", "memory", "pids", "hugetlb")
}

// onSystemd makes upstream believe that it talks to this version of systemd.
func onSystemd(version int) {
	systemdVersionOnce.Do(func() {})
	systemdVersion = version
}

// object is a value of an unexported type upstream, filled in by field name.
type object struct{ v reflect.Value }

func newObject(pkg, name string) object {
	if len(constructors) == 0 {
		panic("unreachable")
	}
	return object{reflect.New(reflect2.TypeByPackageName(pkg, name).Type1()).Elem()}
}

func (o object) set(field string, value any) object {
	f := o.v.FieldByName(field)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(value))
	return o
}

func (o object) pointer() unsafe.Pointer { return o.v.Addr().UnsafePointer() }

//go:linkname subtractOverheadFromResourceConfig k8s.io/kubernetes/pkg/kubelet/kuberuntime.subtractOverheadFromResourceConfig
func subtractOverheadFromResourceConfig(c *cm.ResourceConfig, pod *corev1.Pod) *cm.ResourceConfig
