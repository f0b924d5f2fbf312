package scheduler_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubealgo/kubealgo/scheduler"
)

func parseBudget(meta metav1.ObjectMeta, tokens string, facets []string) (*policyv1.PodDisruptionBudget, error) {
	number, selector, _ := strings.Cut(tokens, " ")
	if number == "" {
		number = "0"
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return nil, err
	}
	b := &policyv1.PodDisruptionBudget{ObjectMeta: meta}
	b.Status.DisruptionsAllowed = int32(n)
	if b.Spec.Selector, err = parseSelector(selector); err != nil {
		return nil, err
	}
	for _, f := range facets {
		if err := merge(f, b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// ask answers the questions that go beyond one decision.
func (w *world) ask(verb, rest string, facets []string) []string {
	limit := 0
	if verb == "howmany" {
		var number string
		var err error
		if number, rest, _ = strings.Cut(rest, " "); number != "" {
			limit, err = strconv.Atoi(number)
		}
		if err != nil || limit > 1000 {
			return []string{"syntax: howmany LIMIT POD"}
		}
	}
	pod, err := parsePod(rest, facets)
	if err != nil {
		return []string{"syntax: " + err.Error()}
	}
	s, err := scheduler.New(w.config)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	if verb == "howmany" {
		n, err := s.HowMany(w.cluster, pod, limit)
		if err != nil {
			return []string{"error: " + err.Error()}
		}
		return []string{fmt.Sprintf("%d fit", n)}
	}
	_, unfit := s.Schedule(w.cluster, pod)
	p, err := s.Preempt(w.cluster, pod)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	var fit *scheduler.FitError
	if !errors.As(unfit, &fit) {
		return []string{fmt.Sprintf("Preempt answers, though Schedule says %v", unfit)}
	}
	lines := []string{fit.Message(p)}
	if p.Node != "" {
		lines = append(lines, "evicts on "+p.Node)
	}
	for _, c := range p.Candidates {
		line := fmt.Sprintf("    %s: %d violations:", c.Node, c.Violations)
		for _, v := range c.Victims {
			line += fmt.Sprintf(" %s/%s of %d", v.Namespace, v.Name, v.Priority)
			if v.Violates {
				line += " (violates)"
			}
		}
		lines = append(lines, line)
	}
	for _, n := range p.Nodes {
		lines = append(lines, "    "+verdictLine(n.Node, n.Plugin, n.Code.String(), n.Reasons))
	}
	return lines
}
