package cluster

import (
	"flag"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/internal/manifest"
)

// A Source is where a cluster and its schedulers come from: the flags -f, -config,
// -prepare and -ignore-unknown-fields.
type Source struct {
	manifests command.Manifests
	config    string
	prepare   bool
}

// Define defines the flags.
func (s *Source) Define(fs *flag.FlagSet) {
	s.manifests.Define(fs)
	fs.StringVar(&s.config, "config", "", "`FILE` with a KubeSchedulerConfiguration (default: the default profile)")
	fs.BoolVar(&s.prepare, "prepare", false, "complete plain manifests as an API server would (priorities, host ports, matchLabelKeys)")
}

// Embedded reports whether the cluster is the embedded one.
func (s *Source) Embedded() bool { return len(s.manifests.Names) == 0 }

// Read returns the schedulers and the objects of the cluster.
func (s *Source) Read(files *command.Files) (Profiles, []manifest.Document, error) {
	profiles, err := ReadProfiles(s.config, files)
	if err != nil {
		return nil, nil, err
	}
	var docs []manifest.Document
	if s.Embedded() {
		docs, err = Demo()
	} else {
		docs, err = s.manifests.Read(files, nil)
	}
	if err == nil && s.prepare {
		docs, err = Prepare(docs)
	}
	return profiles, docs, err
}
