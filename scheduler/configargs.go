package scheduler

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An argsHeader is what the arguments of every plugin have in common.
type argsHeader struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func (h argsHeader) header() argsHeader { return h }

// readArgs reads the arguments of a plugin.
func (c *Config) readArgs(plugin string, text json.RawMessage) error {
	if _, ok := c.catalogue().find(plugin); !ok {
		return fmt.Errorf("name: invalid value %q: no plugin of v1.36 has this name", plugin)
	}
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	args := argsOf(plugin)
	if args == nil {
		return fmt.Errorf("args: the plugin %s takes none", plugin)
	}
	if err := strict(text, args); err != nil {
		return fmt.Errorf("args: %w", err)
	}
	switch h := args.header(); {
	case h.Kind != "" && h.Kind != plugin+"Args":
		return fmt.Errorf("args.kind: invalid value %q: must be %sArgs", h.Kind, plugin)
	case h.APIVersion != "" && h.APIVersion != "kubescheduler.config.k8s.io/v1":
		return fmt.Errorf("args.apiVersion: invalid value %q: must be kubescheduler.config.k8s.io/v1", h.APIVersion)
	}
	if err := args.apply(c); err != nil {
		return fmt.Errorf("args.%w", err)
	}
	return nil
}

// pluginArgs are the arguments of one plugin, as files have them.
type pluginArgs interface {
	header() argsHeader
	// apply puts the arguments into a configuration, or returns what is wrong
	// with them that Config.validate does not see.
	apply(*Config) error
}

// argsOf returns the arguments of a plugin with their defaults, nil where it
// takes none.
func argsOf(plugin string) pluginArgs {
	switch plugin {
	case interPodAffinity:
		return &interPodAffinityFile{}
	case nodeAffinityName:
		return &nodeAffinityFile{}
	case nodeResourcesFit:
		return &fitFile{}
	case balancedAllocation:
		return &balancedAllocationFile{}
	case podTopologySpread:
		return &podTopologySpreadFile{}
	case defaultPreemption:
		return &defaultPreemptionFile{MinCandidateNodesPercentage: 10, MinCandidateNodesAbsolute: 100}
	case volumeBindingPlugin:
		return &volumeBindingFile{}
	case dynamicResources:
		return &dynamicResourcesFile{}
	}
	return nil
}

type interPodAffinityFile struct {
	argsHeader
	HardPodAffinityWeight              *int32 `json:"hardPodAffinityWeight"`
	IgnorePreferredTermsOfExistingPods bool   `json:"ignorePreferredTermsOfExistingPods"`
}

func (f *interPodAffinityFile) apply(c *Config) error {
	c.InterPodAffinity = InterPodAffinityArgs{f.HardPodAffinityWeight, f.IgnorePreferredTermsOfExistingPods}
	return nil
}

type nodeAffinityFile struct {
	argsHeader
	AddedAffinity *corev1.NodeAffinity `json:"addedAffinity"`
}

func (f *nodeAffinityFile) apply(c *Config) error {
	c.NodeAffinity.AddedAffinity = f.AddedAffinity
	return nil
}

type fitFile struct {
	argsHeader
	IgnoredResources      []corev1.ResourceName `json:"ignoredResources"`
	IgnoredResourceGroups []string              `json:"ignoredResourceGroups"`
	ScoringStrategy       *struct {
		Type                     ScoringStrategy  `json:"type"`
		Resources                []ResourceWeight `json:"resources"`
		RequestedToCapacityRatio *struct {
			Shape []ShapePoint `json:"shape"`
		} `json:"requestedToCapacityRatio"`
	} `json:"scoringStrategy"`
}

