package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/hpa"
)

// The measures of the picture, in pixels.
const (
	width, height = 1120.0, 620.0
	left, right   = 64.0, 24.0
	loadTop       = 56.0
	loadBottom    = 216.0
	sizeTop       = 268.0
	sizeBottom    = 560.0
)

var lineColors = []string{"#1f5fbf", "#c2410c"}

// canvas collects the elements of a picture.
type canvas struct {
	strings.Builder
	start, end time.Time
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// x is the place of a time.
func (c *canvas) x(t time.Time) float64 {
	span := max(c.end.Sub(c.start), 1) // an instant is on the left
	return left + (width-left-right)*float64(t.Sub(c.start))/float64(span)
}

func (c *canvas) text(x, y float64, anchor, class, s string) {
	c.add(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(s))
}

// axis is a vertical scale from 0 to a round number.
type axis struct{ top, bottom, highest, step float64 }

func newAxis(top, bottom, highest float64) axis {
	if !(highest > 0) {
		highest = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(highest)))
	for _, f := range []float64{0.1, 0.2, 0.25, 0.5, 1, 2} {
		if highest/(step*f) <= 6 {
			step *= f
			break
		}
	}
	return axis{top, bottom, math.Ceil(highest/step*1.02) * step, step}
}

func (a axis) y(v float64) float64 {
	return a.bottom - (a.bottom-a.top)*min(max(v, 0), a.highest)/a.highest
}

func (c *canvas) grid(a axis, title string) {
	for i := range int(math.Round(a.highest/a.step)) + 1 {
		v := float64(i) * a.step
		y := a.y(v)
		c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="grid"/>`, left, y, width-right, y)
		c.text(left-8, y+4, "end", "tick", fmt.Sprintf("%g", math.Round(v*1000)/1000))
	}
	c.text(left, a.top-12, "start", "title", title)
}

// ticks returns the distance of the marks on a scale of times, and how they are written.
func ticks(span time.Duration) (step time.Duration, layout string) {
	const day = 24 * time.Hour
	for _, step = range []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, day, 7 * day, 28 * day,
	} {
		if span <= 13*step {
			break
		}
	}
	if step < day {
		return step, "15:04"
	}
	return step, "Jan 2"
}

// hours draws the scale of times.
func (c *canvas) hours() {
	step, layout := ticks(c.end.Sub(c.start))
	for t := c.start.Truncate(step); !t.After(c.end); t = t.Add(step) {
		if t.Before(c.start) {
			continue
		}
		c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="grid"/>`, c.x(t), loadTop, c.x(t), loadBottom)
		c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="grid"/>`, c.x(t), sizeTop, c.x(t), sizeBottom)
		c.text(c.x(t), sizeBottom+20, "middle", "tick", t.UTC().Format(layout))
	}
}

// picture draws the load above, and below it the size, the sizes that would hold the target within its tolerance, and the bounds.
func picture(played []play, m hpa.Model) string {
	steps := played[0].run.Steps
	c := &canvas{start: steps[0].Time, end: steps[len(steps)-1].Time}
	load := 0.0
	for i := range steps {
		load = max(load, steps[i].Load)
	}
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g">`, width, height, width, height)
	c.add(`<style>text{font-family:Helvetica,Arial,sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}.tick{font-size:12px}.legend{font-size:13px}.grid{stroke:#e5e5e5}.bound{stroke:#666;stroke-dasharray:7 5}</style>`)
	c.add(`<rect width="%g" height="%g" fill="white"/>`, width, height)
	loads, sizes := newAxis(loadTop, loadBottom, load), newAxis(sizeTop, sizeBottom, tallest(played))
	title := "Load"
	if name := m.Load[0].Name; name != "" {
		title += " (" + name + ")"
	}
	c.grid(loads, title)
	c.grid(sizes, "Replicas")
	c.hours()
	c.area(steps, loads)
	c.band(&played[0], sizes)
	c.bounds(&played[0], sizes)
	for i := range played {
		c.sizes(played[i].run, sizes, lineColors[i%len(lineColors)])
	}
	c.legend(played)
	c.add(`</svg>`)
	return c.String()
}

// tallest is the size that the picture has to show: a bound, unless that is far above everything and would flatten it.
func tallest(played []play) float64 {
	var bound, top float64
	for _, p := range played {
		bound = max(bound, float64(p.object.Spec.MaxReplicas))
		top = max(top, float64(p.run.Summary.Highest))
	}
	if bound > 2*top {
		return top * 1.25
	}
	return bound
}

