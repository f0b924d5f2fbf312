package hpa

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Summary says how well an autoscaler served a load, and at what price. Every pass stands for the interval after it.
type Summary struct {
	// Duration is the time that was played.
	Duration time.Duration `json:"duration"`
	// ReplicaHours is the size asked for, over time: the price.
	ReplicaHours float64 `json:"replicaHours"`
	// AboveTarget is the time in which a metric was above its target by more than the tolerance.
	AboveTarget time.Duration `json:"aboveTarget"`
	// Ups and Downs count the changes of the size, Reversals those that go the other way than the one before.
	Ups       int `json:"ups"`
	Downs     int `json:"downs"`
	Reversals int `json:"reversals"`
	// Lowest and Highest are the smallest and the largest size.
	Lowest  int32 `json:"lowest"`
	Highest int32 `json:"highest"`
	// Failed counts the passes that ended with an error.
	Failed int `json:"failed"`
}

func summarize(steps []RunStep, interval time.Duration, tolerance float64) (s Summary) {
	last := 0 // the direction of the last change
	var replicas int64
	for i := range steps {
		step := &steps[i]
		s.Duration += interval
		replicas += int64(step.Desired)
		if float64(step.Pressure) > 1.0+tolerance {
			s.AboveTarget += interval
		}
		if step.Failed {
			s.Failed++
		}
		direction := 0
		switch {
		case step.Desired > step.Replicas:
			s.Ups++
			direction = 1
		case step.Desired < step.Replicas:
			s.Downs++
			direction = -1
		}
		if direction != 0 {
			if direction == -last {
				s.Reversals++
			}
			last = direction
		}
		if i == 0 {
			s.Lowest, s.Highest = step.Desired, step.Desired
		}
		s.Lowest, s.Highest = min(s.Lowest, step.Desired), max(s.Highest, step.Desired)
	}
	s.ReplicaHours = float64(replicas) * interval.Hours()
	return s
}

// Table sets summaries side by side, one column each under its name.
func Table(names []string, summaries []Summary) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(label string, cell func(*Summary) string) {
		fmt.Fprint(w, label, "\t")
		for i := range summaries {
			fmt.Fprint(w, cell(&summaries[i]), "\t")
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\t", strings.Join(names, "\t"), "\t\n")
	row("replica-hours", func(s *Summary) string { return fmt.Sprintf("%.1f", s.ReplicaHours) })
	row("above target", func(s *Summary) string { return s.AboveTarget.String() })
	row("scale-ups", func(s *Summary) string { return fmt.Sprint(s.Ups) })
	row("scale-downs", func(s *Summary) string { return fmt.Sprint(s.Downs) })
	row("reversals", func(s *Summary) string { return fmt.Sprint(s.Reversals) })
	row("smallest", func(s *Summary) string { return fmt.Sprint(s.Lowest) })
	row("largest", func(s *Summary) string { return fmt.Sprint(s.Highest) })
	row("failed passes", func(s *Summary) string { return fmt.Sprint(s.Failed) })
	w.Flush()
	return b.String()
}
