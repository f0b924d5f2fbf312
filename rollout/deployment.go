package rollout

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Labels and annotations by which a Deployment keeps its books.
const (
	templateHashLabel      = appsv1.DefaultDeploymentUniqueLabelKey
	annRevision            = "deployment.kubernetes.io/revision"
	annRevisionHistory     = "deployment.kubernetes.io/revision-history"
	annDesiredReplicas     = "deployment.kubernetes.io/desired-replicas"
	annMaxReplicas         = "deployment.kubernetes.io/max-replicas"
	annRollbackTo          = appsv1.DeprecatedRollbackTo
	annLastApplied         = corev1.LastAppliedConfigAnnotation
	maxRevisionHistoryText = 2000
)

var (
	deploymentKind = appsv1.SchemeGroupVersion.WithKind("Deployment")
	replicaSetKind = appsv1.SchemeGroupVersion.WithKind("ReplicaSet")
)

// DeploymentState is what one sync of a Deployment sees.
type DeploymentState struct {
	// Deployment is the object as stored. Nil fields that the API server fills in are read as it would fill them.
	Deployment *appsv1.Deployment
	// ReplicaSets are those of the namespace, in any order; which of them the Deployment owns is part of the decision.
	ReplicaSets []*appsv1.ReplicaSet
	// Pods are those of the namespace. Only the Recreate strategy looks at them.
	Pods []*corev1.Pod
}

// DeploymentOptions are choices that a cluster makes for all its Deployments. The zero value is the default of v1.36.
type DeploymentOptions struct {
	// NoTerminatingReplicas turns the gate DeploymentReplicaSetTerminatingReplicas off.
	NoTerminatingReplicas bool
	// CreateError, when set, is what the API server answers when the sync creates a ReplicaSet.
	CreateError error
	// Share lets the ReplicaSets in the writes share what they do not change, most of all the pod template, with those
	// given. It spares the largest part of a sync; inputs and writes must then not be edited in place, which holds for the
	// objects of an informer's cache anyway.
	Share bool
}

// DeploymentSync is what one sync of a Deployment does.
type DeploymentSync struct {
	// Writes are the changes, in the order in which they are made.
	Writes []Write
	// Events are recorded on the Deployment.
	Events []Event
	// Status is the status after the sync, whether it changed or not.
	Status appsv1.DeploymentStatus
	// New is the name of the ReplicaSet of the current template, empty when there is none.
	New string
	// Rule says which part of the controller did the work, or what it waits for.
	Rule DeploymentRule
	// RequeueAfter is when the controller looks again although nothing happens; zero for never.
	RequeueAfter time.Duration
}

// DeploymentRule names the step of the controller that ended a sync.
type DeploymentRule string

const (
	// RuleSelectsAll: an empty selector makes the controller refuse to act.
	RuleSelectsAll DeploymentRule = "selects-all"
	// RuleDeleting: the Deployment is being deleted; only its status is kept.
	RuleDeleting DeploymentRule = "deleting"
	// RulePaused: the Deployment is paused; it is scaled but not rolled.
	RulePaused DeploymentRule = "paused"
	// RuleRollback: the deprecated annotation asked for a rollback.
	RuleRollback DeploymentRule = "rollback"
	// RuleScaling: spec.replicas changed; the sizes of all ReplicaSets are adjusted in proportion.
	RuleScaling DeploymentRule = "scaling"
	// RuleScaleUpNew: the new ReplicaSet grew, or shrank to the Deployment's size.
	RuleScaleUpNew DeploymentRule = "scale-up-new"
	// RuleScaleDownOld: old ReplicaSets shrank.
	RuleScaleDownOld DeploymentRule = "scale-down-old"
	// RuleWaitAvailable: surge is used up and too few pods are available to remove old ones.
	RuleWaitAvailable DeploymentRule = "wait-available"
	// RuleWaitTerminated: the Recreate strategy waits for the old pods to be gone.
	RuleWaitTerminated DeploymentRule = "wait-terminated"
	// RuleSettled: all replicas belong to the new ReplicaSet.
	RuleSettled DeploymentRule = "settled"
)

