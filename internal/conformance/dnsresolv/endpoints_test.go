package dnsresolv

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	ktesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	"k8s.io/endpointslice/metrics"
	"k8s.io/endpointslice/topologycache"
	endpointslicepkg "k8s.io/endpointslice/util"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/envvars"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

type endpointsCase struct {
	Service *corev1.Service
	Pods    []*corev1.Pod
}

func randomEndpoints(r *rand.Rand) endpointsCase {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "prod"}}
	s.Spec.Selector = map[string]string{"app": "web"}
	s.Spec.ClusterIP = pick(r, "None", "None", "10.96.0.1", "fd00::1", "")
	switch r.IntN(4) {
	case 0:
		s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol}
	case 1:
		s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	}
	s.Spec.PublishNotReadyAddresses = chance(r, 5)
	for range r.IntN(3) {
		p := corev1.ServicePort{Name: pick(r, "http", "dns", ""), Protocol: pick(r, corev1.ProtocolTCP, corev1.ProtocolUDP), Port: pick[int32](r, 80, 53)}
		p.TargetPort = pick(r, intstr.FromInt32(8080), intstr.FromString("web"), intstr.FromString("side"))
		if chance(r, 6) {
			p.AppProtocol = new("h2c")
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
	c := endpointsCase{Service: s}
	for i := range r.IntN(6) {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("web-%d", i), Namespace: pick(r, "prod", "prod", "prod", "other"), UID: types.UID(fmt.Sprint(i)), Labels: map[string]string{"app": pick(r, "web", "web", "db")}}}
		p.Spec.NodeName = "n1"
		p.Spec.Hostname, p.Spec.Subdomain = pick(r, "", "web-x"), pick(r, "", "web", "other")
		p.Status.Phase = pick(r, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed)
		for range r.IntN(3) {
			p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: pick(r, "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2")})
		}
		if len(p.Status.PodIPs) > 0 {
			p.Status.PodIP = p.Status.PodIPs[0].IP
		}
		if chance(r, 2) {
			p.Status.Conditions = []corev1.PodCondition{{Type: "X", Status: "True"}, {Type: corev1.PodReady, Status: pick(r, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)}}
		}
		if chance(r, 6) {
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
		}
		p.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: pick[int32](r, 1, 2), Protocol: pick(r, corev1.ProtocolTCP, corev1.ProtocolUDP)}}}}
		p.Spec.InitContainers = []corev1.Container{{Name: "i", Ports: []corev1.ContainerPort{{Name: "side", ContainerPort: 3, Protocol: corev1.ProtocolTCP}}}}
		if chance(r, 2) {
			p.Spec.InitContainers[0].RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
		}
		c.Pods = append(c.Pods, p)
	}
	return c
}

// flat prints slices as a sorted list of endpoints with their ports.
func flat(list []*discoveryv1.EndpointSlice) []string {
	var out []string
	for _, s := range list {
		var ports []string
		for _, p := range s.Ports {
			app := ""
			if p.AppProtocol != nil {
				app = *p.AppProtocol
			}
			ports = append(ports, fmt.Sprintf("%s/%s/%d/%s", *p.Name, *p.Protocol, *p.Port, app))
		}
		sort.Strings(ports)
		if len(s.Endpoints) == 0 {
			out = append(out, fmt.Sprintf("%s %v empty", s.AddressType, ports))
		}
		for _, e := range s.Endpoints {
			host, node := "", ""
			if e.Hostname != nil {
				host = *e.Hostname
			}
			if e.NodeName != nil {
				node = *e.NodeName
			}
			out = append(out, fmt.Sprintf("%s %v %v ready=%v serving=%v terminating=%v host=%s node=%s %s/%s/%s labels=%s,%s", s.AddressType, ports, e.Addresses, *e.Conditions.Ready, *e.Conditions.Serving, *e.Conditions.Terminating,
				host, node, e.TargetRef.Kind, e.TargetRef.Namespace, e.TargetRef.Name, s.Labels[discoveryv1.LabelServiceName], s.Labels[corev1.IsHeadlessService]))
		}
	}
	sort.Strings(out)
	return out
}

// TestEndpointSlices compares EndpointSlices with the EndpointSlice controller's reconciler.
func TestEndpointSlices(t *testing.T) {
	metrics.RegisterMetrics()
	logger := klog.Logger{}
	run(t, 400, func(r *rand.Rand) (any, []string, string) {
		c := randomEndpoints(r)
		client := fake.NewClientset()
		created := 0
		client.PrependReactor("create", "endpointslices", func(a ktesting.Action) (bool, runtime.Object, error) {
			created++
			a.(ktesting.CreateAction).GetObject().(*discoveryv1.EndpointSlice).Name = fmt.Sprint("s", created)
			return false, nil, nil
		})
		nodes := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes()
		if err := nodes.Informer().GetIndexer().Add(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}); err != nil {
			t.Fatal(err)
		}
		rec := endpointslice.NewReconciler(client, nodes.Lister(), 100, endpointslicepkg.NewEndpointSliceTracker(), topologycache.NewTopologyCache(), record.NewFakeRecorder(100), "endpointslice-controller.k8s.io")
		var chosen []*corev1.Pod
		selector := labels.SelectorFromSet(c.Service.Spec.Selector)
		for _, p := range c.Pods {
			if p.Namespace == c.Service.Namespace && selector.Matches(labels.Set(p.Labels)) {
				chosen = append(chosen, p)
			}
		}
		if err := rec.Reconcile(logger, c.Service, chosen, nil, time.Unix(1, 0)); err != nil {
			return c, nil, err.Error()
		}
		made, err := client.DiscoveryV1().EndpointSlices("").List(context.Background(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var want []*discoveryv1.EndpointSlice
		for i := range made.Items {
			want = append(want, &made.Items[i])
		}
		got := flat(dnsresolv.EndpointSlices(c.Service, c.Pods))
		classes := map[string]bool{}
		for _, line := range got {
			for _, word := range []string{"empty", "ready=true", "ready=false", "terminating=true", "host=web-x", "IPv4", "IPv6"} {
				if strings.Contains(line, word) {
					classes[word] = true
				}
			}
		}
		var list []string
		for k := range classes {
			list = append(list, k)
		}
		return c, list, cmp.Diff(flat(want), got)
	})
}

// TestServiceEnv compares the variables of one service with the kubelet's.
func TestServiceEnv(t *testing.T) {
	run(t, 20_000, func(r *rand.Rand) (any, []string, string) {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: pick(r, "web", "redis-primary", "0num", "a.b"), Namespace: "prod"}}
		s.Spec.ClusterIP = pick(r, "10.0.0.1", "fd00::1", "", "None")
		for range r.IntN(4) {
			s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: pick(r, "", "http", "p-q"), Port: pick[int32](r, 80, 53), Protocol: pick(r, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP, "")})
		}
		var want []corev1.EnvVar
		if s.Spec.ClusterIP != "" && s.Spec.ClusterIP != "None" && len(s.Spec.Ports) > 0 { // the kubelet's function needs a port
			want = envvars.FromServices([]*corev1.Service{s})
		}
		got := dnsresolv.ServiceEnv([]*corev1.Service{s}, "prod", nil)
		class := "none"
		if len(got) > 0 {
			class = "some"
		}
		if len(s.Spec.Ports) == 0 {
			return s, []string{"no ports"}, ""
		}
		return s, []string{class}, cmp.Diff(want, got)
	})
}
