package dnsresolv

import "strings"

// choice is one name that a look-up may try: the stem, which is the name without its final dot, alone or under a search entry.
type choice struct {
	suffix string // the search entry as it is joined, "" for the bare name
	fate   fate
}

// fate says what becomes of a choice.
type fate uint8

const (
	asked     fate = iota
	broken         // no well-formed question: nothing is sent; the walks differ in what follows
	malformed      // musl before 1.2.4 sends a packet that no server understands
)

// text returns the name of the question, with its final dot.
func (c choice) text(stem string) string {
	switch {
	case c.suffix == "":
		return stem + "."
	case strings.HasSuffix(c.suffix, "."):
		return stem + "." + c.suffix
	}
	return stem + "." + c.suffix + "."
}

// size returns the length of text.
func (c choice) size(stem string) int {
	n := len(stem) + 1
	if c.suffix != "" {
		n += len(c.suffix)
		if c.suffix[len(c.suffix)-1] != '.' {
			n++
		}
	}
	return n
}

// write appends text to b.
func (c choice) write(b *strings.Builder, stem string) {
	b.WriteString(stem)
	b.WriteByte('.')
	if c.suffix != "" {
		b.WriteString(c.suffix)
		if c.suffix[len(c.suffix)-1] != '.' {
			b.WriteByte('.')
		}
	}
}

// plan yields the choices of a look-up in the order in which they are tried while none of them exists.
type plan struct {
	libc     Libc
	modern   bool // musl 1.2.4 or later
	stem     string
	stemFits bool // the stem alone can be a question
	search   []string
	stage    stage
	from     stage // where the latest choice came from
	// bareLast tells that the bare name is tried after the search list.
	bareLast bool
	noTLD    bool // the option, for a name without a dot
}

type stage uint8

const (
	bareFirst stage = iota
	searching
	last
	done
)

// newPlan returns the plan of an accepted name.
func newPlan(c *Conf, name string) plan {
	p := plan{libc: c.Dialect.Libc, modern: c.Dialect.modernMusl(), stem: strings.TrimSuffix(name, "."), bareLast: true}
	if p.libc == Glibc {
		p.stem = unescape(p.stem)
	}
	dots := strings.Count(name, ".")
	absolute := strings.HasSuffix(name, ".")
	p.stemFits = encodable(p.stem) || name == "."
	enough := dots >= c.Ndots
	if !absolute && (!enough || p.libc != Musl) {
		p.search = c.Search
	}
	if !absolute && !enough {
		p.stage = searching
	}
	p.noTLD = p.libc == Glibc && dots == 0 && c.Options.Has(NoTLDQuery) && len(p.search) > 0
	return p
}

// next returns the next choice.
func (p *plan) next() (choice, bool) {
	for {
		p.from = p.stage
		switch p.stage {
		case bareFirst:
			p.stage, p.bareLast = searching, false
			if c, ok := p.bare(); ok {
				return c, true
			}
		case searching:
			if len(p.search) == 0 {
				p.stage = last
				continue
			}
			entry := p.search[0]
			p.search = p.search[1:]
			if c, ok := p.under(entry); ok {
				return c, true
			}
		case last:
			p.stage = done
			if p.bareLast && !p.noTLD {
				if c, ok := p.bare(); ok {
					return c, true
				}
			}
		default:
			return choice{}, false
		}
	}
}

// leaveSearch drops the rest of the search list.
func (p *plan) leaveSearch() { p.search = nil }

// bare returns the name as it was given; ok is false if the resolver leaves it out.
func (p *plan) bare() (choice, bool) {
	if p.libc == Go && avoidedByGo(p.stem) {
		return choice{}, false
	}
	if !p.stemFits {
		return choice{fate: broken}, true
	}
	return choice{}, true
}

