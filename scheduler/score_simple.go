package scheduler

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/taints"
)

// maxScore is the score of the best node; the worst has 0.
const maxScore = 100

// normalizeByMax maps scores so that the largest becomes 100, or with reverse
// becomes 0 and a score of 0 becomes 100.
func normalizeByMax(raw []int64, reverse bool) {
	var largest int64
	for _, s := range raw {
		largest = max(largest, s)
	}
	for i, s := range raw {
		switch {
		case largest == 0 && reverse:
			raw[i] = maxScore
		case largest == 0: // left as it is, which matters where it is negative
		case reverse:
			raw[i] = maxScore - maxScore*s/largest
		default:
			raw[i] = maxScore * s / largest
		}
	}
}

// taintScore prefers nodes with the fewest soft taints that the pod does not tolerate.
type taintScore struct {
	pod      *class
	tolerate taints.Options
}

func prepareTaintScore(a *attempt) (scoreRule, error) {
	return taintScore{a.pod.class, a.s.tolerate}, nil
}

func (r taintScore) score(n *node) int64 {
	var untolerated int64
	for i := range n.taints {
		t := &n.taints[i]
		if t.Effect == corev1.TaintEffectPreferNoSchedule && taints.ToleratedBy(t, r.pod.tolerations, r.tolerate) < 0 {
			untolerated++
		}
	}
	return untolerated
}

func (r taintScore) normalize(raw []int64) { normalizeByMax(raw, true) }

// nodeAffinityScore prefers nodes by the weights of the preferred terms that match.
type nodeAffinityScore struct{ pod, added *nodeAffinity }

func prepareNodeAffinityScore(a *attempt) (scoreRule, error) {
	own, added := a.pod.class.nodeAffinity, a.s.added
	if own != nil && !own.hasPreferred {
		own = nil
	}
	if added != nil && !added.hasPreferred {
		added = nil
	}
	if own == nil && added == nil {
		return nil, nil
	}
	if own != nil && own.err != nil {
		return nil, own.err
	}
	return nodeAffinityScore{own, added}, nil
}

func (r nodeAffinityScore) score(n *node) int64 {
	var sum int64
	if r.added != nil {
		sum += r.added.score(n)
	}
	if r.pod != nil {
		sum += r.pod.score(n)
	}
	return sum
}

func (r nodeAffinityScore) normalize(raw []int64) { normalizeByMax(raw, false) }

// imageScore prefers nodes that have the pod's images, the larger the better,
// and the more nodes have them the better, lest all pods pile up on a few.
type imageScore struct {
	images     []map[*node]int64 // of the pod's images that some node has
	nodes      int
	containers int64
}

const (
	minImageSize = 23 << 20   // what is smaller is not worth a preference
	maxImageSize = 1000 << 20 // per container
)

func prepareImageScore(a *attempt) (scoreRule, error) {
	r := &imageScore{nodes: len(a.c.nodes), containers: int64(a.pod.class.n)}
	for _, image := range a.pod.class.images {
		if on := a.c.imageNodes[image]; on != nil {
			r.images = append(r.images, on)
		}
	}
	return r, nil
}

func (r *imageScore) score(n *node) int64 {
	var sum int64
	for _, on := range r.images {
		spread := float64(len(on)) / float64(r.nodes)
		sum += int64(float64(on[n]) * spread)
	}
	largest := maxImageSize * r.containers
	switch { // in this order: without containers largest is less than the least
	case sum < minImageSize:
		sum = minImageSize
	case sum > largest:
		sum = largest
	}
	return maxScore * (sum - minImageSize) / (largest - minImageSize)
}

func invalidScore(plugin string, score int64) error {
	return fmt.Errorf("applying score defaultWeights on Score plugins: plugin %q returns an invalid score %d, it should in the range of [0, %d] after normalizing", plugin, score, maxScore)
}
