// Command node shows what a node makes of a pod's requests and limits: the class and why, the OOM scores, and the control
// groups with their files; or, under pressure, which pod goes first.
//
//	go run ./examples/node                                      the embedded pod
//	go run ./examples/node -f deployment.yaml -cgroup 1 -driver cgroupfs
//	kubectl get pods -A -o yaml | go run ./examples/node -f - -o json
//	kubectl get pods -A -o yaml | go run ./examples/node -f - -pressure memory -stats summary.json
//
// The statistics are those of a kubelet: kubectl get --raw /api/v1/nodes/NAME/proxy/stats/summary. Without them all pods count
// as not measured, and only priority decides. Manifests get the defaults of the API server first, so that limits alone
// make a pod Guaranteed; the templates of workloads count as pods.
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

	corev1 "k8s.io/api/core/v1"

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

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("f", "", "`FILE` with pods or workloads, - for stdin; by default an embedded example")
	output := flags.String("o", "text", "text or json")
	version := flags.Int("cgroup", 2, "version of the control groups, 1 or 2")
	driver := flags.String("driver", "systemd", "systemd or cgroupfs")
	memory := flags.Int64("memory", 8<<30, "memory of the node in `BYTES`")
	pressure := flags.String("pressure", "", "rank for eviction by memory, nodefs, imagefs, inodes or pid")
	stats := flags.String("stats", "", "`FILE` with the kubelet's /stats/summary, for -pressure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r := report{options: cgroups.Options{Node: cgroups.Node{Memory: *memory}}}
	switch *version {
	case 1:
		r.options.Version = cgroups.V1
	case 2:
	default:
		return fmt.Errorf("-cgroup %d: want 1 or 2", *version)
	}
	switch *driver {
	case "systemd":
	case "cgroupfs":
		r.driver = cgroups.Cgroupfs
	default:
		return fmt.Errorf("-driver %s: want systemd or cgroupfs", *driver)
	}
	if *output != "text" && *output != "json" {
		return fmt.Errorf("-o %s: want text or json", *output)
	}
	embedded := embeddedPod
	if *pressure != "" {
		embedded = embeddedPods
	}
	pods, err := read(*file, embedded, stdin)
	if err != nil {
		return err
	}
	if *pressure != "" {
		summary, err := readSummary(*stats, *file)
		if err != nil {
			return err
		}
		return rank(pods, summary, *pressure, *output == "json", stdout)
	}
	if err := r.add(pods); err != nil {
		return err
	}
	if *output == "json" {
		return r.json(stdout)
	}
	return r.text(stdout)
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