// under returns the name under a search entry; ok is false if the resolver passes over the entry.
func (p *plan) under(entry string) (choice, bool) {
	switch p.libc {
	case Musl:
		return p.underMusl(entry)
	case Go:
		return p.underGo(entry)
	}
	if entry != "" && entry[0] == '.' {
		entry = entry[1:]
	}
	if entry == "" { // the root: the bare name here, and not once more at the end
		p.bareLast = false
		return choice{}, true
	}
	if strings.Contains(entry, `\`) {
		return p.escaped(entry), true
	}
	return p.joined(entry), true
}

// escaped returns the choice of a search entry with escapes, which glibc reads in the whole of the name.
func (p *plan) escaped(entry string) choice {
	text := unescape(entry)
	counted := escapedBytes.Replace(text)
	if !strings.HasSuffix(counted, ".") { // a last dot may be part of its label
		text += "."
	}
	return choice{suffix: text, fate: p.joined(counted).fate}
}

// joined returns the choice of a search entry that is not the root.
func (p *plan) joined(entry string) choice {
	c := choice{suffix: entry}
	if !p.stemFits || !encodable(entry) || entry == "." || c.size(p.stem) > maxName+1 {
		c.fate = broken
	}
	return c
}

// muslBuffer is the room for a name with its search entry.
const muslBuffer = 255

func (p *plan) underMusl(entry string) (choice, bool) {
	if len(p.stem)+1+len(entry) > muslBuffer || entry == "" {
		return choice{}, false
	}
	c := p.joined(entry)
	if c.fate == broken && !p.modern {
		// Only one final dot is taken off. Another one before it ends up in the packet as a label's length.
		if inner, double := strings.CutSuffix(entry, "."); double && p.stemFits && len(p.stem)+1+len(inner) <= maxName {
			inner, dot := strings.CutSuffix(inner, ".")
			if inner == "" && !dot || inner != "" && dot && encodable(inner) && inner[len(inner)-1] != '.' {
				c.fate = malformed
			}
		}
	}
	return c, true
}

func (p *plan) underGo(entry string) (choice, bool) {
	c := p.joined(entry)
	if c.size(p.stem) > maxName+1 || onion(entry) {
		return choice{}, false
	}
	return c, true
}

// onion reports whether Go passes over a search entry: all names under it are avoided.
func onion(entry string) bool {
	return avoidedByGo(entry) || strings.EqualFold(strings.TrimSuffix(entry, "."), "onion")
}

// AppendNames appends to dst the names that a look-up of name asks for, in order and with a final dot, as long as the answer to each
// of them is that it does not exist. Names that the resolver leaves out (too long, onion, ...) are not among them; an address or a
// name that the resolver does not accept has none. It allocates one string for all of them.
//
// Which of the names a real look-up reaches depends on the answers: see Walk.
func (c *Conf) AppendNames(dst []string, name string) []string {
	if out, ok := c.appendPlain(dst, name); ok {
		return out
	}
	if _, ok, _ := literal(name, c.Dialect.Libc); ok || !acceptsName(name, c.Dialect.Libc) {
		return dst
	}
	p := newPlan(c, name)
	var few [8]choice
	choices := few[:0]
	size := 0
	for ch, ok := p.nextAsked(); ok; ch, ok = p.nextAsked() {
		choices = append(choices, ch)
		size += ch.size(p.stem)
	}
	if len(choices) == 0 {
		return dst
	}
	var b strings.Builder
	b.Grow(size)
	for _, ch := range choices {
		ch.write(&b, p.stem)
	}
	all := b.String()
	for _, ch := range choices {
		n := ch.size(p.stem)
		dst = append(dst, all[:n])
		all = all[n:]
	}
	return dst
}

// appendPlain is AppendNames for what is usual: a host name that all resolvers accept, and a search list of ordinary domains. It declines everything else.
func (c *Conf) appendPlain(dst []string, name string) ([]string, bool) {
	dots, ok := plainName(name)
	if !ok || c.Options.Has(NoTLDQuery) || c.Dialect.Libc == Go && avoidedByGo(name) {
		return nil, false
	}
	search := c.Search
	enough := dots >= c.Ndots
	if enough && c.Dialect.Libc == Musl {
		search = nil
	}
	var room [256]byte
	all := room[:0]
	plain := c.plain
	for _, entry := range search {
		// Comparing costs next to nothing, as both are the same memory unless someone changed the list.
		if entry == "" || entry[0] == '.' || len(entry) > maxLabel || !strings.HasPrefix(plain, entry) || c.Dialect.Libc == Go && onion(entry) {
			return nil, false
		}
		plain = plain[min(len(entry)+1, len(plain)):]
		all = append(append(append(all, name...), '.'), entry...)
		if entry[len(entry)-1] != '.' {
			all = append(all, '.')
		}
	}
	if len(search) == 0 {
		all = append(append(all, name...), '.')
	}
	rest := string(all)
	bare := rest[:len(name)+1] // the beginning of the first name under the search list as well
	if enough {
		dst = append(dst, bare)
	}
	for _, entry := range search {
		n := choice{suffix: entry}.size(name)
		dst = append(dst, rest[:n])
		rest = rest[n:]
	}
	if !enough {
		dst = append(dst, bare)
	}
	return dst, true
}

// plainName reports whether name begins with a letter, has nothing but letters, digits, and - and _ within its labels, and is short; and counts its dots.
func plainName(name string) (dots int, ok bool) {
	if name == "" || len(name) > maxLabel || name[0]|0x20 < 'a' || name[0]|0x20 > 'z' {
		return 0, false
	}
	last := byte('.')
	for i := 0; i < len(name); i++ {
		b := name[i]
		switch {
		case b|0x20 >= 'a' && b|0x20 <= 'z' || isDigit(b):
		case last == '.' || last == '-':
			return 0, false
		case b == '.':
			dots++
		case b != '-' && b != '_':
			return 0, false
		}
		last = b
	}
	return dots, last != '.' && last != '-'
}

// Names returns the names that AppendNames appends.
func (c *Conf) Names(name string) []string { return c.AppendNames(nil, name) }

// nextAsked returns the next choice that makes a question, while none exists.
func (p *plan) nextAsked() (choice, bool) {
	for {
		c, ok := p.next()
		switch {
		case !ok || c.fate == asked:
			return c, ok
		case p.libc == Glibc:
			if p.from == searching {
				p.leaveSearch()
			}
		case p.libc == Musl && !p.modern:
			p.stage = done
		}
	}
}
