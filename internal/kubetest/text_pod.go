package kubetest

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PodWords lists the words of a pod's line, one a line.
func PodWords() string { return helpOf(podWords) }

// ofMain is a word about the first container.
func ofMain(w word[*corev1.Container]) word[*corev1.Pod] {
	return word[*corev1.Pod]{
		name: w.name, help: w.help,
		set: func(p *corev1.Pod, v string) error { return w.set(&p.Spec.Containers[0], v) },
		get: func(p *corev1.Pod) []string {
			if len(p.Spec.Containers) == 0 {
				return nil
			}
			return w.get(&p.Spec.Containers[0])
		},
	}
}

// containers is a word that adds containers: NAME, then words of a container
// joined by semicolons. The first skip containers of the list have words of
// their own.
func containers(name string, list func(p *corev1.Pod) *[]corev1.Container, skip int) word[*corev1.Pod] {
	return word[*corev1.Pod]{
		name: name, help: name + "=NAME[;cpu=1;mem=1Gi;image=app;port=80;sidecar;...]",
		set: func(p *corev1.Pod, v string) error {
			words := strings.Split(v, ";")
			c := corev1.Container{Name: words[0]}
			if err := parseWords(&c, containerWords, words[1:]); err != nil {
				return err
			}
			all := list(p)
			*all = append(*all, c)
			return nil
		},
		get: func(p *corev1.Pod) []string {
			var said []string
			all := *list(p)
			for i := min(skip, len(all)); i < len(all); i++ {
				said = append(said, strings.Join(append([]string{all[i].Name}, printWords(&all[i], containerWords)...), ";"))
			}
			return said
		},
	}
}

var podWords = func() []word[*corev1.Pod] {
	words := []word[*corev1.Pod]{
		{
			name: "on", help: "on=NODE", set: func(p *corev1.Pod, v string) error { p.Spec.NodeName = v; return nil },
			get: func(p *corev1.Pod) []string { return one(p.Spec.NodeName) },
		},
		{
			name: "nominated", help: "nominated=NODE",
			set: func(p *corev1.Pod, v string) error { p.Status.NominatedNodeName = v; return nil },
			get: func(p *corev1.Pod) []string { return one(p.Status.NominatedNodeName) },
		},
		{
			name: "prio", help: "prio=NUMBER",
			set: func(p *corev1.Pod, v string) (err error) {
				n, err := parseInt32(v)
				p.Spec.Priority = &n
				return err
			},
			get: func(p *corev1.Pod) []string {
				if p.Spec.Priority == nil {
					return nil
				}
				return []string{strconv.Itoa(int(*p.Spec.Priority))}
			},
		},
		{
			name: "label", help: "label=KEY=VALUE",
			set: func(p *corev1.Pod, v string) error { return setPair(&p.Labels, v) },
			get: func(p *corev1.Pod) []string { return printPairs(p.Labels) },
		},
	}
	for _, w := range containerWords {
		if !w.bare {
			words = append(words, ofMain(w))
		}
	}
	words = append(words,
		containers("also", func(p *corev1.Pod) *[]corev1.Container { return &p.Spec.Containers }, 1),
		containers("init", func(p *corev1.Pod) *[]corev1.Container { return &p.Spec.InitContainers }, 0),
		word[*corev1.Pod]{
			name: "level", help: "level=NAME=QUANTITY: a pod-level request",
			set: func(p *corev1.Pod, v string) error {
				if p.Spec.Resources == nil {
					p.Spec.Resources = &corev1.ResourceRequirements{}
				}
				return setResource(&p.Spec.Resources.Requests, v)
			},
			get: func(p *corev1.Pod) []string {
				if p.Spec.Resources == nil {
					return nil
				}
				return printResources(p.Spec.Resources.Requests)
			},
		},
		word[*corev1.Pod]{
			name: "overhead", help: "overhead=NAME=QUANTITY",
			set: func(p *corev1.Pod, v string) error { return setResource(&p.Spec.Overhead, v) },
			get: func(p *corev1.Pod) []string { return printResources(p.Spec.Overhead) },
		},
		word[*corev1.Pod]{name: "tol", help: "tol=KEY[=VALUE|>N|<N][:EFFECT], tol=* for all taints", set: setToleration, get: printTolerations},
	)
	words = append(words, affinityWords...)
	return append(words,
		word[*corev1.Pod]{name: "owner", help: "owner=KIND/NAME", set: setOwner, get: printOwners},
		word[*corev1.Pod]{
			name: "gate", help: "gate=NAME",
			set: func(p *corev1.Pod, v string) error {
				p.Spec.SchedulingGates = append(p.Spec.SchedulingGates, corev1.PodSchedulingGate{Name: v})
				return nil
			},
			get: func(p *corev1.Pod) []string {
				var list []string
				for _, g := range p.Spec.SchedulingGates {
					list = append(list, g.Name)
				}
				return list
			},
		},
		word[*corev1.Pod]{
			name: "phase", help: "phase=PHASE", set: func(p *corev1.Pod, v string) error { p.Status.Phase = corev1.PodPhase(v); return nil },
			get: func(p *corev1.Pod) []string { return one(string(p.Status.Phase)) },
		},
		word[*corev1.Pod]{
			name: "terminating", help: "terminating", bare: true,
			set: func(p *corev1.Pod, _ string) error {
				p.DeletionTimestamp = ptr(metav1.NewTime(epoch))
				return nil
			},
			get: func(p *corev1.Pod) []string { return flag(p.DeletionTimestamp != nil) },
		},
		word[*corev1.Pod]{
			name: "uid", help: "uid=UID", set: func(p *corev1.Pod, v string) error { p.UID = types.UID(v); return nil },
			get: func(p *corev1.Pod) []string {
				if p.UID == defaultUID("pod", p.Namespace, p.Name) {
					return nil
				}
				return []string{string(p.UID)}
			},
		},
	)
}()

