package dnsresolv

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Node is what the kubelet knows when it forms a pod's resolv.conf.
type Node struct {
	// ClusterDNS are the addresses of --cluster-dns, read as the kubelet does: leading zeros are dropped, what is no address is skipped.
	ClusterDNS []string
	// ClusterDomain is --cluster-domain, used as it stands.
	ClusterDomain string
	// ResolvConf is the path of --resolv-conf; "" means that pods get no part of a host file. The path itself is only printed.
	ResolvConf string
	// HostFile is the content of that file.
	HostFile string
	// IPs are the node's addresses. Without a host file they decide which loopback addresses a pod of policy Default asks.
	IPs []netip.Addr
}

// Object tells which object an event is recorded on.
type Object string

// The objects that the kubelet records DNS events on.
const (
	OnPod  Object = "Pod"
	OnNode Object = "Node"
)

// The reasons of events.
const (
	ReasonMissingClusterDNS = "MissingClusterDNS"
	ReasonDNSConfigForming  = "DNSConfigForming"
	ReasonCheckLimits       = "CheckLimitsForResolvConf"
)

// Event is a Warning event that the kubelet records.
type Event struct {
	// Object is what the event is recorded on.
	Object Object
	// Reason is one of ReasonMissingClusterDNS, ReasonDNSConfigForming and ReasonCheckLimits.
	Reason string
	// Message is the kubelet's text.
	Message string
}

// The kubelet's limits.
const (
	maxSearches     = 32
	maxSearchChars  = 2048
	maxSearchDomain = 253
)

// PodDNS returns the resolv.conf of a pod and the events that the kubelet records. The error is that of the host file; it hits every pod,
// whatever its policy. The pod is not validated (see ValidatePodDNS): lists are cut with an event where the kubelet cuts them.
//
// Options stand in the order base, dnsConfig; the kubelet's order is random. A name that the pod gives several times keeps its first
// place and its last value.
func (n *Node) PodDNS(pod *corev1.Pod) (DNSConfig, []Event, error) {
	var host DNSConfig
	if n.ResolvConf != "" {
		var err error
		if host, err = ParseHostFile(n.HostFile); err != nil {
			return DNSConfig{}, nil, fmt.Errorf("Encountered error while parsing resolv conf file. Error: %w", err)
		}
	}
	cluster := n.clusterDNS()
	var events []Event
	var c DNSConfig
	policy := podPolicy(pod)
	if policy == corev1.DNSClusterFirst && len(cluster) == 0 {
		events = append(events, missingClusterDNS(pod)...)
		policy = corev1.DNSDefault
	}
	switch policy {
	case corev1.DNSNone:
	case corev1.DNSDefault:
		c = n.hostDNS(host)
	default:
		c.Servers = cluster
		c.Searches = n.clusterSearches(host.Searches, pod.Namespace)
		c.Options = []string{"ndots:5"}
	}
	if pod.Spec.DNSConfig != nil {
		c = merge(c, pod.Spec.DNSConfig)
	}
	c, more := cut(c)
	return c, append(events, more...), nil
}

// podPolicy returns ClusterFirst, Default or None.
func podPolicy(pod *corev1.Pod) corev1.DNSPolicy {
	switch p := pod.Spec.DNSPolicy; {
	case p == corev1.DNSNone || p == corev1.DNSDefault:
		return p
	case p == corev1.DNSClusterFirst && pod.Spec.HostNetwork:
		return corev1.DNSDefault
	}
	return corev1.DNSClusterFirst
}

func missingClusterDNS(pod *corev1.Pod) []Event {
	text := fmt.Sprintf("kubelet does not have ClusterDNS IP configured and cannot create Pod using %q policy. Falling back to %q policy.",
		corev1.DNSClusterFirst, corev1.DNSDefault)
	return []Event{
		{OnNode, ReasonMissingClusterDNS, text},
		{OnPod, ReasonMissingClusterDNS, fmt.Sprintf("pod: %q. %s", pod.Name+"_"+pod.Namespace+"("+string(pod.UID)+")", text)},
	}
}

// clusterDNS returns the usable addresses in canonical form.
func (n *Node) clusterDNS() []string {
	var out []string
	for _, text := range n.ClusterDNS {
		if a, ok := parseSloppy(text); ok {
			out = append(out, a.String())
		}
	}
	return out
}

// parseSloppy reads an address as the kubelet's flags do: leading zeros are dropped, IPv4-mapped addresses are IPv4.
func parseSloppy(text string) (netip.Addr, bool) {
	if strings.Contains(text, "%") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(withoutLeadingZeros(text))
	return a.Unmap(), err == nil
}

