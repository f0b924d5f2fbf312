// Command node shows what a node makes of a pod's requests and limits: the class and why, the OOM scores, and the control
// groups with their files; or, under pressure, which pod goes first.
//
//	go run ./examples/node                                      the embedded pod
//	go run ./examples/node -f deployment.yaml -cgroup 1 -driver cgroupfs
//	kubectl get pods -A -o yaml | go run ./examples/node -f - -o json
//	kubectl get pods -A -o yaml | go run ./examples/node -f - -pressure memory -stats summary.json
//
// The statistics are those of a kubelet: kubectl get --raw /api/v1/nodes/NAME/proxy/stats/summary. Without them all pods count
// as not measured, and only priority decides. Pods are ranked per node; those that have finished are left out.
//
// Manifests get the defaults of the API server first, so that limits alone make a pod Guaranteed; the templates of workloads
// count as pods. A pod without UID has the group podUID. As JSON, one pod is an object and several are a list.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

//go:embed pod.yaml
var embeddedPod []byte

//go:embed pressure.yaml
var embeddedPods []byte

//go:embed summary.json
var embeddedSummary []byte

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	file, output, pressure, stats string
	report                        report
}

func parse(args []string, stdout io.Writer) (*settings, error) {
	s := &settings{report: report{options: cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}}}
	node := &s.report.options.Node
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.file, "f", "", "`FILE` with pods or workloads, - for stdin; by default an embedded example")
	flags.StringVar(&s.output, "o", "text", "text or json")
	version := flags.Int("cgroup", 2, "version of the control groups, 1 or 2")
	driver := flags.String("driver", "systemd", "systemd or cgroupfs")
	flags.Func("memory", "memory of the node, a `QUANTITY` (default 8Gi)", func(text string) (err error) {
		node.Memory, err = bytesOf(text)
		return err
	})
	flags.Func("hugepages", "`SIZES` of huge pages that the node has, such as 2Mi,1Gi (default none)", func(text string) error {
		for size := range strings.SplitSeq(text, ",") {
			bytes, err := bytesOf(size)
			if err != nil {
				return err
			}
			node.HugePageSizes = append(node.HugePageSizes, bytes)
		}
		return nil
	})
	flags.StringVar(&s.pressure, "pressure", "", "rank for eviction by memory, nodefs, imagefs, inodes or pid")
	flags.StringVar(&s.stats, "stats", "", "`FILE` with the kubelet's /stats/summary, for -pressure")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.Usage()
		return nil, nil
	case err != nil:
		return nil, err
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q; manifests are given with -f", flags.Arg(0))
	case s.output != "text" && s.output != "json":
		return nil, fmt.Errorf("-o %s: want text or json", s.output)
	}
	switch *version {
	case 1:
		s.report.options.Version = cgroups.V1
	case 2:
	default:
		return nil, fmt.Errorf("-cgroup %d: want 1 or 2", *version)
	}
	switch *driver {
	case "systemd":
	case "cgroupfs":
		s.report.driver = cgroups.Cgroupfs
	default:
		return nil, fmt.Errorf("-driver %s: want systemd or cgroupfs", *driver)
	}
	return s, nil
}

// bytesOf reads a quantity above zero.
func bytesOf(text string) (int64, error) {
	if q, err := resource.ParseQuantity(text); err == nil && len(text) < 20 && q.Value() > 0 {
		return q.Value(), nil
	}
	return 0, errors.New("want a quantity above 0, such as 16Gi")
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	s, err := parse(args, stdout)
	if s == nil {
		return err
	}
	embedded := embeddedPod
	if s.pressure != "" {
		embedded = embeddedPods
	}
	pods, err := read(s.file, embedded, stdin)
	if err != nil {
		return err
	}
	asJSON := s.output == "json"
	if s.pressure != "" {
		summary, err := readSummary(s.stats, s.file)
		if err != nil {
			return err
		}
		return rank(pods, summary, s.pressure, asJSON, stdout)
	}
	if err := s.report.add(pods); err != nil {
		return err
	}
	if asJSON {
		return s.report.json(stdout)
	}
	return s.report.text(stdout)
}

// read returns the pods of a file, of stdin, or embedded ones.
func read(file string, embedded []byte, stdin io.Reader) ([]*corev1.Pod, error) {
	in := io.Reader(bytes.NewReader(embedded))
	switch file {
	case "":
	case "-":
		in = stdin
	default:
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	docs, err := manifest.Options{IgnoreUnknownFields: true}.Decode(in)
	if err != nil {
		return nil, err
	}
	var pods []*corev1.Pod
	for _, d := range docs {
		if pod := podOf(d.Object); pod != nil {
			pods = append(pods, pod)
		}
	}
	if len(pods) == 0 {
		return nil, errors.New("no pod and no workload with a pod template in the manifests")
	}
	return pods, nil
}

// readSummary returns the statistics of a file, the embedded ones for the embedded pods, or none.
func readSummary(stats, file string) (*eviction.Summary, error) {
	b := []byte("{}")
	switch {
	case stats != "":
		var err error
		if b, err = os.ReadFile(stats); err != nil {
			return nil, err
		}
	case file == "":
		b = embeddedSummary
	}
	var s eviction.Summary
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("-stats %s: %w", stats, err)
	}
	return &s, nil
}
