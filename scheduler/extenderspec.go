package scheduler

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// An ExtenderSpec is what a KubeSchedulerConfiguration says of an extender. The
// doc comments of kube-scheduler's type Extender say what the fields mean. Here
// BindVerb has no effect, since nothing is bound.
type ExtenderSpec struct {
	URLPrefix        string            `json:"urlPrefix"`
	FilterVerb       string            `json:"filterVerb"`
	PreemptVerb      string            `json:"preemptVerb"`
	PrioritizeVerb   string            `json:"prioritizeVerb"`
	Weight           int64             `json:"weight"`
	BindVerb         string            `json:"bindVerb"`
	EnableHTTPS      bool              `json:"enableHTTPS"`
	TLSConfig        *ExtenderTLS      `json:"tlsConfig"`
	HTTPTimeout      metav1.Duration   `json:"httpTimeout"` // 5 s where the file gives none
	NodeCacheCapable bool              `json:"nodeCacheCapable"`
	ManagedResources []ManagedResource `json:"managedResources"`
	Ignorable        bool              `json:"ignorable"`
}

// An ExtenderTLS says how a connection to an extender is secured.
type ExtenderTLS struct {
	Insecure   bool   `json:"insecure"`
	ServerName string `json:"serverName"`
	CertFile   string `json:"certFile"`
	KeyFile    string `json:"keyFile"`
	CAFile     string `json:"caFile"`
	CertData   []byte `json:"certData"`
	KeyData    []byte `json:"keyData"`
	CAData     []byte `json:"caData"`
}

// extenders connects to the extenders of a file.
func (x *Extensions) extenders(specs []ExtenderSpec) ([]Extender, error) {
	var list []Extender
	var errs []error
	binders := 0
	var v extenderValidation
	for i := range specs {
		spec := &specs[i]
		errs = append(errs, v.extender(i, spec.PrioritizeVerb != "", spec.Weight, spec.ManagedResources)...)
		if spec.BindVerb != "" {
			binders++
		}
	}
	if binders > 1 {
		errs = append(errs, field.Invalid(field.NewPath("extenders"), fmt.Sprintf("found %d extenders implementing bind", binders), "only one extender can implement bind"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for i := range specs {
		spec := specs[i]
		spec.HTTPTimeout = seconds(spec.HTTPTimeout, 5)
		if x.Connect == nil {
			return nil, fmt.Errorf("extenders[%d]: %q: ParseConfigWith reads files with extenders, and must be told how to connect to them", i, spec.URLPrefix)
		}
		e, err := x.Connect(spec)
		if err != nil {
			return nil, fmt.Errorf("extenders[%d]: %w", i, err)
		}
		if e.Name == "" {
			e.Name = spec.URLPrefix
		}
		e.Weight, e.Ignorable, e.ManagedResources = spec.Weight, spec.Ignorable, spec.ManagedResources
		if spec.FilterVerb == "" {
			e.Filter = nil
		}
		if spec.PrioritizeVerb == "" {
			e.Prioritize = nil
		}
		if spec.PreemptVerb == "" {
			e.Preempt = nil
		}
		list = append(list, e)
	}
	return list, nil
}
