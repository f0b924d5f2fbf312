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
//
// The exit code is 0 when the question could be answered, 1 when the input cannot be used, 2 for wrong usage.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/internal/manifest"
	"github.com/kubealgo/kubealgo/qos/eviction"
)

//go:embed pod.yaml
var embeddedPod []byte

//go:embed pressure.yaml
var embeddedPods []byte

//go:embed summary.json
var embeddedSummary []byte

func main() { command.Main("node", run) }

// settings are the flags.
type settings struct {
	manifests               command.Manifests
	output, pressure, stats string
	report                  report
}

// parse returns nil where the help was asked for.
func parse(args []string, stdout io.Writer) (*settings, error) {
	s := &settings{report: report{options: cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}}}
	node := &s.report.options.Node
	var version, driver string
	flags := command.Flags("node")
	s.manifests.Define(flags)
	command.Choice(flags, &s.output, "o", "output", "table", "json")
	command.Choice(flags, &version, "cgroup", "version of the control groups", "2", "1")
	command.Choice(flags, &driver, "driver", "driver of the control groups", "systemd", "cgroupfs")
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
	command.Choice(flags, &s.pressure, "pressure", "rank the pods for eviction under pressure of", "", "memory", "nodefs", "imagefs", "inodes", "pid")
	flags.StringVar(&s.stats, "stats", "", "`FILE` with the kubelet's /stats/summary, for -pressure")
	if run, err := command.Parse(flags, args, stdout, "files are given with -f"); !run {
		return nil, err
	}
	if s.stats != "" && s.pressure == "" {
		return nil, command.Usagef("-stats %s: only -pressure heeds it", s.stats)
	}
	if version == "1" {
		s.report.options.Version = cgroups.V1
	}
	if driver == "cgroupfs" {
		s.report.driver = cgroups.Cgroupfs
	}
	return s, nil
}

// bytesOf reads a quantity above zero. Exponents, of which some take minutes, are
// no way to write one.
func bytesOf(text string) (int64, error) {
	if strings.Trim(text, "0123456789.KMGTPik") == "" && len(text) < 20 {
		if q, err := resource.ParseQuantity(text); err == nil && q.Value() > 0 {
			return q.Value(), nil
		}
	}
	return 0, errors.New("want a quantity above 0, such as 16Gi")
}

// run is the whole program.
func run(args []string, stdin io.Reader, stdout io.Writer) error {
	s, err := parse(args, stdout)
	if s == nil {
		return err
	}
	files := command.NewFiles(stdin)
	embedded := embeddedPod
	if s.pressure != "" {
		embedded = embeddedPods
	}
	docs, err := s.manifests.Read(files, embedded)
	if err != nil {
		return err
	}
	pods, err := podsOf(docs)
	if err != nil {
		return err
	}
	asJSON := s.output == "json"
	if s.pressure != "" {
		summary, err := s.summary(files)
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

// podsOf returns the pods of the manifests.
func podsOf(docs []manifest.Document) ([]*corev1.Pod, error) {
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

// summary returns the statistics of a file, the embedded ones for the embedded pods, or none.
func (s *settings) summary(files *command.Files) (*eviction.Summary, error) {
	text := []byte("{}")
	switch {
	case s.stats != "":
		var err error
		if text, err = files.Read(s.stats); err != nil {
			return nil, err
		}
	case len(s.manifests.Names) == 0:
		text = embeddedSummary
	}
	var out eviction.Summary
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("-stats %s: %w", s.stats, err)
	}
	return &out, nil
}
