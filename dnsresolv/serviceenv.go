package dnsresolv

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ServiceEnv returns the variables that tell a container of services, such as REDIS_SERVICE_HOST. They are of the services in the pod's namespace (unless
// enableServiceLinks is false; nil means true) and of the service kubernetes in the namespace default. Services without a cluster address have none.
//
// Services come in the order of their names (the kubelet's order is random), the variables of one service in the kubelet's order. Where two services, or two ports, make the same
// variable, both are in the result and the later one wins in the container.
func ServiceEnv(services []*corev1.Service, namespace string, enableServiceLinks *bool) []corev1.EnvVar {
	chosen := map[string]*corev1.Service{}
	for _, s := range services {
		switch {
		case s.Spec.ClusterIP == "" || s.Spec.ClusterIP == corev1.ClusterIPNone:
		case s.Namespace == corev1.NamespaceDefault && s.Name == "kubernetes":
			if chosen[s.Name] == nil {
				chosen[s.Name] = s
			}
		case s.Namespace == namespace && (enableServiceLinks == nil || *enableServiceLinks):
			chosen[s.Name] = s
		}
	}
	var env []corev1.EnvVar
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		env = appendServiceEnv(env, chosen[name])
	}
	return env
}

// envName turns a name into the form of variables.
func envName(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }

func appendServiceEnv(env []corev1.EnvVar, s *corev1.Service) []corev1.EnvVar {
	prefix := envName(s.Name)
	add := func(name, value string) { env = append(env, corev1.EnvVar{Name: prefix + name, Value: value}) }
	ip := s.Spec.ClusterIP
	add("_SERVICE_HOST", ip)
	if len(s.Spec.Ports) == 0 {
		return env
	}
	add("_SERVICE_PORT", strconv.Itoa(int(s.Spec.Ports[0].Port)))
	for _, p := range s.Spec.Ports {
		if p.Name != "" {
			add("_SERVICE_PORT_"+envName(p.Name), strconv.Itoa(int(p.Port)))
		}
	}
	for i, p := range s.Spec.Ports {
		protocol := string(protocolOf(p.Protocol))
		port := strconv.Itoa(int(p.Port))
		url := strings.ToLower(protocol) + "://" + joinHostPort(ip, port)
		if i == 0 {
			add("_PORT", url)
		}
		name := "_PORT_" + port + "_" + strings.ToUpper(protocol)
		add(name, url)
		add(name+"_PROTO", strings.ToLower(protocol))
		add(name+"_PORT", port)
		add(name+"_ADDR", ip)
	}
	return env
}

// joinHostPort puts brackets around an address with colons.
func joinHostPort(host, port string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]:" + port
	}
	return host + ":" + port
}
