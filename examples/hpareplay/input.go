package main

import (
	"bytes"
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/hpa"
)

// readAutoscaler reads manifests with one autoscaler; other objects may stand beside it.
func readAutoscaler(source *command.Manifests, files *command.Files) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	docs, err := source.Read(files, demoAutoscaler)
	if err != nil {
		return nil, err
	}
	var found *autoscalingv2.HorizontalPodAutoscaler
	for _, d := range docs {
		if h, ok := d.Object.(*autoscalingv2.HorizontalPodAutoscaler); ok {
			if found != nil {
				return nil, fmt.Errorf("%v: %s and %s: want one HorizontalPodAutoscaler", source, found.Name, h.Name)
			}
			found = h
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%v: there is no HorizontalPodAutoscaler (autoscaling/v2)", source)
	}
	// what the cluster remembers of its own pods is not true of simulated ones
	found.Status = autoscalingv2.HorizontalPodAutoscalerStatus{}
	return found, nil
}

// model reads the load.
func (o *options) model(files *command.Files) (*hpa.Model, error) {
	text := demoLoad
	if o.load != "" {
		var err error
		if text, err = files.Read(o.load); err != nil {
			return nil, err
		}
	}
	read := hpa.ReadCSV
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		read = hpa.ReadPrometheus
	}
	series, err := read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("-load %s: %w", o.load, err)
	}
	return &hpa.Model{Load: series, Request: o.request, Capacity: o.capacity, Startup: o.startup, Replicas: int32(o.replicas), Explain: o.explain}, nil
}
