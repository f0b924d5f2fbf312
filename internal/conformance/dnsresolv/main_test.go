package dnsresolv

import (
	"os"
	"testing"
)

// TestMain lets the test binary play the parts of the live comparison as well.
func TestMain(m *testing.M) {
	switch os.Getenv("CONFORMANCE_LIVE") {
	case "servers":
		serveScenarios()
	case "lookup":
		lookupWithGo()
	default:
		os.Exit(m.Run())
	}
}
