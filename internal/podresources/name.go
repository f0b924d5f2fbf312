package podresources

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// SupportedPodLevel reports whether spec.resources of a pod may hold the name:
// cpu, memory and huge pages.
func SupportedPodLevel(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || IsHugePages(name)
}

// IsHugePages reports whether the name is that of huge pages of any size.
func IsHugePages(name corev1.ResourceName) bool {
	return strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

// IsExtended reports whether the name is that of an extended resource, such as
// example.com/gpu: a qualified name with a prefix that is not of Kubernetes and
// that a quota could count.
func IsExtended(name corev1.ResourceName) bool {
	s := string(name)
	prefix, base, _ := strings.Cut(s, "/") // without a slash, base is empty and so not valid
	return !strings.Contains(s, "kubernetes.io/") &&
		!strings.HasPrefix(s, corev1.DefaultResourceRequestsPrefix) &&
		validQuotaPrefix(prefix) &&
		validBase(base)
}

// IsScalar reports whether the scheduler counts the name beside cpu, memory,
// ephemeral-storage and pods; it ignores every other name.
func IsScalar(name corev1.ResourceName) bool {
	s := string(name)
	return IsHugePages(name) ||
		strings.Contains(s, "kubernetes.io/") ||
		strings.HasPrefix(s, corev1.ResourceAttachableVolumesPrefix) ||
		IsExtended(name)
}

// validQuotaPrefix reports whether "requests."+prefix is a DNS subdomain.
func validQuotaPrefix(prefix string) bool {
	const longest = 253 - len(corev1.DefaultResourceRequestsPrefix)
	if len(prefix) > longest {
		return false
	}
	for part := range strings.SplitSeq(prefix, ".") {
		if !boundedBy(part, lowerAlphanumeric) {
			return false
		}
		for i := range len(part) {
			if !lowerAlphanumeric(part[i]) && part[i] != '-' {
				return false
			}
		}
	}
	return true
}

// validBase reports whether base can stand after the slash of a qualified name.
func validBase(base string) bool {
	if len(base) > 63 || !boundedBy(base, alphanumeric) {
		return false
	}
	for i := range len(base) {
		if !alphanumeric(base[i]) && !strings.ContainsRune("-_.", rune(base[i])) {
			return false
		}
	}
	return true
}

// boundedBy reports whether s is not empty and both its ends are in the class.
func boundedBy(s string, class func(byte) bool) bool {
	return s != "" && class(s[0]) && class(s[len(s)-1])
}

func alphanumeric(c byte) bool {
	return lowerAlphanumeric(c) || 'A' <= c && c <= 'Z'
}

func lowerAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}
