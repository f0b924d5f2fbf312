package scheduler

// A topology divides the nodes by their value of one label key.
type topology struct {
	key    string
	ids    map[string]int32 // value -> domain; the empty value is always domain 0
	domain []int32          // by node index; absent where the node has no such label
	sizes  []int32          // by domain: its number of nodes
	shared int              // domains of more than one node
}

// absent stands for the domain of a node without the label.
const absent int32 = -1

// topology returns the division by a label key, which is made at its first use
// and kept up to date from then on.
func (c *Cluster) topology(key string) *topology {
	if t, ok := c.topologies[key]; ok {
		return t
	}
	t := &topology{key: key, ids: map[string]int32{"": 0}, sizes: make([]int32, 1)}
	for _, n := range c.slots {
		if n != nil {
			t.insert(n)
		}
	}
	c.topologies[key] = t
	return t
}

func (t *topology) insert(n *node) {
	for int(n.index) >= len(t.domain) {
		t.domain = append(t.domain, absent)
	}
	value, ok := n.label(t.key)
	if !ok {
		return
	}
	id, ok := t.ids[value]
	if !ok {
		id = int32(len(t.sizes))
		t.ids[value] = id
		t.sizes = append(t.sizes, 0)
	}
	t.domain[n.index] = id
	if t.sizes[id]++; t.sizes[id] == 2 {
		t.shared++
	}
}

func (t *topology) remove(n *node) {
	id := t.domain[n.index]
	if id == absent {
		return
	}
	t.domain[n.index] = absent
	if t.sizes[id]--; t.sizes[id] == 1 {
		t.shared--
	}
}

// of returns the node's domain.
func (t *topology) of(n *node) int32 { return t.domain[n.index] }

// domains returns one more than the largest domain there is.
func (t *topology) domains() int { return len(t.sizes) }
