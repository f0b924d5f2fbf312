package rollout_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubealgo/kubealgo/rollout"
)

func TestScaledRules(t *testing.T) {
	for _, c := range []struct {
		name     string
		value    intstr.IntOrString
		total    int
		down, up int
	}{
		{"a number is itself", intstr.FromInt32(7), 3, 7, 7},
		{"a percentage is rounded", intstr.FromString("33%"), 10, 3, 4},
		{"a whole share is not", intstr.FromString("50%"), 10, 5, 5},
		{"a negative share is rounded towards the same side", intstr.FromString("-33%"), 10, -4, -3},
		{"more than all", intstr.FromString("101%"), 1000, 1010, 1010},
		{"more than 32 bits", intstr.FromString("200%"), math.MaxInt32, 4294967294, 4294967294},
		{"more than 64 bits", intstr.FromString("9223372036854775807%"), 101, math.MaxInt, math.MaxInt},
		{"as few as 64 bits hold", intstr.FromString("-9223372036854775808%"), 100, math.MinInt, math.MinInt},
		{"fewer than that", intstr.FromString("-9223372036854775808%"), 101, math.MinInt, math.MinInt},
	} {
		t.Run(c.name, func(t *testing.T) {
			down, err := rollout.Scaled(&c.value, c.total, rollout.RoundDown)
			require.NoError(t, err)
			up, err := rollout.Scaled(&c.value, c.total, rollout.RoundUp)
			require.NoError(t, err)
			require.Equal(t, []int{c.down, c.up}, []int{down, up})
		})
	}
	_, err := rollout.Scaled(nil, 1, rollout.RoundUp)
	require.EqualError(t, err, "nil value for IntOrString")
	for text, want := range map[string]string{
		"3":    "invalid value for IntOrString: invalid type: string is not a percentage",
		"1.5%": `invalid value for IntOrString: invalid value "1.5%": strconv.Atoi: parsing "1.5": invalid syntax`,
	} {
		v := intstr.FromString(text)
		_, err := rollout.Scaled(&v, 1, rollout.RoundUp)
		require.EqualError(t, err, want)
	}
	_, err = rollout.Scaled(&intstr.IntOrString{Type: 7}, 1, rollout.RoundUp)
	require.EqualError(t, err, "invalid value for IntOrString: invalid type: neither int nor percentage")
}

func TestFencepostRules(t *testing.T) {
	one, zero, tenth, bad := intstr.FromInt32(1), intstr.FromInt32(0), intstr.FromString("10%"), intstr.FromString("x%")
	for _, c := range []struct {
		name                      string
		maxSurge, maxUnavailable  *intstr.IntOrString
		wantSurge, wantUnavailble int32
	}{
		{"surge is rounded up and unavailable down", &tenth, &tenth, 1, 0},
		{"nothing given is one unavailable", nil, nil, 0, 1},
		{"nothing allowed is one unavailable", &zero, &zero, 0, 1},
		{"nothing is zero beside a surge", &one, nil, 1, 0},
		{"nothing is zero beside unavailable", nil, &one, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			surge, unavailable, err := rollout.Fenceposts(c.maxSurge, c.maxUnavailable, 5)
			require.NoError(t, err)
			require.Equal(t, []int32{c.wantSurge, c.wantUnavailble}, []int32{surge, unavailable})
		})
	}
	for _, c := range [][2]*intstr.IntOrString{{&bad, &one}, {&one, &bad}} {
		_, _, err := rollout.Fenceposts(c[0], c[1], 5)
		require.ErrorContains(t, err, "invalid value for IntOrString")
	}
}
