package dnsresolv

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Mode decides how close to which authority the cluster's DNS answers.
type Mode uint8

// The modes of a cluster's DNS.
const (
	// CoreDNS answers as the kubernetes plugin of CoreDNS 1.15 does, extensions and accidents included.
	CoreDNS Mode = iota
	// Specification answers with the records that the Kubernetes DNS specification 1.1.0 demands, and no others.
	Specification
)

// PodMode is CoreDNS's option pods, for names such as 10-0-0-1.prod.pod.cluster.local.
type PodMode uint8

// The modes of pod records.
const (
	// PodsDisabled: no such name exists. CoreDNS's default.
	PodsDisabled PodMode = iota
	// PodsInsecure: every address exists in every namespace. kubeadm's choice.
	PodsInsecure
	// PodsVerified: the namespace must have a pod with the address.
	PodsVerified
)

// ClusterConfig configures a cluster's DNS. The zero value is CoreDNS's default for cluster.local with the reverse zones of kubeadm.
type ClusterConfig struct {
	// Mode is CoreDNS unless set.
	Mode Mode
	// Zones are the zones that are served; the first that is not a reverse zone is the one that PTR records point into. None means
	// cluster.local, in-addr.arpa and ip6.arpa.
	Zones []string
	// TTL of all records; 0 means 5. kubeadm sets 30.
	TTL uint32
	// Pods says which names of pods exist; PodsDisabled, so none, unless set.
	Pods PodMode
	// EndpointPodNames is CoreDNS's option endpoint_pod_names: endpoints without a hostname are named after their pod.
	EndpointPodNames bool
	// IgnoreEmptyService is CoreDNS's option ignore empty_service: services of type ClusterIP without a ready endpoint do not exist.
	IgnoreEmptyService bool
	// Upstream answers for names outside the zones, and for the targets of ExternalName services. Without it they are refused, and the
	// targets are left out, since their lookup fails.
	Upstream func(name string, t Type) Response `json:"-"`
	// Autopath is the search list of the server's own host file for the autopath plugin; nil means that the plugin is off.
	Autopath []string
	// Serial is the serial number in SOA records.
	Serial uint32
}

// Objects are the API objects that DNS records come from. They are read, not kept.
type Objects struct {
	// Services have their names below svc; a slice whose service is not among them counts for nothing.
	Services []*corev1.Service
	// EndpointSlices belong to the service that their label kubernetes.io/service-name names.
	EndpointSlices []*discoveryv1.EndpointSlice
	// Pods are read for PodsVerified only. See EndpointSlices for making slices from pods.
	Pods []*corev1.Pod
	// Namespaces that exist. If there is none, those of the other objects do.
	Namespaces []*corev1.Namespace
}

// Cluster is the DNS of a cluster at one moment. It is immutable and safe for concurrent use.
type Cluster struct {
	config     ClusterConfig
	zones      []string // lower case, with a final dot
	primary    string
	ttl        uint32
	namespaces map[string]bool
	services   map[string]*service
	clusterIPs map[string]*service
	endpoints  map[string][]*endpoint // by address as text: CoreDNS compares texts
	pods       map[string]bool        // namespace/address
	records    []Record               // all of them, in Specification mode
}

// service is what DNS knows of a Service.
type service struct {
	namespace, name string
	external        bool
	externalName    string
	headless        bool
	hosts           []host // the cluster addresses
	ports           []port
	slices          []slice // of its endpoints
}

// host is an address as text, and as an address if it is one.
type host struct {
	text string
	addr netip.Addr
}

type port struct {
	name, protocol string
	number         int32 // -1: the object has no ports
}

type slice struct {
	endpoints []endpoint
	ports     []port
}

// endpoint is one address of a ready endpoint.
type endpoint struct {
	host
	label   string // the name below its service
	service string // namespace/name
	name    string // the service's name
	ns      string
	ports   []port
}

const noPort = -1

// NewCluster indexes the objects. Of objects with equal namespace and name the last one counts.
func NewCluster(config ClusterConfig, objects Objects) *Cluster {
	c := &Cluster{
		config: config, ttl: config.TTL,
		namespaces: map[string]bool{}, services: map[string]*service{}, clusterIPs: map[string]*service{}, endpoints: map[string][]*endpoint{}, pods: map[string]bool{},
	}
	zones := config.Zones
	if len(zones) == 0 {
		zones = []string{"cluster.local", "in-addr.arpa", "ip6.arpa"}
	}
	if c.ttl == 0 {
		c.ttl = 5
	}
	for _, z := range zones {
		z = strings.ToLower(fqdn(z))
		c.zones = append(c.zones, z)
		if c.primary == "" && !inZone(z, "in-addr.arpa.") && !inZone(z, "ip6.arpa.") {
			c.primary = z
		}
	}
	for _, s := range objects.Services {
		c.addService(s)
	}
	for _, s := range objects.EndpointSlices {
		c.addSlice(s)
	}
	for _, p := range objects.Pods {
		c.addPod(p)
	}
	for _, n := range objects.Namespaces {
		c.namespaces[n.Name] = true
	}
	if len(objects.Namespaces) == 0 {
		c.deriveNamespaces(objects)
	}
	c.indexAddresses()
	if config.Mode == Specification {
		c.records = c.Records()
	}
	return c
}

