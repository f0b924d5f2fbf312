// Package scheduler decides where a pod lands, and why it can not land
// elsewhere, exactly as kube-scheduler v1.36.3 does with its default plugins.
//
// # Model
//
// A Cluster holds nodes, their pods, and the namespaces, services and
// controllers that some rules look at. A Scheduler is one profile. A pod goes
// through the filters, then through the scores, then one of the best nodes is
// chosen:
//
//	Cluster   nodes, pods and other objects
//	   |  compile(pod) -> its class: everything that scheduling reads of it
//	Filter    each rule -> verdict per node (plugin, code, reasons, numbers)
//	Score     each rule -> raw -> normalized -> weighted
//	Choose    the best nodes, and one of them
//	   v
//	Decision  a node, or a FitError with upstream's sentence
//
// Every node is looked at, but by Scheduler.Sample, which samples as upstream does
// in large clusters.
//
// # Usage
//
//	c := scheduler.NewCluster()
//	for _, obj := range objects { // nodes, pods, namespaces, services, ...
//		if err := c.Add(obj); err != nil { ... }
//	}
//	s, err := scheduler.New(scheduler.Config{})
//	d, err := s.Schedule(c, pod)
//	var fit *scheduler.FitError
//	switch {
//	case errors.As(err, &fit): // pending: fit says why, node by node
//	case err == nil:
//		err = c.Place(pod, d.Node)
//	}
//
// A pod that fits nowhere may find room by Preempt. Fork, Commit and Revert
// make a Cluster answer what-ifs; Sequence, PlaceAll, HowMany, Grow and AddBack
// are built on them.
//
// # Cost
//
// What the rules said is kept by class of pods and group of nodes (Config.NoCache
// turns that off). The first pod of a class costs a look at every node. The next
// one costs a heap operation for every node that changed since, and a look at
// one node of every group; nodes are in one group when no rule tells them apart
// but by their resources:
//
//   - resources, taints, node affinity, images, host ports: one group for each
//     combination of scores of soft taints and preferred node affinity;
//   - topology spread and pod affinity by zone or region: times the number of zones;
//   - the same by host name: times the number of different counts of pods per node.
//
// Pods with volumes or devices that restrict the choice of a node, pods with spec.nodeName
// or a nominated node, and all pods while others are nominated, cost a look at
// every node, as do all pods of a profile with rules of the caller's own or
// extenders: what those read is not known.
//
// # Upstream
//
// k8s.io/kubernetes v1.36.3, pkg/scheduler: the default profile with the
// feature gates at their defaults, and DefaultPreemption. Devices for resource
// claims, and for extended resources of a device class, are chosen by a
// DeviceAllocator that the caller plugs in; DeviceCounter is one for claims that
// only count. Without one a pod that needs devices is refused with an error. Not
// modelled is the alpha Workload API.
//
// Sums of resources wrap around at 64 bits as upstream's do.
//
// # Configuration
//
// A Config is a profile; ParseConfig reads those of a KubeSchedulerConfiguration.
// Rules of the caller's own stand beside the plugins: see Rule. Extenders are
// functions of the caller's: see Extender, and ParseConfigWith for files that
// name them. This is what becomes of each plugin of v1.36.3:
//
//	SchedulingGates                  modelled
//	PrioritySort                     modelled by SortQueue; every file must have it
//	NodeUnschedulable                modelled
//	NodeName                         modelled
//	TaintToleration                  modelled
//	NodeAffinity                     modelled
//	NodePorts                        modelled
//	NodeResourcesFit                 modelled, but for PlacementScore (alpha)
//	VolumeRestrictions               modelled
//	NodeVolumeLimits                 modelled
//	VolumeBinding                    modelled; its scores are behind an alpha gate
//	VolumeZone                       modelled
//	PodTopologySpread                modelled
//	InterPodAffinity                 modelled
//	DynamicResources                 modelled on a DeviceAllocator
//	DefaultPreemption                modelled by Preempt
//	NodeResourcesBalancedAllocation  modelled
//	ImageLocality                    modelled
//	DefaultBinder                    no effect: nothing is bound; every file must have it
//	NodeDeclaredFeatures             modelled
//	GangScheduling                   refused: alpha
//	TopologyPlacementGenerator       refused: alpha
//	PodGroupPodsCount                refused: alpha
//
// And of each field of the configuration, by the type that has it:
//
//	KubeSchedulerConfiguration
//	  kind, apiVersion                            must be those of v1
//	  profiles                                    modelled
//	  extenders                                   modelled: see Extensions
//	  percentageOfNodesToScore                    in Profile, for Sample; Schedule looks at all nodes
//	  podInitialBackoffSeconds                    no effect: Backoff is told
//	  podMaxBackoffSeconds                        no effect: Backoff is told
//	  parallelism                                 no effect: decisions do not depend on it
//	  leaderElection, clientConnection            no effect: settings of the process
//	  enableProfiling, enableContentionProfiling  no effect: settings of the process
//	  delayCacheUntilActive                       no effect: settings of the process
//	KubeSchedulerProfile
//	  schedulerName, plugins, pluginConfig        modelled
//	  percentageOfNodesToScore                    as that of the file
//	Plugins
//	  multiPoint, preEnqueue, preFilter, filter   modelled
//	  postFilter, preScore, score                 modelled
//	  queueSort, reserve, permit, preBind         no effect: nothing is decided there
//	  bind, postBind                              no effect: nothing is decided there
//	  placementGenerate, placementScore           no effect: behind an alpha gate
//	PluginSet
//	  enabled, disabled                           modelled
//	Plugin
//	  name, weight                                modelled
//	PluginConfig
//	  name, args                                  modelled
//	Extender
//	  filterVerb, prioritizeVerb, preemptVerb     modelled: what has no verb is not asked
//	  weight, managedResources, ignorable         modelled
//	  bindVerb                                    no effect: nothing is bound
//	  urlPrefix, enableHTTPS, tlsConfig           given to Extensions.Connect
//	  httpTimeout, nodeCacheCapable               given to Extensions.Connect
//	ExtenderTLSConfig
//	  insecure, serverName                        given to Extensions.Connect
//	  certFile, keyFile, caFile                   given to Extensions.Connect
//	  certData, keyData, caData                   given to Extensions.Connect
//	ExtenderManagedResource
//	  name, ignoredByScheduler                    modelled
//	DefaultPreemptionArgs
//	  minCandidateNodesPercentage                 no effect: all nodes are tried
//	  minCandidateNodesAbsolute                   no effect: all nodes are tried
//	InterPodAffinityArgs
//	  hardPodAffinityWeight                       modelled
//	  ignorePreferredTermsOfExistingPods          modelled
//	NodeAffinityArgs
//	  addedAffinity                               modelled
//	NodeResourcesBalancedAllocationArgs
//	  resources                                   modelled
//	NodeResourcesFitArgs
//	  ignoredResources, ignoredResourceGroups     modelled
//	  scoringStrategy                             modelled
//	ScoringStrategy
//	  type, resources, requestedToCapacityRatio   modelled
//	RequestedToCapacityRatioParam
//	  shape                                       modelled
//	ResourceSpec
//	  name, weight                                modelled
//	UtilizationShapePoint
//	  utilization, score                          modelled
//	PodTopologySpreadArgs
//	  defaultConstraints, defaultingType          modelled
//	VolumeBindingArgs
//	  bindTimeoutSeconds                          no effect: no decision waits
//	  shape                                       refused: behind an alpha gate
//	DynamicResourcesArgs
//	  filterTimeout, bindingTimeout               no effect: no decision waits
//
// What has no effect is validated nevertheless.
//
// # Divergences
//
//  1. Upstream chooses among the best nodes by the order of a heap of nodes
//     that were filtered in parallel. Here the choice is explicit: TieBreak
//     (TestFirstByName, TestUpstreamHeap).
//  2. Upstream lists the missing scalar resources of a node in random order,
//     here they are sorted by name (testdata/05_resources.txt). The sentence of a
//     FitError is the same.
//  3. Answers depend on the objects, not on their history: the size of an image
//     is that of the node's own status and the number of nodes that have it is
//     today's; a host port stays taken until the last pod that has it leaves.
//     Upstream's cache remembers the first reported size, counts images as of
//     the node's last change, and frees a port with the first pod that leaves
//     (testdata/04_ports.txt).
//  4. Preempt tries every node and breaks the last tie by name, where upstream
//     tries a random part of the nodes and breaks the tie at random
//     (TestPreemption of the conformance module compares all candidates).
//  5. Among volumes of equal size, and volumes that are reserved for one claim,
//     upstream takes any; here the first by name is taken
//     (TestFirstVolumeByName).
//  6. Where no devices do, upstream's allocator may try for 10 seconds and then
//     fail the cycle; DeviceCounter counts (TestPools).
//  7. Upstream counts the reasons of nodes that an extender names and that are
//     not in the cluster, and shows the scores of an extender without
//     nodeCacheCapable idle nodes. Here names of no node count for nothing, and
//     nodes are as they are (TestExtenderNamesNoNode).
//  8. A file is refused, and not without effect, where it disables or configures
//     a plugin that there is not, gives arguments to one that takes none or does
//     not run, a negative weight, or runs a rule without the point that prepares
//     it (TestParseConfigRefuses).
package scheduler
