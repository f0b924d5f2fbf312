package scheduler

import (
	"errors"
	"slices"
)

// ErrNoFork is the error of Commit and Revert without a Fork.
var ErrNoFork = errors.New("scheduler: no fork is open")

// A journal remembers what to undo, while forks are open.
type journal struct {
	undos []undo
	forks []int // length of undos at each open fork
}

// An undo takes one change back. Changes of pods are frequent and have forms
// of their own; fn is for the others.
type undo struct {
	kind undoKind
	pod  *pod
	fn   func()
}

type undoKind int

const (
	undoOther undoKind = iota
	undoPut
	undoTake
)

func (j *journal) open() bool { return len(j.forks) > 0 }

// note remembers the inverse of a rare change.
func (j *journal) note(fn func()) {
	if j.open() {
		j.undos = append(j.undos, undo{fn: fn})
	}
}

// Fork starts a what-if: all changes from here on can be taken back by Revert
// or kept by Commit. Forks nest. The cost of a fork is that of what changes in
// it.
func (c *Cluster) Fork() { c.journal.forks = append(c.journal.forks, len(c.journal.undos)) }

// Commit ends the innermost fork and keeps its changes, in the fork around it
// if there is one. Without a fork it returns ErrNoFork.
func (c *Cluster) Commit() error {
	j := &c.journal
	if !j.open() {
		return ErrNoFork
	}
	j.forks = j.forks[:len(j.forks)-1]
	if !j.open() {
		clear(j.undos)
		j.undos = j.undos[:0]
	}
	return nil
}

// Revert ends the innermost fork and takes its changes back. Decisions are then
// what they were before the fork. Without a fork it returns ErrNoFork.
func (c *Cluster) Revert() error {
	j := &c.journal
	if !j.open() {
		return ErrNoFork
	}
	mark := j.forks[len(j.forks)-1]
	forks := j.forks[:len(j.forks)-1]
	j.forks = nil // undoing is not remembered
	for i := len(j.undos) - 1; i >= mark; i-- {
		u := &j.undos[i]
		switch u.kind {
		case undoPut:
			c.take(u.pod)
			c.spare = append(c.spare, u.pod)
		case undoTake:
			c.put(u.pod)
		default:
			u.fn()
		}
		*u = undo{}
	}
	j.undos = j.undos[:mark]
	j.forks = forks
	return nil
}

// restore puts a node back into its place after it was removed or replaced.
func (c *Cluster) restore(n *node, at int) {
	c.slots[n.index] = n
	c.added = slices.Insert(c.added, at, n)
	c.attach(n)
	for _, p := range slices.Concat(n.pods, n.nominated) {
		p.node = n
	}
	c.promises += len(n.nominated)
}

// withdraw takes a node out of its place.
func (c *Cluster) withdraw(n *node) (at int) {
	c.detach(n)
	c.slots[n.index] = nil
	at = slices.Index(c.added, n)
	c.added = slices.Delete(c.added, at, at+1)
	c.promises -= len(n.nominated)
	c.log.reset()
	return at
}
