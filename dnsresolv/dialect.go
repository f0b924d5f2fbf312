package dnsresolv

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Libc names the family of a stub resolver.
type Libc uint8

// The resolvers that are modelled.
const (
	// Glibc is the GNU C library: Debian, Ubuntu, Red Hat, distroless base.
	Glibc Libc = iota
	// Musl is the C library of Alpine Linux.
	Musl
	// Go is the pure Go resolver of the Go standard library (CGO_ENABLED=0, or GODEBUG=netdns=go).
	Go
)

// String returns "glibc", "musl" or "go".
func (l Libc) String() string {
	switch l {
	case Glibc:
		return "glibc"
	case Musl:
		return "musl"
	case Go:
		return "go"
	}
	return "Libc(" + strconv.Itoa(int(l)) + ")"
}

// Version is a release number, Major.Minor.Patch, such as 2.41 or 1.2.5. The zero Version means the newest release known.
type Version struct{ Major, Minor, Patch int }

// AtLeast reports whether v is the release w or a later one. The zero Version is later than every release.
func (v Version) AtLeast(w Version) bool {
	return v == Version{} || cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch)) >= 0
}

// String returns the release with two numbers, or three if the third is not zero; the zero Version is "".
func (v Version) String() string {
	switch {
	case v == Version{}:
		return ""
	case v.Patch == 0:
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Dialect is one resolver, Libc, at one release, Version: it decides how resolv.conf is read and how a look-up walks. The zero
// Dialect is the newest glibc.
type Dialect struct {
	Libc    Libc
	Version Version
}

// ParseDialect reads a resolver's name with an optional release: "musl", "glibc-2.36", "go-1.26.8".
func ParseDialect(s string) (Dialect, error) {
	name, release, versioned := strings.Cut(s, "-")
	var d Dialect
	switch name {
	case "glibc": // the zero Libc
	case "musl":
		d.Libc = Musl
	case "go":
		d.Libc = Go
	default:
		return Dialect{}, fmt.Errorf("dnsresolv: unknown resolver %q: want glibc, musl or go, optionally followed by a release as in musl-1.2.3", s)
	}
	if !versioned {
		return d, nil
	}
	parts := strings.Split(release, ".")
	numbers := []*int{&d.Version.Major, &d.Version.Minor, &d.Version.Patch}
	if len(parts) < 2 || len(parts) > len(numbers) {
		return Dialect{}, fmt.Errorf("dnsresolv: bad release %q in %q: want two or three numbers", release, s)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Dialect{}, fmt.Errorf("dnsresolv: bad release %q in %q: %q is not a number below 65536", release, s, part)
		}
		*numbers[i] = int(n)
	}
	return d, nil
}

// String returns the name that ParseDialect reads.
func (d Dialect) String() string {
	if d.Version == (Version{}) {
		return d.Libc.String()
	}
	return d.Libc.String() + "-" + d.Version.String()
}

// atLeast reports whether d is the given library at that release or later.
func (d Dialect) atLeast(l Libc, major, minor, patch int) bool {
	return d.Libc == l && d.Version.AtLeast(Version{major, minor, patch})
}

// modernMusl reports whether d is musl 1.2.4 or later: TCP after a truncated answer, EAI_NODATA, bad search entries skipped.
func (d Dialect) modernMusl() bool { return d.atLeast(Musl, 1, 2, 4) }