// SyncDeployment performs one sync of a Deployment's controller at the instant now and returns what it writes. The sync is
// one transaction: where the real controller writes, conflicts and starts again, this returns the outcome of all attempts.
// Inputs are neither changed nor kept.
//
// When the controller would stop at an error, the error is returned together with what it had written by then; it would
// try again with a growing delay. Cost grows with the number of ReplicaSets.
func SyncDeployment(s DeploymentState, now time.Time, o DeploymentOptions) (DeploymentSync, error) {
	if s.Deployment == nil {
		return DeploymentSync{}, errors.New("rollout: no Deployment given")
	}
	var y deploymentSyncer
	y.begin(s, now, o)
	err := y.run()
	return y.finish(), err
}

// deploymentSyncer is the working state of one sync.
type deploymentSyncer struct {
	d        *appsv1.Deployment // a shallow copy: Status and Annotations are replaced, never edited in place
	work     appsv1.Deployment  // what d points at
	stored   *appsv1.Deployment // as given
	replicas int32
	surge    int32 // maxSurge in pods, zero unless rolling
	maxUnav  int32 // maxUnavailable in pods, capped
	now      time.Time
	opts     DeploymentOptions
	all      []*appsv1.ReplicaSet // of the namespace
	owned    []*appsv1.ReplicaSet // in order of creation
	pods     []*corev1.Pod
	known    func(rs *appsv1.ReplicaSet) bool // a quicker answer to same, if there is one
	newRS    *appsv1.ReplicaSet
	olds     []*appsv1.ReplicaSet
	both     []*appsv1.ReplicaSet // olds and newRS, once there is one
	out      DeploymentSync
	dirty    bool // the status write is due
}

// copySet copies a ReplicaSet to be written.
func (y *deploymentSyncer) copySet(rs *appsv1.ReplicaSet) *appsv1.ReplicaSet {
	if !y.opts.Share {
		return rs.DeepCopy()
	}
	shallow := *rs
	shallow.Annotations = maps.Clone(rs.Annotations)
	return &shallow
}

// begin makes a syncer ready for a sync; it may have done others before.
func (y *deploymentSyncer) begin(s DeploymentState, now time.Time, o DeploymentOptions) {
	*y = deploymentSyncer{work: *s.Deployment, stored: s.Deployment, now: now, opts: o, all: s.ReplicaSets, pods: s.Pods}
	y.d = &y.work
	s.Deployment.Status.DeepCopyInto(&y.d.Status)
	y.replicas = value(y.d.Spec.Replicas, 1)
	y.surge, y.maxUnav = deploymentBounds(y.d)
}

// same reports whether a ReplicaSet is of the Deployment's template.
func (y *deploymentSyncer) same(rs *appsv1.ReplicaSet) bool {
	if y.known != nil {
		return y.known(rs)
	}
	return SameTemplate(&rs.Spec.Template, &y.d.Spec.Template)
}

// deploymentBounds resolves a Deployment's limits in pods: those of a rolling update, and zero for any other strategy.
// Values that do not parse count as zero, as they do in the controller's arithmetic.
func deploymentBounds(d *appsv1.Deployment) (surge, unavailable int32) {
	if d.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType || d.Spec.Strategy.RollingUpdate == nil {
		return 0, 0
	}
	replicas := value(d.Spec.Replicas, 1)
	ru := d.Spec.Strategy.RollingUpdate
	surge, unavailable, _ = Fenceposts(ru.MaxSurge, ru.MaxUnavailable, replicas)
	return surge, min(unavailable, replicas)
}

