package scheduler

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// features is a set of node features that a pod can depend on: the ones that
// NodeDeclaredFeatures infers from pods in v1.36.
type features uint8

const (
	restartAllContainers     features = 1 << iota // RestartAllContainersOnContainerExits
	userNamespaceHostNetwork                      // UserNamespacesHostNetworkSupport
)

// declaredFeatures returns what a node declares; other names mean nothing to scheduling.
func declaredFeatures(names []string) features {
	var f features
	for _, name := range names {
		switch name {
		case "RestartAllContainersOnContainerExits":
			f |= restartAllContainers
		case "UserNamespacesHostNetworkSupport":
			f |= userNamespaceHostNetwork
		}
	}
	return f
}

// requiredFeatures returns what a pod needs of its node.
func requiredFeatures(spec *corev1.PodSpec) features {
	var f features
	restartsAll := func(r corev1.ContainerRestartRule) bool {
		return r.Action == corev1.ContainerRestartRuleActionRestartAllContainers
	}
	for _, list := range [...][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			if slices.ContainsFunc(list[i].RestartPolicyRules, restartsAll) {
				f |= restartAllContainers
			}
		}
	}
	if spec.HostNetwork && spec.HostUsers != nil && !*spec.HostUsers {
		f |= userNamespaceHostNetwork
	}
	return f
}
