package dnsresolv

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/network/dns"
	netutils "k8s.io/utils/net"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// recorder keeps events.
type recorder struct{ events []dnsresolv.Event }

func (r *recorder) Event(o runtime.Object, _, reason, message string) {
	on := dnsresolv.OnPod
	if _, ok := o.(*corev1.ObjectReference); ok {
		on = dnsresolv.OnNode
	}
	r.events = append(r.events, dnsresolv.Event{Object: on, Reason: reason, Message: message})
}

func (r *recorder) Eventf(o runtime.Object, t, reason, format string, args ...any) {
	r.Event(o, t, reason, fmt.Sprintf(format, args...))
}

func (r *recorder) AnnotatedEventf(o runtime.Object, _ map[string]string, t, reason, format string, args ...any) {
	r.Eventf(o, t, reason, format, args...)
}

func (r *recorder) WithLogger(klog.Logger) record.EventRecorderLogger { return r }

var words = []string{
	"a.example", "b.example", "corp.example", "cluster.local", "svc.cluster.local", "default.svc.cluster.local", ".", "..", "b..", "a.", "x.y.", "_x.y", "A.B",
	"#", ";c", "my_ns", "cluster.local.",
}

func word(r *rand.Rand) string {
	switch r.IntN(40) {
	case 0:
		return strings.Repeat("l", 250+r.IntN(8))
	case 1:
		return strings.Repeat("m", 50+r.IntN(60))
	}
	return pick(r, words...)
}

func wordList(r *rand.Rand) []string {
	n := r.IntN(5)
	switch r.IntN(12) {
	case 0:
		n = 27 + r.IntN(9)
	case 1:
		list := make([]string, 8+r.IntN(4))
		for i := range list {
			list[i] = fmt.Sprintf("%d", i) + strings.Repeat("n", 180+r.IntN(80))
		}
		return list
	}
	var list []string
	for i := range n {
		w := word(r)
		if n > 20 && !chance(r, 10) {
			w = fmt.Sprintf("s%d.example", i)
		}
		list = append(list, w)
	}
	return list
}

var servers = []string{"8.8.8.8", "1.1.1.1", "10.96.0.10", "fd00::10", "::1", "FD00::10", "fe80::1%eth0", "dns.example", "1.2.3", "010.0.0.1", "::ffff:1.2.3.4"}

var optionWords = []string{"ndots:5", "ndots:2", "ndots", "edns0", "timeout:1", "attempts:3", "rotate", "ndots:", ":x", "ndots:7:8", "single-request-reopen"}

func hostFile(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(7) {
		line := ""
		switch r.IntN(12) {
		case 0, 1, 2:
			line = "nameserver " + pick(r, servers...)
		case 3, 4, 5:
			line = "search " + strings.Join(wordList(r), pick(r, " ", " ", "\t", "  ", "\u00a0"))
		case 6, 7:
			line = "options " + pick(r, optionWords...) + " " + pick(r, optionWords...) + " " + pick(r, optionWords...)
		case 8:
			line = pick(r, "# c", "; c", " # c", "domain d.example", "sortlist 1.2.3.4", "Search x", "search", "options", "", "searchx y")
		case 9:
			if chance(r, 6) {
				line = pick(r, "nameserver", "nameserver ", " nameserver\t")
			} else {
				line = "nameserver " + pick(r, servers...) + " " + pick(r, servers...)
			}
		default:
			line = "nameserver " + pick(r, servers...)
		}
		b.WriteString(pick(r, "", "", "", " ", "\t") + line + pick(r, "\n", "\n", "\n", "\r\n", " # x\n"))
	}
	if text := b.String(); text != "" && chance(r, 8) { // a byte, or a blank of Unicode, where none belongs
		i := r.IntN(len(text))
		return text[:i] + pick(r, "\v", "\f", "\r", "\x00", "\xff", "\x85", "\u0085", "\u2028", "\u3000", "\ufeff", "\n", "#", ":", ".", " ") + text[i+r.IntN(2):]
	}
	return b.String()
}

func randomPod(r *rand.Rand) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: pick(r, "web", "web-0"), Namespace: pick(r, "default", "prod", ""), UID: types.UID(pick(r, "u1", ""))}}
	pod.Spec.HostNetwork = chance(r, 5)
	pod.Spec.DNSPolicy = pick(r, corev1.DNSClusterFirst, corev1.DNSClusterFirst, corev1.DNSClusterFirstWithHostNet, corev1.DNSDefault, corev1.DNSNone, "", "bad")
	if chance(r, 2) {
		c := &corev1.PodDNSConfig{Searches: wordList(r)}
		for range r.IntN(5) {
			c.Nameservers = append(c.Nameservers, pick(r, servers...))
		}
		for range r.IntN(4) {
			o := corev1.PodDNSConfigOption{Name: pick(r, "ndots", "ndots", "edns0", "timeout", "ndots:7", "", " ")}
			if chance(r, 2) {
				o.Value = new(pick(r, "2", "3", "", "x"))
			}
			c.Options = append(c.Options, o)
		}
		pod.Spec.DNSConfig = c
	}
	return pod
}

// kubeletCase is the input of one comparison.
type kubeletCase struct {
	Node dnsresolv.Node
	Pod  *corev1.Pod
}

