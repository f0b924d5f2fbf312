package main

import (
	"fmt"
	"io"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/rollout"
)

func isJob(o runtime.Object) bool {
	_, ok := o.(*batchv1.Job)
	return ok
}

// jobRows prints the timeline of a Job, which knows no old and new pods but counts those that have ended.
func jobRows(w io.Writer, plan rollout.Timeline) {
	fmt.Fprintln(w, "TIME\tACTIVE\tREADY\tTERMINATING\tSUCCEEDED\tFAILED\tWHAT HAPPENS")
	for _, s := range plan.Samples {
		fmt.Fprintf(w, "%v\t%d\t%d\t%d\t%d\t%d\t%s\n", s.At, s.New, s.Ready, s.Terminating, s.Succeeded, s.Failed, s.Note)
	}
}
