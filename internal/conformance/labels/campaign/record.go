package campaign

import (
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
)

// Record writes n vectors, one JSON value per line, to a compressed file. It runs only with RECORD=1 in the environment.
func Record(t *testing.T, file string, n int, one func(r *rand.Rand) any) {
	t.Helper()
	if os.Getenv("RECORD") != "1" {
		t.Skip("RECORD is not 1")
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, _ := gzip.NewWriterLevel(f, gzip.BestCompression)
	enc := json.NewEncoder(z)
	for i := range n {
		if err := enc.Encode(one(rand.New(rand.NewPCG(7, uint64(i))))); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}