func randomNode(r *rand.Rand) dnsresolv.Node {
	n := dnsresolv.Node{ClusterDomain: pick(r, "cluster.local", "cluster.local", "", "cluster.local.")}
	for range pick(r, 0, 1, 1, 1, 2, 4) {
		n.ClusterDNS = append(n.ClusterDNS, pick(r, "10.96.0.10", "010.000.000.011", "::ffff:10.0.0.1", "fd00::a", "FD00::0A", "00001::2", "bad", "10.96.0.300", "fe80::1%eth0"))
	}
	if !chance(r, 6) {
		n.ResolvConf = "resolv.conf"
		n.HostFile = hostFile(r)
	}
	for range r.IntN(3) {
		n.IPs = append(n.IPs, netip.MustParseAddr(pick(r, "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.9")))
	}
	return n
}

func configurer(t *testing.T, n dnsresolv.Node, rec record.EventRecorderLogger, dir string) *dns.Configurer {
	var cluster, nodeIPs []net.IP
	for _, s := range n.ClusterDNS {
		if ip := netutils.ParseIPSloppy(s); ip != nil {
			cluster = append(cluster, ip)
		}
	}
	for _, ip := range n.IPs {
		nodeIPs = append(nodeIPs, net.IP(ip.AsSlice()))
	}
	path := ""
	if n.ResolvConf != "" {
		path = filepath.Join(dir, n.ResolvConf)
		if err := os.WriteFile(path, []byte(n.HostFile), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dns.NewConfigurer(rec, &corev1.ObjectReference{Kind: "Node", Name: "n1"}, nodeIPs, cluster, n.ClusterDomain, path)
}

// vector is a recorded case: the kubelet's answer to an input.
type vector struct {
	Node   dnsresolv.Node
	Pod    *corev1.Pod
	Config *dnsresolv.DNSConfig `json:",omitempty"`
	Error  string               `json:",omitempty"`
	Events []dnsresolv.Event    `json:",omitempty"`
	Start  []dnsresolv.Event    `json:",omitempty"` // when the kubelet starts
}

// recordVectors writes vectors where the package's own tests find them.
func recordVectors(t *testing.T, name string, vectors any) {
	f, err := os.Create(filepath.Join("../../../dnsresolv/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(json.NewEncoder(z).Encode(vectors), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestPodDNS compares Node.PodDNS and Node.CheckHostFile with the kubelet's configurer.
func TestPodDNS(t *testing.T) {
	dir := "/dev/shm"
	if _, err := os.Stat(dir); err != nil {
		dir = ""
	}
	dir, err := os.MkdirTemp(dir, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var vectors []vector
	logger := klog.Logger{}
	ctx := klog.NewContext(context.Background(), logger)
	run(t, 20_000, func(r *rand.Rand) (any, []string, string) {
		c := kubeletCase{randomNode(r), randomPod(r)}
		rec := &recorder{}
		conf := configurer(t, c.Node, rec, dir)
		want, wantErr := conf.GetPodDNS(ctx, c.Pod)
		before := c.Pod.DeepCopy()
		got, events, err := c.Node.PodDNS(c.Pod)
		if !reflect.DeepEqual(before, c.Pod) {
			return c, nil, "pod changed"
		}
		if (err == nil) != (wantErr == nil) || err != nil && wantErr.Error() != err.Error() {
			return c, nil, fmt.Sprintf("error %q, kubelet %q", err, wantErr)
		}
		classes := []string{"policy " + string(c.Pod.Spec.DNSPolicy)}
		diff := ""
		if err == nil {
			upstream := dnsresolv.DNSConfig{Servers: want.Servers, Searches: want.Searches, Options: want.Options}
			diff = cmp.Diff(upstream, got, cmpopts.EquateEmpty(), cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Options" },
				cmpopts.SortSlices(func(a, b string) bool { return a < b })))
			diff += cmp.Diff(rec.events, events, cmpopts.EquateEmpty())
		} else {
			classes = append(classes, "host file error")
		}
		for _, e := range events {
			classes = append(classes, "event "+strings.Join(strings.Fields(e.Reason + " " + e.Message)[:2], " "))
		}
		node := &recorder{}
		if checked := configurer(t, c.Node, node, dir); c.Node.ResolvConf != "" { // the kubelet checks only a file that it has
			checked.CheckLimitsForResolvConf(logger)
		}
		check := c.Node.CheckHostFile()
		for i := range node.events {
			node.events[i].Message = strings.ReplaceAll(node.events[i].Message, dir+"/", "")
			classes = append(classes, "event at start")
		}
		diff += cmp.Diff(node.events, check, cmpopts.EquateEmpty())
		v := vector{Node: c.Node, Pod: c.Pod, Events: rec.events, Start: node.events}
		if wantErr != nil {
			v.Error = wantErr.Error()
		} else {
			sort.Strings(want.Options)
			v.Config = &dnsresolv.DNSConfig{Servers: want.Servers, Searches: want.Searches, Options: want.Options}
		}
		if len(vectors) < 400 {
			vectors = append(vectors, v)
		}
		sort.Strings(classes)
		return c, dedupe(classes), diff
	})
	if os.Getenv("RECORD") != "" {
		recordVectors(t, "kubelet.json.gz", vectors)
	}
}

func dedupe(list []string) []string {
	var out []string
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}