func (c *Cluster) deriveNamespaces(objects Objects) {
	for _, s := range objects.Services {
		c.namespaces[s.Namespace] = true
	}
	for _, s := range objects.EndpointSlices {
		c.namespaces[s.Namespace] = true
	}
	for _, p := range objects.Pods {
		c.namespaces[p.Namespace] = true
	}
}

// addPod notes the addresses of a pod that is not terminating. Only status.podIPs is read, as in CoreDNS.
func (c *Cluster) addPod(p *corev1.Pod) {
	if p.DeletionTimestamp != nil {
		return
	}
	for _, ip := range p.Status.PodIPs {
		c.pods[p.Namespace+"/"+ip.IP] = true
	}
}

func newHost(text string) host {
	h := host{text: text}
	if a, _ := netip.ParseAddr(text); a.Zone() == "" {
		h.addr = a.Unmap()
	}
	return h
}

func (c *Cluster) addService(s *corev1.Service) {
	v := &service{namespace: s.Namespace, name: s.Name, external: s.Spec.Type == corev1.ServiceTypeExternalName, externalName: s.Spec.ExternalName}
	ips := s.Spec.ClusterIPs
	if len(ips) == 0 {
		ips = []string{s.Spec.ClusterIP}
	}
	v.headless = ips[0] == corev1.ClusterIPNone
	for _, ip := range ips {
		v.hosts = append(v.hosts, newHost(ip))
	}
	for _, p := range s.Spec.Ports {
		v.ports = append(v.ports, port{p.Name, string(p.Protocol), p.Port})
	}
	if v.ports == nil {
		v.ports = []port{{number: noPort}}
	}
	c.services[s.Namespace+"/"+s.Name] = v
}

func (c *Cluster) addSlice(s *discoveryv1.EndpointSlice) {
	owner := c.services[s.Namespace+"/"+s.Labels[discoveryv1.LabelServiceName]]
	if owner == nil {
		return
	}
	var v slice
	for _, p := range s.Ports {
		v.ports = append(v.ports, port{value(p.Name), string(value(p.Protocol)), value(p.Port)})
	}
	if v.ports == nil {
		v.ports = []port{{number: noPort}}
	}
	for _, e := range s.Endpoints {
		if r := e.Conditions.Ready; r != nil && !*r {
			continue
		}
		for _, a := range e.Addresses {
			v.endpoints = append(v.endpoints, endpoint{
				host: newHost(a), label: c.endpointLabel(a, &e), service: owner.namespace + "/" + owner.name, name: owner.name, ns: owner.namespace, ports: v.ports,
			})
		}
	}
	owner.slices = append(owner.slices, v)
}

// value returns what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// endpointLabel returns the name of an endpoint's address below its service.
func (c *Cluster) endpointLabel(addr string, e *discoveryv1.Endpoint) string {
	if h := value(e.Hostname); h != "" {
		return h
	}
	if c.config.EndpointPodNames && c.config.Mode == CoreDNS && e.TargetRef != nil && e.TargetRef.Name != "" && len(e.TargetRef.Name) <= maxLabel {
		return e.TargetRef.Name
	}
	switch {
	case strings.Contains(addr, "."):
		return strings.ReplaceAll(addr, ".", "-")
	case strings.Contains(addr, ":"):
		label := strings.ReplaceAll(addr, ":", "-")
		if strings.HasSuffix(label, "-") {
			label += "0"
		}
		return label
	}
	return ""
}

// indexAddresses prepares the answers to reverse queries, in the order of service names.
func (c *Cluster) indexAddresses() {
	for _, key := range slices.Sorted(maps.Keys(c.services)) {
		s := c.services[key]
		for _, h := range s.hosts {
			if h.addr.IsValid() && c.clusterIPs[h.text] == nil {
				c.clusterIPs[h.text] = s
			}
		}
		for i := range s.slices {
			for j := range s.slices[i].endpoints {
				e := &s.slices[i].endpoints[j]
				c.endpoints[e.text] = append(c.endpoints[e.text], e)
			}
		}
	}
}

// Lookup answers a query of the given name and type. The name may be given with or without its final dot; case is ignored and kept in the
// answer. A name outside the zones goes to Upstream.
func (c *Cluster) Lookup(name string, t Type) Response {
	name = fqdn(name)
	zone := c.zoneOf(name)
	switch {
	case zone == "":
		return c.forward(name, t)
	case c.config.Mode == Specification:
		return c.specLookup(name, zone, t)
	}
	return c.coreDNSLookup(name, zone, t)
}

// zoneOf returns the longest zone that contains name, in the spelling of name; "" if there is none.
func (c *Cluster) zoneOf(name string) string {
	longest := 0
	for _, z := range c.zones {
		if len(z) > longest && inZone(name, z) {
			longest = len(z)
		}
	}
	return name[len(name)-longest:]
}

func (c *Cluster) forward(name string, t Type) Response {
	if c.config.Upstream == nil {
		return Response{RCode: RCodeRefused}
	}
	return c.config.Upstream(name, t)
}

// Answer returns a function for Walk that answers every query from the cluster's DNS, for a pod of the given namespace (which autopath looks at).
func (c *Cluster) Answer(namespace string) func(Query) Reply {
	return func(q Query) Reply { return c.LookupFrom(namespace, q.Name, q.Type).Reply(q.Type) }
}
