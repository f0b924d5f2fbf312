package dnsresolv

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Runtime is a container runtime, which writes the pod's file.
type Runtime uint8

// The runtimes; their files differ in the order of lines.
const (
	// Containerd writes search, nameserver, options; CRI-O does the same.
	Containerd Runtime = iota
	// Dockershim (cri-dockerd) writes nameserver, search, options.
	Dockershim
)

// Render returns the /etc/resolv.conf that a runtime writes into the pod. Empty lists leave their line out. (CRI-O copies the host's file if all three
// lists are empty.)
func (c DNSConfig) Render(r Runtime) string {
	var b strings.Builder
	if r == Containerd {
		writeLine(&b, "search", c.Searches)
	}
	for _, s := range c.Servers {
		b.WriteString("nameserver " + s + "\n")
	}
	if r == Dockershim {
		writeLine(&b, "search", c.Searches)
	}
	writeLine(&b, "options", c.Options)
	return b.String()
}

func writeLine(b *strings.Builder, keyword string, words []string) {
	if len(words) > 0 {
		b.WriteString(keyword + " " + strings.Join(words, " ") + "\n")
	}
}

// String returns a resolv.conf that the dialect of c reads as c, as far as the file format allows: no more servers than three, no search entry with
// blanks in it, no value outside the limits. Defaults are left out.
func (c Conf) String() string {
	var b strings.Builder
	for _, s := range c.Servers {
		b.WriteString("nameserver " + s.String() + "\n")
	}
	words := c.Search
	for i, w := range words {
		if w == "" { // LOCALDOMAIN's way to name the root
			words = append([]string(nil), words...)
			words[i] = "."
		}
	}
	writeLine(&b, "search", words)
	writeLine(&b, "sortlist", c.Sortlist)
	var options []string
	if c.Ndots != 1 {
		options = append(options, "ndots:"+strconv.Itoa(c.Ndots))
	}
	if c.Timeout != 5*time.Second {
		options = append(options, fmt.Sprintf("timeout:%d", c.Timeout/time.Second))
	}
	if c.Attempts != 2 {
		options = append(options, "attempts:"+strconv.Itoa(c.Attempts))
	}
	if s := c.Options.String(); s != "" {
		options = append(options, s)
	}
	writeLine(&b, "options", options)
	return b.String()
}
