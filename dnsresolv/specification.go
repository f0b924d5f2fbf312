package dnsresolv

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

// Records returns the records that the Kubernetes DNS specification 1.1.0 demands for the objects, sorted by name, type and data. Where the
// specification leaves a choice it is CoreDNS's: the name of an endpoint without a hostname, and the lifetime. SRV records all have weight 100.
func (c *Cluster) Records() []Record {
	var all []Record
	add := func(r Record) {
		if r.TTL == 0 {
			r.TTL = c.ttl
		}
		all = append(all, r)
	}
	if c.primary == "" {
		return nil
	}
	add(Record{Name: "dns-version." + c.primary, Type: TypeTXT, TTL: schemaVersionTTL, Text: schemaVersion})
	for _, key := range slices.Sorted(maps.Keys(c.services)) {
		s := c.services[key]
		name := s.name + "." + s.namespace + ".svc." + c.primary
		switch {
		case s.external:
			if h := newHost(s.externalName); !h.addr.IsValid() && h.text != "" {
				add(Record{Name: name, Type: TypeCNAME, Target: fqdn(s.externalName)})
			}
		case s.headless:
			c.headlessRecords(s, name, add)
		default:
			c.clusterIPRecords(s, name, add)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		switch {
		case a.Name != b.Name:
			return a.Name < b.Name
		case a.Type != b.Type:
			return a.Type < b.Type
		}
		return a.Data() < b.Data()
	})
	return slices.Compact(all)
}

func (c *Cluster) clusterIPRecords(s *service, name string, add func(Record)) {
	usable := false
	for _, h := range s.hosts {
		if h.addr.IsValid() {
			usable = true
			add(Record{Name: name, Type: h.typeOf(), Addr: h.addr})
			if c.clusterIPs[h.text] == s {
				add(Record{Name: ReverseName(h.addr), Type: TypePTR, Target: name})
			}
		}
	}
	for _, p := range s.ports {
		if p.name != "" && usable {
			add(Record{Name: portLabels(p) + name, Type: TypeSRV, Weight: 100, Port: uint16(p.number), Target: name})
		}
	}
}

func (c *Cluster) headlessRecords(s *service, name string, add func(Record)) {
	for _, slice := range s.slices {
		for _, e := range slice.endpoints {
			if !e.addr.IsValid() {
				continue
			}
			own := e.label + "." + name
			add(Record{Name: name, Type: e.typeOf(), Addr: e.addr})
			add(Record{Name: own, Type: e.typeOf(), Addr: e.addr})
			if c.clusterIPs[e.addr.String()] == nil {
				add(Record{Name: ReverseName(e.addr), Type: TypePTR, Target: own})
			}
			for _, p := range slice.ports {
				if p.name != "" {
					add(Record{Name: portLabels(p) + name, Type: TypeSRV, Weight: 100, Port: uint16(p.number), Target: own})
				}
			}
		}
	}
}

// portLabels returns _name._protocol with a final dot.
func portLabels(p port) string {
	return "_" + p.name + "._" + strings.ToLower(p.protocol) + "."
}

// specLookup answers from Records: a name with records of other types, or above one with records, has no data; every other name does not exist.
func (c *Cluster) specLookup(name, zone string, t Type) Response {
	if t == TypeSOA && name == zone {
		return Response{Answer: []Record{c.soa(zone)}}
	}
	r := Response{RCode: RCodeNXDomain}
	targets := map[string]bool{}
	exists := name == zone
	records := c.records
	for _, rec := range records {
		exists = exists || inZone(rec.Name, name)
		if !strings.EqualFold(rec.Name, name) || rec.Type != t && (rec.Type != TypeCNAME || t == TypeSOA) {
			continue
		}
		rec.Name = name
		r.Answer = append(r.Answer, rec)
		if rec.Type == TypeSRV {
			targets[rec.Target] = true
		}
		if rec.Type == TypeCNAME && t != TypeCNAME {
			r.Answer = append(r.Answer, c.aliasAnswer(rec.Target, t)...)
		}
	}
	for _, rec := range records {
		if targets[rec.Name] {
			r.Extra = append(r.Extra, rec)
		}
	}
	if exists {
		r.RCode = RCodeSuccess
	}
	if len(r.Answer) == 0 {
		r.Authority = []Record{c.soa(zone)}
	}
	return r
}

// aliasAnswer returns what the target of an ExternalName service has; aliases within the zones are not followed further.
func (c *Cluster) aliasAnswer(target string, t Type) []Record {
	if c.zoneOf(target) == "" {
		return c.forward(target, t).Answer
	}
	var out []Record
	for _, rec := range c.records {
		if strings.EqualFold(rec.Name, target) && rec.Type == t {
			out = append(out, rec)
		}
	}
	return out
}
