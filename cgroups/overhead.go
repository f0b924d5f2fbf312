package cgroups

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/saturate"
)

// WithoutOverhead returns the settings of a pod's group less the pod's overhead: what the
// runtime is told of a pod that was resized, which adds the overhead by itself.
// Settings that are left alone stay so. A nil pod has no overhead.
//
// Source: subtractOverheadFromResourceConfig,
// k8s.io/kubernetes/pkg/kubelet/kuberuntime v1.36.3.
func (r Resources) WithoutOverhead(pod *corev1.Pod, o Options) Resources {
	if pod == nil {
		return r
	}
	if cpu, ok := pod.Spec.Overhead[corev1.ResourceCPU]; ok {
		milli := cpu.MilliValue()
		if r.Quota.IsSet() && r.Period.IsSet() {
			period := r.Period.Or(0)
			if o.NoCustomPeriod {
				period = QuotaPeriod
			}
			r.Quota = Set(saturate.Sub(r.Quota.Or(0), MilliCPUToQuota(milli, period)))
		}
		if shares, ok := r.Shares.Get(); ok {
			r.Shares = Set(MilliCPUToShares(saturate.Sub(SharesToMilliCPU(shares), milli)))
		}
	}
	if memory := pod.Spec.Overhead[corev1.ResourceMemory]; r.Memory.IsSet() {
		bytes, _ := memory.AsInt64() // 0 where that is no number of bytes
		r.Memory = Set(saturate.Sub(r.Memory.Or(0), bytes))
	}
	return r
}
