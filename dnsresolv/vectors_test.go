package dnsresolv_test

import (
	"compress/gzip"
	"encoding/json"
	"net/netip"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// loadVectors reads recorded answers; internal/conformance makes them with RECORD=1.
func loadVectors(t testing.TB, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// TestKubeletVectors compares Node.PodDNS with recorded answers of the kubelet v1.36.3.
func TestKubeletVectors(t *testing.T) {
	var vectors []struct {
		Node   dnsresolv.Node
		Pod    *corev1.Pod
		Config *dnsresolv.DNSConfig
		Error  string
		Events []dnsresolv.Event
		Start  []dnsresolv.Event
	}
	loadVectors(t, "testdata/kubelet.json.gz", &vectors)
	for i, v := range vectors {
		got, events, err := v.Node.PodDNS(v.Pod)
		if v.Error != "" {
			if err == nil || err.Error() != v.Error {
				t.Errorf("case %d: %v, recorded %s", i, err, v.Error)
			}
			continue
		}
		sort.Strings(got.Options)
		if diff := cmp.Diff(*v.Config, got, cmpopts.EquateEmpty()) + cmp.Diff(v.Events, events, cmpopts.EquateEmpty()) + cmp.Diff(v.Start, v.Node.CheckHostFile(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("case %d:\n%s", i, diff)
		}
	}
	if len(vectors) < 400 {
		t.Errorf("%d vectors", len(vectors))
	}
}

// outside is the rest of the world in the recordings of CoreDNS.
func outside(name string, t dnsresolv.Type) dnsresolv.Response {
	switch {
	case strings.HasPrefix(name, "missing."):
		return dnsresolv.Response{RCode: dnsresolv.RCodeNXDomain}
	case t == dnsresolv.TypeA:
		return dnsresolv.Response{Answer: []dnsresolv.Record{{Name: name, Type: t, TTL: 60, Addr: netip.MustParseAddr("192.0.2.80")}}}
	}
	return dnsresolv.Response{}
}

func lines(records []dnsresolv.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.String())
	}
	sort.Strings(out)
	return out
}

type clusterVector struct {
	Config  dnsresolv.ClusterConfig
	Objects dnsresolv.Objects
	Queries []struct {
		Name                     string
		Type                     dnsresolv.Type
		RCode                    int
		Answer, Extra, Authority []string
	}
}

// TestCoreDNSVectors compares Lookup with recorded answers of CoreDNS v1.15.0.
func TestCoreDNSVectors(t *testing.T) {
	var vectors []clusterVector
	loadVectors(t, "testdata/coredns.json.gz", &vectors)
	compared := 0
	for i, v := range vectors {
		v.Config.Upstream = outside
		c := dnsresolv.NewCluster(v.Config, v.Objects)
		for _, q := range v.Queries {
			got := c.Lookup(q.Name, q.Type)
			diff := cmp.Diff(q.Answer, normal(lines(got.Answer)), cmpopts.EquateEmpty()) + cmp.Diff(q.Extra, normal(lines(got.Extra)), cmpopts.EquateEmpty()) +
				cmp.Diff(q.Authority, normal(lines(got.Authority)), cmpopts.EquateEmpty())
			if int(got.RCode) != q.RCode || diff != "" {
				t.Errorf("cluster %d, %s %v: %v, recorded %d\n%s", i, q.Name, q.Type, got.RCode, q.RCode, diff)
			}
			compared++
		}
	}
	if compared < 2000 {
		t.Errorf("%d queries compared", compared)
	}
}

// normal drops doubled blanks, as of an SOA record.
func normal(lines []string) []string {
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return lines
}

// TestSpecificationIsSubset: CoreDNS answers every record that the specification demands.
func TestSpecificationIsSubset(t *testing.T) {
	var vectors []clusterVector
	loadVectors(t, "testdata/coredns.json.gz", &vectors)
	checked := 0
	for i, v := range vectors {
		v.Config.Upstream, v.Config.IgnoreEmptyService, v.Config.EndpointPodNames = outside, false, false
		c := dnsresolv.NewCluster(v.Config, v.Objects)
		names := map[string]bool{}
		for _, n := range v.Objects.Namespaces {
			names[n.Name] = true
		}
		for _, r := range c.Records() {
			if f := strings.Split(r.Name, "."); len(f) > 5 && !names[f[len(f)-5]] {
				continue // a service in a namespace that does not exist
			}
			if r.Type == dnsresolv.TypeCNAME && strings.HasSuffix(r.Target, "cluster.local.") {
				continue // CoreDNS hides aliases that lead nowhere
			}
			found := false
			for _, a := range c.Lookup(r.Name, r.Type).Answer {
				a.Weight = r.Weight
				a.Name = r.Name
				found = found || a == r
			}
			if !found && r.Type != dnsresolv.TypePTR {
				t.Errorf("cluster %d: CoreDNS lacks %v", i, r)
			}
			checked++
		}
	}
	if checked < 300 {
		t.Errorf("%d records checked", checked)
	}
}
