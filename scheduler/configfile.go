package scheduler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// A Profile is a Config with the SchedulerName by which pods ask for it in
// spec.schedulerName.
type Profile struct {
	SchedulerName string
	Config        Config
}

// DefaultSchedulerName is the name of the profile that pods get when they ask for none.
const DefaultSchedulerName = corev1.DefaultSchedulerName

// ParseConfig reads a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1)
// in YAML or JSON and returns its profiles. Unknown fields, plugins and values
// are errors, as is what would change decisions and is not modelled: extenders,
// and a percentageOfNodesToScore that is neither 0 nor 100 (all nodes are looked
// at). Settings of the process that runs a scheduler (leader election, client
// connection, parallelism and the like) change no decision and are ignored.
//
// A file without profiles has the default one.
func ParseConfig(text []byte) ([]Profile, error) {
	asJSON, err := yaml.ToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	var f configFile
	if err := strict(asJSON, &f); err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	if f.APIVersion != "kubescheduler.config.k8s.io/v1" || f.Kind != "KubeSchedulerConfiguration" {
		return nil, fmt.Errorf("scheduler: configuration: apiVersion %q, kind %q: must be kubescheduler.config.k8s.io/v1, KubeSchedulerConfiguration", f.APIVersion, f.Kind)
	}
	if len(f.Extenders) > 0 {
		return nil, fmt.Errorf("scheduler: configuration: extenders: not modelled")
	}
	if err := allNodes("percentageOfNodesToScore", f.PercentageOfNodesToScore); err != nil {
		return nil, err
	}
	if len(f.Profiles) == 0 {
		f.Profiles = []profileFile{{}}
	}
	var out []Profile
	seen := map[string]bool{}
	for i := range f.Profiles {
		p, err := f.Profiles[i].read(fmt.Sprintf("profiles[%d]", i), len(f.Profiles) == 1)
		if err != nil {
			return nil, err
		}
		if seen[p.SchedulerName] {
			return nil, fmt.Errorf("scheduler: configuration: profiles[%d].schedulerName: %q is taken by another profile", i, p.SchedulerName)
		}
		seen[p.SchedulerName] = true
		if _, err := New(p.Config); err != nil {
			return nil, fmt.Errorf("scheduler: configuration: profiles[%d]: %w", i, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func allNodes(path string, percent *int32) error {
	if percent != nil && *percent != 0 && *percent != 100 {
		return fmt.Errorf("scheduler: configuration: %s: invalid value %d: all nodes are looked at: must be 0 or 100", path, *percent)
	}
	return nil
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more follows the first value")
	}
	return nil
}

// A configFile is a KubeSchedulerConfiguration. Fields of type RawMessage are ignored.
type configFile struct {
	APIVersion               string            `json:"apiVersion"`
	Kind                     string            `json:"kind"`
	PercentageOfNodesToScore *int32            `json:"percentageOfNodesToScore"`
	Profiles                 []profileFile     `json:"profiles"`
	Extenders                []json.RawMessage `json:"extenders"`

	Parallelism              json.RawMessage `json:"parallelism"`
	LeaderElection           json.RawMessage `json:"leaderElection"`
	ClientConnection         json.RawMessage `json:"clientConnection"`
	EnableProfiling          json.RawMessage `json:"enableProfiling"`
	EnableContentionProfil   json.RawMessage `json:"enableContentionProfiling"`
	PodInitialBackoffSeconds json.RawMessage `json:"podInitialBackoffSeconds"`
	PodMaxBackoffSeconds     json.RawMessage `json:"podMaxBackoffSeconds"`
	DelayCacheUntilActive    json.RawMessage `json:"delayCacheUntilActive"`
}

type profileFile struct {
	SchedulerName            *string            `json:"schedulerName"`
	PercentageOfNodesToScore *int32             `json:"percentageOfNodesToScore"`
	Plugins                  *pluginsFile       `json:"plugins"`
	PluginConfig             []pluginConfigFile `json:"pluginConfig"`
}

type pluginsFile struct {
	MultiPoint PluginSet `json:"multiPoint"`
	PreFilter  PluginSet `json:"preFilter"`
	Filter     PluginSet `json:"filter"`
	PostFilter PluginSet `json:"postFilter"`
	PreScore   PluginSet `json:"preScore"`
	Score      PluginSet `json:"score"`

	PreEnqueue PluginSet `json:"preEnqueue"`

	// Points at which nothing is decided that is modelled.
	QueueSort PluginSet `json:"queueSort"`
	Reserve   PluginSet `json:"reserve"`
	Permit    PluginSet `json:"permit"`
	PreBind   PluginSet `json:"preBind"`
	Bind      PluginSet `json:"bind"`
	PostBind  PluginSet `json:"postBind"`
}

type pluginConfigFile struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

func (f *profileFile) read(path string, only bool) (Profile, error) {
	var p Profile
	switch {
	case f.SchedulerName != nil && *f.SchedulerName != "":
		p.SchedulerName = *f.SchedulerName
	case only:
		p.SchedulerName = DefaultSchedulerName
	default:
		return p, fmt.Errorf("scheduler: configuration: %s.schedulerName: must be set where there are several profiles", path)
	}
	if err := allNodes(path+".percentageOfNodesToScore", f.PercentageOfNodesToScore); err != nil {
		return p, err
	}
	if x := f.Plugins; x != nil {
		p.Config.Plugins = Plugins{x.MultiPoint, x.PreEnqueue, x.PreFilter, x.Filter, x.PostFilter, x.PreScore, x.Score}
	}
	seen := map[string]bool{}
	for i, c := range f.PluginConfig {
		at := fmt.Sprintf("scheduler: configuration: %s.pluginConfig[%d]", path, i)
		if seen[c.Name] {
			return p, fmt.Errorf("%s.name: %q is configured already", at, c.Name)
		}
		seen[c.Name] = true
		if err := p.Config.readArgs(c.Name, c.Args); err != nil {
			return p, fmt.Errorf("%s: %w", at, err)
		}
	}
	return p, nil
}

// An argsHeader is what the arguments of every plugin have in common.
type argsHeader struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func (h argsHeader) check(plugin string) error {
	if h.Kind != "" && h.Kind != plugin+"Args" {
		return fmt.Errorf("args.kind: invalid value %q: must be %sArgs", h.Kind, plugin)
	}
	return nil
}

// readArgs reads the arguments of a plugin.
func (c *Config) readArgs(plugin string, text json.RawMessage) error {
	if _, ok := c.catalogue().find(plugin); !ok {
		return fmt.Errorf("name: invalid value %q: no plugin of v1.36 has this name", plugin)
	}
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	var h argsHeader
	var err error
	switch plugin {
	case interPodAffinity:
		var a struct {
			argsHeader
			HardPodAffinityWeight              *int32 `json:"hardPodAffinityWeight"`
			IgnorePreferredTermsOfExistingPods bool   `json:"ignorePreferredTermsOfExistingPods"`
		}
		err = strict(text, &a)
		h = a.argsHeader
		c.InterPodAffinity = InterPodAffinityArgs{a.HardPodAffinityWeight, a.IgnorePreferredTermsOfExistingPods}
	case nodeAffinityName:
		var a struct {
			argsHeader
			AddedAffinity *corev1.NodeAffinity `json:"addedAffinity"`
		}
		err = strict(text, &a)
		h = a.argsHeader
		c.NodeAffinity.AddedAffinity = a.AddedAffinity
	case nodeResourcesFit:
		h, err = c.readFit(text)
	case balancedAllocation:
		var a struct {
			argsHeader
			Resources []ResourceWeight `json:"resources"`
		}
		err = strict(text, &a)
		h = a.argsHeader
		for i, r := range a.Resources {
			if r.Weight != 0 && r.Weight != 1 {
				return fmt.Errorf("args.resources[%d].weight: invalid value %d: must be 1", i, r.Weight)
			}
			c.BalancedAllocation.Resources = append(c.BalancedAllocation.Resources, r.Name)
		}
	case podTopologySpread:
		var a struct {
			argsHeader
			DefaultConstraints []corev1.TopologySpreadConstraint `json:"defaultConstraints"`
			DefaultingType     string                            `json:"defaultingType"`
		}
		err = strict(text, &a)
		h = a.argsHeader
		switch a.DefaultingType {
		case "List":
			c.PodTopologySpread.List = true
		case "", "System":
		default:
			return fmt.Errorf("args.defaultingType: invalid value %q: must be List or System", a.DefaultingType)
		}
		c.PodTopologySpread.DefaultConstraints = a.DefaultConstraints
	case defaultPreemption, volumeBindingPlugin, dynamicResources:
		// How many candidates are tried and how long is waited changes nothing here.
		return nil
	default:
		return fmt.Errorf("args: the plugin %s takes none", plugin)
	}
	if err != nil {
		return fmt.Errorf("args: %w", err)
	}
	return h.check(plugin)
}

func (c *Config) readFit(text json.RawMessage) (argsHeader, error) {
	var a struct {
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
	if err := strict(text, &a); err != nil {
		return a.argsHeader, err
	}
	fit := NodeResourcesFitArgs{IgnoredResources: a.IgnoredResources, IgnoredResourceGroups: a.IgnoredResourceGroups}
	if s := a.ScoringStrategy; s != nil {
		fit.Strategy, fit.Resources = s.Type, s.Resources
		if s.RequestedToCapacityRatio != nil {
			fit.Shape = s.RequestedToCapacityRatio.Shape
		}
	}
	c.NodeResourcesFit = fit
	return a.argsHeader, nil
}
