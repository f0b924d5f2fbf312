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
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/kubealgo/kubealgo/dnsresolv"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

//go:embed cluster.yaml
var embeddedCluster string

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ndots:", err)
	}
	os.Exit(exitCode(err))
}

// A usageError is a mistake on the command line.
type usageError struct{ error }

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usageError{}):
		return 2
	}
	return 1
}

// options is the command line.
type options struct {
	conf, name, libc, namespace, zone, hostname, output, answer string
	files, exists                                               []string
	family                                                      dnsresolv.Family
	elsewhere                                                   dnsresolv.Outcome // the answer for names that are not of the cluster
	dialects                                                    []dnsresolv.Dialect
}

func parseFlags(args []string, stdout io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("ndots", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.conf, "conf", "", "resolv.conf `FILE`, - for stdin; default: a pod's file")
	flags.StringVar(&o.name, "name", "", "the `NAME` to look up")
	flags.StringVar(&o.libc, "libc", "", "glibc, musl or go, optionally with a release as in musl-1.2.3; default: all three")
	flags.Func("f", "`FILE` with manifests of the cluster, - for stdin; may be given several times", func(s string) error {
		o.files = append(o.files, s)
		return nil
	})
	flags.StringVar(&o.namespace, "ns", "default", "the pod's `NAMESPACE`")
	flags.StringVar(&o.zone, "zone", "cluster.local", "the cluster's `DOMAIN`")
	flags.StringVar(&o.hostname, "hostname", "", "the pod's host `NAME`, whose domain is searched if the file has no search line")
	flags.Func("exists", "a `NAME` outside the cluster that exists; may be given several times", func(s string) error {
		o.exists = append(o.exists, s)
		return nil
	})
	flags.StringVar(&o.answer, "answer", "nxdomain", "for all other names: nxdomain, nodata, servfail, refused, silence or closed")
	family := flags.String("family", "any", "any, 4 or 6")
	flags.StringVar(&o.output, "o", "text", "output: text or json")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil, err
	case err != nil:
		return nil, usageError{err}
	case flags.NArg() > 0:
		return nil, usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	case o.output != "text" && o.output != "json":
		return nil, usageError{fmt.Errorf("-o %q: want text or json", o.output)}
	}
	var ok bool
	if o.elsewhere, ok = outcomes[o.answer]; !ok {
		return nil, usageError{fmt.Errorf("-answer %q: want nxdomain, nodata, servfail, refused, silence or closed", o.answer)}
	}
	if o.family, ok = families[*family]; !ok {
		return nil, usageError{fmt.Errorf("-family %q: want any, 4 or 6", *family)}
	}
	names := []string{o.libc}
	if o.libc == "" {
		names = []string{"glibc", "musl", "go"}
	}
	for _, n := range names {
		d, err := dnsresolv.ParseDialect(n)
		if err != nil {
			return nil, usageError{err}
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
	o, err := parseFlags(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	text, cluster, err := o.read(stdin)
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
	if o.output == "text" {
		return print(stdout, o.name, lookups)
	}
	enc := json.NewEncoder(stdout)
	enc.SetIndent("", "  ")
	if o.libc != "" {
		return enc.Encode(lookups[0])
	}
	return enc.Encode(lookups)
}

// read returns the resolv.conf and the cluster's DNS, nil without manifests.
func (o *options) read(stdin io.Reader) (conf string, cluster *dnsresolv.Cluster, err error) {
	var input []string
	for _, f := range append(append([]string(nil), o.files...), o.conf) {
		var text []byte
		switch f {
		case "":
			text = fmt.Appendf(nil, "search %s.svc.%[2]s svc.%[2]s %[2]s\nnameserver 10.96.0.10\noptions ndots:5\n", o.namespace, o.zone)
		case "-":
			text, err = io.ReadAll(stdin)
		default:
			text, err = os.ReadFile(f)
		}
		if err != nil {
			return "", nil, err
		}
		input = append(input, string(text))
	}
	conf, manifests := input[len(input)-1], input[:len(input)-1]
	if len(o.files) == 0 && o.conf == "" && o.name == "" {
		manifests = []string{embeddedCluster}
	}
	if o.name == "" {
		o.name = "web.prod"
	}
	if len(manifests) == 0 {
		return conf, nil, nil
	}
	var objects dnsresolv.Objects
	for _, m := range manifests {
		docs, err := manifest.Decode(strings.NewReader(m))
		if err != nil {
			return "", nil, err
		}
		addObjects(&objects, docs)
	}
	deriveSlices(&objects)
	config := dnsresolv.ClusterConfig{
		Zones: []string{o.zone, "in-addr.arpa", "ip6.arpa"}, TTL: 30, Pods: dnsresolv.PodsInsecure, Upstream: o.upstream,
	}
	return conf, dnsresolv.NewCluster(config, objects), nil
}

// answers returns the servers' behaviour.
func (o *options) answers(cluster *dnsresolv.Cluster) func(dnsresolv.Query) dnsresolv.Reply {
	return func(q dnsresolv.Query) dnsresolv.Reply {
		zone := "." + strings.ToLower(strings.Trim(o.zone, ".")) + "."
		if cluster != nil && strings.HasSuffix("."+strings.ToLower(q.Name), zone) {
			return cluster.LookupFrom(o.namespace, q.Name, q.Type).Reply(q.Type)
		}
		if !o.knows(q.Name) && (o.elsewhere == dnsresolv.Silence || o.elsewhere == dnsresolv.Closed) {
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

// upstream answers for names outside the cluster.
func (o *options) upstream(name string, t dnsresolv.Type) dnsresolv.Response {
	if !o.knows(name) {
		codes := map[dnsresolv.Outcome]dnsresolv.RCode{
			dnsresolv.NXDomain: dnsresolv.RCodeNXDomain, dnsresolv.NoData: dnsresolv.RCodeSuccess, dnsresolv.Refused: dnsresolv.RCodeRefused,
		}
		if code, ok := codes[o.elsewhere]; ok {
			return dnsresolv.Response{RCode: code}
		}
		return dnsresolv.Response{RCode: dnsresolv.RCodeServFail}
	}
	r := dnsresolv.Record{Name: name, Type: t, TTL: 30}
	switch t {
	case dnsresolv.TypeA:
		r.Addr = netip.AddrFrom4([4]byte{192, 0, 2, 1})
	case dnsresolv.TypeAAAA:
		r.Addr = netip.MustParseAddr("2001:db8::1")
	default:
		return dnsresolv.Response{}
	}
	return dnsresolv.Response{Answer: []dnsresolv.Record{r}}
}
