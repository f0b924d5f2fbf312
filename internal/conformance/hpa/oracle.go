// Package hpa runs the HorizontalPodAutoscaler controller of Kubernetes v1.36.3, as it is, against clients that live in memory, so that
// its decisions can be compared with those of the library.
package hpa

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	scaleclient "k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/kubernetes/pkg/controller/podautoscaler"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
)

//go:linkname reconcileAutoscaler k8s.io/kubernetes/pkg/controller/podautoscaler.(*HorizontalController).reconcileAutoscaler
func reconcileAutoscaler(a *podautoscaler.HorizontalController, ctx context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, key string) error

// Settings are the command-line flags that the controller reads.
type Settings struct {
	Downscale, CPUInit, ReadinessDelay time.Duration
	Tolerance                          float64
}

// DefaultSettings are the defaults of kube-controller-manager.
var DefaultSettings = Settings{Downscale: 5 * time.Minute, CPUInit: 5 * time.Minute, ReadinessDelay: 30 * time.Second, Tolerance: 0.1}

// Metrics is what the metrics APIs answer; every function may be nil.
type Metrics struct {
	Resource func(name corev1.ResourceName, container string) (metricsclient.PodMetricsInfo, error)
	Raw      func(name string) (metricsclient.PodMetricsInfo, error)
	Object   func(name string) (int64, error)
	External func(name string) ([]int64, error)
}

// World is what the controller sees.
type World struct {
	Pods      []*corev1.Pod
	Scale     autoscalingv1.Scale
	ScaleErr  error
	UpdateErr error
	Metrics   Metrics
}

// Event is one recorded event.
type Event struct{ Type, Reason, Message string }

// Recommendation mirrors the controller's memory.
type Recommendation struct {
	Replicas int32
	Time     time.Time
}

// ScaleEvent mirrors the controller's memory.
type ScaleEvent struct {
	Change   int32
	Time     time.Time
	Outdated bool
}

// Oracle is the real controller with in-memory clients.
type Oracle struct {
	World   *World
	Written *autoscalingv2.HorizontalPodAutoscaler // the last status written
	NewSize *int32                                 // the last scale written
	Events  []Event

	controller *podautoscaler.HorizontalController
	ctx        context.Context
	cancel     context.CancelFunc
}

// NewOracle builds the controller; call Close at the end.
func NewOracle(s Settings) *Oracle {
	o := &Oracle{World: &World{}}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	client := fake.NewSimpleClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	o.controller = podautoscaler.NewHorizontalController(o.ctx, client.CoreV1(), scales{o: o}, hpas{o: o}, mapper{o: o}, clientOf{o},
		factory.Autoscaling().V2().HorizontalPodAutoscalers(), podInformer{o: o, informer: factory.Core().V1().Pods().Informer()},
		15*time.Second, s.Downscale, s.Tolerance, s.CPUInit, s.ReadinessDelay)
	fieldOf[workqueue.TypedRateLimitingInterface[string]](o.controller, "queue").ShutDown()
	*fieldPtr[record.EventRecorder](o.controller, "eventRecorder") = recorder{o: o}
	return o
}

// Close stops the goroutines of the controller.
func (o *Oracle) Close() { o.cancel() }

// Reconcile runs one pass and returns the status written, if any, and the error.
func (o *Oracle) Reconcile(h *autoscalingv2.HorizontalPodAutoscaler) error {
	o.Written, o.NewSize, o.Events = nil, nil, nil
	return reconcileAutoscaler(o.controller, o.ctx, h, h.Namespace+"/"+h.Name)
}

// Memory copies what the controller remembers about an autoscaler.
func (o *Oracle) Memory(key string) (recs []Recommendation, ups, downs []ScaleEvent) {
	rv := reflect.ValueOf(o.controller).Elem()
	entries := func(name string) reflect.Value { return rv.FieldByName(name).MapIndex(reflect.ValueOf(key)) }
	at := func(v reflect.Value, name string) time.Time {
		f := v.FieldByName(name)
		c := reflect.New(f.Type()).Elem()
		return readTime(v, f, c)
	}
	if v := entries("recommendations"); v.IsValid() {
		for i := range v.Len() {
			recs = append(recs, Recommendation{int32(v.Index(i).FieldByName("recommendation").Int()), at(v.Index(i), "timestamp")})
		}
	}
	read := func(name string) (out []ScaleEvent) {
		if v := entries(name); v.IsValid() {
			for i := range v.Len() {
				e := v.Index(i)
				out = append(out, ScaleEvent{int32(e.FieldByName("replicaChange").Int()), at(e, "timestamp"), e.FieldByName("outdated").Bool()})
			}
		}
		return out
	}
	return recs, read("scaleUpEvents"), read("scaleDownEvents")
}

