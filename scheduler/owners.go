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

// changeOwner changes one of the objects of the index.
func (c *Cluster) changeOwner(obj runtime.Object, kind changeKind) error {
	x := &c.owners
	switch o := obj.(type) {
	case *corev1.Service:
		in := x.services[o.Namespace]
		if in == nil {
			in = map[string]map[string]string{}
			x.services[o.Namespace] = in
		}
		return changeEntry(c, in, o.Name, kind, "service", o.Namespace+"/"+o.Name, maps.Clone(o.Spec.Selector))
	case *corev1.ReplicationController:
		key := podKey{o.Namespace, o.Name}
		return changeEntry(c, x.controllers, key, kind, "replication controller", key.String(), maps.Clone(o.Spec.Selector))
	case *appsv1.ReplicaSet:
		key := podKey{o.Namespace, o.Name}
		return changeEntry(c, x.replicaSets, key, kind, "replica set", key.String(), o.Spec.Selector.DeepCopy())
	case *appsv1.StatefulSet:
		key := podKey{o.Namespace, o.Name}
		return changeEntry(c, x.statefuls, key, kind, "stateful set", key.String(), o.Spec.Selector.DeepCopy())
	}
	return nil
}

// changeEntry adds, replaces or removes the entry of an object.
func changeEntry[K comparable, T any](c *Cluster, m map[K]T, key K, kind changeKind, what, name string, value T) error {
	old, there := m[key]
	if err := allow(kind, there, what, name); err != nil {
		return err
	}
	if kind == removing {
		delete(m, key)
	} else {
		m[key] = value
	}
	c.log.reset()
	c.journal.note(func() {
		if delete(m, key); there {
			m[key] = old
		}
		c.log.reset()
	})
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
		s, _ := labels.FromLabelSelector(own) // one that is wrong selects everything
		selector = selector.And(s)
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
