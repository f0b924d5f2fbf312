package dnsresolv

import (
	"errors"
	"slices"
	"strings"
)

// DNSConfig is a resolv.conf as the kubelet handles it: three lists of words that are hardly checked.
type DNSConfig struct {
	// Servers are the words behind nameserver: addresses, as a rule.
	Servers []string
	// Searches is the search list, "." for the root.
	Searches []string
	// Options are words such as edns0 and ndots:5.
	Options []string
}

// The most that the kubelet reads of a file.
const maxHostFile = 10 << 20

// Errors of ParseHostFile; the texts are the kubelet's, to the final blank.
var (
	// ErrEmptyNameserver is returned for a nameserver line without a word. It makes every pod of the node fail.
	ErrEmptyNameserver = errors.New("nameserver list is empty ")
	// ErrHostFileTooLarge is returned for more than 10 MiB.
	ErrHostFileTooLarge = errors.New("the read limit is reached")
)

// ParseHostFile reads the node's resolv.conf as the kubelet does (--resolv-conf): its own dialect, without checks of addresses, where the
// search entry "." is dropped, one final dot of the others goes, and domain lines are ignored. Options are merged over all lines by the part
// before the first colon, the last one wins; they stand in the order of their first appearance (the kubelet's order is random).
func ParseHostFile(text string) (DNSConfig, error) {
	if len(text) > maxHostFile {
		return DNSConfig{}, ErrHostFileTooLarge
	}
	var c DNSConfig
	var err error
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		// Comments need no look: they begin with another word.
		switch fields[0] {
		case "nameserver":
			if len(fields) == 1 {
				err = ErrEmptyNameserver
				continue
			}
			c.Servers = append(c.Servers, fields[1])
		case "search":
			c.Searches = hostSearches(fields[1:])
		case "options":
			c.Options = mergeWords(c.Options, fields[1:])
		}
	}
	if err != nil {
		return DNSConfig{}, err
	}
	return c, nil
}

func hostSearches(words []string) []string {
	var kept []string
	for _, w := range words {
		if w != "." {
			kept = append(kept, strings.TrimSuffix(w, "."))
		}
	}
	return kept
}

// mergeWords adds options to a list: one per name, where the name ends at the first colon.
func mergeWords(options, more []string) []string {
	merged := slices.Clone(options)
	for _, word := range more {
		name, _, _ := strings.Cut(word, ":")
		at := slices.IndexFunc(merged, func(have string) bool {
			haveName, _, _ := strings.Cut(have, ":")
			return haveName == name
		})
		if at >= 0 {
			merged[at] = word
		} else {
			merged = append(merged, word)
		}
	}
	return merged
}
