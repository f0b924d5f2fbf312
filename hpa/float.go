package hpa

import (
	"encoding/json"
	"math"
	"strconv"
)

// Float is a number that may be infinite or not a number: a ratio to a target of zero pods is. JSON has no such numbers; they are written as
// strings.
type Float float64

// MarshalJSON writes finite numbers as numbers, others as the strings "NaN", "+Inf" and "-Inf".
func (f Float) MarshalJSON() ([]byte, error) {
	x := float64(f)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(x)
}

// String returns the number with four digits.
func (f Float) String() string { return strconv.FormatFloat(float64(f), 'g', 4, 64) }
