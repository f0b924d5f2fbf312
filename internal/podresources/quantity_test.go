package podresources_test

import (
	"testing"

	"github.com/kubealgo/kubealgo/internal/podresources"
)

func TestParseQuantity(t *testing.T) {
	for text, want := range map[string]int64{
		"2Mi": 2 << 20, "1e3": 1000, "1E3": 1000, "1e+003": 1000, "1e0000000003": 1000, "1Ei": 1 << 60, "1E": 1e18, "1e-3": 1,
		"": -1, "x": -1, "e": -1, "1e1000": -1, "1E-1000": -1, "1e1000000000": -1, "1e-1000000000": -1, "2E6024865272343": -1,
	} {
		q, err := podresources.ParseQuantity(text)
		if got := q.Value(); (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	if _, err := podresources.ParseQuantity("1e999"); err != nil {
		t.Errorf("an exponent of three digits: %v", err)
	}
}