// request is the word of a resource that a container requests.
func request(short string) word[*corev1.Container] {
	name := resourceName(short)
	return word[*corev1.Container]{
		name: short, help: short + "=QUANTITY",
		set: func(c *corev1.Container, v string) error { return setQuantity(&c.Resources.Requests, name, v) },
		get: func(c *corev1.Container) []string { return quantityOf(c.Resources.Requests, name) },
	}
}

var containerWords = []word[*corev1.Container]{
	request("cpu"), request("mem"), request("storage"), request("gpu"),
	{
		name: "req", help: "req=NAME=QUANTITY",
		set: func(c *corev1.Container, v string) error { return setResource(&c.Resources.Requests, v) },
		get: func(c *corev1.Container) []string {
			return otherResources(c.Resources.Requests, "cpu", "mem", "storage", "gpu")
		},
	},
	{
		name: "lim", help: "lim=NAME=QUANTITY",
		set: func(c *corev1.Container, v string) error { return setResource(&c.Resources.Limits, v) },
		get: func(c *corev1.Container) []string { return printResources(c.Resources.Limits) },
	},
	{
		name: "image", help: "image=NAME", set: func(c *corev1.Container, v string) error { c.Image = v; return nil },
		get: func(c *corev1.Container) []string { return one(c.Image) },
	},
	{
		name: "sidecar", help: "sidecar: restartPolicy Always, for init containers", bare: true,
		set: func(c *corev1.Container, _ string) error {
			c.RestartPolicy = ptr(corev1.ContainerRestartPolicyAlways)
			return nil
		},
		get: func(c *corev1.Container) []string { return flag(c.RestartPolicy != nil) },
	},
	{name: "port", help: "port=HOSTPORT[/PROTOCOL][@IP]", set: setPort, get: printPorts},
}

func setPort(c *corev1.Container, text string) error {
	text, ip, _ := strings.Cut(text, "@")
	number, protocol, _ := strings.Cut(text, "/")
	n, err := parseInt32(number)
	c.Ports = append(c.Ports, corev1.ContainerPort{ContainerPort: n, HostPort: n, Protocol: corev1.Protocol(protocol), HostIP: ip})
	return err
}

func printPorts(c *corev1.Container) []string {
	var list []string
	for _, p := range c.Ports {
		text := strconv.Itoa(int(p.HostPort))
		if p.Protocol != "" {
			text += "/" + string(p.Protocol)
		}
		if p.HostIP != "" {
			text += "@" + p.HostIP
		}
		list = append(list, text)
	}
	return list
}

func setToleration(p *corev1.Pod, text string) error {
	t := corev1.Toleration{Operator: corev1.TolerationOpExists}
	text, effect, _ := strings.Cut(text, ":")
	t.Effect = corev1.TaintEffect(effect)
	if i := strings.IndexAny(text, "=<>"); i >= 0 {
		t.Operator = map[byte]corev1.TolerationOperator{'=': corev1.TolerationOpEqual, '<': corev1.TolerationOpLt, '>': corev1.TolerationOpGt}[text[i]]
		t.Key, t.Value = text[:i], text[i+1:]
	} else if text != "*" {
		t.Key = text
	}
	p.Spec.Tolerations = append(p.Spec.Tolerations, t)
	return nil
}

func printTolerations(p *corev1.Pod) []string {
	var list []string
	for _, t := range p.Spec.Tolerations {
		text := t.Key
		switch t.Operator {
		case corev1.TolerationOpExists:
			if t.Key == "" {
				text = "*"
			}
		case corev1.TolerationOpEqual:
			text += "=" + t.Value
		case corev1.TolerationOpLt:
			text += "<" + t.Value
		case corev1.TolerationOpGt:
			text += ">" + t.Value
		}
		if t.Effect != "" {
			text += ":" + string(t.Effect)
		}
		list = append(list, text)
	}
	return list
}

// ownerVersions are the API groups of the controllers that the language names.
var ownerVersions = map[string]string{
	"ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "Deployment": "apps/v1", "DaemonSet": "apps/v1", "ReplicationController": "v1", "Job": "batch/v1",
}

func setOwner(p *corev1.Pod, text string) error {
	kind, name, ok := strings.Cut(text, "/")
	version := ownerVersions[kind]
	if !ok || version == "" {
		return fmt.Errorf("no such controller")
	}
	p.OwnerReferences = append(p.OwnerReferences, metav1.OwnerReference{
		APIVersion: version, Kind: kind, Name: name, UID: types.UID(kind + "/" + name), Controller: ptr(true),
	})
	return nil
}

func printOwners(p *corev1.Pod) []string {
	var list []string
	for _, o := range p.OwnerReferences {
		list = append(list, o.Kind+"/"+o.Name)
	}
	return list
}
