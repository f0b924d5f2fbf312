package dnsresolv_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

const podFile = "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"

func TestAdvise(t *testing.T) {
	for _, tt := range []struct {
		d          dnsresolv.Dialect
		text, name string
		want       string
	}{
		{glibc, podFile, "www.google.com", "4 names, missing 8 0s, silent 8 20s, rooted 2, ndots2 8: before(0) dot(6) ndots(6)"},
		{musl, podFile, "www.google.com", "4 names, missing 8 0s, silent 4 5s, rooted 2, ndots2 2: nodata(0) before(0) dot(6) ndots(6)"},
		{golang, podFile, "www.google.com", "4 names, missing 8 0s, silent 16 40s, rooted 2, ndots2 8: before(0) dot(6) ndots(6)"},
		{glibc, podFile, "www.google.com.", "1 names, missing 2 0s, silent 4 10s, rooted 2, ndots2 2:"},
		{musl, podFile, "a.b.c.d.e.f", "1 names, missing 2 0s, silent 4 5s, rooted 2, ndots2 2: never(0)"},
		{glibc, podFile, "a.b.c.d.e.f", "4 names, missing 8 0s, silent 8 20s, rooted 2, ndots2 8: dot(6)"},
		{glibc, podFile, "web", "4 names, missing 8 0s, silent 8 20s, rooted 2, ndots2 8: before(0) dot(6)"},
		{musl, podFile, "web", "4 names, missing 8 0s, silent 4 5s, rooted 2, ndots2 8: nodata(0) before(0) dot(6)"},
		{musl, "nameserver ::1\n", "web", "1 names, missing 2 0s, silent 4 5s, rooted 2, ndots2 2:"},
		{musl, "nameserver ::1\n", "web.prod", "1 names, missing 2 0s, silent 4 5s, rooted 2, ndots2 2:"},
		{oldMusl, "nameserver ::1\nsearch .\n", "web", "0 names, missing 4 5s, silent 4 5s, rooted 2, ndots2 4: root(0) dot(2)"},
		{oldMusl, "nameserver ::1\nsearch a .\n", "web", "1 names, missing 6 5s, silent 4 5s, rooted 2, ndots2 6: root(0) dot(4)"},
		{musl, "nameserver ::1\nsearch " + strings.Repeat("x", 250) + "\n", "web", "1 names, missing 2 0s, silent 4 5s, rooted 2, ndots2 2: dropped(0)"},
		{musl, "nameserver ::1\noptions " + strings.Repeat("x", 250) + "\n", "web", "1 names, missing 2 0s, silent 4 5s, rooted 2, ndots2 2: file(0)"},
		{glibc, "nameserver ::1\nsearch a\noptions attempts:0\n", "web", "2 names, missing 0 0s, silent 0 0s, rooted 0, ndots2 0: before(0) none(0)"},
		{glibc, "nameserver ::1\n", "foo bar", "0 names, missing 0 0s, silent 0 0s, rooted 0, ndots2 0: refused(0)"},
		{glibc, "nameserver ::1\n", "1.2.3.4", "0 names, missing 0 0s, silent 0 0s, rooted 2, ndots2 0:"},
		{glibc, "nameserver ::1\nfoo\n", "web", "1 names, missing 2 0s, silent 4 10s, rooted 2, ndots2 2: file(0)"},
		{glibc, "nameserver ::1\nsearch a\noptions ndots:1\n", "a.b", "2 names, missing 4 0s, silent 8 20s, rooted 2, ndots2 4: dot(2)"},
	} {
		kinds := map[dnsresolv.FindingKind]string{
			dnsresolv.NeverSearched: "never", dnsresolv.SearchBeforeName: "before", dnsresolv.TrailingDotSaves: "dot", dnsresolv.LowerNdotsSaves: "ndots", dnsresolv.SearchLineDropped: "dropped", dnsresolv.StopsAtNoData: "nodata",
			dnsresolv.SearchRootMalformed: "root", dnsresolv.NoQueries: "none", dnsresolv.NameRefused: "refused", dnsresolv.MisreadFile: "file",
		}
		c := conf(tt.text, tt.d)
		a := dnsresolv.Advise(c, tt.name)
		got := fmt.Sprintf("%d names, missing %d %v, silent %d %v, rooted %d, ndots2 %d:", len(a.Names), a.Missing.Queries, a.Missing.Elapsed, a.Silent.Queries, a.Silent.Elapsed, a.Rooted.Queries, a.Ndots2.Queries)
		for _, f := range a.Findings {
			got += fmt.Sprintf(" %s(%d)", kinds[f.Kind], f.Saves)
			if f.Text == "" {
				t.Errorf("%v: no text", f.Kind)
			}
		}
		if got != tt.want {
			t.Errorf("%v %.60q %s:\n got %s\nwant %s", tt.d, tt.text, tt.name, got, tt.want)
		}
	}
	a := dnsresolv.Advise(conf("options attempts:0 timeout:7\n", musl), "web")
	last := a.Findings[0].Text
	if last != "no query is ever sent (attempts:0, timeout:7): SIGFPE" || a.Silent.Elapsed != 0*time.Second {
		t.Error(last)
	}
}
