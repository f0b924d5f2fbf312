package cgroups_test

import (
	"testing"

	"github.com/kubealgo/kubealgo/cgroups"
	"github.com/kubealgo/kubealgo/internal/podtext"
)

const benchPod = "container a cpu=250m/500m mem=128Mi/256Mi; container b cpu=250m/500m mem=128Mi/256Mi"

func BenchmarkContainer(b *testing.B) {
	pod := podtext.Pod(benchPod)
	o := cgroups.Options{Node: cgroups.Node{Memory: 8 << 30}}
	b.ReportAllocs()
	for b.Loop() {
		cgroups.Container(pod, &pod.Spec.Containers[0], o)
	}
}

func BenchmarkPod(b *testing.B) {
	pod := podtext.Pod(benchPod)
	b.ReportAllocs()
	for b.Loop() {
		cgroups.Pod(pod, cgroups.Options{})
	}
}

func BenchmarkFiles(b *testing.B) {
	pod := podtext.Pod(benchPod)
	r := cgroups.Pod(pod, cgroups.Options{})
	b.ReportAllocs()
	for b.Loop() {
		r.Files(cgroups.V2)
	}
}

func BenchmarkRead(b *testing.B) {
	files := cgroups.FileMap(cgroups.Pod(podtext.Pod(benchPod), cgroups.Options{}).Files(cgroups.V2))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = cgroups.Read(files, cgroups.ReadOptions{Level: cgroups.PodLevel})
	}
}
