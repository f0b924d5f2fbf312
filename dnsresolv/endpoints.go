package dnsresolv

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The most endpoints of one slice, the controller's default.
const maxSliceEndpoints = 100

// EndpointSlices returns the slices that the EndpointSlice controller makes for a service from the pods: none for a service without selector and for
// ExternalName. Pods of other namespaces, without addresses, and finished ones are passed over. Every pod is taken to be on a node that exists; zones and
// hints are not set. Fields that the API server would have defaulted (protocol, target port) are taken as their defaults.
//
// Slices are named after the service, family and a running number, and hold endpoints in the order of pod names; the controller's names are random.
func EndpointSlices(s *corev1.Service, pods []*corev1.Pod) []*discoveryv1.EndpointSlice {
	if s.Spec.Selector == nil || s.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	var chosen []*corev1.Pod
	for _, p := range pods {
		if p.Namespace == s.Namespace && selects(s.Spec.Selector, p.Labels) && belongs(p) {
			chosen = append(chosen, p)
		}
	}
	sort.SliceStable(chosen, func(i, j int) bool { return chosen[i].Name < chosen[j].Name })
	var out []*discoveryv1.EndpointSlice
	for _, family := range serviceFamilies(s) {
		out = append(out, familySlices(s, family, chosen)...)
	}
	return out
}

func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// belongs reports whether a pod is not finished, and can so be an endpoint if it has an address.
func belongs(p *corev1.Pod) bool {
	return p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded
}

// serviceFamilies returns the families of a service, IPv4 first.
func serviceFamilies(s *corev1.Service) []discoveryv1.AddressType {
	v4 := slices.Contains(s.Spec.IPFamilies, corev1.IPv4Protocol)
	v6 := slices.Contains(s.Spec.IPFamilies, corev1.IPv6Protocol)
	if !v4 && !v6 {
		switch {
		case s.Spec.ClusterIP == "" || s.Spec.ClusterIP == corev1.ClusterIPNone:
			v4, v6 = true, true
		default:
			v6 = isIPv6(s.Spec.ClusterIP)
			v4 = !v6
		}
	}
	var out []discoveryv1.AddressType
	if v4 {
		out = append(out, discoveryv1.AddressTypeIPv4)
	}
	if v6 {
		out = append(out, discoveryv1.AddressTypeIPv6)
	}
	return out
}

// isIPv6 reports whether text is an IPv6 address. What is no address counts as IPv4, as for the controller.
func isIPv6(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.Zone() == "" && !a.Unmap().Is4()
}

func familySlices(s *corev1.Service, family discoveryv1.AddressType, pods []*corev1.Pod) []*discoveryv1.EndpointSlice {
	type group struct {
		ports     []discoveryv1.EndpointPort
		endpoints []discoveryv1.Endpoint
	}
	groups := map[string]*group{}
	var order []string
	for _, p := range pods {
		e := endpointOf(s, p, family)
		if len(e.Addresses) == 0 {
			continue
		}
		ports := endpointPorts(s, p)
		key := portsKey(ports)
		if groups[key] == nil {
			groups[key] = &group{ports: ports}
			order = append(order, key)
		}
		groups[key].endpoints = append(groups[key].endpoints, e)
	}
	if len(order) == 0 { // the controller keeps an empty slice
		groups[""] = &group{}
		order = []string{""}
	}
	var out []*discoveryv1.EndpointSlice
	for _, key := range order {
		g := groups[key]
		parts := slices.Collect(slices.Chunk(g.endpoints, maxSliceEndpoints))
		if parts == nil {
			parts = [][]discoveryv1.Endpoint{nil}
		}
		for _, part := range parts {
			name := fmt.Sprintf("%s-%s-%d", s.Name, strings.ToLower(string(family)), len(out))
			out = append(out, newSlice(s, name, family, g.ports, part))
		}
	}
	return out
}

func newSlice(s *corev1.Service, name string, family discoveryv1.AddressType, ports []discoveryv1.EndpointPort, endpoints []discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	v := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.Namespace, Labels: map[string]string{
			discoveryv1.LabelServiceName: s.Name, discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io",
		}},
		AddressType: family, Endpoints: endpoints,
	}
	for _, p := range ports {
		v.Ports = append(v.Ports, *p.DeepCopy())
	}
	if s.Spec.ClusterIP == corev1.ClusterIPNone {
		v.Labels[corev1.IsHeadlessService] = ""
	}
	return v
}

// endpointOf returns the endpoint of a pod in one family.
func endpointOf(s *corev1.Service, p *corev1.Pod, family discoveryv1.AddressType) discoveryv1.Endpoint {
	serving := podReady(p)
	terminating := p.DeletionTimestamp != nil
	ready := s.Spec.PublishNotReadyAddresses || serving && !terminating
	e := discoveryv1.Endpoint{
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
	}
	for _, ip := range p.Status.PodIPs {
		if isIPv6(ip.IP) == (family == discoveryv1.AddressTypeIPv6) {
			e.Addresses = append(e.Addresses, ip.IP)
		}
	}
	slices.Sort(e.Addresses)
	if node := p.Spec.NodeName; node != "" {
		e.NodeName = &node
	}
	if hostname := p.Spec.Hostname; hostname != "" && p.Spec.Subdomain == s.Name {
		e.Hostname = &hostname
	}
	return e
}

func podReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// endpointPorts returns the ports of a service as they are in one pod. A named target port that the pod lacks is left out.
func endpointPorts(s *corev1.Service, p *corev1.Pod) []discoveryv1.EndpointPort {
	var out []discoveryv1.EndpointPort
	for _, port := range s.Spec.Ports {
		protocol := protocolOf(port.Protocol)
		number, ok := targetPort(port, protocol, p)
		if !ok {
			continue
		}
		name := port.Name
		e := discoveryv1.EndpointPort{Name: &name, Protocol: &protocol, Port: &number}
		if port.AppProtocol != nil {
			app := *port.AppProtocol
			e.AppProtocol = &app
		}
		out = append(out, e)
	}
	return out
}

func protocolOf(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}

func targetPort(port corev1.ServicePort, protocol corev1.Protocol, p *corev1.Pod) (int32, bool) {
	switch {
	case port.TargetPort.Type == intstr.Int && port.TargetPort.IntVal != 0:
		return port.TargetPort.IntVal, true
	case port.TargetPort.Type == intstr.Int || port.TargetPort.StrVal == "":
		return port.Port, true
	}
	find := func(c *corev1.Container) (int32, bool) {
		for _, have := range c.Ports {
			if have.Name == port.TargetPort.StrVal && protocolOf(have.Protocol) == protocol {
				return have.ContainerPort, true
			}
		}
		return 0, false
	}
	for i := range p.Spec.Containers {
		if n, ok := find(&p.Spec.Containers[i]); ok {
			return n, true
		}
	}
	for i := range p.Spec.InitContainers {
		c := &p.Spec.InitContainers[i]
		if c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways {
			continue
		}
		if n, ok := find(c); ok {
			return n, true
		}
	}
	return 0, false
}

// portsKey is equal for equal ports, which stand in the order of the service in every pod.
func portsKey(ports []discoveryv1.EndpointPort) string {
	var words []string
	for _, p := range ports {
		words = append(words, fmt.Sprintf("%q %s %d %q", *p.Name, *p.Protocol, *p.Port, value(p.AppProtocol)))
	}
	return strings.Join(words, ",")
}
