package manifest_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// BenchmarkDecode reads 500 dumps of a node, a pod and a service.
func BenchmarkDecode(b *testing.B) {
	for _, format := range []string{"yaml", "json"} {
		b.Run("format="+format, func(b *testing.B) {
			one, err := os.ReadFile("testdata/dump." + format)
			if err != nil {
				b.Fatal(err)
			}
			var text bytes.Buffer
			for i := range 500 {
				suffix := "-" + strings.Repeat("x", i%50) + string(rune('a'+i/50))
				for _, name := range []string{"node-1", "2xk7p", "kubernetes"} {
					one = bytes.ReplaceAll(one, []byte(name), []byte(name+suffix))
				}
				text.Write(one)
				text.WriteString("\n---\n")
				one, _ = os.ReadFile("testdata/dump." + format)
			}
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			objects := 0
			for b.Loop() {
				docs, err := manifest.Decode(bytes.NewReader(text.Bytes()))
				if err != nil {
					b.Fatal(err)
				}
				objects += len(docs)
			}
			b.ReportMetric(float64(objects)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}
