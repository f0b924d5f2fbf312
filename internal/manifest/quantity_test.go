package manifest_test

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/kubealgo/kubealgo/internal/manifest"
)

// decodeQuantity sends text through Decode as a node's cpu.
func decodeQuantity(text string) (resource.Quantity, error) {
	doc := fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"status":{"allocatable":{"cpu":%q}}}`, text)
	docs, err := manifest.Decode(strings.NewReader(doc))
	if err != nil {
		return resource.Quantity{}, err
	}
	return docs[0].Object.(*corev1.Node).Status.Allocatable[corev1.ResourceCPU], nil
}

// Whatever is accepted has the value that the text says, as ParseQuantity reads
// it, and is neither negative nor above 2^63-1.
func checkQuantity(t require.TestingT, text string) (accepted bool) {
	begin := time.Now()
	got, err := decodeQuantity(text)
	require.Less(t, time.Since(begin), time.Second, text)
	if err != nil {
		return false
	}
	want, err := resource.ParseQuantity(strings.TrimSpace(text))
	require.NoError(t, err)
	require.Zero(t, want.Cmp(got), text)
	require.GreaterOrEqual(t, got.Sign(), 0, text)
	exact, ok := new(big.Int).SetString(got.AsDec().String(), 10)
	require.False(t, ok && exact.Cmp(big.NewInt(math.MaxInt64)) > 0, text)
	return true
}

func TestQuantityProperty(t *testing.T) {
	accepted, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sign := rapid.SampledFrom([]string{"", "", "", "+", "-"}).Draw(t, "sign")
		digits := rapid.StringMatching(`[0-9]{0,22}(\.[0-9]{0,12})?`).Draw(t, "digits")
		suffix := rapid.SampledFrom([]string{"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E3", "e-3", "e+18", "e19", "e30", "e31", "e-30", "e-31", "e", "x", "e1e1", "e99999999", "E-99999999"}).Draw(t, "suffix")
		drawn++
		if checkQuantity(t, sign+digits+suffix) {
			accepted++
		}
	})
	require.Greater(t, accepted, drawn/20)
	require.Less(t, accepted, drawn*19/20)
}

func FuzzQuantity(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) { checkQuantity(t, text) })
}

// The bounds themselves.
func TestQuantityBounds(t *testing.T) {
	for text, ok := range map[string]bool{
		"9223372036854775807": true, "9223372036854775808": false, "9223372036854775807.1": false,
		"7Ei": true, "8Ei": false, "7.9999Ei": true, "9E": true, "9.3E": false, "9e18": true, "9e19": false, "9007199254740991Ki": true, "9007199254740992Ki": false,
		"1e-30": true, "1e-31": false, "0e30": true, "0e31": false, "0.000000001e27": true, "1n": true, "99999999999999999999n": true,
		"92233720368547758070000m": false, "9223372036854775807000m": true, "9223372036854775808000m": false,
		"0": true, "-0": true, "-1n": false, "0." + strings.Repeat("0", 61) + "1": true, "0." + strings.Repeat("0", 62) + "1": false,
	} {
		require.Equal(t, ok, checkQuantity(t, text), text)
	}
}
