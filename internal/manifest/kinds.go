package manifest

import (
	"reflect"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A kind is one known type of object.
type kind struct {
	Type       reflect.Type // the struct, not a pointer to it
	Namespaced bool
	List       bool // Type is a list of the kind without its suffix "List"
}

// clusterScoped are the known kinds whose objects are in no namespace.
var clusterScoped = map[string]bool{
	"Node": true, "Namespace": true, "PersistentVolume": true, "ComponentStatus": true,
	"IngressClass": true, "IPAddress": true, "ServiceCIDR": true,
	"PriorityClass": true,
	"StorageClass":  true, "CSINode": true, "CSIDriver": true, "VolumeAttachment": true, "VolumeAttributesClass": true,
	"DeviceClass": true, "ResourceSlice": true,
}

// knownKinds returns every kind that Decode accepts.
var knownKinds = sync.OnceValue(func() map[schema.GroupVersionKind]kind {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, autoscalingv2.AddToScheme, policyv1.AddToScheme,
		networkingv1.AddToScheme, discoveryv1.AddToScheme, storagev1.AddToScheme, schedulingv1.AddToScheme, resourcev1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic("manifest: " + err.Error()) // two API groups claim one type: the build is broken
		}
	}
	object := reflect.TypeFor[metav1.Object]()
	list := reflect.TypeFor[metav1.ListInterface]()
	kinds := make(map[schema.GroupVersionKind]kind)
	for gvk, t := range scheme.AllKnownTypes() {
		switch p := reflect.PointerTo(t); {
		case p.Implements(object):
			kinds[gvk] = kind{Type: t, Namespaced: !clusterScoped[gvk.Kind]}
		case p.Implements(list):
			kinds[gvk] = kind{Type: t, List: true}
		}
	}
	return kinds
})
