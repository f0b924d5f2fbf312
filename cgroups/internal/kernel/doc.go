// Package kernel holds the tests of package cgroups against the kernel that runs
// them. It has no code.
package kernel
