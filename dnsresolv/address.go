package dnsresolv

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// parseIPv4 reads the forms of inet_aton: one to four parts, each decimal, octal (leading 0) or hexadecimal (0x), the last
// part filling the remaining bytes. The whole of s must be consumed.
func parseIPv4(s string) (netip.Addr, bool) {
	var value uint64
	for n := range 4 {
		var v uint64
		digits := 0
		if strings.HasPrefix(s, "0") {
			v, digits = parseOctalOrHex(s)
		} else {
			for digits < len(s) && isDigit(s[digits]) && v <= math.MaxUint32 {
				v = v*10 + uint64(s[digits]-'0')
				digits++
			}
		}
		s = s[digits:]
		switch {
		case digits == 0:
			return netip.Addr{}, false
		case s == "" && v <= math.MaxUint32>>(8*n):
			value |= v
			return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
		case s == "" || s[0] != '.' || v > 255:
			return netip.Addr{}, false
		}
		value |= v << (24 - 8*n)
		s = s[1:]
	}
	return netip.Addr{}, false
}

// parseOctalOrHex reads a C integer literal that begins with 0 from the beginning of s, and returns its length: with an x it is hexadecimal,
// else octal. Numbers from 2^32 on are cut short.
func parseOctalOrHex(s string) (value uint64, length int) {
	base := uint64(8)
	if len(s) > 2 && s[1]|0x20 == 'x' && digit(s[2]) < 16 {
		base, length = 16, 2
	}
	for length < len(s) && digit(s[length]) < base && value <= math.MaxUint32 {
		value = value*base + digit(s[length])
		length++
	}
	return value, length
}

// digit returns the value of a hexadecimal digit, and 16 or more for every other byte.
func digit(b byte) uint64 {
	if isDigit(b) {
		return uint64(b - '0')
	}
	return uint64(b|0x20-'a') + 10
}

// parseIPv6 reads an IPv6 literal with an optional zone. The zone is returned apart; present tells whether there was a % at all.
func parseIPv6(s string) (addr netip.Addr, zone string, present, ok bool) {
	text, zone, present := strings.Cut(s, "%")
	if !strings.Contains(text, ":") {
		return netip.Addr{}, "", false, false
	}
	addr, err := netip.ParseAddr(text)
	return addr, zone, present, err == nil
}

// zoned reports whether a named zone means something for the address.
func zoned(a netip.Addr, l Libc) bool {
	return a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || l == Glibc && a.IsInterfaceLocalMulticast()
}

// serverAddress reads the address of a nameserver line as the dialect does.
func serverAddress(word string, l Libc) (netip.Addr, bool) {
	if l == Go {
		a, err := netip.ParseAddr(word)
		return a, err == nil
	}
	if a, ok := parseIPv4(word); ok {
		return a, true
	}
	a, zone, present, ok := parseIPv6(word)
	switch {
	case !ok:
		return netip.Addr{}, false
	case !present || l == Glibc && zone == "":
		return a, true
	case l == Musl && !isNumber(zone) && (!zoned(a, l) || zone == ""):
		return netip.Addr{}, false
	}
	return a.WithZone(zone), true
}

// literal reads name as an address, which getaddrinfo returns without a query, unless its zone is a bad one, which makes the look-up fail.
func literal(name string, l Libc) (addr netip.Addr, ok, badZone bool) {
	if (name == "" || !isDigit(name[0])) && strings.IndexByte(name, ':') < 0 {
		return netip.Addr{}, false, false
	}
	if l == Go {
		a, err := netip.ParseAddr(name)
		return a, err == nil, false
	}
	if a, ok := parseIPv4(name); ok {
		return a, true, false
	}
	a, zone, present, ok := parseIPv6(name)
	switch {
	case !ok:
		return netip.Addr{}, false, false
	case !present:
		return a, true, false
	case !isNumber(zone) && (!zoned(a, l) || zone == ""):
		return a, true, true
	}
	return a.WithZone(zone), true, false
}

// isNumber reports whether s is a decimal number below 2^32.
func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}
