package scheduler

// A changeLog tells the engine what happened to the cluster since it last
// looked: pods that moved, and nodes that came. Other changes start a new
// epoch, in which nothing that was cached holds.
type changeLog struct {
	epoch   uint64
	first   uint64 // number of entries[0]
	entries []logEntry
}

// A logEntry is one change. Its class is nil where a node came.
type logEntry struct {
	class       *class
	node        int32
	delta       int8 // pods that came, or with -1 went
	terminating bool
}

// maxLog bounds the memory of the log. What lags further behind starts anew.
const maxLog = 1 << 15

func (l *changeLog) end() uint64 { return l.first + uint64(len(l.entries)) }

func (l *changeLog) moved(n *node, p *pod, delta int8) {
	l.append(logEntry{p.class, n.index, delta, p.terminating})
}

func (l *changeLog) joined(n *node) { l.append(logEntry{node: n.index}) }

func (l *changeLog) append(e logEntry) {
	if len(l.entries) == maxLog {
		const half = maxLog / 2
		l.entries = l.entries[:copy(l.entries, l.entries[half:])]
		l.first += half
	}
	l.entries = append(l.entries, e)
}

// reset starts a new epoch.
func (l *changeLog) reset() { l.epoch++ }

// since returns the entries from a number on, and reports whether they tell all
// that happened in between.
func (l *changeLog) since(epoch, number uint64) ([]logEntry, bool) {
	if epoch != l.epoch || number < l.first {
		return nil, false
	}
	return l.entries[number-l.first:], true
}
