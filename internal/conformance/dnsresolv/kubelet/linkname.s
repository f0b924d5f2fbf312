// This file lets the package declare functions that are linked to Kubernetes' own.
