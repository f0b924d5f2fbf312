package taints

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/admission"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/controller/daemon/util"
	utiltolerations "k8s.io/kubernetes/pkg/util/tolerations"
	"k8s.io/kubernetes/plugin/pkg/admission/defaulttolerationseconds"
	"k8s.io/kubernetes/plugin/pkg/admission/extendedresourcetoleration"
	"k8s.io/kubernetes/plugin/pkg/admission/podtolerationrestriction"
	config "k8s.io/kubernetes/plugin/pkg/admission/podtolerationrestriction/apis/podtolerationrestriction"

	"github.com/kubealgo/kubealgo/internal/conformance/labels/campaign"
	"github.com/kubealgo/kubealgo/taints"
)

func internal(list []corev1.Toleration) []core.Toleration {
	var out []core.Toleration
	for i := range list {
		var t core.Toleration
		_ = v1.Convert_v1_Toleration_To_core_Toleration(list[i].DeepCopy(), &t, nil)
		out = append(out, t)
	}
	return out
}

func external(list []core.Toleration) []corev1.Toleration {
	var out []corev1.Toleration
	for i := range list {
		var t corev1.Toleration
		_ = v1.Convert_core_Toleration_To_v1_Toleration(list[i].DeepCopy(), &t, nil)
		out = append(out, t)
	}
	return out
}

func messages(errs field.ErrorList) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintln(&b, e)
	}
	return b.String()
}

func TestValidate(t *testing.T) {
	campaign.Run(t, 60000, func(r *rand.Rand) ([]string, string) {
		path := field.NewPath("spec", "tolerations")
		gate := r.IntN(2) == 0
		list := tolerations(r, 3)
		opts := validation.PodValidationOptions{AllowTaintTolerationComparisonOperators: gate}
		want := messages(validation.ValidateTolerations(internal(list), path, opts))
		got := messages(taints.ValidateTolerations(list, taints.Options{ComparisonOperators: gate}, path))
		if want != got {
			return nil, fmt.Sprintf("%s\nupstream: %s\nours:     %s", show(list), want, got)
		}
		updated := list
		for range r.IntN(3) {
			updated = append(updated[:len(updated):len(updated)], toleration(r))
		}
		if len(updated) > 0 && r.IntN(3) == 0 {
			updated = append([]corev1.Toleration(nil), updated...)
			switch i := r.IntN(len(updated)); r.IntN(3) {
			case 0:
				updated[i].TolerationSeconds = seconds(r)
			case 1:
				updated = append(updated[:i], updated[i+1:]...)
			case 2:
				updated[i].Value = value(r)
			}
		}
		wantUpdate := messages(validateOnlyAddedTolerations(internal(updated), internal(list), path, opts))
		gotUpdate := messages(taints.ValidateTolerationsUpdate(updated, list, taints.Options{ComparisonOperators: gate}, path))
		if wantUpdate != gotUpdate {
			return nil, fmt.Sprintf("%s to %s\nupstream: %s\nours:     %s", show(list), show(updated), wantUpdate, gotUpdate)
		}
		nodeTaints := taintList(r, 4)
		var theirs []core.Taint
		for i := range nodeTaints {
			var t core.Taint
			_ = v1.Convert_v1_Taint_To_core_Taint(&nodeTaints[i], &t, nil)
			theirs = append(theirs, t)
		}
		wantTaints := messages(validateNodeTaints(theirs, field.NewPath("metadata", "taints")))
		gotTaints := messages(taints.Validate(nodeTaints, field.NewPath("metadata", "taints")))
		if wantTaints != gotTaints {
			return nil, fmt.Sprintf("%s\nupstream: %s\nours:     %s", show(nodeTaints), wantTaints, gotTaints)
		}
		return []string{fmt.Sprintf("tolerations valid %t", got == ""), fmt.Sprintf("update valid %t", gotUpdate == ""), fmt.Sprintf("taints valid %t", gotTaints == "")}, ""
	})
}

func attributes(pod *core.Pod, op admission.Operation) admission.Attributes {
	return admission.NewAttributesRecord(pod, nil, core.Kind("Pod").WithVersion("version"), pod.Namespace, pod.Name, core.Resource("pods").WithVersion("version"), "", op, nil, false, nil)
}

