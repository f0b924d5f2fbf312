package dnsresolv

import "strings"

// LookupFrom answers a query that comes from a pod of the given namespace. It differs from Lookup with the autopath plugin only: a name under
// the first entry of the pod's search list is tried under all of them on the server's side, and the first that exists is returned as an alias.
func (c *Cluster) LookupFrom(namespace, name string, t Type) Response {
	name = fqdn(name)
	first := namespace + ".svc." + c.primary
	if c.config.Autopath == nil || c.primary == "" || !c.namespaces[namespace] || !inZone(name, first) {
		return c.Lookup(name, t)
	}
	base := strings.TrimSuffix(name[:len(name)-len(first)], ".")
	path := []string{first, "svc." + c.primary, c.primary}
	for _, s := range c.config.Autopath {
		path = append(path, fqdn(s))
	}
	path = append(path, ".")
	var firstReply Response
	for i, suffix := range path {
		full := base + "." + suffix
		switch {
		case base == "":
			full = suffix
		case suffix == ".":
			full = base + "."
		}
		r := c.Lookup(full, t)
		if i == 0 {
			firstReply = r
		}
		if r.RCode == RCodeNXDomain {
			continue
		}
		if len(r.Answer) > 0 && !strings.EqualFold(full, name) {
			alias := Record{Name: name, Type: TypeCNAME, TTL: r.Answer[0].TTL, Target: full}
			r.Answer = append([]Record{alias}, r.Answer...)
		}
		return r
	}
	return firstReply
}
