package hpa

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A summary counts the passes that failed, and the time of all.
func TestFailedPassesAreCounted(t *testing.T) {
	s := summarize([]RunStep{{Failed: true, Desired: 2}, {Desired: 2}, {Failed: true, Desired: 2}}, time.Minute, 0.1)
	assert.Equal(t, 2, s.Failed)
	assert.Equal(t, 3*time.Minute, s.Duration)
}
