package chart

import (
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// extensions are the kinds that Kubernetes itself does not have.
var extensions = map[string]func() runtime.Object{
	"ServiceMonitor": func() runtime.Object { return &monitoring.ServiceMonitor{} },
	"PrometheusRule": func() runtime.Object { return &monitoring.PrometheusRule{} },
	"HTTPRoute":      func() runtime.Object { return &gateway.HTTPRoute{} },
}

var strict = json.NewSerializerWithOptions(json.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme,
	json.SerializerOptions{Yaml: true, Strict: true})

// decode reads an object, and fails for a field that its kind does not have.
func decode(t *testing.T, text string) runtime.Object {
	t.Helper()
	var kind metav1.TypeMeta
	require.NoError(t, yaml.Unmarshal([]byte(text), &kind), text)
	if extension, known := extensions[kind.Kind]; known {
		object := extension()
		require.NoError(t, yaml.UnmarshalStrict([]byte(text), object), text)
		return object
	}
	object, _, err := strict.Decode([]byte(text), nil, nil)
	require.NoError(t, err, text)
	return object
}

// decoded returns the objects of values.
func decoded(t *testing.T, v values) (objects []runtime.Object) {
	t.Helper()
	texts, _ := render(t, v)
	for _, text := range texts {
		objects = append(objects, decode(t, text))
	}
	return objects
}

// find returns the first object of its type with a name.
func find[T metav1.Object](t *testing.T, objects []runtime.Object, name string) (found T) {
	t.Helper()
	for _, object := range objects {
		if typed, ok := object.(T); ok && typed.GetName() == name {
			return typed
		}
	}
	require.Failf(t, "no such object", "there is no %T named %s", found, name)
	return found
}

// podOf returns the pod that an object runs; nil if it runs none.
func podOf(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template.ObjectMeta, &o.Spec.Template.Spec
	case *batchv1.Job:
		return &o.Spec.Template.ObjectMeta, &o.Spec.Template.Spec
	case *corev1.Pod:
		return &o.ObjectMeta, &o.Spec
	}
	return nil, nil
}

// TestKubernetesAcceptsEveryObject validates the objects of all cases with the code of the API server, and pods with that of the pod
// security standard "restricted".
func TestKubernetesAcceptsEveryObject(t *testing.T) {
	restricted, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, object := range decoded(t, given(t, name)) {
				meta := object.(metav1.Object)
				kind := object.GetObjectKind().GroupVersionKind().Kind
				which := kind + " " + meta.GetName()
				require.False(t, seen[which], "%s exists twice", which)
				seen[which] = true
				require.Empty(t, meta.GetNamespace(), "%s: the namespace is that of the release", which)
				require.Equal(t, "sole", meta.GetLabels()["app.kubernetes.io/instance"], which)
				require.NotEqual(t, "Secret", kind, "the chart writes no secret")
				if extensions[kind] == nil {
					require.Empty(t, apiServerFaults(object), which)
				}
				if meta, spec := podOf(object); spec != nil {
					result := policy.AggregateCheckResults(restricted.EvaluatePod(level, meta, spec))
					require.True(t, result.Allowed, "%s: %s", which, result.ForbiddenDetail())
					requireHardened(t, which, spec)
				}
			}
		})
	}
}

// requireHardened checks what goes beyond the pod security standard.
func requireHardened(t *testing.T, which string, spec *corev1.PodSpec) {
	t.Helper()
	require.False(t, *spec.AutomountServiceAccountToken, which)
	for _, container := range spec.Containers {
		require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem, which)
		require.Equal(t, corev1.TerminationMessageFallbackToLogsOnError, container.TerminationMessagePolicy, which)
		require.NotZero(t, container.Resources.Limits.Memory().Value(), which)
		require.NotZero(t, container.Resources.Requests.Cpu().MilliValue(), which)
		for _, variable := range container.Env {
			require.False(t, strings.Contains(variable.Value, "://") && strings.Contains(variable.Value, "@"), "%s: a URL with a login", which)
		}
	}
}

// TestLongNamesAndCapitalsFit covers names that only some releases have.
func TestLongNamesAndCapitalsFit(t *testing.T) {
	v := merged(t, given(t, "full.yaml"), "{fullnameOverride: "+strings.Repeat("a", 63)+", nameOverride: "+strings.Repeat("b", 63)+
		", config: {PUBLIC_URL: https://ID.Example.org:8443}, uploads: {existingClaim: null}}")
	for _, object := range decoded(t, v) {
		if extensions[object.GetObjectKind().GroupVersionKind().Kind] == nil {
			require.Empty(t, apiServerFaults(object))
		}
		if ingress, ok := object.(*networkingv1.Ingress); ok {
			require.Equal(t, "id.example.org", ingress.Spec.Rules[0].Host)
		}
	}
}

// TestFaultsOfObjectsAreFound breaks an object in ways that only the API server would notice.
func TestFaultsOfObjectsAreFound(t *testing.T) {
	deployment := find[*appsv1.Deployment](t, decoded(t, given(t, "minimal.yaml")), "sole")
	require.Empty(t, apiServerFaults(deployment))
	for want, spoil := range map[string]func(*appsv1.Deployment){
		"selector":      func(d *appsv1.Deployment) { d.Spec.Selector.MatchLabels["app.kubernetes.io/name"] = "other" },
		"mountPath":     func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].VolumeMounts[0].MountPath = "" },
		"periodSeconds": func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].ReadinessProbe.PeriodSeconds = -1 },
		"ports":         func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort = 0 },
		"maxSurge":      func(d *appsv1.Deployment) { d.Spec.Strategy.RollingUpdate.MaxSurge.IntVal = 0 },
		"claimName":     func(d *appsv1.Deployment) { d.Spec.Template.Spec.Volumes[1].PersistentVolumeClaim.ClaimName = "" },
		"maxSkew":       func(d *appsv1.Deployment) { d.Spec.Template.Spec.TopologySpreadConstraints[0].MaxSkew = 0 },
	} {
		spoiled := deployment.DeepCopy()
		spoil(spoiled)
		require.ErrorContains(t, apiServerFaults(spoiled).ToAggregate(), want)
	}
	_, _, err := strict.Decode([]byte("apiVersion: v1\nkind: Service\nspec: {port: 1}\n"), nil, nil)
	require.ErrorContains(t, err, "unknown field", "a field that does not exist")
}