func (c *canvas) area(steps []hpa.RunStep, a axis) {
	var path strings.Builder
	fmt.Fprintf(&path, "M%.1f %.1f", left, a.bottom)
	for i := range steps {
		fmt.Fprintf(&path, "L%.1f %.1f", c.x(steps[i].Time), a.y(steps[i].Load))
	}
	fmt.Fprintf(&path, "L%.1f %.1fZ", c.x(c.end), a.bottom)
	c.add(`<path d="%s" fill="#cfe3cf" stroke="#4d8f4d"/>`, path.String())
}

// band draws the sizes at which the metrics would ask for no change: pressure falls as the pods grow in number.
func (c *canvas) band(p *play, a axis) {
	down, up := tolerances(p.object.Spec.Behavior)
	var above, below []string
	for i := range p.run.Steps {
		s := &p.run.Steps[i]
		if s.Ready == 0 || math.IsInf(float64(s.Pressure), 0) {
			continue
		}
		fits := float64(s.Pressure) * float64(s.Ready)
		above = append(above, fmt.Sprintf("%.1f %.1f", c.x(s.Time), a.y(fits/(1-down))))
		below = append(below, fmt.Sprintf("%.1f %.1f", c.x(s.Time), a.y(fits/(1+up))))
	}
	if len(above) == 0 {
		return
	}
	slices.Reverse(below)
	c.add(`<path d="M%sL%sZ" fill="#f3d9a4" stroke="#d9a441" stroke-width="0.6"/>`, strings.Join(above, "L"), strings.Join(below, "L"))
}

// tolerances are those of the behavior, or else the default.
func tolerances(b *autoscalingv2.HorizontalPodAutoscalerBehavior) (down, up float64) {
	of := func(r *autoscalingv2.HPAScalingRules) float64 {
		if r == nil || r.Tolerance == nil {
			return 0.1
		}
		return min(r.Tolerance.AsApproximateFloat64(), 0.99)
	}
	if b == nil {
		b = &autoscalingv2.HorizontalPodAutoscalerBehavior{}
	}
	return of(b.ScaleDown), of(b.ScaleUp)
}

func (c *canvas) bounds(p *play, a axis) {
	spec := hpa.Default(p.object).Spec
	for i, v := range []int32{*spec.MinReplicas, spec.MaxReplicas} {
		if float64(v) <= a.highest {
			c.text(width-right-4, a.y(float64(v))-5+float64(20*(1-i)), "end", "tick", fmt.Sprintf("%s %d", []string{"min", "max"}[i], v))
			c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="bound"/>`, left, a.y(float64(v)), width-right, a.y(float64(v)))
		}
	}
}

// sizes draws the size as steps.
func (c *canvas) sizes(run *hpa.Run, a axis, color string) {
	var path strings.Builder
	first := run.Steps[0]
	fmt.Fprintf(&path, "M%.1f %.1f", c.x(first.Time), a.y(float64(first.Replicas)))
	for _, s := range changes(run) {
		fmt.Fprintf(&path, "H%.1fV%.1f", c.x(s.Time), a.y(float64(s.Desired)))
	}
	fmt.Fprintf(&path, "H%.1f", c.x(c.end))
	c.add(`<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, path.String(), color)
}

func (c *canvas) legend(played []play) {
	x, y := left, height-24
	entry := func(mark, label string) {
		c.add(mark, x, y)
		c.text(x+30, y+5, "start", "legend", label)
		x += 54 + 7.4*float64(len(label))
	}
	entry(`<rect x="%.1f" y="%.1f" width="22" height="10" transform="translate(0,-5)" fill="#cfe3cf" stroke="#4d8f4d"/>`, "load")
	entry(`<rect x="%.1f" y="%.1f" width="22" height="10" transform="translate(0,-5)" fill="#f3d9a4" stroke="#d9a441"/>`, "sizes within tolerance of the target")
	entry(`<path d="M%.1f %.1fh22" class="bound"/>`, "bounds")
	for i := range played {
		entry(`<path d="M%.1f %.1fh22" stroke-width="2" stroke="`+lineColors[i%len(lineColors)]+`"/>`, "replicas, "+played[i].name())
	}
}
