// Command ndots shows what a name costs in a pod: which queries glibc, musl and Go send for it, in which order, what comes back, and what would be cheaper.
//
//	go run ./examples/ndots                                                  web.prod in the embedded cluster
//	go run ./examples/ndots -name www.google.com                             with a pod's usual file; nothing exists
//	go run ./examples/ndots -name www.google.com -exists www.google.com
//	go run ./examples/ndots -conf /etc/resolv.conf -name db -libc musl-1.2.3
//	kubectl get namespaces,services,endpointslices -A -o yaml | go run ./examples/ndots -f - -ns default -name web.prod
//	go run ./examples/ndots -name www.google.com -answer silence -o json     the worst case
//
// Names of the cluster's zone are answered from the manifests, as CoreDNS would; services that have a selector and no EndpointSlice get theirs from the pods of the
// manifests. Every other name gets -answer, unless -exists names it.
//
// The exit code is 0 when the look-up was played, whatever its result, 1 when the input cannot be used, 2 for wrong usage.
package main

import (
	_ "embed"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubealgo/kubealgo/dnsresolv"
	"github.com/kubealgo/kubealgo/examples/internal/command"
)

//go:embed cluster.yaml
var embeddedCluster []byte

func main() { command.Main("ndots", run) }

// options is the command line.
type options struct {
	manifests                                   command.Manifests
	conf, name, libc, namespace, zone, hostname string
	output, answer                              string
	exists                                      command.Strings
	family                                      dnsresolv.Family
	elsewhere                                   dnsresolv.Outcome // the answer for names that are not of the cluster
	dialects                                    []dnsresolv.Dialect
}

// parse returns nil where the help was asked for.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{}
	var family string
	flags := command.Flags("ndots")
	o.manifests.Define(flags)
	flags.StringVar(&o.conf, "conf", "", "resolv.conf `FILE`, - for stdin; default: a pod's file")
	flags.StringVar(&o.name, "name", "", "the `NAME` to look up (default web.prod)")
	flags.StringVar(&o.libc, "libc", "", "glibc, musl or go, optionally with a release as in musl-1.2.3; default: all three")
	flags.StringVar(&o.namespace, "ns", "default", "the pod's `NAMESPACE`")
	flags.StringVar(&o.zone, "zone", "cluster.local", "the cluster's `DOMAIN`")
	flags.StringVar(&o.hostname, "hostname", "", "the pod's host `NAME`, whose domain is searched if the file has no search line")
	flags.Var(&o.exists, "exists", "a `NAME` outside the cluster that exists; may be given several times")
	command.Choice(flags, &o.answer, "answer", "for all other names", "nxdomain", "nodata", "servfail", "refused", "silence", "closed")
	command.Choice(flags, &family, "family", "family of the addresses", "any", "4", "6")
	command.Choice(flags, &o.output, "o", "output", "table", "json")
	if run, err := command.Parse(flags, args, stdout, "the name is given with -name"); !run {
		return nil, err
	}
	o.elsewhere, o.family = outcomes[o.answer], families[family]
	if problems := validation.IsDNS1123Label(o.namespace); len(problems) > 0 {
		return nil, command.Usagef("-ns %q: %s", o.namespace, problems[0])
	}
	if problems := validation.IsDNS1123Subdomain(strings.TrimSuffix(o.zone, ".")); len(problems) > 0 {
		return nil, command.Usagef("-zone %q: %s", o.zone, problems[0])
	}
	names := []string{o.libc}
	if o.libc == "" {
		names = []string{"glibc", "musl", "go"}
	}
	for _, n := range names {
		d, err := dnsresolv.ParseDialect(n)
		if err != nil {
			return nil, command.Usagef("-libc: %w", err)
		}
		o.dialects = append(o.dialects, d)
	}
	return o, nil
}

var outcomes = map[string]dnsresolv.Outcome{
	"nxdomain": dnsresolv.NXDomain, "nodata": dnsresolv.NoData, "servfail": dnsresolv.ServFail, "refused": dnsresolv.Refused,
	"silence": dnsresolv.Silence, "closed": dnsresolv.Closed,
}