func TestDefaults(t *testing.T) {
	defaulttolerationseconds.RegisterFlags(pflag.NewFlagSet("", pflag.PanicOnError))
	seconds := defaulttolerationseconds.NewDefaultTolerationSeconds()
	seconds.InspectFeatureGates(utilfeature.DefaultFeatureGate)
	plugins := admission.NewPlugins()
	extendedresourcetoleration.Register(plugins)
	plugin, err := plugins.InitPlugin(extendedresourcetoleration.PluginName, nil, admission.PluginInitializers{})
	if err != nil {
		t.Fatal(err)
	}
	resources := plugin.(admission.MutationInterface)
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		list := tolerations(r, 3)
		pod := &core.Pod{Spec: core.PodSpec{Tolerations: internal(list)}}
		if err := seconds.Admit(context.Background(), attributes(pod, admission.Create), nil); err != nil {
			return nil, err.Error()
		}
		got := taints.WithDefaults(list, taints.StandardSeconds())
		if want := external(pod.Spec.Tolerations); show(want) != show(got) {
			return nil, fmt.Sprintf("defaults of %s: upstream %s, ours %s", show(list), show(want), show(got))
		}
		classes := []string{fmt.Sprintf("%d defaults", len(got)-len(list))}
		spec := &corev1.PodSpec{HostNetwork: r.IntN(2) == 0, Tolerations: list}
		for range r.IntN(3) {
			t := corev1.Toleration{Key: pick(r, taints.NotReady, taints.DiskPressure, taints.NetworkUnavailable), Operator: corev1.TolerationOpExists,
				Effect: pick(r, corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule), TolerationSeconds: pick(r, nil, new(int64))}
			spec.Tolerations = append(spec.Tolerations[:len(spec.Tolerations):len(spec.Tolerations)], t)
		}
		theirs := spec.DeepCopy()
		util.AddOrUpdateDaemonPodTolerations(theirs)
		if got := taints.ForDaemonSet(spec); show(theirs.Tolerations) != show(got) {
			return nil, fmt.Sprintf("DaemonSet tolerations of %s: upstream %s, ours %s", show(spec), show(theirs.Tolerations), show(got))
		}
		requests := func() []corev1.Container {
			var out []corev1.Container
			for range r.IntN(3) {
				c := corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{"x.com/limited": resource.MustParse("1")}}}
				for range r.IntN(3) {
					c.Resources.Requests[corev1.ResourceName(pick(r, "cpu", "nvidia.com/gpu", "amd.com/gpu", "kubernetes.io/batch", "hugepages-2Mi", "requests.x.com/a",
						"a/b/c", "x/-", "foo", strings.Repeat("d", 250)+"/x", strings.Repeat("d", 244)+"/x", strings.Repeat("d", 243)+"/x", "example.com/"+strings.Repeat("n", 63), "X.com/a", "a.kubernetes.io/x"))] = resource.MustParse(pick(r, "0", "1"))
				}
				out = append(out, c)
			}
			return out
		}
		spec.Containers, spec.InitContainers = requests(), requests()
		for range r.IntN(3) {
			spec.Tolerations = append(spec.Tolerations[:len(spec.Tolerations):len(spec.Tolerations)], corev1.Toleration{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule, TolerationSeconds: pick(r, nil, new(int64))})
		}
		gpu := &core.Pod{}
		if err := v1.Convert_v1_PodSpec_To_core_PodSpec(spec.DeepCopy(), &gpu.Spec, nil); err != nil {
			return nil, err.Error()
		}
		if err := resources.Admit(context.Background(), attributes(gpu, admission.Create), nil); err != nil {
			return nil, err.Error()
		}
		ours := taints.ForExtendedResources(spec)
		if want := external(gpu.Spec.Tolerations); show(want) != show(ours) {
			return nil, fmt.Sprintf("extended resources of %s: upstream %s, ours %s", show(spec), show(want), show(ours))
		}
		return append(classes, fmt.Sprintf("extended resources %t", len(ours) > len(spec.Tolerations))), ""
	})
}

