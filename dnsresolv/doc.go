// Package dnsresolv models how a name is looked up in a Kubernetes pod: which file the pod gets, which queries its C library sends for a name, in which order
// and how long it waits, and what the cluster's DNS answers.
//
// # Model
//
//	Node.PodDNS       dnsPolicy, dnsConfig and the node's file  ->  the pod's resolv.conf, with the kubelet's events
//	Parse             the text of a resolv.conf, per resolver   ->  Conf, with warnings for what that resolver misreads
//	Conf.Names        a name                                    ->  the names that are asked while none exists
//	Walk              Conf, name, what servers answer           ->  Trace: every query with its time, and the result
//	Resolve           the same over a real exchange function
//	Advise            what a name costs, at worst as well, and what would be cheaper
//	NewCluster        Services, EndpointSlices, Pods            ->  Cluster, whose Lookup answers as CoreDNS does
//	EndpointSlices    a Service and pods                        ->  what the EndpointSlice controller makes of them
//	ServiceEnv        Services                                  ->  REDIS_SERVICE_HOST and its like
//
// Parsers and walks are per Dialect, because there is no such thing as "the" meaning of a resolv.conf: the same bytes give glibc, musl and Go different servers,
// search lists and ndots. Which names are asked depends on the answers, so Walk takes a function that gives them. It is deterministic and has its own clock.
//
//	conf := dnsresolv.Parse(text, dnsresolv.Dialect{Libc: dnsresolv.Musl}, dnsresolv.Env{})
//	trace := dnsresolv.Walk(&conf, dnsresolv.Lookup{Name: "web.prod"}, cluster.Answer("default"))
//
// # Upstream
//
// The kubelet, API validation and the EndpointSlice controller are those of Kubernetes v1.36.3; the DNS server is the kubernetes plugin of CoreDNS v1.15.0; the record schema is
// that of the Kubernetes DNS specification 1.1.0. The resolvers are getaddrinfo of glibc 2.31 to 2.43 and musl 1.2.2 to 1.2.6, and LookupNetIP of Go 1.26, as recorded
// with scripted servers (TestRecordings) and compared live (internal/conformance/dnsresolv). Of older releases only what their release notes name is known: the options of glibc 2.26 to
// 2.41, musl's search list (1.1.13) and AI_ADDRCONFIG (1.1.20). The hosts file, nsswitch.conf, HOSTALIASES and caches are not modelled, nor is c-ares.
//
// # Divergences
//
//  1. Order. The kubelet orders options at random and so are services in its environment variables; here the order is fixed: base before dnsConfig, services by name
//     (TestPodDNSOptionOrder, TestServiceEnvOrder).
//  2. Rotation. glibc starts rotate at a random server; here State.Rotation says where (TestRotate).
//  3. Ties. Where answers arrive at the same moment, that to the earlier query comes first. In real life the network decides: in Go for its error code, in musl for the answer that
//     counts among several servers (TestTies).
//  4. glibc waits without limit for an answer over TCP; here it gives up after the time that it would wait over UDP (TestGlibcStreamSilence).
//  5. An answer that takes exactly as long as the resolver waits is lost (TestAnswerAtDeadline).
//  6. Addresses come in the order of the answers, A first; the resolvers sort them (RFC 6724) (TestAddressOrder).
//  7. CoreDNS: NS records and the names of ns.dns, the zones of multicluster and zonal, transfers and external names (k8s_external) are not built: NS is answered without data, transfers are
//     refused (TestNotBuilt).
//  8. EndpointSlices takes every pod's node to exist and sets no zone, hints or trigger time; names are made from the service (TestEndpointSliceNames).
//  9. glibc under no-aaaa, asked for IPv6 alone, sends A queries and empties their answers; its error code is not always the one given here when some server was slow or silent
//     (testdata/walks.txt, "no-aaaa, IPv6 alone").
//  10. Two bugs of glibc end every program that looks a name up, and are not played. Until 2.41 it aborts at one of the first six search entries if that does not fit into 256
//     bytes with those before it, while these leave 200 or more (internal/conformance/dnsresolv, TestGlibcAborts). In every release it never returns from a sortlist line with a
//     carriage return, so from one of a file with CRLF.
//  11. The zone of an address names an interface that exists (TestLiterals).
package dnsresolv
