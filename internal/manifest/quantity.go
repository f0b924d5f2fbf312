package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Bounds of the text of a quantity. What resource.Quantity prints is shorter
// than 30 bytes and has exponents of at most 18.
const (
	maxQuantityLen      = 64
	maxQuantityExponent = 30
)

// errNegative is the error of quantities below zero.
var errNegative = errors.New("must not be negative")

// parseQuantity sets q as resource.ParseQuantity reads the text, except that it
// refuses text on which that function would work for minutes, and values that it
// would silently cap at 2^63-1. A negative quantity is set, and told by an error.
func parseQuantity(q *resource.Quantity, raw any) error {
	var text string
	switch v := raw.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return fmt.Errorf("want a quantity such as 500m or 2Gi, got %s", describe(raw))
	}
	text = strings.TrimSpace(text) // as Quantity.UnmarshalJSON does
	shown := strconv.Quote(shorten(text))
	if len(text) > maxQuantityLen {
		return fmt.Errorf("%s: quantity has %d bytes, at most %d are accepted", shown, len(text), maxQuantityLen)
	}
	if e := exponent(text); e < -maxQuantityExponent || e > maxQuantityExponent {
		return fmt.Errorf("%s: exponent of the quantity is outside -%d..%d", shown, maxQuantityExponent, maxQuantityExponent)
	}
	parsed, err := resource.ParseQuantity(text)
	if err != nil {
		return fmt.Errorf("%s: not a quantity such as 500m or 2Gi: %s", shown, oneLine(err))
	}
	if tooLarge(text) {
		return fmt.Errorf("%s: quantity is larger than 2^63-1", shown)
	}
	*q = parsed
	if q.Sign() < 0 {
		return fmt.Errorf("%s: %w", shown, errNegative)
	}
	return nil
}

// exponent returns the decimal exponent at the end of a quantity's text, 0 where
// there is none (an E without digits is a suffix), and the largest or smallest
// int for those beyond.
func exponent(text string) int {
	i := strings.LastIndexAny(text, "eE")
	if i < 0 {
		return 0
	}
	n, _ := strconv.Atoi(text[i+1:])
	return n
}

// suffixes are the multipliers of a quantity.
var suffixes = []struct{ name, times string }{
	{"Ki", "1024"}, {"Mi", "1048576"}, {"Gi", "1073741824"}, {"Ti", "1099511627776"}, {"Pi", "1125899906842624"}, {"Ei", "1152921504606846976"},
	{"n", "1e-9"}, {"u", "1e-6"}, {"m", "1e-3"},
	{"k", "1e3"}, {"M", "1e6"}, {"G", "1e9"}, {"T", "1e12"}, {"P", "1e15"}, {"E", "1e18"},
}

// tooLarge reports whether the magnitude of the valid quantity text exceeds
// 2^63-1, where resource.ParseQuantity stops counting.
func tooLarge(text string) bool {
	times := "1"
	for _, s := range suffixes {
		if number, ok := strings.CutSuffix(text, s.name); ok {
			text, times = number, s.times
			break
		}
	}
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		return false
	}
	scale, _ := new(big.Rat).SetString(times)
	return v.Abs(v.Mul(v, scale)).Cmp(new(big.Rat).SetInt64(1<<63-1)) > 0
}

// shorten cuts text that is too long for a message.
func shorten(text string) string {
	const keep = 40
	if len(text) <= keep {
		return text
	}
	return text[:keep] + "..."
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
