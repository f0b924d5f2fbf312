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

// set makes the amount a copy of what a list holds of a name.
func (a *amount) set(list corev1.ResourceList, name corev1.ResourceName) {
	var own resource.Quantity
	if own, a.present = list[name]; a.present {
		a.quantity = own.DeepCopy()
	}
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
		a.quantity, a.present = b.quantity.DeepCopy(), true
	}
}

// raise sets the amount to b, if that is there and larger.
func (a *amount) raise(b *amount) {
	if b.present && (!a.present || b.quantity.Cmp(a.quantity) > 0) {
		a.quantity, a.present = b.quantity.DeepCopy(), true
	}
}
