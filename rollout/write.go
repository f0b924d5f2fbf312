package rollout

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Verb names what a sync does to one object.
type Verb string

const (
	// Create makes a new object. Its name may be empty when the API server is to choose one from generateName.
	Create Verb = "create"
	// Update replaces an object.
	Update Verb = "update"
	// UpdateStatus replaces the status of an object (and, for Deployments, its annotations).
	UpdateStatus Verb = "update-status"
	// Delete removes an object.
	Delete Verb = "delete"
	// Adopt adds the controller's owner reference to an object.
	Adopt Verb = "adopt"
	// Release takes the controller's owner reference from an object.
	Release Verb = "release"
)

// Write is one change that a sync makes. A sync changes an object at most once, save that a Deployment's status is a write
// of its own, and that a ReplicaSet of the current template may be updated after it was released.
type Write struct {
	// Verb says what is done to the object.
	Verb Verb
	// Kind is the kind of the object, such as ReplicaSet or Pod.
	Kind string
	// Name is the name of the object; empty for pods whose name the API server makes up.
	Name string
	// Object is the whole object as it is after the write, and as it was for Delete; a Deployment whose status is written has
	// no spec. For Create, Update, UpdateStatus, Adopt and Release it is a copy that belongs to the caller, unless sharing
	// was asked for; for Delete it is the object that was passed in.
	Object runtime.Object
}

// Event is a Kubernetes event that a sync records on its object.
type Event struct {
	// Type is Normal or Warning.
	Type string
	// Reason is the machine-readable reason.
	Reason string
	// Message is the text, the same that a cluster shows.
	Message string
}

func normalEvent(reason, message string) Event {
	return Event{Type: corev1.EventTypeNormal, Reason: reason, Message: message}
}

func warningEvent(reason, message string) Event {
	return Event{Type: corev1.EventTypeWarning, Reason: reason, Message: message}
}
