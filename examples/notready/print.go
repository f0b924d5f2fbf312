package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kubealgo/kubealgo/examples/internal/command"
)

// width is the number of characters of the terminal's timeline.
const width = 40

// span is what the timeline shows: from the taint to a little after the last eviction.
func (r *Report) span() int64 {
	last := int64(1)
	for _, p := range r.Pods {
		if p.Seconds != nil && p.Fate == "evicted" {
			last = max(last, *p.Seconds)
		}
	}
	if r.Back != nil {
		last = max(last, int64(r.Back.Sub(r.At)/time.Second))
	}
	return last
}

// part returns how far along a scale a pod is evicted.
func (r *Report) part(p *PodFate, scale int) int {
	if p.Seconds == nil {
		return 0
	}
	return int(float64(*p.Seconds) / float64(r.span()) * float64(scale))
}

func (r *Report) title() string {
	s := fmt.Sprintf("node %s has taint %s from %s", r.Node, r.Taint, r.At.Format(time.RFC3339))
	if r.Back != nil {
		s += " to " + r.Back.Format(time.RFC3339)
	}
	return s
}

func (p *PodFate) after() string {
	switch {
	case p.Fate != "evicted":
		return "-"
	case p.Seconds == nil:
		return "before"
	}
	return "+" + (time.Duration(*p.Seconds) * time.Second).String()
}

func (r *Report) table(out io.Writer) error {
	fmt.Fprintf(out, "%s\n\n", r.title())
	w := command.Table(out)
	fmt.Fprintln(w, "POD\tFATE\tAFTER\tTIMELINE\tWHY")
	for i := range r.Pods {
		p := &r.Pods[i]
		bar := strings.Repeat("=", width) + ">"
		if p.Fate == "evicted" {
			n := r.part(p, width)
			bar = strings.Repeat("=", n) + "x" + strings.Repeat(" ", width-n)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t|%s\t%s\n", p.Pod, p.Fate, p.after(), bar, p.Reason)
	}
	return w.Flush()
}

// svg draws one bar per pod.
func (r *Report) svg() []byte {
	const scale, row = 500, 24
	left, right := 0, 0 // room for the names and for what stands beside the bars
	for i := range r.Pods {
		left = max(left, room(r.Pods[i].Pod))
		right = max(right, room(r.Pods[i].mark()))
	}
	left += 10
	width, height := max(left+scale+right, room(r.title())+10), row*len(r.Pods)+70
	var b bytes.Buffer
	text := func(x, y int, class, s string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="%s">`, x, y, class)
		_ = xml.EscapeText(&b, []byte(s))
		b.WriteString("</text>\n")
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n", width, height, width, height)
	b.WriteString("<style>text{font:12px sans-serif}.title{font-weight:bold}.end{text-anchor:end}.stays{fill:#7a7}.cancelled{fill:#cc7}.evicted{fill:#c66}</style>\n")
	text(10, 20, "title", r.title())
	for i := range r.Pods {
		p := &r.Pods[i]
		y, length := 40+row*i, scale
		if p.Fate == "evicted" {
			length = r.part(p, scale)
		}
		text(10, y+14, "pod", p.Pod)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" class="%s"><title>`, left, y, max(length, 2), row-6, p.Fate)
		_ = xml.EscapeText(&b, []byte(p.Reason))
		b.WriteString("</title></rect>\n")
		text(left+length+6, y+14, "after", p.mark())
	}
	text(left, height-10, "axis", "0s")
	text(left+scale, height-10, "end", (time.Duration(r.span()) * time.Second).String())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// mark is what stands beside a bar.
func (p *PodFate) mark() string {
	if p.Fate == "evicted" {
		return p.after()
	}
	return p.Fate
}

// room is the width that a text takes, more rather than less, with a margin.
func room(s string) int { return 8*utf8.RuneCountInString(s) + 10 }