// readTime reads a time from an unexported field of a slice element, which is addressable.
func readTime(_, f, _ reflect.Value) time.Time {
	return *(*time.Time)(unsafe.Pointer(f.UnsafeAddr()))
}

// Forget drops the memory of one autoscaler, as a restart does.
func (o *Oracle) Forget(key string) {
	rv := reflect.ValueOf(o.controller).Elem()
	for _, name := range []string{"recommendations", "scaleUpEvents", "scaleDownEvents"} {
		f := rv.FieldByName(name)
		m := reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		m.SetMapIndex(reflect.ValueOf(key), reflect.Value{})
	}
}

func fieldPtr[T any](c *podautoscaler.HorizontalController, name string) *T {
	return (*T)(unsafe.Pointer(reflect.ValueOf(c).Elem().FieldByName(name).UnsafeAddr()))
}

func fieldOf[T any](c *podautoscaler.HorizontalController, name string) T {
	return *fieldPtr[T](c, name)
}

type recorder struct {
	record.EventRecorder
	o *Oracle
}

func (r recorder) Event(_ runtime.Object, kind, reason, message string) {
	r.o.Events = append(r.o.Events, Event{kind, reason, message})
}

func (r recorder) Eventf(_ runtime.Object, kind, reason, format string, args ...any) {
	r.o.Events = append(r.o.Events, Event{kind, reason, fmt.Sprintf(format, args...)})
}

type scales struct{ o *Oracle }

func (s scales) Scales(string) scaleclient.ScaleInterface { return scaleInterface{o: s.o} }

type scaleInterface struct {
	scaleclient.ScaleInterface
	o *Oracle
}

func (s scaleInterface) Get(context.Context, schema.GroupResource, string, metav1.GetOptions) (*autoscalingv1.Scale, error) {
	if s.o.World.ScaleErr != nil {
		return nil, s.o.World.ScaleErr
	}
	return s.o.World.Scale.DeepCopy(), nil
}

func (s scaleInterface) Update(_ context.Context, _ schema.GroupResource, scale *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	if s.o.World.UpdateErr != nil {
		return nil, s.o.World.UpdateErr
	}
	n := scale.Spec.Replicas
	s.o.NewSize = &n
	return scale, nil
}

type hpas struct{ o *Oracle }

func (h hpas) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return hpaInterface{o: h.o}
}

type hpaInterface struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	o *Oracle
}

func (h hpaInterface) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	h.o.Written = hpa
	return hpa, nil
}

type mapper struct {
	apimeta.RESTMapper
	o *Oracle
}

func (mapper) RESTMappings(gk schema.GroupKind, versions ...string) ([]*apimeta.RESTMapping, error) {
	if gk.Kind != "Deployment" {
		return nil, errors.New("no such kind")
	}
	return []*apimeta.RESTMapping{{Resource: schema.GroupVersionResource{Group: gk.Group, Version: "v1", Resource: "deployments"}, GroupVersionKind: gk.WithVersion("v1")}}, nil
}

type podInformer struct {
	o        *Oracle
	informer cache.SharedIndexInformer
}

func (p podInformer) Informer() cache.SharedIndexInformer { return p.informer }
func (p podInformer) Lister() corelisters.PodLister       { return lister{o: p.o} }

// lister returns the pods in the order given, which the real one does not: its order is that of a map.
type lister struct{ o *Oracle }

func (l lister) List(s labels.Selector) ([]*corev1.Pod, error) {
	var out []*corev1.Pod
	for _, p := range l.o.World.Pods {
		if s.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	return out, nil
}
func (l lister) Pods(string) corelisters.PodNamespaceLister { return namespaceLister{lister: l} }

type namespaceLister struct {
	corelisters.PodNamespaceLister
	lister lister
}

func (l namespaceLister) List(s labels.Selector) ([]*corev1.Pod, error) { return l.lister.List(s) }

type clientOf struct{ o *Oracle }

func (c clientOf) GetResourceMetric(_ context.Context, name corev1.ResourceName, _ string, _ labels.Selector, container string) (metricsclient.PodMetricsInfo, time.Time, error) {
	m, err := c.o.World.Metrics.Resource(name, container)
	return m, time.Now(), err
}

func (c clientOf) GetRawMetric(name, _ string, _, _ labels.Selector) (metricsclient.PodMetricsInfo, time.Time, error) {
	m, err := c.o.World.Metrics.Raw(name)
	return m, time.Now(), err
}

func (c clientOf) GetObjectMetric(name, _ string, _ *autoscalingv2.CrossVersionObjectReference, _ labels.Selector) (int64, time.Time, error) {
	v, err := c.o.World.Metrics.Object(name)
	return v, time.Now(), err
}

func (c clientOf) GetExternalMetric(name, _ string, _ labels.Selector) ([]int64, time.Time, error) {
	v, err := c.o.World.Metrics.External(name)
	return v, time.Now(), err
}

func (o *Oracle) context() context.Context { return o.ctx }
