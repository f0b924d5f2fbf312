package scheduler

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Plugins says which plugins of kube-scheduler a profile runs at which
// extension point, as KubeSchedulerConfiguration does. The zero value is the
// default set. What is enabled at MultiPoint runs at every point that the
// plugin has.
type Plugins struct {
	MultiPoint PluginSet // all points
	PreEnqueue PluginSet // what holds pods back
	PreFilter  PluginSet // what prepares the filters; goes with Filter
	Filter     PluginSet // what admits nodes
	PostFilter PluginSet // what helps a pod that fits nowhere
	PreScore   PluginSet // what prepares the scores; goes with Score
	Score      PluginSet // what prefers nodes
}

// A PluginSet changes the plugins of one extension point: those Enabled come to
// the defaults, or replace the one of the same name.
type PluginSet struct {
	Enabled []Plugin `json:"enabled"`
	// Disabled takes plugins out of the defaults; the name "*" takes out all.
	Disabled []Plugin `json:"disabled"`
}

// A Plugin is a plugin by Name. Weight multiplies its scores; 0 is 1.
type Plugin struct {
	Name   string `json:"name"`
	Weight int32  `json:"weight"`
}

// point is an extension point, as a set.
type point uint16

const (
	atPreEnqueue point = 1 << iota
	atQueueSort
	atPreFilter
	atFilter
	atPostFilter
	atPreScore
	atScore
	atReserve
	atPermit
	atPreBind
	atBind
	atPostBind
	atPlacementGenerate
	atPlacementScore
	anyPoint = 1<<iota - 1
)

const (
	atFilters = atPreFilter | atFilter
	atScores  = atPreScore | atScore
)

// knownPlugins are the in-tree plugins in the order of the default MultiPoint,
// with their default weights and the points that they have.
func knownPlugins() catalogue {
	return catalogue{
		{Plugin: Plugin{Name: schedulingGates}, points: atPreEnqueue},
		{Plugin: Plugin{Name: prioritySort}, points: atQueueSort},
		{Plugin: Plugin{Name: nodeUnschedulable}, points: atFilter},
		{Plugin: Plugin{Name: nodeName}, points: atFilter},
		{Plugin: Plugin{taintToleration, 3}, points: atFilter | atScores},
		{Plugin: Plugin{nodeAffinityName, 2}, points: atFilters | atScores},
		{Plugin: Plugin{Name: nodePorts}, points: atFilters},
		{Plugin: Plugin{nodeResourcesFit, 1}, points: atFilters | atScores | atPlacementScore},
		{Plugin: Plugin{Name: volumeRestrictions}, points: atFilters},
		{Plugin: Plugin{Name: nodeVolumeLimits}, points: atFilters},
		{Plugin: Plugin{Name: volumeBindingPlugin}, points: atFilters | atScores | atReserve | atPreBind},
		{Plugin: Plugin{Name: volumeZonePlugin}, points: atFilters},
		{Plugin: Plugin{podTopologySpread, 2}, points: atFilters | atScores},
		{Plugin: Plugin{interPodAffinity, 2}, points: atFilters | atScores},
		{Plugin: Plugin{dynamicResources, 2}, points: atPreEnqueue | atFilters | atPostFilter | atScore | atReserve | atPreBind},
		{Plugin: Plugin{Name: defaultPreemption}, points: atPreEnqueue | atPostFilter},
		{Plugin: Plugin{balancedAllocation, 1}, points: atScores},
		{Plugin: Plugin{imageLocality, 1}, points: atScore},
		{Plugin: Plugin{Name: defaultBinder}, points: atBind},
		{Plugin: Plugin{Name: nodeDeclaredFeatures}, points: atFilters},
	}
}

type knownPlugin struct {
	Plugin
	points point
	own    bool // it is a rule of the caller's own
}

// A catalogue lists the plugins that there are.
type catalogue []knownPlugin

