// Package taints compares package taints of the library to Kubernetes' own code: toleration matching, validation, the
// taint eviction and node lifecycle controllers, the admission plugins and kubectl.
package taints
