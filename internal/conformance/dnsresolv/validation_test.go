package dnsresolv

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

func texts(list field.ErrorList) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Error())
	}
	return out
}

// TestValidation compares ValidatePodDNS with the API server's validation.
func TestValidation(t *testing.T) {
	path := field.NewPath("spec")
	run(t, 20_000, func(r *rand.Rand) (any, []string, string) {
		pod := randomPod(r)
		pod.Spec.Hostname = pick(r, "", "web-0", "Web", "a.b", strings.Repeat("h", 64), "-x")
		pod.Spec.Subdomain = pick(r, "", "", "web", "we_b", strings.Repeat("s", 63))
		if chance(r, 3) {
			pod.Spec.HostnameOverride = new(pick(r, "", "a.b", "A", strings.Repeat("o", 65), strings.Repeat("o.", 32)+"x"))
		}
		if chance(r, 2) {
			pod.Spec.SetHostnameAsFQDN = new(chance(r, 2))
		}
		if c := pod.Spec.DNSConfig; c != nil && chance(r, 2) {
			for i, s := range c.Searches { // make most of it legal
				c.Searches[i] = strings.ToLower(strings.Trim(s, "#;."))
			}
		}
		spec := &core.PodSpec{}
		if err := corev1conversion.Convert_v1_PodSpec_To_core_PodSpec(pod.Spec.DeepCopy(), spec, nil); err != nil {
			t.Fatal(err)
		}
		if spec.SecurityContext == nil {
			spec.SecurityContext = &core.PodSecurityContext{}
		}
		spec.SecurityContext.HostNetwork = pod.Spec.HostNetwork
		opts := podutil.GetValidationOptionsFromPodSpecAndMeta(spec, nil, nil, nil)
		var want field.ErrorList
		for _, e := range validation.ValidatePodSpec(spec, &metav1.ObjectMeta{Name: "web"}, path, opts) {
			switch name := strings.TrimPrefix(e.Field, "spec."); {
			case strings.HasPrefix(name, "dns"), name == "hostname", name == "subdomain", name == "hostnameOverride":
				want = append(want, e)
			}
		}
		got := dnsresolv.ValidatePodDNS(&pod.Spec, path)
		classes := map[string]bool{"valid": len(got) == 0}
		for _, e := range got {
			name := strings.TrimPrefix(e.Field, "spec.")
			name, _, _ = strings.Cut(name, "[")
			classes[name] = true
		}
		var list []string
		for c, in := range classes {
			if in {
				list = append(list, c)
			}
		}
		return pod, list, cmp.Diff(texts(want), texts(got))
	})
}
