package qos_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubealgo/kubealgo/internal/podtext"
	"github.com/kubealgo/kubealgo/qos"
)

func TestWithDefaults(t *testing.T) {
	for _, tt := range []struct{ rule, pod, want string }{
		{"requests from limits", "container a cpu=/1 mem=1/2 nvidia.com/gpu=/1; init i cpu=/2; ephemeral e cpu=/1", "container a cpu=1/1 mem=1/2 nvidia.com/gpu=1/1; init i cpu=2/2; ephemeral e cpu=/1"},
		{"nothing to do", "container a cpu=1", "container a cpu=1"},
		{"an empty spec.resources", "container a cpu=/1 hugepages-2Mi=/2Mi; pod", "container a cpu=1/1 hugepages-2Mi=2Mi/2Mi; pod"},
		{"pod requests from containers", "container a cpu=1/1; container b cpu=1; pod cpu=/4 mem=/1Gi", "container a cpu=1/1; container b cpu=1; pod cpu=2/4 mem=1Gi/1Gi"},
		{"pod requests from containers, unlimited", "container a cpu=1 mem=5; pod mem=/1Gi", "container a cpu=1 mem=5; pod cpu=1/ mem=5/1Gi"},
		{"pod requests stay", "container a cpu=1; pod cpu=3/4", "container a cpu=1; pod cpu=3/4"},
		{"no pod limits", "container a cpu=1 mem=1; pod cpu=3", "container a cpu=1 mem=1; pod cpu=3"},
		{"huge pages", "container a hugepages-2Mi=/2Mi; container b hugepages-2Mi=/2Mi; pod cpu=1", "container a hugepages-2Mi=2Mi/2Mi; container b hugepages-2Mi=2Mi/2Mi; pod cpu=1 hugepages-2Mi=4Mi/4Mi"},
		{"huge pages that the pod requests", "container a hugepages-2Mi=/2Mi; pod hugepages-2Mi=8Mi", "container a hugepages-2Mi=2Mi/2Mi; pod hugepages-2Mi=8Mi"},
		{"huge pages that the pod limits", "container a hugepages-2Mi=/2Mi; pod hugepages-2Mi=/8Mi", "container a hugepages-2Mi=2Mi/2Mi; pod hugepages-2Mi=8Mi/8Mi"},
		{"huge pages beside a limit of the pod", "container a cpu=1/1 hugepages-2Mi=/2Mi; pod cpu=1/1", "container a cpu=1/1 hugepages-2Mi=2Mi/2Mi; pod cpu=1/1 hugepages-2Mi=2Mi/2Mi"},
		{"only huge pages are limited by what containers are", "container a cpu=1/1 mem=1/1; pod cpu=1", "container a cpu=1/1 mem=1/1; pod cpu=1"},
		{"other resources of the pod", "container a; pod nvidia.com/gpu=/1", "container a; pod nvidia.com/gpu=/1"},
		{"overhead does not count", "container a cpu=1; pod cpu=/4; overhead cpu=1", "container a cpu=1; pod cpu=1/4; overhead cpu=1"},
	} {
		pod := podtext.Pod(tt.pod)
		before := pod.DeepCopy()
		if diff := cmp.Diff(podtext.Pod(tt.want), qos.WithDefaults(pod, qos.Options{})); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.rule, diff)
		}
		if diff := cmp.Diff(before, pod); diff != "" {
			t.Errorf("%s: the pod was changed: %s", tt.rule, diff)
		}
	}
	off := qos.Options{NoPodLevelResources: true}
	if diff := cmp.Diff(podtext.Pod("container a cpu=1; pod cpu=/4"), qos.WithDefaults(podtext.Pod("container a cpu=1; pod cpu=/4"), off)); diff != "" {
		t.Error(diff)
	}
	if qos.WithDefaults(nil, off) != nil {
		t.Error("nil became a pod")
	}
}
