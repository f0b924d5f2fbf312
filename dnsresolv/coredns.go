package dnsresolv

import (
	"fmt"
	"math"
	"strings"
)

// The kubernetes plugin of CoreDNS, as observed through its ServeDNS.

// item is one match of a query: an address or an alias with the name that it stands for.
type item struct {
	host host
	port int32
	key  string // the name, for the targets of SRV
	ttl  uint32
}

// The version of the specification that CoreDNS names, and the lifetime of that record.
const (
	schemaVersion    = "1.1.0"
	schemaVersionTTL = 28800
)

func (c *Cluster) coreDNSLookup(name, zone string, t Type) Response {
	q := question{cluster: c, name: name, zone: zone}
	var answer, extra []Record
	exists := true
	switch t {
	case TypeA, TypeAAAA:
		answer, exists = q.addresses(t, 0)
	case TypeSRV:
		answer, extra, exists = q.srv()
	case TypeCNAME:
		answer, exists = q.cname()
	case TypePTR:
		answer, exists = q.ptr()
	case TypeTXT:
		answer, exists = q.txt()
	case TypeSOA:
		if name == zone {
			answer = []Record{c.soa(zone)}
		}
	case typeAXFR, typeIXFR:
		return Response{RCode: RCodeRefused}
	default:
		_, exists = q.addresses(TypeA, 0)
	}
	switch {
	case !exists:
		return Response{RCode: RCodeNXDomain, Authority: []Record{c.soa(zone)}}
	case len(answer) == 0:
		return Response{Authority: []Record{c.soa(zone)}}
	}
	return Response{Answer: answer, Extra: extra}
}

const (
	typeIXFR Type = 251
	typeAXFR Type = 252
)

// soa is the SOA record of a zone, which also comes with NODATA and NXDOMAIN; its lifetime is cut to 300 s.
func (c *Cluster) soa(zone string) Record {
	return Record{Name: zone, Type: TypeSOA, TTL: min(c.ttl, 300), Target: "ns.dns." + zone, Text: fmt.Sprintf("hostmaster.%s %d 7200 1800 86400 %d", zone, c.config.Serial, c.ttl)}
}

// question is a query within a zone.
type question struct {
	cluster *Cluster
	name    string // as asked
	zone    string // as asked
}

// parts is the name of a question, taken apart; all lower case.
type parts struct {
	kind, namespace, service string
	endpoint                 string
	port, protocol           string
}

// parse takes the name apart; false means that no record can have it.
func (q *question) parse() (parts, bool) {
	base := strings.ToLower(strings.TrimSuffix(q.name[:len(q.name)-len(q.zone)], "."))
	if base == "" {
		return parts{}, true
	}
	labels := strings.Split(base, ".")
	n := len(labels)
	p := parts{kind: labels[n-1]}
	if p.kind != "svc" && p.kind != "pod" {
		return parts{}, false
	}
	if n > 1 {
		p.namespace = labels[n-2]
	}
	if n > 2 {
		p.service = labels[n-3]
	}
	switch n {
	case 1, 2, 3:
	case 4:
		p.endpoint = labels[0]
	case 5:
		p.port, p.protocol = strings.TrimPrefix(labels[0], "_"), strings.TrimPrefix(labels[1], "_")
	default:
		return parts{}, false
	}
	return p, true
}

// items returns what the name stands for. exists is false for NXDOMAIN.
func (q *question) items() (items []item, exists bool) {
	p, ok := q.parse()
	switch {
	case !ok:
		return nil, false
	case p.namespace == "":
		return nil, true
	case !q.cluster.namespaces[p.namespace]:
		return nil, false
	case p.kind == "pod":
		return q.podItems(p)
	case p.service == "":
		return nil, true
	}
	s := q.cluster.services[p.namespace+"/"+p.service]
	if s == nil {
		return nil, false
	}
	return q.serviceItems(s, p)
}

func (q *question) podItems(p parts) (items []item, exists bool) {
	if q.cluster.config.Pods == PodsDisabled {
		return nil, false
	}
	if p.service == "" {
		return nil, true
	}
	text := strings.ReplaceAll(p.service, "-", ":")
	if strings.Count(p.service, "-") == 3 && !strings.Contains(p.service, "--") {
		text = strings.ReplaceAll(p.service, "-", ".")
	}
	h := newHost(text)
	switch q.cluster.config.Pods {
	case PodsInsecure:
		if !h.addr.IsValid() {
			return nil, false
		}
	case PodsVerified:
		if !q.cluster.pods[p.namespace+"/"+text] {
			return nil, false
		}
	}
	return []item{{host: h, key: p.service + "." + p.namespace + ".pod." + q.zone, ttl: q.cluster.ttl}}, true
}

func (q *question) serviceItems(s *service, p parts) (items []item, exists bool) {
	if s.external {
		h := newHost(s.externalName)
		if p.endpoint != "" || p.port != "" || p.protocol != "" || h.addr.IsValid() {
			return nil, false
		}
		return []item{{host: h, key: q.key(s, ""), ttl: q.cluster.ttl}}, true
	}
	if q.cluster.config.IgnoreEmptyService && s.countEndpoints() == 0 {
		return nil, false
	}
	if s.headless || p.endpoint != "" {
		return q.endpointItems(s, p)
	}
	for _, port := range s.ports {
		if !port.matches(p) {
			continue
		}
		exists = true
		for _, h := range s.hosts {
			items = append(items, item{host: h, port: port.number, key: q.key(s, ""), ttl: q.cluster.ttl})
		}
	}
	return items, exists
}

