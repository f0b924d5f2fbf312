package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// A Profile is a Config with the SchedulerName by which pods ask for it in
// spec.schedulerName.
type Profile struct {
	SchedulerName string
	Config        Config
	// PercentageOfNodesToScore is what the file wants of Scheduler.Sample; 0 is
	// the adaptive default. Schedule looks at all nodes whatever it is.
	PercentageOfNodesToScore int32
}

// DefaultSchedulerName is the name of the profile that pods get when they ask for none.
const DefaultSchedulerName = corev1.DefaultSchedulerName

// ParseConfig reads a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1)
// in YAML or JSON and returns its profiles. Unknown fields, plugins and values
// are errors; the package documentation lists what becomes of each field. A file
// without profiles has the default one.
//
// A file with extenders, or with plugins that are not kube-scheduler's own,
// needs ParseConfigWith.
func ParseConfig(text []byte) ([]Profile, error) { return ParseConfigWith(text, Extensions{}) }

// Extensions are what a configuration file names and its reader brings.
type Extensions struct {
	// Rules stand for the out-of-tree plugins that profiles may enable. A
	// profile gets those that its plugin sets name.
	Rules []Rule
	// Connect returns what speaks to an extender of the file. Weight, Ignorable
	// and ManagedResources are taken from the file, as is the Name where there
	// is none; what the file has no verb for is not asked. Without Connect, a
	// file with extenders is refused.
	Connect func(ExtenderSpec) (Extender, error)
}

// ParseConfigWith is ParseConfig for files that name what the caller brings.
func ParseConfigWith(text []byte, x Extensions) ([]Profile, error) {
	asJSON, err := yaml.ToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	f := newConfigFile()
	if err := strict(asJSON, &f); err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	if f.APIVersion != "kubescheduler.config.k8s.io/v1" || f.Kind != "KubeSchedulerConfiguration" {
		return nil, fmt.Errorf("scheduler: configuration: apiVersion %q, kind %q: must be kubescheduler.config.k8s.io/v1, KubeSchedulerConfiguration", f.APIVersion, f.Kind)
	}
	if err := f.validate(); err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	extenders, err := x.extenders(f.Extenders)
	if err != nil {
		return nil, fmt.Errorf("scheduler: configuration: %w", err)
	}
	if len(f.Profiles) == 0 {
		f.Profiles = []profileFile{{}}
	}
	var out []Profile
	for i := range f.Profiles {
		p, err := f.Profiles[i].read(len(f.Profiles) == 1, x.Rules)
		switch {
		case err != nil:
		case slices.ContainsFunc(out, func(o Profile) bool { return o.SchedulerName == p.SchedulerName }):
			err = fmt.Errorf("schedulerName: %q is taken by another profile", p.SchedulerName)
		case !f.Profiles[i].Plugins.QueueSort.equal(&f.Profiles[0].Plugins.QueueSort):
			err = errors.New("plugins.queueSort: must be the same for all profiles")
		default:
			p.Config.Extenders = slices.Clone(extenders)
			_, err = New(p.Config)
		}
		if err != nil {
			return nil, fmt.Errorf("scheduler: configuration: profiles[%d]: %w", i, err)
		}
		if f.Profiles[i].PercentageOfNodesToScore == nil {
			p.PercentageOfNodesToScore = f.PercentageOfNodesToScore
		}
		out = append(out, *p)
	}
	return out, nil
}

