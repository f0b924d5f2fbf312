package manifest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// FuzzDecode: no text makes Decode panic or hang; the answer is always the same;
// what was read survives being written and read again; and encoding/json reads
// from that writing what Decode reads.
func FuzzDecode(f *testing.F) {
	for _, file := range []string{"testdata/dump.yaml", "testdata/dump.json"} {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		given := bytes.Clone(text)
		docs, err := manifest.Decode(bytes.NewReader(text))
		require.Equal(t, given, text)
		again, err2 := manifest.Decode(bytes.NewReader(text))
		if err != nil {
			require.Nil(t, docs)
			require.EqualError(t, err2, err.Error())
			return
		}
		require.True(t, equality.Semantic.DeepEqual(docs, again))
		for _, d := range docs {
			require.NotEmpty(t, d.Object.(metav1.Object).GetName())
			written, err := json.Marshal(d.Object)
			if err != nil {
				continue // times beyond the year 9999 can be read but not be written
			}
			back, err := manifest.Decode(bytes.NewReader(written))
			require.NoError(t, err, string(written))
			require.Len(t, back, 1)
			std := reflect.New(reflect.TypeOf(d.Object).Elem()).Interface()
			require.NoError(t, json.Unmarshal(written, std))
			require.True(t, equality.Semantic.DeepEqual(std, back[0].Object), string(written))
		}
	})
}
