package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/hpa"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

// read returns the text of a file, of stdin for -, or the embedded one for no name.
func read(name, embedded string, stdin io.Reader) ([]byte, error) {
	switch name {
	case "":
		return []byte(embedded), nil
	case "-":
		return io.ReadAll(stdin)
	default:
		return os.ReadFile(name)
	}
}

// readAutoscaler reads a file with one autoscaler; other objects may stand beside it.
func readAutoscaler(name string, stdin io.Reader) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	text, err := read(name, demoAutoscaler, stdin)
	if err != nil {
		return nil, err
	}
	docs, err := manifest.Options{IgnoreUnknownFields: true}.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var found *autoscalingv2.HorizontalPodAutoscaler
	for _, d := range docs {
		if h, ok := d.Object.(*autoscalingv2.HorizontalPodAutoscaler); ok {
			if found != nil {
				return nil, fmt.Errorf("%s: %s and %s: want one HorizontalPodAutoscaler", name, found.Name, h.Name)
			}
			found = h
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: there is no HorizontalPodAutoscaler (autoscaling/v2)", name)
	}
	// what the cluster remembers of its own pods is not true of simulated ones
	found.Status = autoscalingv2.HorizontalPodAutoscalerStatus{}
	return found, nil
}

// model reads the load.
func (o *options) model(stdin io.Reader) (*hpa.Model, error) {
	text, err := read(o.load, demoLoad, stdin)
	if err != nil {
		return nil, err
	}
	readers := hpa.ReadCSV
	if strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		readers = hpa.ReadPrometheus
	}
	series, err := readers(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	m := &hpa.Model{Load: series, Request: o.request, Capacity: o.capacity, Startup: o.startup, Replicas: int32(o.replicas)}
	if o.explain != "" {
		if m.Explain, err = time.Parse(time.RFC3339, o.explain); err != nil {
			return nil, usageError{fmt.Errorf("-explain %q: want a time such as 2026-06-01T14:30:00Z", o.explain)}
		}
	}
	return m, nil
}
