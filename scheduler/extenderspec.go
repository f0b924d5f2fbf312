package scheduler

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// An ExtenderSpec is what a KubeSchedulerConfiguration says of an extender.
type ExtenderSpec struct {
	URLPrefix        string            `json:"urlPrefix"`        // where the extender is found; the verbs come behind it
	FilterVerb       string            `json:"filterVerb"`       // "" where it does not filter, and so on
	PreemptVerb      string            `json:"preemptVerb"`      // judges preemptions
	PrioritizeVerb   string            `json:"prioritizeVerb"`   // scores nodes
	Weight           int64             `json:"weight"`           // of its scores; positive where it has any
	BindVerb         string            `json:"bindVerb"`         // has no effect, since nothing is bound here; one extender at most has it
	EnableHTTPS      bool              `json:"enableHTTPS"`      // for an URL without a scheme
	TLSConfig        *ExtenderTLS      `json:"tlsConfig"`        // nil for the defaults
	HTTPTimeout      metav1.Duration   `json:"httpTimeout"`      // of one call; 5 s where the file gives none
	NodeCacheCapable bool              `json:"nodeCacheCapable"` // it knows the nodes, and is told their names alone
	ManagedResources []ManagedResource `json:"managedResources"` // it is asked about pods that want one of these; about all where there are none
	Ignorable        bool              `json:"ignorable"`        // pods are scheduled without it where it fails
}

// An ExtenderTLS says how a connection to an extender is secured. Data goes before files.
type ExtenderTLS struct {
	Insecure   bool   `json:"insecure"`   // the extender's certificate is not checked
	ServerName string `json:"serverName"` // that the certificate is checked against; "" for the host
	CertFile   string `json:"certFile"`   // the client's certificate, PEM
	KeyFile    string `json:"keyFile"`    // its key
	CAFile     string `json:"caFile"`     // whom to trust
	CertData   []byte `json:"certData"`   // in place of CertFile
	KeyData    []byte `json:"keyData"`    // in place of KeyFile
	CAData     []byte `json:"caData"`     // in place of CAFile
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
		spec.HTTPTimeout.Duration = cmp.Or(spec.HTTPTimeout.Duration, 5*time.Second)
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
