package scheduler

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
)

// both is one configuration decided by the engine and by the plain path, which
// must agree.
type both struct{ engine, plain *Scheduler }

func newBoth(t *testing.T, config Config) both {
	t.Helper()
	engine, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	config.NoCache = true
	plain, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return both{engine, plain}
}

// best returns the decision that they share; when, which Sprint prints, says
// which one it is.
func (b both) best(t *testing.T, c *Cluster, pod *corev1.Pod, when ...any) (Decision, error) {
	t.Helper()
	want, wantErr := b.plain.Best(c, pod)
	got, gotErr := b.engine.Best(c, pod)
	if !reflect.DeepEqual(got, want) || !sameError(gotErr, wantErr) {
		t.Fatalf("%v: plain path %v %v, engine %v %v\n%s", when, want, wantErr, got, gotErr, kubetest.YAML(pod))
	}
	return want, wantErr
}
