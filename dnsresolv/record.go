package dnsresolv

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// RCode is a DNS response code.
type RCode uint8

// The response codes that a cluster's DNS server gives.
const (
	RCodeSuccess  RCode = 0
	RCodeServFail RCode = 2
	RCodeNXDomain RCode = 3
	RCodeRefused  RCode = 5
)

// String returns the usual name, such as "NXDOMAIN".
func (r RCode) String() string {
	switch r {
	case RCodeSuccess:
		return "NOERROR"
	case RCodeServFail:
		return "SERVFAIL"
	case RCodeNXDomain:
		return "NXDOMAIN"
	case RCodeRefused:
		return "REFUSED"
	}
	return "RCODE" + strconv.Itoa(int(r))
}

// Record is a DNS resource record of class IN.
type Record struct {
	// Name is the owner, with a final dot, in the spelling of the query.
	Name string
	// Type says which of the other fields are set.
	Type Type
	// TTL is the time to live in seconds.
	TTL uint32
	// Addr is the data of A and AAAA.
	Addr netip.Addr
	// Target is the data of CNAME, PTR and SRV, the primary server of SOA.
	Target string
	// Priority, Weight and Port belong to SRV.
	Priority, Weight, Port uint16
	// Text is the data of TXT, and of SOA what follows the primary server.
	Text string
}

// Data returns the record's data as in a zone file.
func (r Record) Data() string {
	switch r.Type {
	case TypeA, TypeAAAA:
		return r.Addr.String()
	case TypeSRV:
		return fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, r.Target)
	case TypeTXT:
		return strconv.Quote(r.Text)
	case TypeSOA:
		return r.Target + " " + r.Text
	}
	return r.Target
}

// String returns the record as a line of a zone file.
func (r Record) String() string {
	return fmt.Sprintf("%s %d IN %v %s", r.Name, r.TTL, r.Type, r.Data())
}

// Response is what a DNS server answers.
type Response struct {
	// RCode is NOERROR unless set.
	RCode RCode
	// Answer holds the records asked for, behind the aliases that lead to them.
	Answer []Record
	// Extra holds the addresses of the targets of SRV records.
	Extra []Record
	// Authority holds the SOA record of a negative answer.
	Authority []Record
}

// Outcome returns what a stub resolver that asked for type t makes of the response.
func (r Response) Outcome(t Type) Outcome {
	switch r.RCode {
	case RCodeSuccess:
	case RCodeNXDomain:
		return NXDomain
	case RCodeServFail:
		return ServFail
	case RCodeRefused:
		return Refused
	default:
		return FormErr
	}
	for _, a := range r.Answer {
		if a.Type == t {
			return Success
		}
	}
	if len(r.Answer) > 0 {
		return CNAMEOnly
	}
	return NoData
}

// Reply returns the response as the reply to a query for addresses of type t.
func (r Response) Reply(t Type) Reply {
	reply := Reply{Outcome: r.Outcome(t)}
	for _, a := range r.Answer {
		if a.Type == t && a.Addr.IsValid() {
			reply.Addrs = append(reply.Addrs, a.Addr)
		}
	}
	return reply
}

// fqdn returns name with a final dot.
func fqdn(name string) string { return rooted(name) }

// inZone reports whether name is zone or lies below it; both end with a dot and the comparison ignores case.
func inZone(name, zone string) bool {
	if len(name) < len(zone) || !strings.EqualFold(name[len(name)-len(zone):], zone) {
		return false
	}
	return len(name) == len(zone) || zone == "." || name[len(name)-len(zone)-1] == '.'
}

// reverseAddr returns the address of a reverse name; false if name is none, or not a whole one.
func reverseAddr(name string) (netip.Addr, bool) {
	lower := strings.ToLower(name)
	if rest, ok := strings.CutSuffix(lower, ".in-addr.arpa."); ok {
		return reverse4(strings.Split(rest, "."))
	}
	return reverse6(strings.Split(strings.TrimSuffix(lower, ".ip6.arpa."), "."))
}

func reverse4(labels []string) (netip.Addr, bool) {
	if len(labels) != 4 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(labels[3] + "." + labels[2] + "." + labels[1] + "." + labels[0])
	return a, err == nil
}

func reverse6(labels []string) (netip.Addr, bool) {
	if len(labels) != 32 {
		return netip.Addr{}, false
	}
	var b strings.Builder
	for i := 31; i >= 0; i-- {
		b.WriteString(labels[i])
		if i%4 == 0 && i > 0 {
			b.WriteByte(':')
		}
	}
	a, err := netip.ParseAddr(b.String())
	return a.Unmap(), err == nil
}

// ReverseName returns the name of an address's PTR record, as in 10.0.96.10.in-addr.arpa.
func ReverseName(a netip.Addr) string {
	a = a.Unmap()
	var b strings.Builder
	if a.Is4() {
		bytes := a.As4()
		for i := 3; i >= 0; i-- {
			b.WriteString(strconv.Itoa(int(bytes[i])) + ".")
		}
		return b.String() + "in-addr.arpa."
	}
	bytes := a.As16()
	const digits = "0123456789abcdef"
	for i := 15; i >= 0; i-- {
		b.Write([]byte{digits[bytes[i]&15], '.', digits[bytes[i]>>4], '.'})
	}
	return b.String() + "ip6.arpa."
}
