// Package labels matches Kubernetes labels: selectors as text, as metav1.LabelSelector and as node selector
// terms, exactly as Kubernetes v1.36.3 reads them.
package labels
