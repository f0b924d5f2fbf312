package rollout

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// vector is an input and what the real controller made of it.
type vector struct {
	Now   time.Time `json:"now"`
	Input any       `json:"input"`
	Want  any       `json:"want"`
}

// recording collects vectors when the environment variable RECORD is set.
type recording struct {
	name    string
	every   int
	seen    int
	limit   int
	vectors []json.RawMessage
}

func recordTo(name string, every, limit int) *recording {
	if os.Getenv("RECORD") == "" {
		return nil
	}
	return &recording{name: name, every: every, limit: limit}
}

// input marshals an input before the controller gets hold of it; nil when this case is not recorded.
func (r *recording) input(in any) json.RawMessage {
	if r == nil {
		return nil
	}
	r.seen++
	if r.seen%r.every != 0 || len(r.vectors) >= r.limit {
		return nil
	}
	b, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	return b
}

func (r *recording) add(now time.Time, input json.RawMessage, want any) {
	if r == nil || input == nil {
		return
	}
	b, err := json.Marshal(vector{now, input, want})
	if err != nil {
		panic(err)
	}
	r.vectors = append(r.vectors, b)
}

// save writes the vectors where the package's own tests read them.
func (r *recording) save(t *testing.T) {
	t.Helper()
	if r == nil {
		return
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(z).Encode(r.vectors); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("../../../rollout/testdata", r.name+".json.gz"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("recorded %d vectors of %s", len(r.vectors), r.name)
}
