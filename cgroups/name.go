package cgroups

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	nodeGroup   = "kubepods"
	podPrefix   = "pod"
	sliceSuffix = ".slice"
	scopeSuffix = ".scope"
)

// Name is the name of a control group, one component per level, independent
// of the driver. The zero Name is the root.
type Name []string

// NameError says that a name or path cannot be one of a control group.
type NameError struct {
	Input  string // the component or path
	Reason string // what is wrong with it, and what would be legal
}

// Error gives input and reason.
func (e *NameError) Error() string { return fmt.Sprintf("cgroups: %q: %s", e.Input, e.Reason) }

// ParseName returns the components of a path of plain directories, such as the
// kubelet's cgroupRoot. Slashes at the ends do not matter.
func ParseName(cgroupfs string) Name {
	trimmed := strings.Trim(cgroupfs, "/")
	if trimmed == "" {
		return nil
	}
	return strings.Split(trimmed, "/")
}

// Join returns the name with components added. They must not be empty and
// not contain a slash or underscore, which the systemd driver needs for itself; on these the kubelet
// panics.
func (n Name) Join(components ...string) (Name, error) {
	for _, c := range components {
		switch {
		case c == "":
			return nil, &NameError{Input: c, Reason: "a component must not be empty"}
		case strings.ContainsAny(c, "/_"):
			return nil, &NameError{Input: c, Reason: "a component must not contain / or _"}
		}
	}
	return slices.Concat(n, components), nil
}

// ClassName returns the name of the group that pods of a class are in:
// root, kubepods, and burstable or besteffort; Guaranteed pods are in kubepods itself, as are pods of a class
// of any other name.
func ClassName(root Name, class corev1.PodQOSClass) Name {
	n := slices.Concat(root, Name{nodeGroup})
	switch class {
	case corev1.PodQOSBurstable, corev1.PodQOSBestEffort:
		n = append(n, strings.ToLower(string(class)))
	}
	return n
}

// PodName returns the name of the group of a pod. The UID must not be empty or
// contain a slash or underscore.
//
// Source: GetPodContainerName, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func PodName(root Name, class corev1.PodQOSClass, uid string) (Name, error) {
	if uid == "" {
		return nil, &NameError{Input: uid, Reason: "the UID of a pod must not be empty"}
	}
	return ClassName(root, class).Join(podPrefix + uid)
}

// Path returns the directory of the group below a hierarchy's mount point: the kubelet's
// path under either driver. It fails for the Systemd driver if a component is empty.
func (n Name) Path(d Driver) (string, error) {
	if d == Cgroupfs {
		return "/" + path.Join(n...), nil
	}
	return n.systemd()
}

// systemd returns the path of the slice: each level repeats the one above.
func (n Name) systemd() (string, error) {
	if len(n) == 0 || len(n) == 1 && n[0] == "" {
		return "/", nil
	}
	parts := make([]string, len(n))
	for i, c := range n {
		parts[i] = strings.ReplaceAll(c, "-", "_")
	}
	return ExpandSlice(strings.Join(parts, "-") + sliceSuffix)
}

// ExpandSlice returns the path of a slice from its name: for a-b.slice it is
// /a.slice/a-b.slice. The name -.slice is the root.
//
// Source: ExpandSlice of github.com/opencontainers/cgroups v0.0.6.
func ExpandSlice(slice string) (string, error) {
	stem, ok := strings.CutSuffix(slice, sliceSuffix)
	switch {
	case !ok || stem == "":
		return "", &NameError{Input: slice, Reason: "the name of a slice must end in .slice"}
	case strings.Contains(slice, "/"):
		return "", &NameError{Input: slice, Reason: "the name of a slice must not contain a slash"}
	case stem == "-":
		return "/", nil
	}
	var b strings.Builder
	for i := 0; i <= len(stem); i++ {
		if i < len(stem) && stem[i] != '-' {
			continue
		}
		if i == 0 || stem[i-1] == '-' {
			return "", &NameError{Input: slice, Reason: "two dashes in a row, or one at an end, leave a level of the slice without name"}
		}
		b.WriteString("/" + stem[:i] + sliceSuffix)
	}
	return b.String(), nil
}

// ParseSlice returns the name that a path of slices stands for, from its last
// component. A dash in the name that [Name.Path] was given comes back as a dash, but so does
// an underscore.
//
// Source: ParseSystemdToCgroupName, k8s.io/kubernetes/pkg/kubelet/cm v1.36.3.
func ParseSlice(dir string) Name {
	stem := strings.TrimSuffix(path.Base(dir), sliceSuffix)
	parts := strings.Split(stem, "-")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "_", "-")
	}
	return parts
}
