// Package labels matches, validates and reasons about Kubernetes labels: selectors as text, as metav1.LabelSelector and
// as node selector terms, exactly as Kubernetes v1.36.3 reads them, down to the texts of errors.
//
// # Model
//
// A [Selector] is a conjunction of [Requirement] values, each a condition on one key. A [NodeSelector] is a disjunction of
// [NodeTerm] values, each a conjunction of requirements on a node's labels and fields. All are compiled once, immutable,
// safe for concurrent use, and match without allocating. When a match fails, Mismatches says which requirement failed and
// what was there instead.
//
//	s, err := labels.Parse("app=web,tier in (front,edge)")
//	ok := s.Matches(pod.Labels)
//
// # Algebra
//
// As keys are independent of each other, a conjunction says for each key which states it may be in: absent, or one of a
// set of values. Sets of values are represented exactly, integer intervals of Gt and Lt with all their spellings included,
// so that [Selector.Satisfiable], [Selector.Overlap], [Selector.Implies] and [Selector.Simplify] are exact and cost a walk
// over the requirements. Positive answers come with a witness: a label set that proves them. They speak of valid label
// sets, those an API server accepts. For node selectors, overlap is exact too; implication is a search with a budget
// ([NodeSelector.Implies]).
//
// # Indexes
//
// An [Index] answers which objects a selector matches, a [SelectorIndex] which selectors match an object, both under
// changes and without scanning.
//
// # Upstream
//
// Reproduced: k8s.io/apimachinery/pkg/labels, fields, util/validation, apis/meta/v1 and its validation, and
// k8s.io/component-helpers/scheduling/corev1/nodeaffinity, all v0.36.3, and the topology selectors of
// k8s.io/kubernetes/pkg/apis/core/v1/helper v1.36.3. internal/conformance/labels compares on random and
// hostile input; testdata holds recorded answers.
//
// # Divergences
//
//  1. [Parse] refuses NUL bytes, which upstream's lexer takes for the end of the input or skips. ParseOptions.UpstreamNUL
//     does as upstream does (TestParseUpstreamNUL).
//  2. Where upstream walks a map, [FromLabelSelector], [Validate] and their like walk it by key, so that of several errors
//     in one map it is always the same that is first (TestValidateSet).
//  3. A nil node selector matches nothing; upstream panics (TestNil).
//  4. [Format] of a set and everything else is upstream's; [Nothing] prints as "", as upstream's does, and therefore does
//     not parse back (TestZeroValues).
package labels
