package scheduler

import "context"

func newOurs(v *Variant) (Judge, error) { return NewUpstream(context.Background(), v.Configuration(), 1) }
