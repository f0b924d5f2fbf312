package scheduler

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

// A hostPort is a port of the node that a pod occupies.
type hostPort struct {
	ip       string
	protocol corev1.Protocol
	port     int32
}

const anyIP = "0.0.0.0"

// hostPortsOf returns the host ports of the pod's containers and sidecars.
func hostPortsOf(pod *corev1.Pod) []hostPort {
	var ports []hostPort
	collect := func(c *corev1.Container) {
		for _, p := range c.Ports {
			if p.HostPort <= 0 {
				continue
			}
			hp := hostPort{p.HostIP, p.Protocol, p.HostPort}
			if hp.ip == "" {
				hp.ip = anyIP
			}
			if hp.protocol == "" {
				hp.protocol = corev1.ProtocolTCP
			}
			ports = append(ports, hp)
		}
	}
	for i := range pod.Spec.Containers {
		collect(&pod.Spec.Containers[i])
	}
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; podresources.IsSidecar(c) {
			collect(c)
		}
	}
	return ports
}

// conflicts reports whether two pods can not have both ports on one node. The
// IPv4 wildcard covers every address; the IPv6 one ("::") only itself.
func (p hostPort) conflicts(o hostPort) bool {
	return p.protocol == o.protocol && p.port == o.port && (p.ip == o.ip || p.ip == anyIP || o.ip == anyIP)
}
