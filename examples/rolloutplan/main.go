// Command rolloutplan answers, before a rollout is started: how much quota does it need, how low does availability go, how long does
// it take, and can it get stuck?
//
//	go run ./examples/rolloutplan                                   the embedded example
//	go run ./examples/rolloutplan -f old.yaml -to new.yaml          from one manifest to another
//	go run ./examples/rolloutplan -f old.yaml -to new.yaml -svg plan.svg
//	go run ./examples/rolloutplan -broken -undo 2m                  containers that never get ready, undone after two minutes
//	kubectl get deploy,rs -l app=web -o yaml | go run ./examples/rolloutplan -f - -to-revision 3
//	                                                                kubectl rollout undo --to-revision 3; 0 is the one before
//	go run ./examples/rolloutplan -f job.yaml -run 5m               a Job from its creation to its end; pods run five minutes
//
// A manifest holds one Deployment, StatefulSet, DaemonSet or Job, and for a DaemonSet the nodes. Without -to, the rollout is
// one of a new image of the first container; a Job is created. The pods of a Job succeed; with -broken they fail.
//
// The exit code is 0 when the rollout could be played, even where it gets stuck, 1 when the input cannot be used, 2 for wrong
// usage.
package main

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/rollout"
)

//go:embed before.yaml
var before []byte

//go:embed after.yaml
var after []byte

func main() { command.Main("rolloutplan", run) }

// options are the command line.
type options struct {
	manifests           command.Manifests
	to, svg, output     string
	startup, stop, undo time.Duration
	run                 time.Duration
	broken              bool
	quota, revision     int
}

// The bounds of times. That of a thousand pods one after the other is no overflow;
// and none at all would stand for a default.
const (
	shortest = time.Nanosecond
	longest  = 30 * 24 * time.Hour
)

// parse returns nil where the help was asked for.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{startup: 10 * time.Second, stop: 5 * time.Second, run: time.Minute, revision: -1}
	flags := command.Flags("rolloutplan")
	o.manifests.Define(flags)
	flags.StringVar(&o.to, "to", "", "`FILE` with the manifest of what is to run, - for stdin")
	flags.StringVar(&o.svg, "svg", "", "`FILE` to write a picture of the timeline to")
	command.Choice(flags, &o.output, "o", "output", "table", "json")
	command.Duration(flags, &o.startup, "startup", shortest, longest, "time from a pod's creation until it is ready")
	command.Duration(flags, &o.stop, "stop", 0, longest, "time that a pod terminates")
	command.Duration(flags, &o.run, "run", shortest, longest, "time that a pod of a Job runs")
	command.Duration(flags, &o.undo, "undo", shortest, longest, "undo the rollout after this time (default: never)")
	command.Int(flags, &o.revision, "to-revision", 0, math.MaxInt, "plan the undo to this revision, found among the ReplicaSets or ControllerRevisions of -f; 0 for the one before (default: no undo)")
	flags.BoolVar(&o.broken, "broken", false, "pods of the new template never become ready")
	command.Int(flags, &o.quota, "quota", 1, 1_000_000_000, "quota of pods (default: none)")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return nil, err
	}
	if o.to != "" && o.revision >= 0 {
		return nil, command.Usagef("-to %s, -to-revision %d: only one of them can say what is to run", o.to, o.revision)
	}
	return o, nil
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if o == nil {
		return err
	}
	s, err := scenario(o, command.NewFiles(stdin))
	if err != nil {
		return err
	}
	plan, err := rollout.Simulate(*s)
	if err != nil {
		return err
	}
	if o.svg != "" {
		if err := os.WriteFile(o.svg, drawing(s, plan), 0o644); err != nil {
			return err
		}
	}
	if o.output == "json" {
		return command.JSON(stdout, plan)
	}
	return table(stdout, s, plan)
}

// scenario reads the manifests.
func scenario(o *options, files *command.Files) (*rollout.Scenario, error) {
	now, err := read(&o.manifests, files, before)
	if err != nil {
		return nil, err
	}
	from, source := now.workload, &o.manifests
	s := &rollout.Scenario{From: from, Nodes: now.nodes, Startup: o.startup, Stop: o.stop, Run: o.run}
	s.Until = max(7*24*time.Hour, 1000*(o.startup+o.stop+o.run)) // time enough not to take slow pods for stuck ones
	if isJob(from) && o.undo > 0 {
		return nil, command.Usagef("-undo: a Job has no revisions")
	}
	switch {
	case o.revision >= 0:
		s.To, err = now.undone(int64(o.revision))
	case o.to != "" || len(o.manifests.Names) == 0:
		source = o.manifests.Other(o.to)
		var to *objects
		if to, err = read(source, files, after); err == nil {
			s.To, s.Nodes = to.workload, slices.Concat(now.nodes, to.nodes)
		}
	case isJob(from):
		s.From, s.To = nil, from
	default:
		s.To = newImage(from)
	}
	if err != nil {
		return nil, err
	}
	if a, b := title(from), title(s.To); a != b {
		return nil, fmt.Errorf("%v: %s: want %s, as in %v", source, b, a, &o.manifests)
	}
	if _, ok := from.(*appsv1.DaemonSet); ok && len(s.Nodes) == 0 {
		return nil, fmt.Errorf("%v: %s needs nodes, and there are none", &o.manifests, title(from))
	}
	if o.broken {
		old := podTemplate(s.From).Spec.Containers
		if equality.Semantic.DeepEqual(old, podTemplate(s.To).Spec.Containers) {
			return nil, errors.New("-broken: the rollout changes no container that could break")
		}
		s.Broken = func(t *corev1.PodTemplateSpec) bool { return !equality.Semantic.DeepEqual(old, t.Spec.Containers) }
	}
	if o.undo > 0 {
		s.Steps = []rollout.Step{{At: o.undo, To: s.From}}
	}
	if o.quota > 0 {
		s.Quota = corev1.ResourceList{corev1.ResourcePods: *resource.NewQuantity(int64(o.quota), resource.DecimalSI)}
	}
	return s, nil
}

