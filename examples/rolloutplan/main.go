// Rolloutplan answers, before a rollout is started: how much quota does it need, how low does availability go, how long does
// it take, and can it get stuck?
//
//	rolloutplan                                   the built-in example
//	rolloutplan -f old.yaml -to new.yaml          from one manifest to another
//	rolloutplan -f old.yaml -to new.yaml -svg plan.svg
//	rolloutplan -broken -undo 2m                  a template that never gets ready, undone after two minutes
//	kubectl get deploy,rs -o yaml | rolloutplan -f - -to-revision 3
//	                                              kubectl rollout undo --to-revision 3; 0 is the one before
//	rolloutplan -f job.yaml -run 5m               a Job from its creation to its end, with pods that run five minutes
//
// A manifest holds one Deployment, StatefulSet, DaemonSet or Job, and for a DaemonSet the nodes. Without -to, the rollout is
// one of a new image of the first container; a Job is created. The pods of a Job succeed; with -broken they fail.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/rollout"
)

//go:embed before.yaml
var before []byte

//go:embed after.yaml
var after []byte

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rolloutplan:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	from, to, svg, output string
	startup, stop, undo   time.Duration
	run                   time.Duration
	broken                bool
	quota                 int
	revision              int64
}

// parse returns nil where the help was asked for.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{}
	fs := flag.NewFlagSet("rolloutplan", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.from, "f", "", "manifest of what runs now; - for standard input")
	fs.StringVar(&o.to, "to", "", "manifest of what is to run")
	fs.StringVar(&o.svg, "svg", "", "file to write a picture of the timeline to")
	fs.StringVar(&o.output, "o", "table", "output: table or json")
	fs.DurationVar(&o.startup, "startup", 10*time.Second, "time from a pod's creation until it is ready")
	fs.DurationVar(&o.stop, "stop", 5*time.Second, "time that a pod terminates")
	fs.DurationVar(&o.run, "run", time.Minute, "time that a pod of a Job runs")
	fs.DurationVar(&o.undo, "undo", 0, "undo the rollout after this time")
	fs.Int64Var(&o.revision, "to-revision", -1, "plan the undo to this revision, found among the ReplicaSets or ControllerRevisions of -f; 0 for the one before")
	fs.BoolVar(&o.broken, "broken", false, "pods of the new template never become ready")
	fs.IntVar(&o.quota, "quota", 0, "quota of pods; 0 for none")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(stdout)
		fs.Usage()
		return nil, nil
	case err != nil:
		return nil, err
	case o.output != "table" && o.output != "json":
		return nil, fmt.Errorf("-o %q: want table or json", o.output)
	case fs.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return o, nil
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if o == nil {
		return err
	}
	s, err := scenario(o, stdin)
	if err != nil {
		return err
	}
	plan, err := rollout.Simulate(*s)
	if err != nil {
		return err
	}
	if o.svg != "" {
		if err := os.WriteFile(o.svg, drawing(title(s), plan, s.Quota), 0o644); err != nil {
			return err
		}
	}
	if o.output == "json" {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(plan)
	}
	return table(stdout, s, plan)
}

// scenario reads the manifests.
func scenario(o *options, stdin io.Reader) (*rollout.Scenario, error) {
	now, err := read(o.from, before, stdin)
	if err != nil {
		return nil, err
	}
	from := now.workload
	s := &rollout.Scenario{From: from, Nodes: now.nodes, Startup: o.startup, Stop: o.stop, Run: o.run}
	if isJob(from) && o.undo > 0 {
		return nil, errors.New("-undo: a Job has no revisions")
	}
	var to *objects
	switch {
	case o.revision >= 0:
		s.To, err = now.undone(o.revision)
	case o.to != "" || o.from == "":
		if to, err = read(o.to, after, stdin); err == nil {
			s.To, s.Nodes = to.workload, slices.Concat(now.nodes, to.nodes)
		}
	case isJob(from):
		s.From, s.To = nil, from
	default:
		s.To = newImage(from)
	}
	if err == nil {
		err = validate(s.To)
	}
	if err != nil {
		return nil, err
	}
	if o.broken {
		old := podTemplate(s.From).Spec.Containers
		s.Broken = func(t *corev1.PodTemplateSpec) bool { return !sameImages(old, t.Spec.Containers) }
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

func sameImages(a, b []corev1.Container) bool {
	return slices.EqualFunc(a, b, func(x, y corev1.Container) bool { return x.Image == y.Image })
}

// objects are those of a manifest that matter here.
type objects struct {
	workload  runtime.Object
	nodes     []*corev1.Node
	sets      []*appsv1.ReplicaSet
	revisions []*appsv1.ControllerRevision
}

// read reads one workload, any nodes and the workload's history from a file.
func read(path string, builtin []byte, stdin io.Reader) (*objects, error) {
	out := &objects{}
	in := io.Reader(bytes.NewReader(builtin))
	switch path {
	case "":
		path = "built-in manifest"
	case "-":
		in = stdin
	default:
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(text)
	}
	docs, err := manifest.Decode(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, d := range docs {
		switch w := d.Object.(type) {
		case *appsv1.Deployment, *appsv1.StatefulSet, *appsv1.DaemonSet, *batchv1.Job:
			if out.workload != nil {
				return nil, fmt.Errorf("%s: more than one workload", path)
			}
			out.workload = d.Object
		case *corev1.Node:
			out.nodes = append(out.nodes, w)
		case *appsv1.ReplicaSet:
			out.sets = append(out.sets, w)
		case *appsv1.ControllerRevision:
			out.revisions = append(out.revisions, w)
		}
	}
	if out.workload == nil {
		return nil, fmt.Errorf("%s: no Deployment, StatefulSet, DaemonSet or Job", path)
	}
	if len(podTemplate(out.workload).Spec.Containers) == 0 {
		return nil, errors.New(path + ": the template has no containers")
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

// title names the workload.
func title(s *rollout.Scenario) string {
	return s.To.GetObjectKind().GroupVersionKind().Kind + " " + s.To.(metav1.Object).GetName()
}

// table prints the timeline and the answers.
func table(out io.Writer, s *rollout.Scenario, plan rollout.Timeline) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\n\n", title(s))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
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
