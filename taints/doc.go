// Package taints decides what taints and tolerations do, exactly as Kubernetes v1.36.3 does.
package taints
