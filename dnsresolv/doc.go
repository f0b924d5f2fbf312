// Package dnsresolv models how a name is looked up in a Kubernetes pod.
package dnsresolv
