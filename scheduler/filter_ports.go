package scheduler

const reasonPorts = "node(s) didn't have free ports for the requested pod ports"

// portRule rejects nodes on which a host port of the pod is taken.
type portRule struct{ wanted []hostPort }

func preparePorts(a *attempt) (filterRule, *status) {
	if len(a.pod.class.ports) == 0 {
		return nil, nil
	}
	return portRule{a.pod.class.ports}, nil
}

func (r portRule) admits(n *node, w *why) bool {
	for _, taken := range n.ports {
		for _, p := range r.wanted {
			if p.conflicts(taken) {
				w.reject(Unschedulable, reasonPorts)
				return false
			}
		}
	}
	return true
}
