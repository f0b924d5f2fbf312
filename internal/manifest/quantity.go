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

// errNegative is returned, with the value, for quantities below zero.
var errNegative = errors.New("must not be negative")

// parseQuantity parses a quantity as resource.ParseQuantity does, except that it
// refuses text on which that function would work for minutes, and values that
// it would silently cap at 2^63-1.
func parseQuantity(raw any) (resource.Quantity, error) {
	var text string
	switch v := raw.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return resource.Quantity{}, fmt.Errorf("want a quantity such as 500m or 2Gi, got %s", describe(raw))
	}
	text = strings.TrimSpace(text) // as Quantity.UnmarshalJSON does
	shown := strconv.Quote(shorten(text))
	if len(text) > maxQuantityLen {
		return resource.Quantity{}, fmt.Errorf("%s: quantity has %d bytes, at most %d are accepted", shown, len(text), maxQuantityLen)
	}
	if e, ok := exponent(text); ok && (e < -maxQuantityExponent || e > maxQuantityExponent) {
		return resource.Quantity{}, fmt.Errorf("%s: exponent of the quantity is outside -%d..%d", shown, maxQuantityExponent, maxQuantityExponent)
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return resource.Quantity{}, fmt.Errorf("%s: not a quantity such as 500m or 2Gi: %s", shown, oneLine(err))
	}
	if tooLarge(text) {
		return resource.Quantity{}, fmt.Errorf("%s: quantity is larger than 2^63-1", shown)
	}
	if q.Sign() < 0 {
		return q, fmt.Errorf("%s: %w", shown, errNegative)
	}
	return q, nil
}

// exponent returns the decimal exponent at the end of a quantity's text, and
// saturates where it does not fit an int. An E without digits is a suffix.
func exponent(text string) (int, bool) {
	i := strings.LastIndexAny(text, "eE")
	if i < 0 || i+1 == len(text) {
		return 0, false
	}
	n, err := strconv.Atoi(text[i+1:])
	if errors.Is(err, strconv.ErrRange) {
		return n, true // Atoi saturates
	}
	return n, err == nil
}

// suffixes are the multipliers of a quantity as powers.
var suffixes = []struct {
	name      string
	base, exp int
}{
	{"Ki", 2, 10}, {"Mi", 2, 20}, {"Gi", 2, 30}, {"Ti", 2, 40}, {"Pi", 2, 50}, {"Ei", 2, 60},
	{"n", 10, -9}, {"u", 10, -6}, {"m", 10, -3},
	{"k", 10, 3}, {"M", 10, 6}, {"G", 10, 9}, {"T", 10, 12}, {"P", 10, 15}, {"E", 10, 18},
}

// tooLarge reports whether the magnitude of the valid quantity text exceeds
// 2^63-1, where resource.ParseQuantity stops counting.
func tooLarge(text string) bool {
	number, base, exp := text, 10, 0
	if e, ok := exponent(text); ok {
		number, exp = text[:strings.LastIndexAny(text, "eE")], e
	} else {
		for _, s := range suffixes {
			if strings.HasSuffix(text, s.name) {
				number, base, exp = strings.TrimSuffix(text, s.name), s.base, s.exp
				break
			}
		}
	}
	v, ok := new(big.Rat).SetString(number)
	if !ok {
		return false
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(int64(base)), big.NewInt(int64(max(exp, -exp))), nil))
	if exp < 0 {
		v.Quo(v, scale)
	} else {
		v.Mul(v, scale)
	}
	return v.Abs(v).Cmp(new(big.Rat).SetInt64(1<<63-1)) > 0
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
