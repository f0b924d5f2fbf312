package main

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubealgo/kubealgo/dnsresolv"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

// objectsOf returns what DNS is made from.
func objectsOf(docs []manifest.Document) dnsresolv.Objects {
	var o dnsresolv.Objects
	for _, d := range docs {
		switch v := d.Object.(type) {
		case *corev1.Service:
			o.Services = append(o.Services, v)
		case *corev1.Pod:
			o.Pods = append(o.Pods, v)
		case *corev1.Namespace:
			o.Namespaces = append(o.Namespaces, v)
		case *discoveryv1.EndpointSlice:
			o.EndpointSlices = append(o.EndpointSlices, v)
		}
	}
	deriveSlices(&o)
	return o
}

// deriveSlices makes the slices of services that have none.
func deriveSlices(o *dnsresolv.Objects) {
	has := map[string]bool{}
	for _, s := range o.EndpointSlices {
		has[s.Namespace+"/"+s.Labels[discoveryv1.LabelServiceName]] = true
	}
	for _, s := range o.Services {
		if !has[s.Namespace+"/"+s.Name] {
			o.EndpointSlices = append(o.EndpointSlices, dnsresolv.EndpointSlices(s, o.Pods)...)
		}
	}
}
