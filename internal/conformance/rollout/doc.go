// Package rollout holds the differential tests of package rollout against the controllers of Kubernetes v1.36.3.
package rollout
