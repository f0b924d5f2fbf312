package main

import (
	"fmt"
	"io"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/qos"
)

// podOf returns the pod of an object: itself, or one of a workload's template; nil if there is none.
func podOf(object runtime.Object) *corev1.Pod {
	template := func(m metav1.ObjectMeta, t *corev1.PodTemplateSpec) *corev1.Pod {
		if t == nil {
			return nil
		}
		pod := &corev1.Pod{ObjectMeta: *t.ObjectMeta.DeepCopy(), Spec: *t.Spec.DeepCopy()}
		pod.Namespace, pod.Name = m.Namespace, m.Name
		return pod
	}
	switch o := object.(type) {
	case *corev1.Pod:
		return o
	case *appsv1.Deployment:
		return template(o.ObjectMeta, &o.Spec.Template)
	case *appsv1.ReplicaSet:
		return template(o.ObjectMeta, &o.Spec.Template)
	case *appsv1.StatefulSet:
		return template(o.ObjectMeta, &o.Spec.Template)
	case *appsv1.DaemonSet:
		return template(o.ObjectMeta, &o.Spec.Template)
	case *corev1.ReplicationController:
		return template(o.ObjectMeta, o.Spec.Template)
	case *corev1.PodTemplate:
		return template(o.ObjectMeta, &o.Template)
	case *batchv1.Job:
		return template(o.ObjectMeta, &o.Spec.Template)
	case *batchv1.CronJob:
		return template(o.ObjectMeta, &o.Spec.JobTemplate.Spec.Template)
	}
	return nil
}

// group is a control group: its path and files.
type group struct {
	path  string
	files []cgroups.File
}

// answer is what a node makes of one pod.
type answer struct {
	Pod       string                       `json:"pod"`
	Class     corev1.PodQOSClass           `json:"qosClass"`
	Why       []string                     `json:"why"`
	Reasons   []qos.Reason                 `json:"reasons,omitempty"`
	Edits     []string                     `json:"edits,omitempty"`
	OOMScores map[string]int               `json:"oomScoreAdj"`
	Cgroups   map[string]map[string]string `json:"cgroups"`

	containers []string // in the order of the spec
	groups     []group
}

type report struct {
	options cgroups.Options
	driver  cgroups.Driver
	answers []answer
}

func (r *report) add(pods []*corev1.Pod) error {
	for _, pod := range pods {
		a, err := r.answer(qos.WithDefaults(pod, qos.Options{}))
		if err != nil {
			return fmt.Errorf("pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
		r.answers = append(r.answers, a)
	}
	return nil
}

func (r *report) answer(pod *corev1.Pod) (answer, error) {
	e := qos.Explain(pod, qos.Options{})
	a := answer{Pod: pod.Namespace + "/" + pod.Name, Class: qos.Effective(pod, qos.Options{}), Why: []string{}, Reasons: e.Reasons, OOMScores: map[string]int{}, Cgroups: map[string]map[string]string{}}
	if a.Class != e.Class {
		a.Why = append(a.Why, fmt.Sprintf("status.qosClass says %s; the spec deserves %s", a.Class, e.Class))
	}
	for _, reason := range e.Reasons {
		a.Why = append(a.Why, reason.String())
	}
	if len(a.Why) == 0 {
		a.Why = append(a.Why, "all cpu and memory requests equal limits above zero")
	}
	edits, _ := qos.GuaranteedEdits(pod, qos.Options{})
	for _, edit := range edits {
		a.Edits = append(a.Edits, edit.String())
	}
	uid := string(pod.UID)
	if uid == "" {
		uid = "UID" // manifests have none yet
	}
	name, err := cgroups.PodName(nil, a.Class, uid)
	if err != nil {
		return a, err
	}
	path, err := name.Path(r.driver)
	if err != nil {
		return a, err
	}
	a.add(path, r.files(cgroups.Pod(pod, r.options)))
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		settings := cgroups.Container(pod, &c, r.options)
		a.containers = append(a.containers, c.Name)
		a.OOMScores[c.Name] = int(settings.OOMScoreAdj.Or(0))
		below := c.Name // the runtime puts the container's ID here
		if r.driver == cgroups.Systemd {
			below = cgroups.Scope("cri-containerd", c.Name)
		}
		a.add(path+"/"+below, r.files(settings))
	}
	return a, nil
}

// files returns the files as they are in the end: systemd rounds quotas.
func (r *report) files(settings cgroups.Resources) []cgroups.File {
	if r.driver == cgroups.Systemd {
		if _, after, err := settings.SystemdProperties(r.options.Version, 0); err == nil {
			settings = after
		}
	}
	return settings.Files(r.options.Version)
}

func (a *answer) add(path string, files []cgroups.File) {
	a.groups = append(a.groups, group{path, files})
	a.Cgroups[path] = cgroups.FileMap(files)
}

// json writes one object for one pod, and else a list.
func (r *report) json(w io.Writer) error {
	if len(r.answers) == 1 {
		return command.JSON(w, r.answers[0])
	}
	return command.JSON(w, r.answers)
}

func (r *report) text(w io.Writer) error {
	p := printer{w: w}
	for i, a := range r.answers {
		if i > 0 {
			p.line("")
		}
		p.line("pod %s: %s", a.Pod, a.Class)
		for _, why := range a.Why {
			p.line("  because %s", why)
		}
		for _, edit := range a.Edits {
			p.line("  to be Guaranteed: %s", edit)
		}
		for _, c := range a.containers {
			p.line("oom_score_adj %5d  %s", a.OOMScores[c], c)
		}
		for _, g := range a.groups {
			p.line("%s", g.path)
			for _, f := range g.files {
				p.line("  %-28s %s", f.Name, f.Content)
			}
		}
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
