package podresources

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// maxExponent is the number of digits of an exponent beyond which
// resource.ParseQuantity takes very long.
const maxExponent = 3

// ParseQuantity is resource.ParseQuantity for text that nobody has checked: an
// exponent of more than three digits is refused as of the wrong format.
func ParseQuantity(text string) (resource.Quantity, error) {
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(strings.TrimLeft(text[i:], "eE+-0")) > maxExponent {
		return resource.Quantity{}, resource.ErrFormatWrong
	}
	return resource.ParseQuantity(text)
}
