package qos

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/features"

	"github.com/kubealgo/kubealgo/qos"
)

// TestMain silences upstream.
func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// options turns pod-level resources off, there and here, for the last quarter of n cases.
func options(t *testing.T, i, n int) qos.Options {
	t.Helper()
	on := i < n-n/4
	if utilfeature.DefaultFeatureGate.Enabled(features.PodLevelResources) != on {
		podLevelResources(t, on)
		t.Cleanup(func() { podLevelResources(t, true) })
	}
	return qos.Options{NoPodLevelResources: !on}
}

func podLevelResources(t *testing.T, on bool) {
	err := utilfeature.DefaultMutableFeatureGate.SetFromMap(map[string]bool{
		string(features.PodLevelResources): on, string(features.InPlacePodLevelResourcesVerticalScaling): on,
	})
	if err != nil {
		t.Fatal(err)
	}
}