// withoutLeadingZeros shortens every number of an address.
func withoutLeadingZeros(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		starts := i == 0 || text[i-1] == '.' || text[i-1] == ':'
		for starts && text[i] == '0' && i+1 < len(text) && text[i+1] != '.' && text[i+1] != ':' {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// hostDNS is what a pod of policy Default gets.
func (n *Node) hostDNS(host DNSConfig) DNSConfig {
	if n.ResolvConf != "" {
		return host
	}
	c := DNSConfig{Searches: []string{"."}}
	for _, ip := range n.IPs {
		if ip.Unmap().Is4() {
			c.Servers = append(c.Servers, "127.0.0.1")
		} else {
			c.Servers = append(c.Servers, "::1")
		}
	}
	if c.Servers == nil {
		c.Servers = []string{"127.0.0.1"}
	}
	return c
}

func (n *Node) clusterSearches(host []string, namespace string) []string {
	if n.ClusterDomain == "" {
		return host
	}
	service := "svc." + n.ClusterDomain
	return deduped([]string{namespace + "." + service, service, n.ClusterDomain}, host)
}

// deduped joins two lists and keeps the first of equal entries.
func deduped(a, b []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, list := range [][]string{a, b} {
		for _, s := range list {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// merge adds a pod's dnsConfig.
func merge(c DNSConfig, d *corev1.PodDNSConfig) DNSConfig {
	c.Servers = deduped(c.Servers, d.Nameservers)
	c.Searches = deduped(c.Searches, d.Searches)
	type option struct{ name, value string }
	var options []option
	set := func(name, value string) {
		for i := range options {
			if options[i].name == name {
				options[i].value = value
				return
			}
		}
		options = append(options, option{name, value})
	}
	for _, o := range c.Options {
		name, value, _ := strings.Cut(o, ":")
		set(name, value)
	}
	for _, o := range d.Options {
		value := ""
		if o.Value != nil {
			value = *o.Value
		}
		set(o.Name, value)
	}
	c.Options = nil
	for _, o := range options {
		if o.value != "" {
			o.name += ":" + o.value
		}
		c.Options = append(c.Options, o.name)
	}
	return c
}

// cut applies the limits.
func cut(c DNSConfig) (DNSConfig, []Event) {
	var events []Event
	if len(c.Servers) > maxServers {
		c.Servers = slices.Clone(c.Servers[:maxServers])
		events = append(events, Event{OnPod, ReasonDNSConfigForming,
			"Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: " + strings.Join(c.Servers, " ")})
	}
	searches := c.Searches[:min(len(c.Searches), maxSearches)]
	kept := make([]string, 0, len(searches))
	chars := -1
	for _, s := range searches {
		if len(s) <= maxSearchDomain {
			kept = append(kept, s)
			chars += 1 + len(s)
		}
	}
	for chars > maxSearchChars {
		chars -= 1 + len(kept[len(kept)-1])
		kept = kept[:len(kept)-1]
	}
	if len(kept) < len(c.Searches) {
		events = append(events, Event{OnPod, ReasonDNSConfigForming,
			"Search Line limits were exceeded, some search paths have been omitted, the applied search line is: " + strings.Join(kept, " ")})
		c.Searches = kept
	}
	return c, events
}

// CheckHostFile returns the event that the kubelet records on its node at start if the host file is broken or too long; at most one.
func (n *Node) CheckHostFile() []Event {
	if n.ResolvConf == "" {
		return nil
	}
	event := func(format string, args ...any) []Event {
		return []Event{{OnNode, ReasonCheckLimits, fmt.Sprintf(format, args...)}}
	}
	host, err := ParseHostFile(n.HostFile)
	if err != nil {
		return event("%s", err)
	}
	most := maxSearches
	if n.ClusterDomain != "" {
		most -= 3
	}
	if len(host.Searches) > most {
		return event("Resolv.conf file '%s' contains search line consisting of more than %d domains!", n.ResolvConf, most)
	}
	for _, s := range host.Searches {
		if len(s) > maxSearchDomain {
			return event("Resolv.conf file %q contains a search path which length is more than allowed %d chars!", n.ResolvConf, maxSearchDomain)
		}
	}
	if len(strings.Join(host.Searches, " ")) > maxSearchChars {
		return event("Resolv.conf file '%s' contains search line which length is more than allowed %d chars!", n.ResolvConf, maxSearchChars)
	}
	return nil
}
