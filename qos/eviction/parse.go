package eviction

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// Config is the eviction part of a kubelet's configuration: maps from signals to
// values, all as text. Hard and Soft hold thresholds, SoftGracePeriod how long each soft one has to be
// met, MinimumReclaim what must be available beyond the threshold until the signal counts as recovered.
type Config struct {
	Hard            map[string]string `json:"evictionHard,omitempty"`
	Soft            map[string]string `json:"evictionSoft,omitempty"`
	SoftGracePeriod map[string]string `json:"evictionSoftGracePeriod,omitempty"`
	MinimumReclaim  map[string]string `json:"evictionMinimumReclaim,omitempty"`
	// PodsNotEnforced says that enforceNodeAllocatable does not contain "pods".
	// Otherwise each hard threshold for memory.available also holds for allocatableMemory.available.
	PodsNotEnforced bool `json:"-"`
}

// ParseError refuses a value of a [Config]. Its text is the kubelet's.
type ParseError struct {
	Field   string // evictionHard and so on
	Signal  string // the key, as it was written
	Value   string // empty if it is what is missing
	Message string // the kubelet's
}

// Error returns the kubelet's message.
func (e *ParseError) Error() string { return e.Message }

// Parse reads thresholds: hard ones, soft ones, then those for the allocatable
// memory, each ordered by signal. (Upstream leaves the order to that of a map, and with it
// which of several mistakes it reports; here it is the first in
// the order of the fields of Config and of the signals.)
//
// A value is a quantity above 0 or a percentage: 100Mi, 10%. Exactly "0%" and "100%"
// switch a threshold off. Grace periods are Go durations; every soft threshold
// needs one, and one of 0 makes it hard. Quantities with exponents of more than three
// digits are refused.
//
// Source: ParseThresholdConfig, k8s.io/kubernetes/pkg/kubelet/eviction v1.36.3.
func Parse(c Config) ([]Threshold, error) {
	hard, err := parseThresholds("evictionHard", c.Hard)
	if err != nil {
		return nil, err
	}
	soft, err := parseThresholds("evictionSoft", c.Soft)
	if err != nil {
		return nil, err
	}
	grace, err := parseGracePeriods(c.SoftGracePeriod)
	if err != nil {
		return nil, err
	}
	reclaim, err := parseReclaims(c.MinimumReclaim)
	if err != nil {
		return nil, err
	}
	for i := range soft {
		period, ok := grace[soft[i].Signal]
		if !ok {
			signal := string(soft[i].Signal)
			return nil, &ParseError{Field: "evictionSoftGracePeriod", Signal: signal,
				Message: "grace period must be specified for the soft eviction threshold " + signal}
		}
		soft[i].GracePeriod = period
	}
	all := slices.Concat(hard, soft)
	for i := range all {
		if v, ok := reclaim[all[i].Signal]; ok {
			v = v.clone()
			all[i].MinReclaim = &v
		}
	}
	if c.PodsNotEnforced {
		return all, nil
	}
	for i := range slices.Clone(all) {
		if all[i].Signal == MemoryAvailable && all[i].IsHard() {
			t := all[i].clone()
			t.Signal = AllocatableMemoryAvailable
			all = append(all, t)
		}
	}
	return all, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// entry is one signal and value of one field.
type entry struct{ field, signal, value string }

func (e entry) fail(format string, args ...any) error {
	return &ParseError{Field: e.field, Signal: e.signal, Value: e.value, Message: fmt.Sprintf(format, args...)}
}

// each visits the entries of a field by signal, and refuses unknown signals.
func each(field string, m map[string]string, visit func(entry) error) error {
	for _, signal := range sortedKeys(m) {
		e := entry{field, signal, m[signal]}
		if !Signal(signal).Valid() {
			return e.fail("unsupported eviction signal %v", signal)
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func parseThresholds(field string, m map[string]string) ([]Threshold, error) {
	var out []Threshold
	err := each(field, m, func(e entry) error {
		if e.value == "0%" || e.value == "100%" {
			return nil
		}
		v, err := e.threshold()
		out = append(out, Threshold{Signal: Signal(e.signal), Value: v})
		return err
	})
	return out, err
}

func (e entry) threshold() (v Value, err error) {
	if strings.HasSuffix(e.value, "%") {
		v.Percentage, err = e.percentage()
		switch {
		case err != nil:
		case v.Percentage < 0:
			err = e.fail("eviction percentage threshold %v must be >= 0%%: %s", e.signal, e.value)
		case v.Percentage > 1:
			err = e.fail("eviction percentage threshold %v must be <= 100%%: %s", e.signal, e.value)
		}
		return v, err
	}
	q, err := e.quantity()
	if err == nil && q.Sign() <= 0 {
		err = e.fail("eviction threshold %v must be positive: %s", e.signal, q.String())
	}
	return Value{Quantity: &q}, err
}

func (e entry) percentage() (float32, error) {
	f, err := strconv.ParseFloat(strings.TrimRight(e.value, "%"), 32)
	if err != nil {
		return 0, e.fail("%s", err.Error())
	}
	return float32(f) / 100, nil
}

func (e entry) quantity() (resource.Quantity, error) {
	q, err := podresources.ParseQuantity(e.value)
	if err != nil {
		err = e.fail("%s", err.Error())
	}
	return q, err
}

func parseGracePeriods(m map[string]string) (map[Signal]time.Duration, error) {
	periods := make(map[Signal]time.Duration, len(m))
	err := each("evictionSoftGracePeriod", m, func(e entry) error {
		d, err := time.ParseDuration(e.value)
		if err != nil {
			return e.fail("%s", err.Error())
		}
		if d < 0 {
			return e.fail("invalid eviction grace period specified: %v, must be a positive value", e.value)
		}
		periods[Signal(e.signal)] = d
		return nil
	})
	return periods, err
}

func parseReclaims(m map[string]string) (map[Signal]Value, error) {
	reclaims := make(map[Signal]Value, len(m))
	err := each("evictionMinimumReclaim", m, func(e entry) error {
		v, err := e.reclaim()
		reclaims[Signal(e.signal)] = v
		return err
	})
	return reclaims, err
}

func (e entry) reclaim() (Value, error) {
	if strings.HasSuffix(e.value, "%") {
		p, err := e.percentage()
		if err == nil && p <= 0 {
			err = e.fail("eviction percentage minimum reclaim %v must be positive: %s", e.signal, e.value)
		}
		return Value{Percentage: p}, err
	}
	q, err := e.quantity()
	if q.Sign() < 0 {
		err = e.fail("negative eviction minimum reclaim specified for %v", e.signal)
	}
	return Value{Quantity: &q}, err
}
