package taints

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/taint"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/controller/nodelifecycle"
	"k8s.io/kubernetes/pkg/controller/tainteviction"
)

//go:linkname parseTaints k8s.io/kubectl/pkg/cmd/taint.parseTaints
func parseTaints(spec []string) ([]corev1.Taint, []corev1.Taint, error)

//go:linkname getMinTolerationTime k8s.io/kubernetes/pkg/controller/tainteviction.getMinTolerationTime
func getMinTolerationTime(tolerations []corev1.Toleration) time.Duration

//go:linkname processPodOnNode k8s.io/kubernetes/pkg/controller/tainteviction.(*Controller).processPodOnNode
func processPodOnNode(c *tainteviction.Controller, ctx context.Context, pod types.NamespacedName, node string, tolerations []corev1.Toleration, taints []corev1.Taint, now time.Time)

//go:linkname cancelWorkWithEvent k8s.io/kubernetes/pkg/controller/tainteviction.(*Controller).cancelWorkWithEvent
func cancelWorkWithEvent(c *tainteviction.Controller, log klog.Logger, pod types.NamespacedName)

//go:linkname doNoScheduleTaintingPass k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).doNoScheduleTaintingPass
func doNoScheduleTaintingPass(c *nodelifecycle.Controller, ctx context.Context, node string) error

//go:linkname processTaintBaseEviction k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).processTaintBaseEviction
func processTaintBaseEviction(c *nodelifecycle.Controller, ctx context.Context, node *corev1.Node, ready *corev1.NodeCondition)

//go:linkname doNoExecuteTaintingPass k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).doNoExecuteTaintingPass
func doNoExecuteTaintingPass(c *nodelifecycle.Controller, ctx context.Context)

//go:linkname validateNodeTaints k8s.io/kubernetes/pkg/apis/core/validation.validateNodeTaints
func validateNodeTaints(taints []core.Taint, path *field.Path) field.ErrorList

//go:linkname validateOnlyAddedTolerations k8s.io/kubernetes/pkg/apis/core/validation.validateOnlyAddedTolerations
func validateOnlyAddedTolerations(updated, old []core.Toleration, path *field.Path, opts validation.PodValidationOptions) field.ErrorList

// unexported returns an unexported field, addressable.
func unexported(of any, name string) reflect.Value {
	f := reflect.ValueOf(of).Elem().FieldByName(name)
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}

// set stores a value in an unexported field.
func set(of any, name string, value any) { unexported(of, name).Set(reflect.ValueOf(value)) }

var _ = taint.NewCmdTaint

//go:linkname updateNode k8s.io/kubectl/pkg/cmd/taint.TaintOptions.updateTaints
func updateNode(o taint.TaintOptions, obj runtime.Object) (string, error)

// apply is what kubectl makes of a node.
func apply(o *taint.TaintOptions, node *corev1.Node) (string, error) { return updateNode(*o, node) }

//go:linkname addPodEvictorForNewZone k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).addPodEvictorForNewZone
func addPodEvictorForNewZone(c *nodelifecycle.Controller, log klog.Logger, node *corev1.Node)

//go:linkname handleDisruption k8s.io/kubernetes/pkg/controller/nodelifecycle.(*Controller).handleDisruption
func handleDisruption(c *nodelifecycle.Controller, ctx context.Context, ready map[string][]*corev1.NodeCondition, nodes []*corev1.Node)

//go:linkname isNodeExcludedFromDisruptionChecks k8s.io/kubernetes/pkg/controller/nodelifecycle.isNodeExcludedFromDisruptionChecks
func isNodeExcludedFromDisruptionChecks(node *corev1.Node) bool
