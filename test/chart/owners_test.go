package chart

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
)

// deploymentOf is the Deployment as Helm applies it.
func deploymentOf(t *testing.T, v values) *unstructured.Unstructured {
	t.Helper()
	deployment := find[*appsv1.Deployment](t, decoded(t, v), "sole")
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(deployment)
	require.NoError(t, err)
	unstructured.RemoveNestedField(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
	return object
}

// TestTheNumberOfPodsHasOneOwner shows with the code of the API server what the manual says about turning autoscaling on and off: Helm
// applies the Deployment on the server, kubectl scale and the autoscaler update it.
func TestTheNumberOfPodsHasOneOwner(t *testing.T) {
	fixed, scaled := deploymentOf(t, given(t, "minimal.yaml")), deploymentOf(t, given(t, "autoscaling.yaml"))
	server := managedfieldstest.NewTestFieldManager(applyconfigurations.NewTypeConverter(scheme.Scheme), fixed.GroupVersionKind())
	number := func() (pods int64, written bool) {
		pods, written, err := unstructured.NestedInt64(server.Live().(*unstructured.Unstructured).Object, "spec", "replicas")
		require.NoError(t, err)
		return pods, written
	}
	write := func(pods int64, who string) {
		object := server.Live().(*unstructured.Unstructured)
		require.NoError(t, unstructured.SetNestedField(object.Object, pods, "spec", "replicas"))
		require.NoError(t, server.Update(object, who))
	}

	require.NoError(t, server.Apply(fixed, "helm", false))
	require.NoError(t, server.Apply(scaled, "helm", false))
	_, written := number()
	require.False(t, written, "without a number Kubernetes takes one pod")

	require.NoError(t, server.Apply(fixed, "helm", false))
	write(3, "kubectl")
	require.NoError(t, server.Apply(scaled, "helm", false))
	pods, _ := number()
	require.EqualValues(t, 3, pods, "kubectl scale owns the number, so Helm removes nothing")

	write(5, "autoscaler")
	require.NoError(t, server.Apply(scaled, "helm", false), "an upgrade leaves the number to the autoscaler")
	pods, _ = number()
	require.EqualValues(t, 5, pods)
	require.ErrorContains(t, server.Apply(fixed, "helm", false), ".spec.replicas")
	require.NoError(t, server.Apply(fixed, "helm", true), "--force-conflicts")
	pods, _ = number()
	require.EqualValues(t, 2, pods)
}
