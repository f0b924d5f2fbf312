package kubetest

import (
	corev1 "k8s.io/api/core/v1"
)

// Containers returns the containers and the init containers of a pod.
func (g *Gen) Containers() (containers, inits []corev1.Container) {
	containers = append(containers, g.container("main"))
	if g.Chance(1, 4) {
		containers = append(containers, g.container("second"))
	}
	if g.Chance(1, 5) {
		for _, name := range []string{"i0", "i1", "i2"}[:1+g.Int(3)] {
			c := g.container(name)
			if g.Chance(1, 2) {
				c.RestartPolicy = ptr(corev1.ContainerRestartPolicyAlways)
			}
			inits = append(inits, c)
		}
	}
	if g.rare() {
		containers = nil
	}
	return containers, inits
}

func (g *Gen) container(name string) corev1.Container {
	c := corev1.Container{
		Name:      name,
		Image:     Pick(g, "registry.example/app:v1", "registry.example/base", "localhost:5000/tool", "registry.example/app@sha256:0123", "tiny", "absent:1", "mirror.example/tiny", ""),
		Resources: g.Requirements(),
	}
	if g.Chance(1, 8) {
		for range 1 + g.Int(2) {
			c.Ports = append(c.Ports, g.port())
		}
	}
	if g.Chance(1, 40) {
		c.RestartPolicyRules = []corev1.ContainerRestartRule{{Action: Pick(g, corev1.ContainerRestartRuleActionRestartAllContainers, corev1.ContainerRestartRuleActionRestart)}}
	}
	return c
}

func (g *Gen) port() corev1.ContainerPort {
	p := corev1.ContainerPort{
		ContainerPort: 80,
		HostPort:      Pick[int32](g, 80, 8080, 0),
		Protocol:      Pick(g, corev1.ProtocolTCP, "", corev1.ProtocolUDP),
		HostIP:        Pick(g, "", "0.0.0.0", "127.0.0.1", "10.0.0.1", "::"),
	}
	if g.Bad() {
		p.HostPort = Pick[int32](g, -1, 65536, 2147483647)
	}
	return p
}
