package main

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/labels"
)

// family is a group of kinds whose selectors may get into each other's way.
type family string

const (
	controllers family = "controllers"
	budgets     family = "budgets"
	services    family = "services"
	policies    family = "policies"
)

// consequence says what an overlap in the family means, and whether it is an error.
func (f family) consequence() (severity, meaning string) {
	switch f {
	case controllers:
		return "error", "both adopt and delete such pods"
	case budgets:
		return "error", "such pods cannot be evicted"
	case services:
		return "note", "both send traffic to such pods"
	}
	return "note", "both sets of rules apply to such pods"
}

// chooser is an object that selects pods.
type chooser struct {
	namespace, kind, name string
	family                family
	selector              labels.Selector
	template              map[string]string // labels of the pods it makes, nil for none
}

func (c *chooser) String() string { return c.kind + "/" + c.name }

// podLabels is a pod, or the pods of a template.
type podLabels struct {
	namespace, name string // name is "" for a template
	labels          map[string]string
}

// read returns the choosers and the pods of the manifests, in their order. Objects that another controller made are left
// out: a Deployment's ReplicaSets select what it selects.
func read(docs []manifest.Document) (choosers []*chooser, pods []podLabels, err error) {
	for _, d := range docs {
		c := &chooser{}
		var selector *metav1.LabelSelector
		var meta *metav1.ObjectMeta
		switch o := d.Object.(type) {
		case *corev1.Pod:
			pods = append(pods, podLabels{o.Namespace, o.Name, o.Labels})
			continue
		case *appsv1.Deployment:
			meta, selector, c.kind, c.family, c.template = &o.ObjectMeta, o.Spec.Selector, "Deployment", controllers, o.Spec.Template.Labels
		case *appsv1.ReplicaSet:
			meta, selector, c.kind, c.family, c.template = &o.ObjectMeta, o.Spec.Selector, "ReplicaSet", controllers, o.Spec.Template.Labels
		case *appsv1.StatefulSet:
			meta, selector, c.kind, c.family, c.template = &o.ObjectMeta, o.Spec.Selector, "StatefulSet", controllers, o.Spec.Template.Labels
		case *appsv1.DaemonSet:
			meta, selector, c.kind, c.family, c.template = &o.ObjectMeta, o.Spec.Selector, "DaemonSet", controllers, o.Spec.Template.Labels
		case *batchv1.CronJob:
			pods = append(pods, podLabels{o.Namespace, "", o.Spec.JobTemplate.Spec.Template.Labels})
			continue
		case *batchv1.Job:
			if o.Spec.Selector == nil { // made by the API server, unique to the job
				pods = append(pods, podLabels{o.Namespace, "", o.Spec.Template.Labels})
				continue
			}
			meta, selector, c.kind, c.family, c.template = &o.ObjectMeta, o.Spec.Selector, "Job", controllers, o.Spec.Template.Labels
		case *corev1.ReplicationController:
			if o.Spec.Template != nil {
				c.template = o.Spec.Template.Labels
			}
			set := o.Spec.Selector
			if len(set) == 0 { // by default the template's labels
				set = c.template
			}
			meta, selector, c.kind, c.family = &o.ObjectMeta, exactly(set), "ReplicationController", controllers
		case *corev1.Service:
			if len(o.Spec.Selector) == 0 || o.Spec.Type == corev1.ServiceTypeExternalName { // it has no endpoints, or others manage them
				continue
			}
			meta, selector, c.kind, c.family = &o.ObjectMeta, exactly(o.Spec.Selector), "Service", services
		case *policyv1.PodDisruptionBudget:
			meta, selector, c.kind, c.family = &o.ObjectMeta, o.Spec.Selector, "PodDisruptionBudget", budgets
		case *networkingv1.NetworkPolicy:
			meta, selector, c.kind, c.family = &o.ObjectMeta, &o.Spec.PodSelector, "NetworkPolicy", policies
		default:
			continue
		}
		if metav1.GetControllerOf(meta) != nil {
			continue
		}
		c.namespace, c.name = meta.Namespace, meta.Name
		if c.selector, err = labels.FromLabelSelector(selector); err != nil {
			return nil, nil, fmt.Errorf("%s %s/%s: selector: %w", c.kind, c.namespace, c.name, err)
		}
		choosers = append(choosers, c)
		if c.template != nil {
			pods = append(pods, podLabels{c.namespace, "", c.template})
		}
	}
	return choosers, pods, nil
}

func exactly(set map[string]string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: set}
}