func TestMerge(t *testing.T) {
	campaign.Run(t, 40000, func(r *rand.Rand) ([]string, string) {
		few := func(n int) []corev1.Toleration {
			var out []corev1.Toleration
			for range r.IntN(n + 1) {
				t := toleration(r)
				t.Key, t.Value = pick(r, "a", "b", ""), pick(r, "", "v", "1")
				t.Operator = pick(r, t.Operator, corev1.TolerationOpExists, corev1.TolerationOpEqual, corev1.TolerationOpGt)
				t.Effect = pick(r, "", corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule)
				out = append(out, t)
			}
			return out
		}
		first, second := few(3), few(3)
		want := external(utiltolerations.MergeTolerations(internal(first), internal(second)))
		got := taints.Merge(first, second)
		if show(want) != show(got) {
			return nil, fmt.Sprintf("merge of %s and %s: upstream %s, ours %s", show(first), show(second), show(want), show(got))
		}
		allowed := len(second) == 0 || utiltolerations.VerifyAgainstWhitelist(internal(first), internal(second))
		if taints.Allowed(first, second) != allowed {
			return nil, fmt.Sprintf("%s by %s: upstream %t", show(first), show(second), allowed)
		}
		return []string{fmt.Sprintf("shorter %t", len(got) < len(first)+len(second)), fmt.Sprintf("allowed %t", allowed)}, ""
	})
}

func TestRestriction(t *testing.T) {
	campaign.Run(t, 3000, func(r *rand.Rand) ([]string, string) {
		one := func(n int) []corev1.Toleration {
			var out []corev1.Toleration
			for range r.IntN(n + 1) {
				t := corev1.Toleration{Key: pick(r, "a", "b", ""), Operator: pick(r, corev1.TolerationOpExists, corev1.TolerationOpEqual, corev1.TolerationOpExists), Effect: pick(r, "", corev1.TaintEffectNoExecute, corev1.TaintEffectNoSchedule)}
				t.TolerationSeconds = pick(r, nil, nil, new(int64))
				out = append(out, t)
			}
			return out
		}
		cluster := taints.Restriction{Default: one(2), Whitelist: one(2)}
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns"}}
		for _, name := range []string{taints.DefaultTolerationsAnnotation, taints.TolerationsWhitelistAnnotation} {
			if r.IntN(2) == 0 {
				metav1.SetMetaDataAnnotation(&ns.ObjectMeta, name, pick(r, show(one(3)), "", "[]", show(one(3)), pick(r, "{", "null", "[{\"key\":1}]")))
			}
		}
		pod := &core.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "p"}}
		list := one(2)
		pod.Spec.Tolerations = internal(list)
		pod.Spec.Containers = []core.Container{{Name: "c"}}
		request := taints.PodRequest{Tolerations: list, Namespace: ns, BestEffort: r.IntN(2) == 0, Update: r.IntN(3) == 0}
		if !request.BestEffort {
			pod.Spec.Containers[0].Resources.Requests = core.ResourceList{"cpu": resource.MustParse("1")}
		}
		client := fake.NewSimpleClientset(ns)
		factory := informers.NewSharedInformerFactory(client, 0)
		plugin := podtolerationrestriction.NewPodTolerationsPlugin(&config.Configuration{Default: internal(cluster.Default), Whitelist: internal(cluster.Whitelist)})
		plugin.SetExternalKubeClientSet(client)
		plugin.SetExternalKubeInformerFactory(factory)
		_ = factory.Core().V1().Namespaces().Informer().GetStore().Add(ns)
		set(plugin.Handler, "readyFunc", admission.ReadyFunc(func() bool { return true }))
		op := admission.Create
		if request.Update {
			op = admission.Update
		}
		upstreamErr := plugin.Admit(context.Background(), attributes(pod, op), nil)
		if upstreamErr == nil {
			upstreamErr = plugin.Validate(context.Background(), attributes(pod, op), nil)
		}
		got, err := cluster.Admit(request)
		switch {
		case err != nil:
			if upstreamErr == nil {
				return nil, fmt.Sprintf("%s: ours %v", show(ns), err)
			}
			return []string{"annotation refused"}, ""
		case got.Conflict != "":
			if upstreamErr == nil || !strings.Contains(upstreamErr.Error(), got.Conflict) {
				return nil, fmt.Sprintf("%s in %s with %s: upstream %v, ours %q", show(list), show(ns.Annotations), show(cluster), upstreamErr, got.Conflict)
			}
			return []string{"conflict"}, ""
		case upstreamErr != nil:
			return nil, fmt.Sprintf("%s in %s with %s: upstream %v, ours admits", show(list), show(ns.Annotations), show(cluster), upstreamErr)
		case show(external(pod.Spec.Tolerations)) != show(got.Tolerations):
			return nil, fmt.Sprintf("%s in %s with %s: upstream %s, ours %s", show(list), show(ns.Annotations), show(cluster), show(external(pod.Spec.Tolerations)), show(got.Tolerations))
		}
		return []string{"admitted"}, ""
	})
}