// A configFile is a KubeSchedulerConfiguration. Where a field is not given, it
// has its default.
type configFile struct {
	APIVersion               string         `json:"apiVersion"`
	Kind                     string         `json:"kind"`
	PercentageOfNodesToScore int32          `json:"percentageOfNodesToScore"`
	Profiles                 []profileFile  `json:"profiles"`
	Extenders                []ExtenderSpec `json:"extenders"`

	// What follows changes no decision. It is only validated.

	Parallelism               int32                `json:"parallelism"`
	PodInitialBackoffSeconds  int64                `json:"podInitialBackoffSeconds"`
	PodMaxBackoffSeconds      int64                `json:"podMaxBackoffSeconds"`
	LeaderElection            leaderElectionFile   `json:"leaderElection"`
	ClientConnection          clientConnectionFile `json:"clientConnection"`
	EnableProfiling           bool                 `json:"enableProfiling"`
	EnableContentionProfiling bool                 `json:"enableContentionProfiling"`
	DelayCacheUntilActive     bool                 `json:"delayCacheUntilActive"`
}

type leaderElectionFile struct {
	LeaderElect       bool            `json:"leaderElect"`
	LeaseDuration     metav1.Duration `json:"leaseDuration"`
	RenewDeadline     metav1.Duration `json:"renewDeadline"`
	RetryPeriod       metav1.Duration `json:"retryPeriod"`
	ResourceLock      string          `json:"resourceLock"`
	ResourceName      string          `json:"resourceName"`
	ResourceNamespace string          `json:"resourceNamespace"`
}

type clientConnectionFile struct {
	Kubeconfig         string  `json:"kubeconfig"`
	AcceptContentTypes string  `json:"acceptContentTypes"`
	ContentType        string  `json:"contentType"`
	QPS                float32 `json:"qps"`
	Burst              int32   `json:"burst"`
}

func newConfigFile() configFile {
	return configFile{
		Parallelism: 16, PodInitialBackoffSeconds: 1, PodMaxBackoffSeconds: 10,
		LeaderElection: leaderElectionFile{LeaderElect: true},
	}
}

// validate joins what is wrong beside the profiles.
func (f *configFile) validate() error {
	var errs []error
	bad := func(path string, value any, legal string) {
		errs = append(errs, fmt.Errorf("%s: invalid value %v: %s", path, value, legal))
	}
	if f.Parallelism <= 0 {
		bad("parallelism", f.Parallelism, "must be greater than zero")
	}
	if p := f.PercentageOfNodesToScore; p < 0 || p > 100 {
		bad("percentageOfNodesToScore", p, "must be from 0 to 100")
	}
	if f.PodInitialBackoffSeconds <= 0 {
		bad("podInitialBackoffSeconds", f.PodInitialBackoffSeconds, "must be greater than zero")
	}
	if f.PodMaxBackoffSeconds < f.PodInitialBackoffSeconds {
		bad("podMaxBackoffSeconds", f.PodMaxBackoffSeconds, "must not be less than podInitialBackoffSeconds")
	}
	if f.ClientConnection.Burst < 0 {
		bad("clientConnection.burst", f.ClientConnection.Burst, "must not be negative")
	}
	errs = append(errs, f.LeaderElection.validate()...)
	return errors.Join(errs...)
}

func (l leaderElectionFile) validate() []error {
	if !l.LeaderElect {
		return nil
	}
	var errs []error
	bad := func(field string, value any, legal string) {
		errs = append(errs, fmt.Errorf("leaderElection.%s: invalid value %v: %s", field, value, legal))
	}
	for _, d := range []struct {
		field string
		value metav1.Duration
	}{{"leaseDuration", l.LeaseDuration}, {"renewDeadline", l.RenewDeadline}, {"retryPeriod", l.RetryPeriod}} {
		if d.value.Duration < 0 { // 0 is the default
			bad(d.field, d.value.Duration, "must be greater than zero")
		}
	}
	if lease := cmp.Or(l.LeaseDuration.Duration, 15*time.Second); lease <= cmp.Or(l.RenewDeadline.Duration, 10*time.Second) {
		bad("leaseDuration", lease, "must be greater than renewDeadline")
	}
	if l.ResourceLock != "" && l.ResourceLock != "leases" {
		bad("resourceLock", fmt.Sprintf("%q", l.ResourceLock), "must be leases")
	}
	return errs
}
