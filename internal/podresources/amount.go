package podresources

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// amount is a quantity that may be absent, which differs from zero.
type amount struct {
	quantity resource.Quantity
	present  bool
}

// read makes the amount what a list holds of a name. It shares digits with the
// list: it may be added to others, nothing may be added to it.
func (a *amount) read(list corev1.ResourceList, name corev1.ResourceName) {
	a.quantity, a.present = list[name]
}

// add adds b, if it is there.
func (a *amount) add(b *amount) {
	switch {
	case !b.present:
	case a.present:
		a.quantity.Add(b.quantity)
	default:
		// Not zero plus b: how a number beyond 64 bits is held decides to
		// what it overflows.
		a.present = true
		a.quantity = b.quantity.DeepCopy()
	}
}

// raise sets the amount to b, if that is there and larger.
func (a *amount) raise(b *amount) {
	larger := b.quantity // a copy: to compare changes how a number is held, and b may be added up further
	if b.present && (!a.present || larger.Cmp(a.quantity) > 0) {
		a.quantity, a.present = larger.DeepCopy(), true
	}
}
