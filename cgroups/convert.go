package cgroups

import (
	"math"

	"github.com/kubealgo/kubealgo/internal/saturate"
)

// The kubelet's constants.
const (
	MinShares    = 2       // what a container without CPU request gets
	MaxShares    = 262144  // the kernel's largest cpu.shares
	SharesPerCPU = 1024    // cpu.shares of one CPU
	QuotaPeriod  = 100_000 // µs, the default period
	MinQuota     = 1000    // µs, the smallest quota that the kernel takes
	milliPerCPU  = 1000    // millicores of one CPU
)

// MilliCPUToShares returns the cpu.shares for a request in millicores: 1024 per
// CPU, rounded down, within [2, 262144]. Zero and less give 2.
//
// Source: k8s.io/kubernetes/pkg/kubelet/cm v1.36.3, the function of this name; it
// wraps around where this one saturates, beyond 9e15 millicores.
func MilliCPUToShares(milli int64) int64 {
	return min(max(saturate.MulDiv(milli, SharesPerCPU, milliPerCPU), MinShares), MaxShares)
}

// SharesToMilliCPU returns the millicores that cpu.shares stand for, rounded
// up: for 2 to 256000 millicores what [MilliCPUToShares] was given. Less than 2
// shares are 0. See [SharesToMilliCPUs] for all requests that give these shares.
//
// Source: k8s.io/kubernetes/pkg/kubelet/cm v1.36.3, the function of this name.
func SharesToMilliCPU(shares int64) int64 {
	if shares < MinShares {
		return 0
	}
	return int64(math.Ceil(float64(shares*milliPerCPU) / SharesPerCPU))
}

// MilliCPUToQuota returns the microseconds of CPU time per period (in
// microseconds) for a limit in millicores, rounded down but at least 1000; 0
// means no quota, and is the answer for a limit of 0.
//
// The floor makes small limits larger, the more the shorter the period: 100m
// at a period of 1 ms is a whole CPU. A negative limit gives the floor.
//
// Source: k8s.io/kubernetes/pkg/kubelet/cm v1.36.3, the function of this name; it
// wraps around where this one saturates.
func MilliCPUToQuota(milli, period int64) int64 {
	if milli == 0 {
		return 0
	}
	return max(saturate.MulDiv(milli, period, milliPerCPU), MinQuota)
}

// QuotaToMilliCPU returns the millicores that a quota grants, rounded down: 0 for
// -1 (no quota) and for a period of 0. See [QuotaToMilliCPUs] for all limits that
// give this quota.
//
// Source: k8s.io/kubernetes/pkg/kubelet/cm v1.36.3, the function of this name; it
// panics at a period of 0.
func QuotaToMilliCPU(quota, period int64) int64 {
	if quota == -1 {
		return 0
	}
	return saturate.MulDiv(quota, milliPerCPU, period)
}
