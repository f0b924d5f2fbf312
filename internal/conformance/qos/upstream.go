package qos

import (
	"context"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	statsapi "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	_ "k8s.io/kubernetes/pkg/kubelet/cm" // linked below
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"
	_ "k8s.io/kubernetes/pkg/kubelet/preemption" // linked below
)

// admissionRequirement has the layout of the type of this name upstream.
type admissionRequirement struct {
	resourceName corev1.ResourceName
	quantity     int64
}

//go:linkname getPodsToPreempt k8s.io/kubernetes/pkg/kubelet/preemption.getPodsToPreempt
func getPodsToPreempt(pod *corev1.Pod, pods []*corev1.Pod, requirements []*admissionRequirement) ([]*corev1.Pod, error)

//go:linkname parseThresholdConfig k8s.io/kubernetes/pkg/kubelet/eviction.ParseThresholdConfig
func parseThresholdConfig(allocatable []string, hard, soft, grace, reclaim map[string]string) ([]evictionapi.Threshold, error)

type statsFunc = func(pod *corev1.Pod) (statsapi.PodStats, bool)

//go:linkname rankMemoryPressure k8s.io/kubernetes/pkg/kubelet/eviction.rankMemoryPressure
func rankMemoryPressure(pods []*corev1.Pod, stats statsFunc)

//go:linkname buildSignalToRankFunc k8s.io/kubernetes/pkg/kubelet/eviction.buildSignalToRankFunc
func buildSignalToRankFunc(withImageFs, split bool) map[evictionapi.Signal]func(pods []*corev1.Pod, stats statsFunc)

//go:linkname synchronize k8s.io/kubernetes/pkg/kubelet/eviction.(*managerImpl).synchronize
func synchronize(m unsafe.Pointer, ctx context.Context, disk eviction.DiskInfoProvider, pods eviction.ActivePodsFunc) ([]*corev1.Pod, error)

//go:linkname evictionMessage k8s.io/kubernetes/pkg/kubelet/eviction.evictionMessage
func evictionMessage(resource corev1.ResourceName, pod *corev1.Pod, stats statsFunc, thresholds []evictionapi.Threshold, observations map[evictionapi.Signal]signalObservation) (string, map[string]string)

//go:linkname makeSignalObservations k8s.io/kubernetes/pkg/kubelet/eviction.makeSignalObservations
func makeSignalObservations(logger klog.Logger, summary *statsapi.Summary) (map[evictionapi.Signal]signalObservation, statsFunc)

//go:linkname hardEvictionReservation k8s.io/kubernetes/pkg/kubelet/cm.hardEvictionReservation
func hardEvictionReservation(thresholds []evictionapi.Threshold, capacity corev1.ResourceList) corev1.ResourceList

// signalObservation has the layout of the type of this name upstream.
type signalObservation struct {
	capacity  *resource.Quantity
	available *resource.Quantity
	time      metav1.Time
}
