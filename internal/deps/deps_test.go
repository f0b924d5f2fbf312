package deps

import (
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/stretchr/testify/require"
	_ "golang.org/x/exp/apidiff"
	_ "k8s.io/api/apps/v1"
	_ "k8s.io/apimachinery/pkg/labels"
	_ "k8s.io/apimachinery/pkg/util/yaml"
	_ "pgregory.net/rapid"
)
