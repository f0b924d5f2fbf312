package rollout_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

// What the API server says to a limit that is neither a count nor a percentage.
func TestValidateLimits(t *testing.T) {
	const text = "a valid percent string must be a numeric string"
	for _, c := range []struct {
		limit intstr.IntOrString
		want  string // of each error
	}{
		{intstr.FromString("0%"), ""}, {intstr.FromString("100%"), ""}, {intstr.FromString("09%"), ""}, {intstr.FromInt32(500), ""},
		{intstr.IntOrString{Type: intstr.Int, IntVal: 1, StrVal: "500%"}, ""},
		{intstr.FromString("101%"), "must not be greater than 100%"},
		{intstr.FromString("99999999999999999999%"), "must not be greater than 100%"},
		{intstr.FromString("%"), text}, {intstr.FromString("1"), text}, {intstr.FromString("1/%"), text}, {intstr.FromString("1:%"), text}, {intstr.FromString("-1%"), text},
		{intstr.FromInt32(-1), "must be greater than or equal to 0"},
		{intstr.IntOrString{Type: 7, IntVal: 1}, "must be an integer or percentage (e.g '5%%')"},
	} {
		errs := rollout.ValidateDeployment(rolling(deployment("a", 1), intstr.FromInt32(1), c.limit))
		if c.want == "" {
			require.Empty(t, errs, "%v", c.limit)
			continue
		}
		require.Len(t, errs, 1, "%v", c.limit)
		require.ErrorContains(t, errs[0], c.want, "%v", c.limit)
	}
}
