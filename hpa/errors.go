package hpa

import "errors"

// The sentences of the controller. They carry no prefix of the package, since they appear in conditions and events as they are.
var (
	errNoPods            = errors.New("no pods returned by selector while calculating replica count")
	errReadyPods         = errors.New("unable to calculate ready pods: no pods returned by selector while calculating replica count")
	errNoSamples         = errors.New("did not receive metrics for targeted pods (pods might be unready)")
	errNoMatch           = errors.New("no metrics returned matched known pods")
	errNoResourceMetrics = errors.New("no metrics returned from resource metrics API")
	errNoSelector        = errors.New("selector is required")
	errResourceTarget    = errors.New("invalid resource metric source: neither an average utilization target nor an average value (usage) target was set")
	errPodsTarget        = errors.New("invalid pods metric source: no average value target was set")
	errObjectTarget      = errors.New("invalid object metric source: neither a value target nor an average value target was set")
	errExternalTarget    = errors.New("invalid external metric source: neither a value target nor an average value target was set")
)