func (f *fitFile) apply(c *Config) error {
	fit := NodeResourcesFitArgs{IgnoredResources: f.IgnoredResources, IgnoredResourceGroups: f.IgnoredResourceGroups}
	if s := f.ScoringStrategy; s != nil {
		if s.Type == "" {
			return fmt.Errorf("scoringStrategy.type: must be LeastAllocated, MostAllocated or RequestedToCapacityRatio")
		}
		fit.Strategy, fit.Resources = s.Type, s.Resources
		if ratio := s.RequestedToCapacityRatio; ratio != nil {
			if s.Type != RequestedToCapacityRatio {
				return fmt.Errorf("scoringStrategy.requestedToCapacityRatio: must be left out, since type is %s", s.Type)
			}
			fit.Shape = ratio.Shape
		}
	}
	c.NodeResourcesFit = fit
	return nil
}

type balancedAllocationFile struct {
	argsHeader
	Resources []ResourceWeight `json:"resources"`
}

func (f *balancedAllocationFile) apply(c *Config) error {
	for i, r := range f.Resources {
		if r.Weight != 0 && r.Weight != 1 {
			return fmt.Errorf("resources[%d].weight: invalid value %d: must be 1", i, r.Weight)
		}
		c.BalancedAllocation.Resources = append(c.BalancedAllocation.Resources, r.Name)
	}
	return nil
}

type podTopologySpreadFile struct {
	argsHeader
	DefaultConstraints []corev1.TopologySpreadConstraint `json:"defaultConstraints"`
	DefaultingType     string                            `json:"defaultingType"`
}

func (f *podTopologySpreadFile) apply(c *Config) error {
	switch f.DefaultingType {
	case "", "System", "List":
		c.PodTopologySpread = PodTopologySpreadArgs{f.DefaultingType == "List", f.DefaultConstraints}
		return nil
	}
	return fmt.Errorf("defaultingType: invalid value %q: must be List or System", f.DefaultingType)
}

// defaultPreemptionFile says on how many nodes preemption is tried; here it is
// tried on all.
type defaultPreemptionFile struct {
	argsHeader
	MinCandidateNodesPercentage int32 `json:"minCandidateNodesPercentage"`
	MinCandidateNodesAbsolute   int32 `json:"minCandidateNodesAbsolute"`
}

func (f *defaultPreemptionFile) apply(*Config) error {
	switch percentage, absolute := f.MinCandidateNodesPercentage, f.MinCandidateNodesAbsolute; {
	case percentage < 0 || percentage > 100:
		return fmt.Errorf("minCandidateNodesPercentage: invalid value %d: must be from 0 to 100", percentage)
	case absolute < 0:
		return fmt.Errorf("minCandidateNodesAbsolute: invalid value %d: must not be negative", absolute)
	case percentage == 0 && absolute == 0:
		return fmt.Errorf("minCandidateNodesPercentage: invalid value 0: must be positive, or minCandidateNodesAbsolute must")
	}
	return nil
}

// volumeBindingFile says how long binding may take, which no decision waits for.
type volumeBindingFile struct {
	argsHeader
	BindTimeoutSeconds int64        `json:"bindTimeoutSeconds"`
	Shape              []ShapePoint `json:"shape"`
}

func (f *volumeBindingFile) apply(*Config) error {
	switch {
	case f.BindTimeoutSeconds < 0:
		return fmt.Errorf("bindTimeoutSeconds: invalid value %d: must not be negative", f.BindTimeoutSeconds)
	case f.Shape != nil:
		return fmt.Errorf("shape: must be left out: the feature gate StorageCapacityScoring is off by default, and not modelled")
	}
	return nil
}

// dynamicResourcesFile says how long the search for devices and their binding
// may take.
type dynamicResourcesFile struct {
	argsHeader
	FilterTimeout  *metav1.Duration `json:"filterTimeout"`
	BindingTimeout *metav1.Duration `json:"bindingTimeout"`
}

func (f *dynamicResourcesFile) apply(*Config) error {
	switch {
	case f.FilterTimeout != nil && f.FilterTimeout.Duration < 0:
		return fmt.Errorf("filterTimeout: invalid value %v: must not be negative", f.FilterTimeout.Duration)
	case f.BindingTimeout != nil && f.BindingTimeout.Seconds() < 1:
		return fmt.Errorf("bindingTimeout: invalid value %v: must be at least 1s", f.BindingTimeout.Duration)
	}
	return nil
}
