// Package coredns holds the module's dnsresolv against the kubernetes plugin of CoreDNS. It is a module of its own, since CoreDNS needs other releases of the
// Kubernetes client libraries.
package coredns

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/plugin/kubernetes"
	"github.com/coredns/coredns/plugin/kubernetes/object"
	"github.com/coredns/coredns/plugin/pkg/dnstest"
	"github.com/coredns/coredns/plugin/test"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// store is the plugin's view of the API server.
type store struct {
	services   []*object.Service
	endpoints  []*object.Endpoints
	pods       []*object.Pod
	namespaces map[string]bool
}

func newStore(o dnsresolv.Objects) (*store, error) {
	s := &store{namespaces: map[string]bool{}}
	for _, v := range o.Services {
		x, err := object.ToService(v.DeepCopy())
		if err != nil {
			return nil, err
		}
		s.services = append(s.services, x.(*object.Service))
	}
	for _, v := range o.EndpointSlices {
		x, err := object.EndpointSliceToEndpoints(v.DeepCopy())
		if err != nil {
			return nil, err
		}
		s.endpoints = append(s.endpoints, x.(*object.Endpoints))
	}
	for _, v := range o.Pods {
		if x, err := object.ToPod(v.DeepCopy()); err == nil { // the error is that the pod terminates
			s.pods = append(s.pods, x.(*object.Pod))
		}
	}
	for _, v := range o.Namespaces {
		s.namespaces[v.Name] = true
	}
	return s, nil
}

func filter[T any](all []T, keep func(T) bool) []T {
	var out []T
	for _, v := range all {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

func (s *store) ServiceList() []*object.Service             { return s.services }
func (s *store) EndpointsList() []*object.Endpoints         { return s.endpoints }
func (s *store) ServiceImportList() []*object.ServiceImport { return nil }
func (s *store) SvcIndex(key string) []*object.Service {
	return filter(s.services, func(v *object.Service) bool { return v.Index == key })
}

func (s *store) SvcIndexReverse(ip string) []*object.Service {
	return filter(s.services, func(v *object.Service) bool {
		for _, have := range v.ClusterIPs {
			if have == ip {
				return true
			}
		}
		return false
	})
}
func (s *store) SvcExtIndexReverse(string) []*object.Service      { return nil }
func (s *store) SvcImportIndex(string) []*object.ServiceImport    { return nil }
func (s *store) McEpIndex(string) []*object.MultiClusterEndpoints { return nil }
func (s *store) PodIndex(ip string) []*object.Pod {
	return filter(s.pods, func(v *object.Pod) bool { return slices.Contains(v.PodIPs, ip) })
}

func (s *store) EpIndex(key string) []*object.Endpoints {
	return filter(s.endpoints, func(v *object.Endpoints) bool { return v.Index == key })
}

func (s *store) EpIndexReverse(ip string) []*object.Endpoints {
	return filter(s.endpoints, func(v *object.Endpoints) bool {
		for _, have := range v.IndexIP {
			if have == ip {
				return true
			}
		}
		return false
	})
}

func (s *store) GetNodeByName(context.Context, string) (*corev1.Node, error) {
	return nil, fmt.Errorf("no nodes")
}

func (s *store) GetNamespaceByName(name string) (*object.Namespace, error) {
	if !s.namespaces[name] {
		return nil, fmt.Errorf("namespace not found")
	}
	return &object.Namespace{Name: name}, nil
}
func (s *store) Run()                                   {}
func (s *store) HasSynced() bool                        { return true }
func (s *store) Stop() error                            { return nil }
func (s *store) Modified(kubernetes.ModifiedMode) int64 { return 7 }

// upstream answers for targets outside the zones.
type upstream struct{}

func (upstream) Lookup(_ context.Context, _ request.Request, name string, typ uint16) (*dns.Msg, error) {
	m := new(dns.Msg)
	r := outside(name, dnsresolv.Type(typ))
	m.Rcode = int(r.RCode)
	for _, rec := range r.Answer {
		rr, err := dns.NewRR(rec.String())
		if err != nil {
			return nil, err
		}
		m.Answer = append(m.Answer, rr)
	}
	return m, nil
}

// plugin returns a plugin for one configuration.
func plugin(stanza string) (*kubernetes.Kubernetes, error) {
	c := caddy.NewTestController("dns", stanza)
	c.Next()
	k, err := kubernetes.ParseStanza(c)
	if err != nil {
		return nil, err
	}
	if _, _, err := k.InitKubeCache(context.Background()); err != nil {
		return nil, err
	}
	k.Upstream = upstream{}
	return k, nil
}

func stanza(c dnsresolv.ClusterConfig) string {
	var b strings.Builder
	zones := c.Zones
	if zones == nil {
		zones = []string{"cluster.local", "in-addr.arpa", "ip6.arpa"}
	}
	fmt.Fprintf(&b, "kubernetes %s {\n endpoint http://127.0.0.1:1\n", strings.Join(zones, " "))
	switch c.Pods {
	case dnsresolv.PodsInsecure:
		b.WriteString(" pods insecure\n")
	case dnsresolv.PodsVerified:
		b.WriteString(" pods verified\n")
	}
	if c.EndpointPodNames {
		b.WriteString(" endpoint_pod_names\n")
	}
	if c.IgnoreEmptyService {
		b.WriteString(" ignore empty_service\n")
	}
	if c.TTL != 0 {
		fmt.Fprintf(&b, " ttl %d\n", c.TTL)
	}
	b.WriteString("}\n")
	return b.String()
}

// ask sends one query to the plugin.
func ask(k *kubernetes.Kubernetes, name string, t dnsresolv.Type) (*dns.Msg, int, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), uint16(t))
	rec := dnstest.NewRecorder(&test.ResponseWriter{RemoteIP: net.IPv4(10, 244, 0, 9).String()})
	code, err := k.ServeDNS(context.Background(), rec, m)
	return rec.Msg, code, err
}
