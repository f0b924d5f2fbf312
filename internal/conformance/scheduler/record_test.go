package scheduler

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/internal/kubetest"
	"github.com/kubealgo/kubealgo/scheduler"
)

// vector is what scheduler/testdata/vectors.json.gz holds, one for a cluster.
type vector struct {
	Name    string
	Config  scheduler.Config
	Cluster *kubetest.Cluster
	Pods    []question
}

type question struct {
	Pod    *corev1.Pod
	Answer *Answer
}

// TestRecord writes upstream's answers for the scheduler package's own tests:
//
//	RECORD=1 go test -run Record ./scheduler
func TestRecord(t *testing.T) {
	if os.Getenv("RECORD") == "" {
		t.Skip("RECORD is not set")
	}
	both := judges{}
	var vectors []vector
	for index := range env("CONFORMANCE_CASES", 120) {
		d := drawCase(uint64(env("CONFORMANCE_SEED", 20260321)), index)
		v := &variants[index%int64(len(variants))]
		if index%2 == 0 {
			v = &variants[0]
		}
		record := vector{Name: d.profile.String() + ", " + v.Name, Config: v.Config, Cluster: through(t, d.cluster)}
		u := both.of(t, v).theirs
		if err := u.Load(record.Cluster); err != nil {
			t.Fatal(err)
		}
		for _, pod := range d.pods[:5] {
			pod = through(t, pod)
			record.Pods = append(record.Pods, question{pod, u.Schedule(pod)})
		}
		vectors = append(vectors, record)
	}
	write(t, filepath.Join("..", "..", "..", "scheduler", "testdata", "vectors.json.gz"), vectors)
}

// through returns what is left of an object after JSON, which the reader of the
// vectors will see.
func through[T any](t *testing.T, object *T) *T {
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	read := new(T)
	if err := json.Unmarshal(text, read); err != nil {
		t.Fatal(err)
	}
	return read
}

func write(t *testing.T, path string, value any) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(z).Encode(value); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d bytes", path, info.Size())
}
