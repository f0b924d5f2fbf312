package scheduler

// forget notes what changes mean for the last FitError: nothing that it says of
// other nodes, unless nodes came or some rule counts pods elsewhere.
func (r *ranking) forget(sh *shape, entries []logEntry, known bool) {
	if r.unfit == nil {
		return
	}
	holds := known && !r.counted && !sh.counts() && len(r.stale)+len(entries) <= len(r.unfit.Nodes)/4
	for _, e := range entries {
		holds = holds && e.class != nil
		r.stale = append(r.stale, e.node)
	}
	if !holds {
		r.unfit = nil
	}
}

// fitError judges all nodes by the rules in the order of the pipeline, or those
// that have changed since it was last asked.
func (r *ranking) fitError(p podKey) *FitError {
	switch {
	case r.unfit == nil:
		r.unfit, r.counted = r.pipeline().fitError(), r.sh.counts()
	case len(r.stale) > 0:
		r.unfit = r.pipeline().again(r.unfit, r.stale)
	}
	r.stale = r.stale[:0]
	e := *r.unfit
	e.Namespace, e.Name = p.namespace, p.name
	return &e
}

// pipeline returns an attempt with the rules of the shape and of the class.
func (r *ranking) pipeline() *attempt {
	a := *r.a
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
