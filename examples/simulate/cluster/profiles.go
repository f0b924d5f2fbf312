package cluster

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/scheduler"
)

// Profiles are the schedulers of a cluster by the name with which pods ask for
// them in spec.schedulerName.
type Profiles map[string]*scheduler.Scheduler

// ReadProfiles reads a KubeSchedulerConfiguration; "" stands for the default
// profile alone.
func ReadProfiles(file string, files *command.Files) (Profiles, error) {
	profiles := []scheduler.Profile{{SchedulerName: corev1.DefaultSchedulerName}}
	if file != "" {
		text, err := files.Read(file)
		if err != nil {
			return nil, err
		}
		if profiles, err = scheduler.ParseConfig(text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	out := Profiles{}
	for _, p := range profiles {
		p.Config.Devices = scheduler.DeviceCounter{}
		s, err := scheduler.New(p.Config)
		if err != nil {
			return nil, fmt.Errorf("%s: profile %s: %w", file, p.SchedulerName, err)
		}
		out[p.SchedulerName] = s
	}
	return out, nil
}

// For returns the scheduler that the pod asks for, or an error where that is not
// one of the profiles.
func (p Profiles) For(pod *corev1.Pod) (*scheduler.Scheduler, error) {
	name := cmp.Or(pod.Spec.SchedulerName, corev1.DefaultSchedulerName)
	if s := p[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("left to another scheduler: spec.schedulerName is %q", name)
}
