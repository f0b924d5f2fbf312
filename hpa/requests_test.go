package hpa_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/hpa"
)

func list(cpu string) corev1.ResourceList { return corev1.ResourceList{"cpu": resource.MustParse(cpu)} }

// asked returns the request that a metric holds against a pod, or the error.
func asked(pod *corev1.Pod, container string, o hpa.Options) (int64, string) {
	h := onCPU(1, 10, 50)
	if container != "" {
		h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ContainerResourceMetricSourceType, ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
			Name: "cpu", Container: container, Target: autoscalingv2.MetricTarget{AverageUtilization: new(int32(50))},
		}}}
	}
	seen := hpa.Observation{Replicas: 1, Selector: "a=b", Pods: hpa.NewPodSet(pod), Metrics: []hpa.Samples{{Pods: []hpa.PodSample{{Pod: pod.Name, Value: 100, Timestamp: noon}}}}}
	_, trace := hpa.Explain(h, seen, hpa.State{}, noon, o)
	return trace.Metrics[0].Pods[0].Request, trace.Metrics[0].Error
}

func TestRequests(t *testing.T) {
	const prefix = "failed to get cpu utilization: "
	always := corev1.ContainerRestartPolicyAlways
	for _, c := range []struct {
		name      string
		change    func(p *corev1.Pod)
		container string
		options   hpa.Options
		want      int64
		err       string
	}{
		{name: "containers are added", change: func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "d", Resources: corev1.ResourceRequirements{Requests: list("500m")}})
		}, want: 1500},
		{name: "sidecars are added, other init containers are not", change: func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "init", Resources: corev1.ResourceRequirements{Requests: list("9")}}, {Name: "side", RestartPolicy: &always, Resources: corev1.ResourceRequirements{Requests: list("250m")}}}
		}, want: 1250},
		{name: "overhead is not added", change: func(p *corev1.Pod) { p.Spec.Overhead = list("1") }, want: 1000},
		{name: "the pod's own requests count, with overhead", change: func(p *corev1.Pod) {
			p.Spec.Overhead, p.Spec.Resources = list("100m"), &corev1.ResourceRequirements{Requests: list("4")}
		}, want: 4100},
		{name: "the pod's own requests with the gate off", change: func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{Requests: list("4")} }, options: hpa.Options{IgnorePodLevelRequests: true}, want: 1000},
		{name: "the pod's own requests do not count for a container", change: func(p *corev1.Pod) { p.Spec.Resources = &corev1.ResourceRequirements{Requests: list("4")} }, container: "c", want: 1000},
		{name: "the pod requests memory only: its containers count, as the scheduler counts them", change: func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "init", Resources: corev1.ResourceRequirements{Requests: list("9")}}}
			p.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1")}}
		}, want: 9000},
		{name: "the pod requests memory only, and nothing requests cpu", change: func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests = nil
			p.Spec.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1")}}
		}, err: prefix + "missing pod-level request for cpu in Pod p"},
		{name: "one container without a request", change: func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "d"}) }, err: prefix + "missing request for cpu in container d of Pod p"},
		{name: "one sidecar without a request", change: func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always}}
		}, err: prefix + "missing request for cpu in container side of Pod p"},
		{name: "a container of that name", change: func(p *corev1.Pod) {
			p.Spec.Containers = append([]corev1.Container{{Name: "d"}}, p.Spec.Containers...)
		}, container: "c", want: 1000},
		{name: "a sidecar of that name", change: func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always, Resources: corev1.ResourceRequirements{Requests: list("250m")}}}
		}, container: "side", want: 250},
		{name: "an init container of that name is not found", change: func(p *corev1.Pod) {
			p.Spec.InitContainers = []corev1.Container{{Name: "init", Resources: corev1.ResourceRequirements{Requests: list("250m")}}}
		}, container: "init", err: prefix + "container init not found in Pod p"},
		{name: "the container of that name has no request", change: func(p *corev1.Pod) {
			p.Spec.Containers = append([]corev1.Container{{Name: "d"}}, p.Spec.Containers...)
		}, container: "d", err: prefix + "missing request for cpu in container d of Pod p"},
		{name: "the container of that name is named, not one before it", change: func(p *corev1.Pod) {
			p.Spec.Containers = []corev1.Container{{Name: "x"}, {Name: "d"}}
		}, container: "d", err: prefix + "missing request for cpu in container d of Pod p"},
		{name: "the first container of a repeated name counts", change: func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "c", Resources: corev1.ResourceRequirements{Requests: list("7")}})
		}, container: "c", want: 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			pod := serving("p", "1", noon)
			c.change(pod)
			got, err := asked(pod, c.container, c.options)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, got)
		})
	}
}