func (l catalogue) find(name string) (knownPlugin, bool) {
	i := slices.IndexFunc(l, func(k knownPlugin) bool { return k.Name == name })
	if i < 0 {
		return knownPlugin{}, false
	}
	return l[i], true
}

// defaults returns the plugins of the default MultiPoint.
func (l catalogue) defaults() []Plugin {
	var out []Plugin
	for _, k := range l {
		if !k.own {
			out = append(out, k.Plugin)
		}
	}
	return out
}

// catalogue returns the in-tree plugins and the caller's own rules.
func (c *Config) catalogue() catalogue {
	list := knownPlugins()
	for _, r := range c.Rules {
		list = append(list, knownPlugin{Plugin: Plugin{Name: r.Name}, points: atFilters | atScores, own: true})
	}
	return list
}

// A lineup is what runs at the extension points, in order.
type lineup struct {
	preEnqueues         []Plugin
	preFilters, filters []Plugin
	postFilters         []Plugin
	preScores, scores   []Plugin
}

// sets returns the sets by the names that files give them.
func (p *Plugins) sets() []namedSet {
	return []namedSet{
		{"multiPoint", &p.MultiPoint, anyPoint}, {"preEnqueue", &p.PreEnqueue, atPreEnqueue}, {"preFilter", &p.PreFilter, atPreFilter},
		{"filter", &p.Filter, atFilter}, {"postFilter", &p.PostFilter, atPostFilter}, {"preScore", &p.PreScore, atPreScore}, {"score", &p.Score, atScore},
	}
}

// A namedSet is the set of a point by the name that files give it.
type namedSet struct {
	name string
	*PluginSet
	at point
}

// names reports whether some set enables or disables a plugin by its name.
func (p *Plugins) names(name string) bool {
	return slices.ContainsFunc(p.sets(), func(s namedSet) bool { return has(s.Enabled, name) || has(s.Disabled, name) })
}

// resolve merges the sets with the defaults, by upstream's rules. Rules of the
// caller's own that no set names are enabled at MultiPoint.
func (c *Config) resolve() (lineup, error) {
	var errs []error
	p, list := c.Plugins, c.catalogue()
	for _, s := range p.sets() {
		errs = append(errs, s.validate(list)...)
	}
	for _, r := range c.Rules {
		if !c.Plugins.names(r.Name) {
			p.MultiPoint.Enabled = append(slices.Clip(p.MultiPoint.Enabled), Plugin{Name: r.Name})
		}
	}
	everywhere := p.MultiPoint.merge(list.defaults())
	l := lineup{
		preEnqueues: p.PreEnqueue.expand(everywhere, list, atPreEnqueue),
		preFilters:  p.PreFilter.expand(everywhere, list, atPreFilter),
		filters:     p.Filter.expand(everywhere, list, atFilter),
		postFilters: p.PostFilter.expand(everywhere, list, atPostFilter),
		preScores:   p.PreScore.expand(everywhere, list, atPreScore),
		scores:      p.Score.expand(everywhere, list, atScore),
	}
	errs = append(errs, pairs(l.preFilters, l.filters, atFilters, "preFilter", "filter")...)
	errs = append(errs, pairs(l.preScores, l.scores, atScores, "preScore", "score")...)
	if has(l.scores, dynamicResources) && !has(l.preFilters, dynamicResources) {
		errs = append(errs, unprepared(dynamicResources, "preFilter", "score"))
	}
	var total int64
	for i := range l.scores {
		if l.scores[i].Weight == 0 {
			l.scores[i].Weight = 1
		}
		if total += int64(l.scores[i].Weight); total > math.MaxInt32 {
			errs = append(errs, fmt.Errorf("scheduler: plugins.score: invalid weights: their sum %d is more than %d", total, math.MaxInt32))
			break
		}
	}
	return l, errors.Join(errs...)
}

