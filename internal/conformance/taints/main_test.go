package taints

import (
	"flag"
	"os"
	"testing"

	"k8s.io/klog/v2"
)

// TestMain silences the log of the controllers.
func TestMain(m *testing.M) {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	_ = flags.Parse([]string{"-logtostderr=false", "-stderrthreshold=FATAL", "-log_file=" + os.DevNull})
	os.Exit(m.Run())
}
