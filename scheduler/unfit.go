package scheduler

// forget notes what changes mean for the last FitError: nothing that it says of
// other nodes, unless nodes came or some rule counts pods elsewhere.
func (r *ranking) forget(sh *shape, entries []logEntry, known bool) {
	if r.unfit == nil {
		return
	}
	if !known || r.counted || sh.counts() || len(r.stale)+len(entries) > len(r.unfit.Nodes)/4 {
		r.unfit = nil
		return
	}
	for _, e := range entries {
		if e.class == nil {
			r.unfit = nil
			return
		}
		r.stale = append(r.stale, e.node)
	}
}

// fitError judges all nodes by the rules in the order of the pipeline, or those
// that have changed since it was last asked.
func (r *ranking) fitError(p podKey) *FitError {
	if r.unfit == nil || len(r.stale) > 0 {
		a := r.pipeline()
		if r.unfit == nil {
			r.unfit, r.counted = a.fitError(), r.sh.counts()
		} else {
			r.unfit = a.again(r.unfit, r.stale)
		}
		r.stale = r.stale[:0]
	}
	e := *r.unfit
	e.Namespace, e.Name = p.namespace, p.name
	return &e
}

// pipeline returns an attempt with the rules of the shape and of the class.
func (r *ranking) pipeline() *attempt {
	a := *r.a
	a.rules = nil
	shared := r.sh.a.rules
	for _, f := range a.s.filters {
		switch {
		case f.unjudging:
		case f.reads == usage:
			if rule, _ := f.prepare(&a); rule != nil {
				a.rules = append(a.rules, preparedFilter{f.name, rule})
			}
		case len(shared) > 0 && shared[0].plugin == f.name:
			a.rules = append(a.rules, shared[0])
			shared = shared[1:]
		}
	}
	return &a
}
