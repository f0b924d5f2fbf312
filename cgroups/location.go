package cgroups

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Location is what the path of a control group of a kubelet says.
type Location struct {
	Driver Driver             `json:"driver"`           // by the form of the path
	Level  Level              `json:"level"`            // NodeLevel is kubepods itself
	Root   Name               `json:"root,omitempty"`   // the kubelet's cgroupRoot
	Class  corev1.PodQOSClass `json:"class,omitempty"`  // empty at NodeLevel
	PodUID string             `json:"podUID,omitempty"` // with dashes; empty above PodLevel
	// Runtime is the prefix of a container's scope, such as cri-containerd or
	// crio; empty with plain directories.
	Runtime   string `json:"runtime,omitempty"`
	Container string `json:"container,omitempty"` // its ID
	// Below is the rest of the path: groups that the container made for itself, or crun for it.
	Below Name `json:"below,omitempty"`
}

// ParsePath says what group a path is of: which QoS class, pod and container. The
// path is relative to the mount point, as in /proc/PID/cgroup; both drivers
// are recognised, and anything may come before kubepods.
//
// It fails for paths without kubepods and for those that no kubelet
// makes. Where a UID was written with underscores they come back as dashes,
// as the systemd driver writes dashes so.
func ParsePath(p string) (Location, error) {
	parts := ParseName(p)
	for i, part := range parts {
		switch {
		case part == nodeGroup:
			return parsePlain(p, parts[:i], parts[i+1:])
		case part == nodeGroup+sliceSuffix || strings.HasSuffix(part, "-"+nodeGroup+sliceSuffix):
			return parseSlices(p, part, parts[i+1:])
		}
	}
	return Location{}, &NameError{Input: p, Reason: "no component is kubepods or kubepods.slice"}
}

// parsePlain reads what comes after kubepods in plain directories.
func parsePlain(p string, root, rest Name) (Location, error) {
	l := Location{Driver: Cgroupfs, Level: NodeLevel, Root: root}
	if len(rest) == 0 {
		return l, nil
	}
	rest = l.class(rest[0], rest)
	if len(rest) == 0 {
		return l, nil
	}
	uid, ok := strings.CutPrefix(rest[0], podPrefix)
	if !ok || uid == "" {
		return Location{}, &NameError{Input: p, Reason: "the component " + rest[0] + " is not that of a pod"}
	}
	l.Level, l.PodUID = PodLevel, uid
	l.container(rest[1:])
	return l, nil
}

// class takes the QoS class off the components.
func (l *Location) class(first string, rest Name) Name {
	l.Class = corev1.PodQOSGuaranteed
	for _, class := range [...]corev1.PodQOSClass{corev1.PodQOSBurstable, corev1.PodQOSBestEffort} {
		if first == strings.ToLower(string(class)) {
			l.Level, l.Class = QoSLevel, class
			return rest[1:]
		}
	}
	return rest
}

// container takes what is below the pod's group.
func (l *Location) container(rest Name) {
	if len(rest) == 0 {
		return
	}
	l.Level = ContainerLevel
	id, scoped := strings.CutSuffix(rest[0], scopeSuffix)
	if i := strings.LastIndexByte(id, '-'); scoped && i >= 0 {
		l.Runtime, id = id[:i], id[i+1:]
	}
	l.Container, l.Below = id, rest[1:]
}

// parseSlices reads what comes after the slice of kubepods.
func parseSlices(p, node string, rest Name) (Location, error) {
	name := ParseSlice(node)
	l := Location{Driver: Systemd, Level: NodeLevel, Root: name[:len(name)-1]}
	parent, depth := node, len(name)
	for len(rest) > 0 && strings.HasSuffix(rest[0], sliceSuffix) {
		below := ParseSlice(rest[0])
		if len(below) != depth+1 || !strings.HasPrefix(rest[0], strings.TrimSuffix(parent, sliceSuffix)+"-") {
			return Location{}, &NameError{Input: p, Reason: "the slice " + rest[0] + " is not one of " + parent}
		}
		last := below[depth]
		switch {
		case l.PodUID != "":
			return Location{}, &NameError{Input: p, Reason: "the slice " + rest[0] + " is below that of a pod"}
		case l.Class == "" && len(l.class(last, Name{last})) == 0:
		case strings.HasPrefix(last, podPrefix) && last != podPrefix:
			l.Level, l.PodUID = PodLevel, last[len(podPrefix):]
		default:
			return Location{}, &NameError{Input: p, Reason: "the slice " + rest[0] + " is not that of a pod"}
		}
		parent, depth, rest = rest[0], depth+1, rest[1:]
	}
	if l.PodUID == "" && len(rest) > 0 {
		return Location{}, &NameError{Input: p, Reason: "the component " + rest[0] + " is not that of a pod"}
	}
	l.container(rest)
	return l, nil
}

// Scope returns the name of the unit that runtimes make for a container under
// the systemd driver: prefix cri-containerd for containerd, crio for CRI-O.
func Scope(prefix, id string) string { return prefix + "-" + id + scopeSuffix }
