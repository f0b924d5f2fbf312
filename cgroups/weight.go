package cgroups

import (
	"math"

	"github.com/kubealgo/kubealgo/internal/saturate"
)

// Formula is a way to turn the cpu.shares of cgroup v1 into the cpu.weight of v2.
// Two are in use on every node of today, at different levels of the same tree:
// comparing weights between levels means nothing.
type Formula uint8

const (
	// Linear maps 2...262144 onto 1...10000 by a straight line, so that one CPU
	// weighs 39. The kubelet uses it for the groups it writes itself (node, QoS
	// class, pod), and so did runc up to 1.3.1 and crun up to 1.22.
	Linear Formula = iota
	// Quadratic passes through (2,1), (1024,100) and (262144,10000), so that one
	// CPU has the kernel's default weight. runc since 1.3.2 and crun since 1.23
	// use it for containers.
	Quadratic
)

// MaxWeight is the largest cpu.weight; the smallest is 1.
const MaxWeight = 10000

// String returns "linear" or "quadratic".
func (f Formula) String() string {
	if f == Quadratic {
		return "quadratic"
	}
	return "linear"
}

// Weight returns the cpu.weight for shares, from 1 to 10000. 0 shares, which
// stand for none given, are 0.
//
// Source: for Linear k8s.io/kubernetes/pkg/kubelet/cm v1.36.3 (which does not
// get 0 or 1 shares and would answer nonsense), for Quadratic
// ConvertCPUSharesToCgroupV2Value of github.com/opencontainers/cgroups v0.0.6.
func (f Formula) Weight(shares int64) int64 {
	switch {
	case shares == 0:
		return 0
	case shares <= MinShares:
		return 1
	case shares >= MaxShares:
		return MaxWeight
	case f == Quadratic:
		l := math.Log2(float64(shares))
		return int64(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
	}
	return 1 + (shares-MinShares)*(MaxWeight-1)/(MaxShares-MinShares)
}

// Shares returns all shares whose weight this is: empty for weights outside of
// 1 to 10000.
func (f Formula) Shares(weight int64) Interval {
	return preimage(f.Weight, weight, MinShares, MaxShares)
}

// WeightToShares returns the shares that the kubelet takes a cpu.weight of one of its
// own groups to be. It is not the inverse of [Linear]: for all but two weights the
// weight of the answer is one less. [Formula.Shares] is the inverse.
//
// Source: the kubelet's reading of cpu.weight, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func WeightToShares(weight int64) int64 {
	return saturate.Add(saturate.MulDiv(saturate.Add(weight, -1), MaxShares-MinShares, MaxWeight-1), MinShares)
}
