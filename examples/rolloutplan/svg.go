package main

import (
	"bytes"
	"fmt"
	"html"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/rollout"
)

// The picture's measures in pixels.
const (
	width, height = 960, 420
	left, right   = 56, 24
	top, bottom   = 76, 64
)

// chart maps a timeline to the picture.
type chart struct {
	bytes.Buffer
	plan rollout.Timeline
	end  time.Duration
	most int
}

// drawing is the timeline as stacked steps: old, new and terminating pods, with the available ones as a line.
func drawing(s *rollout.Scenario, plan rollout.Timeline) []byte {
	c := &chart{plan: plan, end: max(plan.Summary.Duration*21/20, time.Second), most: max(plan.Summary.PeakPods, 1)}
	limit := s.Quota[corev1.ResourcePods]
	hard := int(limit.Value())
	c.most = max(c.most, hard) + 1
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(c, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(c, `<text x="%d" y="28" font-size="18" fill="#1b1f24">%s</text>`+"\n", left, html.EscapeString(title(s.To)+": "+verdict(plan)))
	c.legend()
	c.grid()
	c.area("#8aa4c2", func(s rollout.Sample) (int, int) { return 0, s.Old })
	c.area("#3f8f5f", func(s rollout.Sample) (int, int) { return s.Old, s.Old + s.New })
	c.area("#d9b38c", func(s rollout.Sample) (int, int) { return s.Old + s.New, s.Pods() })
	c.line("#b3261e", func(s rollout.Sample) int { return s.Available })
	facts := fmt.Sprintf("peak %d pods", plan.Summary.PeakPods)
	c.level("#1b1f24", plan.Summary.PeakPods)
	if !isJob(s.To) { // of which no pods need be available
		facts += fmt.Sprintf(", lowest available %d", plan.Summary.MinAvailable)
		c.level("#b3261e", plan.Summary.MinAvailable)
	}
	if hard > 0 {
		facts += fmt.Sprintf(", quota %d", hard)
		c.level("#6b4fa0", hard)
	}
	fmt.Fprintf(c, `<text x="%d" y="56" text-anchor="end" fill="#1b1f24">%s</text>`+"\n", width-right, facts)
	c.WriteString("</svg>\n")
	return c.Bytes()
}

func verdict(plan rollout.Timeline) string {
	if plan.Wedge != nil {
		return "stuck at " + plan.Wedge.Rule
	}
	return fmt.Sprintf("done after %v", plan.Summary.Duration)
}

func (c *chart) x(at time.Duration) float64 {
	return left + float64(at)/float64(c.end)*(width-left-right)
}

func (c *chart) y(pods int) float64 {
	return height - bottom - float64(pods)/float64(c.most)*(height-top-bottom)
}

func (c *chart) legend() {
	x := left
	for _, l := range []struct{ color, text string }{{"#8aa4c2", "old"}, {"#3f8f5f", "new"}, {"#d9b38c", "terminating"}, {"#b3261e", "available"}} {
		fmt.Fprintf(c, `<rect x="%d" y="44" width="14" height="14" fill="%s"/><text x="%d" y="56" fill="#1b1f24">%s</text>`+"\n", x, l.color, x+20, l.text)
		x += 44 + 8*len(l.text)
	}
}

// grid draws the axes with at most ten marks each.
func (c *chart) grid() {
	step := (c.most + 9) / 10
	for n := 0; n <= c.most; n += step {
		fmt.Fprintf(c, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#e3e6ea"/><text x="%d" y="%.1f" text-anchor="end" fill="#57606a">%d</text>`+"\n",
			left, c.y(n), width-right, c.y(n), left-8, c.y(n)+4, n)
	}
	tick := (c.end / 8).Round(time.Second)
	if tick == 0 {
		tick = c.end
	}
	for i := range c.end/tick + 1 {
		at := i * tick
		fmt.Fprintf(c, `<text x="%.1f" y="%d" text-anchor="middle" fill="#57606a">%v</text>`+"\n", c.x(at), height-bottom+20, at)
	}
	fmt.Fprintf(c, `<text x="%d" y="%d" text-anchor="middle" fill="#57606a">time since the edit</text>`+"\n", (left+width-right)/2, height-bottom+44)
	fmt.Fprintf(c, `<text x="16" y="%d" transform="rotate(-90 16 %d)" text-anchor="middle" fill="#57606a">pods</text>`+"\n", (top+height-bottom)/2, (top+height-bottom)/2)
}

// until is when the next sample begins.
func (c *chart) until(i int) time.Duration {
	if i+1 < len(c.plan.Samples) {
		return c.plan.Samples[i+1].At
	}
	return c.end
}

func (c *chart) area(color string, span func(rollout.Sample) (int, int)) {
	for i, s := range c.plan.Samples {
		lo, hi := span(s)
		x1, x2 := c.x(s.At), c.x(c.until(i))
		if hi <= lo || x2 <= x1 {
			continue
		}
		fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x1, c.y(hi), x2-x1+0.7, c.y(lo)-c.y(hi), color)
	}
}

func (c *chart) line(color string, of func(rollout.Sample) int) {
	fmt.Fprintf(c, `<path fill="none" stroke="%s" stroke-width="2.5" d="`, color)
	for i, s := range c.plan.Samples {
		op := "L"
		if i == 0 {
			op = "M"
		}
		fmt.Fprintf(c, "%s%.1f %.1f L%.1f %.1f ", op, c.x(s.At), c.y(of(s)), c.x(c.until(i)), c.y(of(s)))
	}
	c.WriteString("\"/>\n")
}

// level draws a dashed line.
func (c *chart) level(color string, pods int) {
	fmt.Fprintf(c, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="%s" stroke-dasharray="5 4"/>`+"\n", left, c.y(pods), width-right, c.y(pods), color)
}
