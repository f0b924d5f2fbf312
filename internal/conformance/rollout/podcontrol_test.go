package rollout

import (
	"context"
	"slices"
	"strings"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/controller"
)

// podControl is what controllers that make pods from a template do to them in one sync: creations and deletions are noted,
// patches are carried out on the stored pods.
type podControl struct {
	controller.PodControlInterface
	pods   map[string]*corev1.Pod // as stored
	refuse func(generateName string, call int) error

	mu    sync.Mutex
	calls int
	made  []*corev1.Pod
	gone  []string
}

func (c *podControl) CreatePods(ctx context.Context, ns string, t *corev1.PodTemplateSpec, o runtime.Object, ref *metav1.OwnerReference) error {
	return c.CreatePodsWithGenerateName(ctx, ns, t, o, ref, "")
}

func (c *podControl) CreatePodsWithGenerateName(_ context.Context, ns string, t *corev1.PodTemplateSpec, o runtime.Object, ref *metav1.OwnerReference, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if c.refuse != nil {
		if err := c.refuse(name, c.calls-1); err != nil {
			return err
		}
	}
	pod, err := controller.GetPodFromTemplate(t, o, ref)
	if err != nil {
		return err
	}
	pod.Namespace = ns
	if name != "" {
		pod.GenerateName = name
	}
	c.made = append(c.made, pod)
	return nil
}

func (c *podControl) DeletePod(_ context.Context, _, name string, _ runtime.Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = append(c.gone, name)
	return nil
}

// PatchPod knows the patches of owner references and of the finalizer of Jobs.
func (c *podControl) PatchPod(_ context.Context, _, name string, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	pod := c.pods[name].DeepCopy()
	pod.OwnerReferences = patchOwners(pod.OwnerReferences, data)
	switch text := string(data); {
	case strings.Contains(text, "$deleteFromPrimitiveList/finalizers"):
		pod.Finalizers = slices.DeleteFunc(pod.Finalizers, func(f string) bool { return f == batchv1.JobTrackingFinalizer })
	case strings.Contains(text, batchv1.JobTrackingFinalizer) && !slices.Contains(pod.Finalizers, batchv1.JobTrackingFinalizer):
		pod.Finalizers = append(pod.Finalizers, batchv1.JobTrackingFinalizer)
	}
	c.pods[name] = pod
	return nil
}
