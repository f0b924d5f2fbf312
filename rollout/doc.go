// Package rollout TBD.
package rollout

import corev1 "k8s.io/api/core/v1"

type podTemplate = corev1.PodTemplateSpec
