// Package kubelet holds what dnsresolv says of a pod's host name, hosts file and service variables against the functions of the kubelet itself. It is apart
// from its parent because it links the whole kubelet.
package kubelet

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/network/dns"
	"k8s.io/kubernetes/pkg/kubelet/util"

	"github.com/kubealgo/kubealgo/dnsresolv"
	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
)

//go:linkname managedHostsFileContent k8s.io/kubernetes/pkg/kubelet.managedHostsFileContent
func managedHostsFileContent(ips []string, hostname, domain string, aliases []corev1.HostAlias) []byte

//go:linkname serviceVariables k8s.io/kubernetes/pkg/kubelet.(*Kubelet).getServiceEnvVarMap
func serviceVariables(k *kubelet.Kubelet, namespace string, links bool) (map[string]string, error)

// set gives an unexported field of the kubelet a value.
func set(k *kubelet.Kubelet, field string, v any) {
	f := reflect.ValueOf(k).Elem().FieldByName(field)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(v))
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// each runs compare for random cases. It returns the input for printing, the class of the case, and the difference, if any.
func each(t *testing.T, cases int, compare func(r *rand.Rand) (input any, class, diff string)) {
	t.Helper()
	campaign.Run(t, cases, func(r *rand.Rand) ([]string, string) {
		input, class, diff := compare(r)
		if diff != "" {
			diff = fmt.Sprintf("%+v\n%s", input, diff)
		}
		return []string{class}, diff
	})
}

var hostnames = []string{"", "web-0", "Web", "a.b", "-x", "x-", strings.Repeat("h", 63), strings.Repeat("h", 64)}

func randomPod(r *rand.Rand) *corev1.Pod {
	long := strings.Repeat("p", 62)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pick(r, "default", "prod", strings.Repeat("n", 40))}}
	pod.Name = pick(r, "web", "web-0", "a.b", long, long+"-", long+"-.-x", long+"xx", long+"x.y", strings.Repeat("-.", 40), long+"."+long)
	pod.Spec.Hostname = pick(r, "", "", pick(r, hostnames...))
	pod.Spec.Subdomain = pick(r, "", "web", "web", "we_b", strings.Repeat("s", 63), strings.Repeat("s", 64))
	if r.IntN(4) == 0 {
		pod.Spec.HostnameOverride = new(pick(r, "", "a.b", "A", "x-", strings.Repeat("o", 64), strings.Repeat("o", 65), strings.Repeat("o.", 33)+"x", strings.Repeat("o", 63)+"."+strings.Repeat("o", 20),
			strings.Repeat("o", 60)+"---.x"))
	}
	if r.IntN(3) > 0 {
		pod.Spec.SetHostnameAsFQDN = new(r.IntN(3) > 0)
	}
	return pod
}

// TestHostname compares PodHostname and KernelHostname with the kubelet's functions.
func TestHostname(t *testing.T) {
	k := &kubelet.Kubelet{}
	each(t, 20_000, func(r *rand.Rand) (any, string, string) {
		pod := randomPod(r)
		domain := pick(r, "cluster.local", "", "c")
		set(k, "dnsConfigurer", dns.NewConfigurer(nil, nil, nil, nil, domain, ""))
		type result struct{ Hostname, Domain, Kernel, Error string }
		var got, want result
		var err error
		if want.Hostname, want.Domain, err = k.GeneratePodHostNameAndDomain(klog.Logger{}, pod); err == nil {
			want.Kernel, err = util.GetNodenameForKernel(want.Hostname, want.Domain, pod.Spec.SetHostnameAsFQDN)
		}
		want.Error = fmt.Sprint(err)
		if got.Hostname, got.Domain, err = dnsresolv.PodHostname(pod, domain); err == nil {
			got.Kernel, err = dnsresolv.KernelHostname(pod, domain)
		}
		got.Error = fmt.Sprint(err)
		class := "no domain"
		switch {
		case err != nil && got.Hostname == "":
			class = "malformed"
		case err != nil:
			class = "too long for the kernel"
		case got.Kernel != got.Hostname:
			class = "FQDN"
		case got.Domain != "":
			class = "domain"
		case got.Hostname != pod.Name && strings.HasPrefix(pod.Name, got.Hostname):
			class = "cut"
		}
		return pod, class, cmp.Diff(want, got)
	})
}

// TestHostsFile compares HostsFile with what the kubelet writes.
func TestHostsFile(t *testing.T) {
	type input struct {
		IPs              []string
		Hostname, Domain string
		Aliases          []corev1.HostAlias
	}
	each(t, 20_000, func(r *rand.Rand) (any, string, string) {
		in := input{Hostname: pick(r, "web-0", ""), Domain: pick(r, "", "web.prod.svc.cluster.local")}
		for range r.IntN(4) {
			in.IPs = append(in.IPs, pick(r, "10.0.0.1", "2001:db8::1", ""))
		}
		for range r.IntN(3) {
			a := corev1.HostAlias{IP: pick(r, "192.0.2.1", "::1", "")}
			for range r.IntN(3) {
				a.Hostnames = append(a.Hostnames, pick(r, "db", "db.example", ""))
			}
			in.Aliases = append(in.Aliases, a)
		}
		want := string(managedHostsFileContent(in.IPs, in.Hostname, in.Domain, in.Aliases))
		got := dnsresolv.HostsFile(in.IPs, in.Hostname, in.Domain, in.Aliases)
		return in, fmt.Sprintf("domain=%t aliases=%t", in.Domain != "", in.Aliases != nil), cmp.Diff(want, got)
	})
}

// serviceList is a lister of services.
type serviceList []*corev1.Service

func (l serviceList) List(labels.Selector) ([]*corev1.Service, error) { return l, nil }

// TestServiceVariables compares ServiceEnv with the variables that the kubelet gives a container. Two services whose names make the same variables are left out, as
// the kubelet's order is random there.
func TestServiceVariables(t *testing.T) {
	k := &kubelet.Kubelet{}
	set(k, "serviceHasSynced", cache.InformerSynced(func() bool { return true }))
	each(t, 20_000, func(r *rand.Rand) (any, string, string) {
		var services []*corev1.Service
		taken := map[string]bool{}
		for range r.IntN(6) {
			s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: pick(r, "kubernetes", "web", "redis-primary", "0num", "a.b"), Namespace: pick(r, "default", "default", "prod")}}
			if key := s.Namespace + "/" + s.Name; taken[key] {
				continue
			} else {
				taken[key] = true
			}
			s.Spec.ClusterIP = pick(r, "10.0.0.1", "10.0.0.2", "fd00::1", "", "None")
			s.Spec.Type = pick(r, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeExternalName)
			for range 1 + r.IntN(3) {
				s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{
					Name: pick(r, "", "http", "p-q"), Port: pick[int32](r, 80, 53), Protocol: pick(r, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP, ""),
				})
			}
			services = append(services, s)
		}
		set(k, "serviceLister", serviceList(services))
		namespace, links := pick(r, "default", "prod", "other"), r.IntN(3) > 0
		want, err := serviceVariables(k, namespace, links)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, v := range dnsresolv.ServiceEnv(services, namespace, &links) {
			got[v.Name] = v.Value
		}
		return services, fmt.Sprintf("links=%t some=%t", links, len(got) > 0), cmp.Diff(want, got)
	})
}
