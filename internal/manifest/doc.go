// Package manifest reads Kubernetes objects from text: any mix of YAML and JSON
// documents and Lists, exactly as `kubectl get ... -o yaml` (or `-o json`)
// prints them, into the typed objects of k8s.io/api.
//
// Known are all kinds of core/v1, apps/v1, batch/v1, autoscaling/v2, policy/v1,
// networking/v1, discovery/v1, storage/v1, scheduling/v1 and resource/v1, and the
// lists of them (v1 List, PodList, ...), nested or not.
//
//	docs, err := manifest.Decode(os.Stdin)
//	for _, d := range docs {
//		switch o := d.Object.(type) {
//		case *corev1.Pod:
//			...
//		}
//	}
//
// # What is refused
//
// Every problem is reported as an [Error] that names the document, the list
// item, the object and the path of the field:
//
//   - text that is neither YAML nor JSON, and mapping keys that occur twice;
//   - documents without apiVersion and kind, and kinds that are not known;
//   - objects without a name, and two objects of the same kind, namespace and name;
//   - fields that the type does not have (spelling counts, case included), unless
//     [Options] says to drop them, and values of the wrong type;
//   - quantities that do not parse, that are negative, or that are absurd: larger
//     than 2^63-1 base units, longer than 64 bytes or with an exponent outside
//     -30..30. These are refused before resource.ParseQuantity sees them, because
//     that function computes on 10^exponent and does not come back in useful
//     time from text such as 1e10000000.
//
// Objects of namespaced kinds that name no namespace are put into "default",
// where `kubectl apply` would put them. Nothing else is defaulted.
//
// The package is for examples and tests; no library package imports it.
package manifest