func (q *question) endpointItems(s *service, p parts) (items []item, exists bool) {
	for _, slice := range s.slices {
		for i := range slice.endpoints {
			e := &slice.endpoints[i]
			if p.endpoint != "" && !strings.EqualFold(p.endpoint, e.label) {
				continue
			}
			for _, port := range slice.ports {
				if port.matches(p) {
					items = append(items, item{host: e.host, port: port.number, key: q.key(s, e.label), ttl: q.cluster.ttl})
				}
			}
		}
	}
	return items, len(items) > 0
}

func (s *service) countEndpoints() int {
	n := 0
	for _, slice := range s.slices {
		n += len(slice.endpoints)
	}
	return n
}

// matches reports whether the port is meant; an empty name or protocol means any.
func (p port) matches(q parts) bool {
	return (q.port == "" || strings.EqualFold(q.port, p.name)) && (q.protocol == "" || strings.EqualFold(q.protocol, p.protocol))
}

// key returns the name that an item stands for.
func (q *question) key(s *service, label string) string {
	name := s.name + "." + s.namespace + ".svc." + q.zone
	if label != "" {
		name = label + "." + name
	}
	return name
}

// typeOf tells what record an item makes.
func (h host) typeOf() Type {
	switch {
	case !h.addr.IsValid():
		return TypeCNAME
	case h.addr.Is4():
		return TypeA
	}
	return TypeAAAA
}

// How many aliases may come before the last one of a chain within the zone.
const maxChain = 10

// addresses answers A and AAAA; aliases are followed.
func (q *question) addresses(t Type, chain int) (answer []Record, exists bool) {
	items, exists := q.items()
	if !exists {
		return nil, false
	}
	seen := map[string]bool{}
	for _, it := range items {
		switch it.host.typeOf() {
		case t:
			if !seen[it.host.text] {
				seen[it.host.text] = true
				answer = append(answer, Record{Name: q.name, Type: t, TTL: it.ttl, Addr: it.host.addr})
			}
		case TypeCNAME:
			answer = append(answer, q.follow(it, t, chain)...)
		}
	}
	return answer, true
}

// follow returns an alias and what its target has, or nothing. chain counts the aliases before it.
func (q *question) follow(it item, t Type, chain int) []Record {
	alias := Record{Name: q.name, Type: TypeCNAME, TTL: it.ttl, Target: fqdn(it.host.text)}
	if chain > maxChain { // a loop, as a rule
		return nil
	}
	if inZone(alias.Target, q.zone) {
		next := question{q.cluster, alias.Target, alias.Target[len(alias.Target)-len(q.zone):]}
		records, _ := next.addresses(t, chain+1)
		if len(records) == 0 {
			return nil
		}
		return append([]Record{alias}, records...)
	}
	if q.cluster.config.Upstream == nil {
		return nil
	}
	return append([]Record{alias}, q.cluster.config.Upstream(alias.Target, t).Answer...)
}

func (q *question) cname() (answer []Record, exists bool) {
	items, exists := q.items()
	if len(items) > 0 && items[0].host.typeOf() == TypeCNAME {
		answer = []Record{{Name: q.name, Type: TypeCNAME, TTL: items[0].ttl, Target: fqdn(items[0].host.text)}}
	}
	return answer, exists
}

func (q *question) txt() (answer []Record, exists bool) {
	if base := q.name[:len(q.name)-len(q.zone)]; strings.EqualFold(base, "dns-version.") {
		return []Record{{Name: q.name, Type: TypeTXT, TTL: schemaVersionTTL, Text: schemaVersion}}, true
	}
	items, _ := q.items()
	return nil, len(items) > 0
}

func (q *question) ptr() (answer []Record, exists bool) {
	addr, complete := reverseAddr(q.name)
	if !complete {
		_, exists := q.items()
		return nil, exists
	}
	c := q.cluster
	record := func(target string) Record {
		return Record{Name: q.name, Type: TypePTR, TTL: c.ttl, Target: target + ".svc." + c.primary}
	}
	if s := c.clusterIPs[addr.String()]; s != nil {
		return []Record{record(s.name + "." + s.namespace)}, true
	}
	seen := map[string]bool{}
	for _, e := range c.endpoints[addr.String()] {
		r := record(e.label + "." + e.name + "." + e.ns)
		if !seen[r.Target] {
			seen[r.Target] = true
			answer = append(answer, r)
		}
	}
	return answer, len(answer) > 0
}

// srv answers SRV. The weights share 100 among all matches, before equal records are merged.
func (q *question) srv() (answer, extra []Record, exists bool) {
	items, exists := q.items()
	var kept []item
	for _, it := range items {
		if it.host.typeOf() != TypeCNAME {
			kept = append(kept, it)
		}
	}
	weight := uint16(max(1, math.Floor(100/float64(100*len(kept))*100)))
	seenTarget, seenAddress := map[string]bool{}, map[string]bool{}
	for _, it := range kept {
		if it.port == noPort {
			continue
		}
		r := Record{Name: q.name, Type: TypeSRV, TTL: it.ttl, Weight: weight, Port: uint16(it.port), Target: it.key}
		if key := fmt.Sprint(r.Port, r.Target); !seenTarget[key] {
			seenTarget[key] = true
			answer = append(answer, r)
		}
		if key := it.host.text + " " + it.key; !seenAddress[key] {
			seenAddress[key] = true
			extra = append(extra, Record{Name: it.key, Type: it.host.typeOf(), TTL: it.ttl, Addr: it.host.addr})
		}
	}
	return answer, extra, exists
}
