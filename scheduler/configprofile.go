package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

type profileFile struct {
	SchedulerName            *string            `json:"schedulerName"`
	PercentageOfNodesToScore *int32             `json:"percentageOfNodesToScore"`
	Plugins                  pluginsFile        `json:"plugins"`
	PluginConfig             []pluginConfigFile `json:"pluginConfig"`
}

type pluginsFile struct {
	MultiPoint PluginSet `json:"multiPoint"`
	PreEnqueue PluginSet `json:"preEnqueue"`
	PreFilter  PluginSet `json:"preFilter"`
	Filter     PluginSet `json:"filter"`
	PostFilter PluginSet `json:"postFilter"`
	PreScore   PluginSet `json:"preScore"`
	Score      PluginSet `json:"score"`

	// Points at which nothing is decided that is modelled.

	QueueSort         PluginSet `json:"queueSort"`
	Reserve           PluginSet `json:"reserve"`
	Permit            PluginSet `json:"permit"`
	PreBind           PluginSet `json:"preBind"`
	Bind              PluginSet `json:"bind"`
	PostBind          PluginSet `json:"postBind"`
	PlacementGenerate PluginSet `json:"placementGenerate"`
	PlacementScore    PluginSet `json:"placementScore"`
}

type pluginConfigFile struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

// read returns the profile; only says that the file has no other. It gets those
// of the rules that it names.
func (f *profileFile) read(only bool, rules []Rule) (*Profile, error) {
	p := &Profile{SchedulerName: DefaultSchedulerName}
	if f.SchedulerName != nil {
		p.SchedulerName = *f.SchedulerName
	} else if !only {
		p.SchedulerName = ""
	}
	if p.SchedulerName == "" {
		return nil, errors.New("schedulerName: must be set, and may be left out only where there is no other profile")
	}
	if x := f.PercentageOfNodesToScore; x != nil {
		if p.PercentageOfNodesToScore = *x; *x < 0 || *x > 100 {
			return nil, fmt.Errorf("percentageOfNodesToScore: invalid value %d: must be from 0 to 100", *x)
		}
	}
	x := &f.Plugins
	p.Config.Plugins = Plugins{x.MultiPoint, x.PreEnqueue, x.PreFilter, x.Filter, x.PostFilter, x.PreScore, x.Score}
	for _, r := range rules {
		if p.Config.Plugins.names(r.Name) {
			p.Config.Rules = append(p.Config.Rules, r)
		}
	}
	if err := x.validateOthers(p.Config.catalogue()); err != nil {
		return nil, err
	}
	for i, c := range f.PluginConfig {
		err := p.Config.readArgs(c.Name, c.Args)
		if slices.ContainsFunc(f.PluginConfig[:i], func(o pluginConfigFile) bool { return o.Name == c.Name }) {
			err = fmt.Errorf("name: %q is configured already", c.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("pluginConfig[%d]: %w", i, err)
		}
	}
	return p, nil
}

// validateOthers looks at the points that Plugins leaves out. Upstream runs no
// profile without the plugins that sort the queue and bind pods.
func (f *pluginsFile) validateOthers(list catalogue) error {
	everywhere := f.MultiPoint.merge(list.defaults())
	var errs []error
	for _, s := range []struct {
		namedSet
		needs string // the only plugin that upstream has for the point
	}{
		{namedSet{"queueSort", &f.QueueSort, atQueueSort}, prioritySort},
		{namedSet{"reserve", &f.Reserve, atReserve}, ""},
		{namedSet{"permit", &f.Permit, atPermit}, ""},
		{namedSet{"preBind", &f.PreBind, atPreBind}, ""},
		{namedSet{"bind", &f.Bind, atBind}, defaultBinder},
		{namedSet{"postBind", &f.PostBind, atPostBind}, ""},
		{namedSet{"placementGenerate", &f.PlacementGenerate, atPlacementGenerate}, ""},
		{namedSet{"placementScore", &f.PlacementScore, atPlacementScore}, ""},
	} {
		errs = append(errs, s.validate(list)...)
		if s.needs != "" && !has(s.expand(everywhere, list, s.at), s.needs) {
			errs = append(errs, fmt.Errorf("plugins.%s: must have the plugin %s", s.name, s.needs))
		}
	}
	return errors.Join(errs...)
}