func (y *deploymentSyncer) run() error {
	d := y.d
	if sel := d.Spec.Selector; sel != nil && sel.MatchLabels == nil && sel.MatchExpressions == nil {
		y.out.Rule = RuleSelectsAll
		y.event(warningEvent("SelectingAll", "This deployment is selecting all pods. A non-empty selector is required."))
		if d.Status.ObservedGeneration < d.Generation {
			d.Status.ObservedGeneration = d.Generation
			y.dirty = true
		}
		return nil
	}
	if err := y.claim(); err != nil {
		return err
	}
	if d.DeletionTimestamp != nil {
		y.out.Rule = RuleDeleting
		y.findNew()
		y.writeBaseStatus()
		return nil
	}
	y.checkPaused()
	y.findNew()
	to, asked := y.rollbackRequest()
	switch {
	case d.Spec.Paused:
		y.out.Rule = RulePaused
		y.resize()
		return nil
	case asked:
		return y.rollback(to)
	case y.scalingEvent():
		y.out.Rule = RuleScaling
		y.resize()
		return nil
	case d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		return y.recreate()
	case d.Spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType:
		return y.roll()
	}
	return fmt.Errorf("unexpected deployment strategy type: %s", d.Spec.Strategy.Type)
}

// claim finds the ReplicaSets that belong to the Deployment, and records adoptions and releases.
func (y *deploymentSyncer) claim() error {
	matches, err := matcher(y.d.Spec.Selector)
	if err != nil {
		return fmt.Errorf("deployment %s/%s has invalid label selector: %v", y.d.Namespace, y.d.Name, err)
	}
	y.owned = claim(y.stored, deploymentKind, "ReplicaSet", y.all, func(rs *appsv1.ReplicaSet) bool { return matches(rs.Labels) }, &y.out.Writes)
	sortByCreation(y.owned)
	return nil
}

// scalingEvent reports whether some active ReplicaSet was last sized for another number of replicas.
func (y *deploymentSyncer) scalingEvent() bool {
	for _, rs := range y.allRS() {
		if sizeOf(rs) > 0 {
			if n, ok := replicasAnnotation(rs, annDesiredReplicas); ok && n != y.replicas {
				return true
			}
		}
	}
	return false
}

// allRS returns the old ReplicaSets and, if there is one, the new.
func (y *deploymentSyncer) allRS() []*appsv1.ReplicaSet {
	if y.newRS == nil {
		return y.olds
	}
	if y.both == nil {
		y.both = append(y.olds, y.newRS) // behind the old ones in their array, where there is room for it
	}
	return y.both
}

func (y *deploymentSyncer) event(e Event) { y.out.Events = append(y.out.Events, e) }

// update records that a ReplicaSet is written; a second write of the same object replaces the first.
func (y *deploymentSyncer) update(rs *appsv1.ReplicaSet) {
	for i := range y.out.Writes {
		w := &y.out.Writes[i]
		if w.Name != rs.Name {
			continue // a write of another ReplicaSet: until now there are no others
		}
		if w.Verb == Release {
			rs.OwnerReferences = withoutOwner(rs.OwnerReferences, y.d.UID)
			continue
		}
		if w.Verb == Adopt {
			rs.OwnerReferences = withOwner(rs.OwnerReferences, newControllerRef(y.d, deploymentKind))
		}
		w.Object = rs
		return
	}
	if y.out.Writes == nil {
		y.out.Writes = make([]Write, 0, 2) // mostly this and the status
	}
	y.out.Writes = append(y.out.Writes, Write{Update, "ReplicaSet", rs.Name, rs})
}

func (y *deploymentSyncer) finish() DeploymentSync {
	if y.dirty {
		d := &appsv1.Deployment{TypeMeta: y.d.TypeMeta}
		y.d.ObjectMeta.DeepCopyInto(&d.ObjectMeta)
		y.d.Status.DeepCopyInto(&d.Status)
		y.out.Writes = append(y.out.Writes, Write{UpdateStatus, "Deployment", y.d.Name, d})
	}
	if y.newRS != nil {
		y.out.New = y.newRS.Name
	}
	y.out.Status = y.d.Status
	return y.out
}

// sizeOf returns spec.replicas, which the API server defaults to one.
func sizeOf(rs *appsv1.ReplicaSet) int32 { return value(rs.Spec.Replicas, 1) }

// hasDeadline reports whether the Deployment has a progress deadline at all.
func (y *deploymentSyncer) hasDeadline() bool {
	p := y.d.Spec.ProgressDeadlineSeconds
	return p != nil && *p != math.MaxInt32
}
