package dnsresolv

import (
	"net/netip"
	"strconv"
	"time"
)

// Type is a DNS record type.
type Type uint16

// The record types that this package produces or asks for.
const (
	TypeA     Type = 1
	TypeCNAME Type = 5
	TypeSOA   Type = 6
	TypePTR   Type = 12
	TypeMX    Type = 15
	TypeTXT   Type = 16
	TypeAAAA  Type = 28
	TypeSRV   Type = 33
)

// String returns the type's mnemonic, or TYPE and its number.
func (t Type) String() string {
	switch t {
	case TypeA:
		return "A"
	case TypeCNAME:
		return "CNAME"
	case TypeSOA:
		return "SOA"
	case TypePTR:
		return "PTR"
	case TypeMX:
		return "MX"
	case TypeTXT:
		return "TXT"
	case TypeAAAA:
		return "AAAA"
	case TypeSRV:
		return "SRV"
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// Transport is the protocol of a query.
type Transport uint8

// The transports of stub resolvers.
const (
	UDP Transport = iota
	TCP
)

// String returns "udp" or "tcp".
func (t Transport) String() string {
	if t == TCP {
		return "tcp"
	}
	return "udp"
}

// Query is one question to one server.
type Query struct {
	// Name ends with a dot. It is the text of the question; the bytes of odd search entries are kept. glibc reads \X and \DDD in them; a dot or a
	// backslash that is part of a label then stands behind a backslash.
	Name string
	// Type is TypeA or TypeAAAA.
	Type Type
	// Server is the address, ServerIndex its place among the configuration's servers.
	Server      netip.Addr
	ServerIndex int
	// Transport is UDP, but for use-vc and after a truncated answer.
	Transport Transport
	// Round counts the passes over the servers for this name, from 0.
	Round int
	// Time is when the query is sent, from the beginning of the look-up.
	Time time.Duration
	// Wait is the longest time for which an answer is of use.
	Wait time.Duration
	// Malformed marks a packet that no server understands, sent by musl before 1.2.4 for odd search entries. Its outcome is Silence;
	// the answer function is not called.
	Malformed bool
}

// Outcome is what a query comes to, seen from the client.
type Outcome uint8

// The outcomes that resolvers distinguish.
const (
	// Silence: nothing comes back in time.
	Silence Outcome = iota
	// Success: NOERROR with at least one record of the type asked for.
	Success
	// CNAMEOnly: NOERROR with an alias but no record of the type.
	CNAMEOnly
	// NoData: NOERROR without an answer, from a server that is authoritative or recursive.
	NoData
	// NXDomain: the name does not exist.
	NXDomain
	// ServFail, Refused, NotImp and FormErr are the response codes of these names. Other codes behave like FormErr.
	ServFail
	Refused
	NotImp
	FormErr
	// Lame: NOERROR without an answer from a server that is neither authoritative nor recursive.
	Lame
	// Truncated: the TC bit over UDP; what addresses fitted may be given. Over TCP it counts as what the addresses say.
	Truncated
	// Closed: the port is closed, an ICMP error or a TCP reset comes back.
	Closed
)

var outcomeNames = [...]string{
	"silence", "OK", "CNAME only", "NODATA", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "lame", "truncated", "closed",
}

// String returns the usual name, such as "NXDOMAIN".
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "Outcome(" + strconv.Itoa(int(o)) + ")"
}

// Reply is an answer to a Query. The zero Reply is silence.
type Reply struct {
	// Outcome is what the answer says, or why there is none.
	Outcome Outcome
	// Addrs are the addresses of a Success.
	Addrs []netip.Addr
	// Delay is how long the answer takes. One that takes as long as the resolver waits, or longer, is lost. Negative counts as 0.
	Delay time.Duration
}

// Exchange is a Query with what came of it, the Reply, which may have come too late.
type Exchange struct {
	Query
	Reply Reply
}

// Code is the result of a look-up.
type Code uint8

// The results of getaddrinfo and of the Go resolver.
const (
	// OK: there are addresses.
	OK Code = iota
	// NoName is EAI_NONAME: the name does not exist, or cannot be looked up.
	NoName
	// NoAddress is EAI_NODATA: the name exists and has no address.
	NoAddress
	// Again is EAI_AGAIN: no usable answer.
	Again
	// AddrFamily is EAI_ADDRFAMILY: an address of the other family was given as a name.
	AddrFamily
	// Fail is EAI_FAIL.
	Fail
	// NotFound, Timeout, Temporary and ServerError are Go's DNSError with IsNotFound, IsTimeout, IsTemporary alone, and none of them.
	NotFound
	Timeout
	Temporary
	ServerError
	// Crash: musl divides by zero (attempts:0) and the process dies from SIGFPE.
	Crash
	// Unfinished: the walk was cut at Lookup.MaxQueries, or its context ended.
	Unfinished
)

var codeNames = [...]string{
	"OK", "EAI_NONAME", "EAI_NODATA", "EAI_AGAIN", "EAI_ADDRFAMILY", "EAI_FAIL", "NOTFOUND", "TIMEOUT", "TEMPORARY", "ERR", "SIGFPE", "UNFINISHED",
}

// String returns the C library's name, such as "EAI_NONAME", or for Go "NOTFOUND", "TIMEOUT", "TEMPORARY" or "ERR".
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "Code(" + strconv.Itoa(int(c)) + ")"
}

// Family is the address family of a look-up.
type Family uint8

// The families that a program asks for.
const (
	// AnyFamily asks for A and AAAA records.
	AnyFamily Family = iota
	IPv4
	IPv6
)

// String returns "any", "IPv4" or "IPv6".
func (f Family) String() string {
	switch f {
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return "any"
}