var families = map[string]dnsresolv.Family{"any": dnsresolv.AnyFamily, "4": dnsresolv.IPv4, "6": dnsresolv.IPv6}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if o == nil {
		return err
	}
	text, cluster, err := o.read(command.NewFiles(stdin))
	if err != nil {
		return err
	}
	answer := o.answers(cluster)
	var lookups []lookup
	for _, d := range o.dialects {
		conf := dnsresolv.Parse(text, d, dnsresolv.Env{Hostname: o.hostname})
		trace := dnsresolv.Walk(&conf, dnsresolv.Lookup{Name: o.name, Family: o.family}, answer)
		lookups = append(lookups, newLookup(d, trace, dnsresolv.Advise(&conf, o.name)))
	}
	switch {
	case o.output == "table":
		return printAll(stdout, o.name, lookups)
	case o.libc != "":
		return command.JSON(stdout, lookups[0])
	default:
		return command.JSON(stdout, lookups)
	}
}

// read returns the resolv.conf and the cluster's DNS, nil without manifests.
func (o *options) read(files *command.Files) (conf string, cluster *dnsresolv.Cluster, err error) {
	asked := o.conf != "" || o.name != ""
	text := fmt.Appendf(nil, "search %s.svc.%[2]s svc.%[2]s %[2]s\nnameserver 10.96.0.10\noptions ndots:5\n", o.namespace, o.zone)
	if o.conf != "" {
		if text, err = files.Read(o.conf); err != nil {
			return "", nil, err
		}
	}
	if o.name == "" {
		o.name = "web.prod"
	}
	if len(o.manifests.Names) == 0 && asked { // not a question to the embedded cluster
		return string(text), nil, nil
	}
	docs, err := o.manifests.Read(files, embeddedCluster)
	if err != nil {
		return "", nil, err
	}
	objects := objectsOf(docs)
	var namespaces []string
	for _, n := range objects.Namespaces {
		namespaces = append(namespaces, n.Name)
	}
	if o.namespace != "default" && len(namespaces) > 0 && !slices.Contains(namespaces, o.namespace) {
		return "", nil, fmt.Errorf("-ns %s: %v: there is no such namespace, only %s", o.namespace, &o.manifests, strings.Join(namespaces, ", "))
	}
	config := dnsresolv.ClusterConfig{
		Zones: []string{o.zone, "in-addr.arpa", "ip6.arpa"}, TTL: 30, Pods: dnsresolv.PodsInsecure, Upstream: o.upstream,
	}
	return string(text), dnsresolv.NewCluster(config, objects), nil
}

// answers returns the servers' behaviour.
func (o *options) answers(cluster *dnsresolv.Cluster) func(dnsresolv.Query) dnsresolv.Reply {
	return func(q dnsresolv.Query) dnsresolv.Reply {
		zone := "." + strings.ToLower(strings.Trim(o.zone, ".")) + "."
		if cluster != nil && strings.HasSuffix("."+strings.ToLower(q.Name), zone) {
			return cluster.LookupFrom(o.namespace, q.Name, q.Type).Reply(q.Type)
		}
		if !o.knows(q.Name) {
			return dnsresolv.Reply{Outcome: o.elsewhere}
		}
		return o.upstream(q.Name, q.Type).Reply(q.Type)
	}
}

func (o *options) knows(name string) bool {
	for _, n := range o.exists {
		if strings.EqualFold(strings.TrimSuffix(n, "."), strings.TrimSuffix(name, ".")) {
			return true
		}
	}
	return false
}

// upstream answers for names outside the cluster, with one address of a family.
func (o *options) upstream(name string, t dnsresolv.Type) dnsresolv.Response {
	if !o.knows(name) {
		return dnsresolv.Response{} // the target of an ExternalName, whose failure the cluster does not pass on
	}
	r := dnsresolv.Record{Name: name, Type: t, TTL: 30, Addr: netip.AddrFrom4([4]byte{192, 0, 2, 1})}
	if t == dnsresolv.TypeAAAA {
		r.Addr = netip.MustParseAddr("2001:db8::1")
	}
	return dnsresolv.Response{Answer: []dnsresolv.Record{r}}
}