func (s *namedSet) validate(list catalogue) []error {
	var errs []error
	seen := map[string]bool{}
	for i, e := range s.Enabled {
		at := fmt.Sprintf("scheduler: plugins.%s.enabled[%d]", s.name, i)
		if k, ok := list.find(e.Name); !ok {
			errs = append(errs, fmt.Errorf("%s.name: invalid value %q: no plugin of v1.36 has this name", at, e.Name))
		} else if k.points&s.at == 0 {
			errs = append(errs, fmt.Errorf("%s.name: invalid value %q: the plugin has no part at this point", at, e.Name))
		}
		if seen[e.Name] {
			errs = append(errs, fmt.Errorf("%s.name: invalid value %q: it is enabled already", at, e.Name))
		}
		seen[e.Name] = true
		if e.Weight < 0 {
			errs = append(errs, fmt.Errorf("%s.weight: invalid value %d: must not be negative", at, e.Weight))
		}
	}
	for i, d := range s.Disabled {
		if _, ok := list.find(d.Name); !ok && d.Name != "*" {
			errs = append(errs, fmt.Errorf("scheduler: plugins.%s.disabled[%d].name: invalid value %q: no plugin of v1.36 has this name", s.name, i, d.Name))
		}
	}
	return errs
}

func (s *PluginSet) equal(o *PluginSet) bool {
	return slices.Equal(s.Enabled, o.Enabled) && slices.Equal(s.Disabled, o.Disabled)
}

func (s *PluginSet) disables(name string) bool {
	return slices.ContainsFunc(s.Disabled, func(d Plugin) bool { return d.Name == name || d.Name == "*" })
}

// merge changes a list of defaults: what is enabled under the name of a default
// takes its place, the rest goes to the end.
func (s *PluginSet) merge(defaults []Plugin) []Plugin {
	var out []Plugin
	replaced := map[string]bool{}
	for _, d := range defaults {
		if s.disables(d.Name) {
			continue
		}
		if i := s.enabled(d.Name); i >= 0 {
			d = s.Enabled[i]
			replaced[d.Name] = true
		}
		out = append(out, d)
	}
	for _, e := range s.Enabled {
		if !replaced[e.Name] {
			out = append(out, e)
		}
	}
	return out
}

func (s *PluginSet) enabled(name string) int {
	return slices.IndexFunc(s.Enabled, func(e Plugin) bool { return e.Name == name })
}

// expand returns the plugins at a point: first those that are enabled at the
// point and everywhere, unless they are disabled here as well, then the others
// that are enabled everywhere and not disabled here, then the others that are
// enabled here.
func (s *PluginSet) expand(everywhere []Plugin, list catalogue, at point) []Plugin {
	var out []Plugin
	take := func(p Plugin) {
		if k, _ := list.find(p.Name); k.points&at != 0 {
			out = append(out, p)
		}
	}
	overrides := func(e Plugin) bool { return has(everywhere, e.Name) && !s.disables(e.Name) }
	for _, e := range s.Enabled {
		if overrides(e) {
			take(e)
		}
	}
	for _, m := range everywhere {
		if !has(s.Enabled, m.Name) && !s.disables(m.Name) {
			take(m)
		}
	}
	for _, e := range s.Enabled {
		if !overrides(e) {
			take(e)
		}
	}
	return out
}

// pairs returns errors for in-tree plugins that would run at the second of two
// points without the first, which prepares it: upstream then fails every pod.
// The caller's own rules are prepared wherever they run.
func pairs(first, second []Plugin, both point, firstName, secondName string) []error {
	var errs []error
	for _, k := range knownPlugins() {
		if k.points&both == both && has(second, k.Name) && !has(first, k.Name) {
			errs = append(errs, unprepared(k.Name, firstName, secondName))
		}
	}
	return errs
}

func unprepared(plugin, first, second string) error {
	return fmt.Errorf("scheduler: plugins: %s is enabled at %s and not at %s, which prepares it", plugin, second, first)
}

func has(list []Plugin, name string) bool {
	return slices.ContainsFunc(list, func(p Plugin) bool { return p.Name == name })
}
