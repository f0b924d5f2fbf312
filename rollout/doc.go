// Package rollout decides what the controllers of Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs
// and PodDisruptionBudgets do next, and plays whole rollouts to their end.
//
// # Promise
//
// Given the objects that a controller sees and the time, the answer is what the controller of Kubernetes v1.36.3 writes:
// sizes, annotations, revisions, pod-template-hash, status, conditions, events and error texts. There is no client, no
// queue, no clock: objects go in, writes come out.
//
// # Model
//
// A Sync function is one pass of a controller over one object:
//
//	objects + now -> writes, events, status, the rule that decided, when to look again
//
// The caller applies the writes to the objects, lets pods live and die, and calls again. [Simulate] does that with pods that
// take given times to start and stop, and with a quota, and returns the timeline, the peak of pods and requests, the lowest
// availability, and, when the rollout stands still, the rule that waits and what would free it.
//
//	SyncDeployment   scale, roll, recreate, pause, roll back, clean up; RuleXxx says which
//	SyncReplicaSet   adopt, create in slow-start batches, delete Victims
//	SyncStatefulSet  by ordinal, with partition, claims and revisions
//	SyncDaemonSet    by node, with taints, surge and revisions
//	SyncJob          by parallelism, completions and indexes, with back-off and policies; JobXxx says what it did
//	SyncBudget       disruptions allowed; Evict answers one eviction
//
// # Usage
//
//	plan, err := rollout.Simulate(rollout.Scenario{From: old, To: edited, Startup: 20 * time.Second})
//	fmt.Println(plan.Summary.PeakPods, plan.Summary.MinAvailable, plan.Wedge)
//
// # Upstream
//
// kube-controller-manager v1.36.3 (deployment, replicaset, statefulset, daemon, job and disruption controllers with default
// feature gates), the eviction subresource of kube-apiserver, the validation of apps/v1 and of Jobs, and kubectl v0.36 rollout undo,
// status and history. CronJobs, the alpha gate EnableWorkloadWithJob and the finalizers of
// pods whose Job is gone are not built.
//
// # Divergences
//
//  1. A Deployment's sync is one transaction: where the real controller writes an object, meets a conflict at its second
//     write of it and starts again, SyncDeployment returns the outcome of all attempts (TestDeployment of the conformance
//     module, whose API server knows no conflicts).
//  2. Kubernetes' order of victims is not transitive and its input is random; Victims defines a total order that agrees
//     with it wherever it is unique (TestVictimOrder of the conformance module).
//  3. A DaemonSet's controller picks the nodes to update first at random; SyncDaemonSet takes them by name (TestDaemonSet of
//     the conformance module).
//  4. A StatefulSet in Parallel mode is worked on concurrently upstream; here by ordinal (TestStatefulSet of the conformance
//     module).
//  5. A StatefulSet revision that was stored without today's defaults counts as another revision, because the defaults of
//     the API server are not known here; Kubernetes reuses it (TestRevisionWithoutDefaults).
//  6. Counts wrap around at 32 bits as they do in the controllers, but a percentage that comes to more than an int, and a
//     proportional share to more than an int32, saturate; what Kubernetes makes of them depends on the processor
//     (TestScaledRules).
//  7. Where several revisions of a DaemonSet have one number, which no controller brings about, Kubernetes takes them in any
//     order; SyncDaemonSet takes the oldest first (TestDaemonSet of the conformance module).
//  8. A ControllerRevision written by hand may hold more than a template, and kubectl rollout undo restores all of it;
//     UndoStatefulSet and UndoDaemonSet restore the template (TestUndoRevisionRestoresTheTemplateOnly).
//  9. A Job's controller meets pods in random order; SyncJob takes them by name, so that the pod named in a message, the
//     deleted one of two that rank equally, and the one of two of an index that a sync still counts at its limit of 500 are
//     always the same (TestJob of the conformance module, with sorted pods).
//  10. The indexes in a Job's status and success policy are read as the API server demands them, ascending; where the real
//     controller reads texts that are not, it may count below zero (TestIndexesOutOfOrder).
//  11. SyncJob has all it did before in view: the controller's waiting for its own writes to arrive, its retries after
//     errors of the API server, and events of single pods (SuccessfulCreate, SuccessfulDelete) are left out (TestJob of the
//     conformance module, which answers at once). A creation that is refused because the namespace terminates counts as
//     any other refusal.
//  12. A StatefulSet whose last ordinal is more than an int32 holds, or that has more than 2^20 replicas, is refused with an
//     error; the real controller mistakes the pods beyond for others (TestStatefulSetLimits).
package rollout
