package dnsresolv

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ValidatePodDNS checks the fields dnsPolicy, dnsConfig, hostname, subdomain, hostnameOverride and setHostnameAsFQDN of a pod's spec as the API server
// does, with its texts. path is the path of the spec, usually field.NewPath("spec").
func ValidatePodDNS(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	all := validatePolicy(spec.DNSPolicy, path.Child("dnsPolicy"))
	all = append(all, validateConfig(spec.DNSConfig, spec.DNSPolicy, path.Child("dnsConfig"))...)
	return append(all, validateHostname(spec, path)...)
}

func validatePolicy(p corev1.DNSPolicy, path *field.Path) field.ErrorList {
	switch p {
	case corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone:
		return nil
	case "":
		return field.ErrorList{field.Required(path, "")}
	}
	return field.ErrorList{field.NotSupported(path, p,
		[]corev1.DNSPolicy{corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone})}
}

func validateConfig(c *corev1.PodDNSConfig, p corev1.DNSPolicy, path *field.Path) field.ErrorList {
	if p == corev1.DNSNone {
		if c == nil {
			return field.ErrorList{field.Required(path, "must provide `dnsConfig` when `dnsPolicy` is None")}
		}
		if len(c.Nameservers) == 0 {
			return field.ErrorList{field.Required(path.Child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None")}
		}
	}
	if c == nil {
		return nil
	}
	var all field.ErrorList
	servers := path.Child("nameservers")
	if len(c.Nameservers) > maxServers {
		all = append(all, field.Invalid(servers, c.Nameservers, fmt.Sprintf("must not have more than %d nameservers", maxServers)))
	}
	for i, s := range c.Nameservers {
		all = append(all, validation.IsValidIPForLegacyField(servers.Index(i), s, true, nil)...)
	}
	all = append(all, validateSearches(c.Searches, path.Child("searches"))...)
	for i, o := range c.Options {
		if o.Name == "" {
			all = append(all, field.Required(path.Child("options").Index(i), "must not be empty"))
		}
	}
	return all
}

func validateSearches(searches []string, path *field.Path) field.ErrorList {
	var all field.ErrorList
	if len(searches) > maxSearches {
		all = append(all, field.Invalid(path, searches, fmt.Sprintf("must not have more than %d search paths", maxSearches)))
	}
	if len(strings.Join(searches, " ")) > maxSearchChars {
		all = append(all, field.Invalid(path, searches, fmt.Sprintf("must not have more than %d characters (including spaces) in the search list", maxSearchChars)))
	}
	for i, s := range searches {
		if s == "." {
			continue
		}
		s = strings.TrimSuffix(s, ".")
		for _, msg := range validation.IsDNS1123SubdomainWithUnderscore(s) {
			all = append(all, field.Invalid(path.Index(i), s, msg))
		}
	}
	return all
}

// The longest name that the kernel takes.
const maxKernelName = 64

func validateHostname(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	all := validateOverride(spec, path.Child("hostnameOverride"))
	label := func(name, value string) {
		if value != "" {
			for _, msg := range validation.IsDNS1123Label(value) {
				all = append(all, field.Invalid(path.Child(name), value, msg))
			}
		}
	}
	label("hostname", spec.Hostname)
	label("subdomain", spec.Subdomain)
	return all
}

func validateOverride(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	if spec.HostnameOverride == nil {
		return nil
	}
	var all field.ErrorList
	if spec.SetHostnameAsFQDN != nil && *spec.SetHostnameAsFQDN {
		all = append(all, field.Forbidden(path, "may not be specified when setHostnameAsFQDN is true"))
	}
	if spec.HostNetwork {
		all = append(all, field.Forbidden(path, "may not be specified when hostNetwork is true"))
	}
	if len(*spec.HostnameOverride) > maxKernelName {
		all = append(all, field.TooLong(path, "", maxKernelName))
	}
	for _, msg := range validation.IsDNS1123Subdomain(*spec.HostnameOverride) {
		all = append(all, field.Invalid(path, *spec.HostnameOverride, msg))
	}
	return all
}
