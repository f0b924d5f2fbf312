package scheduler

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/labels"
)

// An ownerIndex holds the objects from which default spreading derives the
// pods that belong together.
type ownerIndex struct {
	services    map[string]map[string]map[string]string // namespace -> name -> selector
	controllers map[podKey]map[string]string            // ReplicationControllers
	replicaSets map[podKey]*metav1.LabelSelector
	statefuls   map[podKey]*metav1.LabelSelector
}

func newOwnerIndex() ownerIndex {
	return ownerIndex{
		services:    map[string]map[string]map[string]string{},
		controllers: map[podKey]map[string]string{},
		replicaSets: map[podKey]*metav1.LabelSelector{},
		statefuls:   map[podKey]*metav1.LabelSelector{},
	}
}

func (x *ownerIndex) change(obj runtime.Object, kind changeKind) error {
	switch o := obj.(type) {
	case *corev1.Service:
		in := x.services[o.Namespace]
		if in == nil {
			in = map[string]map[string]string{}
			x.services[o.Namespace] = in
		}
		return changeEntry(in, o.Name, kind, "service", o.ObjectMeta, maps.Clone(o.Spec.Selector))
	case *corev1.ReplicationController:
		return changeEntry(x.controllers, keyIn(o.ObjectMeta), kind, "replication controller", o.ObjectMeta, maps.Clone(o.Spec.Selector))
	case *appsv1.ReplicaSet:
		return changeEntry(x.replicaSets, keyIn(o.ObjectMeta), kind, "replica set", o.ObjectMeta, o.Spec.Selector.DeepCopy())
	case *appsv1.StatefulSet:
		return changeEntry(x.statefuls, keyIn(o.ObjectMeta), kind, "stateful set", o.ObjectMeta, o.Spec.Selector.DeepCopy())
	}
	return nil
}

func keyIn(meta metav1.ObjectMeta) podKey { return podKey{meta.Namespace, meta.Name} }

func changeEntry[K comparable, T any](m map[K]T, key K, kind changeKind, what string, meta metav1.ObjectMeta, value T) error {
	_, there := m[key]
	if err := allow(kind, there, what, keyIn(meta).String()); err != nil {
		return err
	}
	if kind == removing {
		delete(m, key)
	} else {
		m[key] = value
	}
	return nil
}

// selector returns what the services and the controller of a pod select, all
// of it required together; an empty selector where there is none of them.
func (x *ownerIndex) selector(cl *class) labels.Selector {
	set := map[string]string{}
	for _, s := range x.services[cl.namespace] {
		if subset(s, cl.labels) {
			maps.Copy(set, s) // no two can differ: both agree with the pod
		}
	}
	key := podKey{cl.namespace, cl.owner.name}
	var own *metav1.LabelSelector
	switch (owner{apiVersion: cl.owner.apiVersion, kind: cl.owner.kind}) {
	case owner{apiVersion: "v1", kind: "ReplicationController"}:
		maps.Copy(set, x.controllers[key])
	case owner{apiVersion: "apps/v1", kind: "ReplicaSet"}:
		own = x.replicaSets[key]
	case owner{apiVersion: "apps/v1", kind: "StatefulSet"}:
		own = x.statefuls[key]
	}
	selector := labels.FromMap(set)
	if own != nil {
		if s, err := labels.FromLabelSelector(own); err == nil {
			selector = selector.And(s)
		}
	}
	return selector
}

// subset reports whether every pair of a is in b.
func subset(a, b map[string]string) bool {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}
