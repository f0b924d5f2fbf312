// Package recorded holds the form of vectors for qos, qos/eviction and cgroups:
// inputs and what Kubernetes v1.36.3 answered. The conformance module writes
// them, the packages' own tests read them.
package recorded

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/qos"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

// Class is a pod and what upstream makes of it.
type Class struct {
	Pod          *corev1.Pod
	Class        corev1.PodQOSClass
	Effective    corev1.PodQOSClass
	Critical     bool
	NodeCritical bool
	Memory       int64          // of the node
	OOM          map[string]int // container -> oom_score_adj; nil if upstream's arithmetic wraps around
}

// Preemption is a case of the kubelet's critical-pod preemption.
type Preemption struct {
	Preemptor *corev1.Pod
	Pods      []*corev1.Pod
	Needs     []qos.Need
	Victims   []int // indexes
	Error     string
}

// Thresholds is a configuration and the thresholds in words, sorted.
type Thresholds struct {
	Config      eviction.Config
	NotEnforced bool
	Words       []string
	Error       string
}

// Admission is a pod that comes to a node under pressure.
type Admission struct {
	Pod        *corev1.Pod
	Conditions []corev1.NodeConditionType
	Policy     eviction.Policy
	Message    string
	Admitted   bool
}

// Watch is a node watched for a while.
type Watch struct {
	Policy eviction.Policy
	Local  bool // limits of local storage are enforced
	Pods   []*corev1.Pod
	Steps  []Look
}

// Look is one look at the node, and what upstream did.
type Look struct {
	Now        time.Time
	Summary    json.RawMessage
	Conditions []corev1.NodeConditionType
	Killed     []string // name, grace period and message, sorted
}

// Group is a pod, settings, and the groups that upstream makes of them.
type Group struct {
	Pod        *corev1.Pod
	Options    cgroups.Options
	Exclusive  bool // containers whose name ends in 0 have CPUs of their own
	Containers map[string]cgroups.Resources
	Group      *cgroups.Resources
	Sandbox    *cgroups.Resources
	Overhead   *cgroups.Resources
}

// Save writes vectors, compressed.
func Save(path string, vectors any) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(z).Encode(vectors); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Load reads vectors.
func Load(path string, vectors any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := json.NewDecoder(z).Decode(vectors); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