// validate reports the mistakes in a strategy as the API server would.
func validate(o runtime.Object) error {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return rollout.ValidateDeployment(w).ToAggregate()
	case *appsv1.StatefulSet:
		return rollout.ValidateStatefulSet(w).ToAggregate()
	case *appsv1.DaemonSet:
		return rollout.ValidateDaemonSet(w).ToAggregate()
	case *batchv1.Job:
		return rollout.ValidateJob(w).ToAggregate()
	}
	return nil
}

// objects are those of a manifest that matter here.
type objects struct {
	workload  runtime.Object
	nodes     []*corev1.Node
	sets      []*appsv1.ReplicaSet
	revisions []*appsv1.ControllerRevision
}

// read reads one valid workload, any nodes and the workload's history.
func read(source *command.Manifests, files *command.Files, embedded []byte) (*objects, error) {
	docs, err := source.Read(files, embedded)
	if err != nil {
		return nil, err
	}
	out := &objects{}
	for _, d := range docs {
		switch w := d.Object.(type) {
		case *appsv1.Deployment, *appsv1.StatefulSet, *appsv1.DaemonSet, *batchv1.Job:
			if out.workload != nil {
				return nil, fmt.Errorf("%v: %s and %s: want one workload", source, title(out.workload), title(w))
			}
			out.workload = w
		case *corev1.Node:
			out.nodes = append(out.nodes, w)
		case *appsv1.ReplicaSet:
			out.sets = append(out.sets, w)
		case *appsv1.ControllerRevision:
			out.revisions = append(out.revisions, w)
		}
	}
	if out.workload == nil {
		return nil, fmt.Errorf("%v: there is no Deployment, StatefulSet, DaemonSet or Job", source)
	}
	if len(podTemplate(out.workload).Spec.Containers) == 0 {
		return nil, fmt.Errorf("%v: %s: spec.template.spec.containers: want at least one", source, title(out.workload))
	}
	if err := validate(out.workload); err != nil {
		return nil, fmt.Errorf("%v: %s: %w", source, title(out.workload), err)
	}
	return out, nil
}

// undone is the workload after kubectl rollout undo to a revision.
func (o *objects) undone(revision int64) (runtime.Object, error) {
	switch w := o.workload.(type) {
	case *appsv1.Deployment:
		u, err := rollout.UndoDeployment(w, o.sets, revision)
		return edited(u.Object, u.Message, err)
	case *appsv1.StatefulSet:
		u, err := rollout.UndoStatefulSet(w, o.revisions, revision)
		return edited(u.Object, u.Message, err)
	case *appsv1.DaemonSet:
		u, err := rollout.UndoDaemonSet(w, o.revisions, revision)
		return edited(u.Object, u.Message, err)
	}
	return nil, errors.New("-to-revision: a Job has no revisions")
}

// edited is the edited workload; without an edit there is nothing to plan.
func edited[W interface {
	comparable
	runtime.Object
}](w W, message string, err error) (runtime.Object, error) {
	var none W
	if err != nil || w != none {
		return w, err
	}
	return nil, errors.New(message)
}

// podTemplate is the template of a workload.
func podTemplate(o runtime.Object) *corev1.PodTemplateSpec {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	case *appsv1.DaemonSet:
		return &w.Spec.Template
	case *batchv1.Job:
		return &w.Spec.Template
	}
	return &corev1.PodTemplateSpec{}
}

// newImage is the workload with another image.
func newImage(o runtime.Object) runtime.Object {
	out := o.DeepCopyObject()
	podTemplate(out).Spec.Containers[0].Image += "-next"
	return out
}

// title names a workload.
func title(o runtime.Object) string {
	m := o.(metav1.Object)
	return o.GetObjectKind().GroupVersionKind().Kind + " " + m.GetNamespace() + "/" + m.GetName()
}

// table prints the timeline and the answers.
func table(out io.Writer, s *rollout.Scenario, plan rollout.Timeline) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\n\n", title(s.To))
	tw := command.Table(w)
	if isJob(s.To) {
		jobRows(tw, plan)
	} else {
		fmt.Fprintln(tw, "TIME\tOLD\tNEW\tREADY\tAVAILABLE\tTERMINATING\tPODS\tWHAT HAPPENS")
		for _, s := range plan.Samples {
			fmt.Fprintf(tw, "%v\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", s.At, s.Old, s.New, s.Ready, s.Available, s.Terminating, s.Pods(), s.Note)
		}
	}
	tw.Flush()
	sum := plan.Summary
	fmt.Fprintf(w, "\nquota needed   %d pods%s\n", sum.PeakPods, requests(sum.PeakRequests))
	if !isJob(s.To) {
		fmt.Fprintf(w, "lowest         %d available\n", sum.MinAvailable)
	}
	if plan.Wedge == nil {
		fmt.Fprintf(w, "done after     %v\n", sum.Duration)
	} else {
		fmt.Fprintf(w, "STUCK          at %s: %s\nremedy         %s\n", plan.Wedge.Rule, plan.Wedge.Why, plan.Wedge.Remedy)
	}
	return w.Flush()
}

// requests prints a list of resources in the order of their names.
func requests(l corev1.ResourceList) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l)) {
		q := l[name]
		fmt.Fprintf(&b, ", %s %s", q.String(), name)
	}
	return b.String()
}
