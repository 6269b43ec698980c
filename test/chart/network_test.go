package chart

import (
	"slices"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// TestSelectorsFindTheServersOnly compares every selector with the labels of all pods.
func TestSelectorsFindTheServersOnly(t *testing.T) {
	objects := decoded(t, given(t, "full.yaml"))
	server := labels.Set(find[*appsv1.Deployment](t, objects, "sole").Spec.Template.Labels)
	selected := map[string]labels.Selector{}
	for _, object := range objects {
		name := object.GetObjectKind().GroupVersionKind().Kind + " " + object.(metav1.Object).GetName()
		switch o := object.(type) {
		case *corev1.Service:
			selected[name] = labels.SelectorFromSet(o.Spec.Selector)
		case *networkingv1.NetworkPolicy:
			if o.Name == "sole" {
				selected[name], _ = metav1.LabelSelectorAsSelector(&o.Spec.PodSelector)
			}
		}
	}
	require.Len(t, selected, 3)
	for name, selector := range selected {
		require.True(t, selector.Matches(server), name)
		for _, object := range objects {
			if meta, _ := podOf(object); meta != nil && meta.Labels["app.kubernetes.io/component"] != "server" {
				require.False(t, selector.Matches(labels.Set(meta.Labels)), "%s selects a pod that does not serve", name)
			}
		}
	}
	monitor := find[*monitoring.ServiceMonitor](t, objects, "sole")
	selector, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
	require.NoError(t, err)
	require.True(t, selector.Matches(labels.Set(find[*corev1.Service](t, objects, "sole-metrics").Labels)))
	require.False(t, selector.Matches(labels.Set(find[*corev1.Service](t, objects, "sole").Labels)))
}

// TestMetricsAreNeverPublished checks that the port without a login is on no Service that a load balancer may serve.
func TestMetricsAreNeverPublished(t *testing.T) {
	objects := decoded(t, given(t, "full.yaml"))
	public := find[*corev1.Service](t, objects, "sole")
	require.Equal(t, corev1.ServiceTypeLoadBalancer, public.Spec.Type)
	require.Len(t, public.Spec.Ports, 1)
	require.Equal(t, "http", public.Spec.Ports[0].TargetPort.StrVal)
	require.Equal(t, corev1.ClusterIPNone, find[*corev1.Service](t, objects, "sole-metrics").Spec.ClusterIP)
	for _, object := range decoded(t, given(t, "minimal.yaml")) {
		if config, ok := object.(*corev1.ConfigMap); ok {
			require.NotContains(t, config.Data, "METRICS_ADDR")
		}
		require.NotEqual(t, "sole-metrics", object.(metav1.Object).GetName())
	}
}

// ports returns the ports of the egress rules whose peers are as wanted.
func ports(policy *networkingv1.NetworkPolicy, wanted func([]networkingv1.NetworkPolicyPeer) bool) (ports []int) {
	for _, rule := range policy.Spec.Egress {
		if wanted(rule.To) {
			for _, port := range rule.Ports {
				ports = append(ports, port.Port.IntValue())
			}
		}
	}
	return ports
}

func everywhere(peers []networkingv1.NetworkPolicyPeer) bool { return len(peers) == 0 }

func TestOnlyTheConnectionsOfTheServiceAreAllowed(t *testing.T) {
	minimal := decoded(t, given(t, "minimal.yaml"))
	policy := find[*networkingv1.NetworkPolicy](t, minimal, "sole")
	require.Equal(t, []int{53, 53, 5432, 6379, 26379}, ports(policy, everywhere), "DNS, the database and Redis; no mail, no traces")
	require.Equal(t, []int{443}, ports(policy, func(to []networkingv1.NetworkPolicyPeer) bool { return len(to) > 0 }))
	require.Len(t, policy.Spec.Ingress, 1)
	require.Equal(t, "http", policy.Spec.Ingress[0].Ports[0].Port.StrVal)

	full := decoded(t, given(t, "full.yaml"))
	policy = find[*networkingv1.NetworkPolicy](t, full, "sole")
	require.Equal(t, []int{53, 53, 6379, 26379, 587, 465, 4318, 3128}, ports(policy, everywhere))
	require.Equal(t, []int{5432}, ports(policy, func(to []networkingv1.NetworkPolicyPeer) bool {
		return len(to) == 1 && to[0].IPBlock.CIDR == "10.1.0.0/24"
	}))
	require.Equal(t, []int{443}, ports(policy, func(to []networkingv1.NetworkPolicyPeer) bool {
		return len(to) == 3 && slices.Contains(to[0].IPBlock.Except, "169.254.0.0/16") && to[2].IPBlock.CIDR == "10.20.0.0/16"
	}), "public receivers, and those of WEBHOOK_ALLOWED_NETWORKS")
	require.Len(t, policy.Spec.Ingress, 2)
	require.Len(t, policy.Spec.Ingress[0].From, 2, "the proxy, and the pod of helm test")
	require.Equal(t, "metrics", policy.Spec.Ingress[1].Ports[0].Port.StrVal)

	require.Empty(t, find[*networkingv1.NetworkPolicy](t, full, "sole-migrate").Spec.Ingress)
	requireTestReachesTheServers(t, full)
	require.False(t, contains[*networkingv1.NetworkPolicy](decoded(t, given(t, "one.yaml"))))
}

// requireTestReachesTheServers checks the policy of the pod of helm test, which matters where the namespace denies everything else.
func requireTestReachesTheServers(t *testing.T, objects []runtime.Object) {
	t.Helper()
	policy := find[*networkingv1.NetworkPolicy](t, objects, "sole-ready").Spec
	pod, err := metav1.LabelSelectorAsSelector(&policy.PodSelector)
	require.NoError(t, err)
	require.True(t, pod.Matches(labels.Set(find[*corev1.Pod](t, objects, "sole-ready").Labels)))
	require.Len(t, policy.Egress, 2, "DNS and the servers")
	server := find[*appsv1.Deployment](t, objects, "sole").Spec.Template
	peer, err := metav1.LabelSelectorAsSelector(policy.Egress[1].To[0].PodSelector)
	require.NoError(t, err)
	require.True(t, peer.Matches(labels.Set(server.Labels)))
	require.False(t, pod.Matches(labels.Set(server.Labels)))
	require.Equal(t, server.Spec.Containers[0].Ports[0].ContainerPort, policy.Egress[1].Ports[0].Port.IntVal)
}

// contains reports whether there is an object of the type.
func contains[T any](objects []runtime.Object) bool {
	return slices.ContainsFunc(objects, func(object runtime.Object) bool {
		_, ok := object.(T)
		return ok
	})
}

func TestTheHostsAreThoseOfTheService(t *testing.T) {
	ingress := find[*networkingv1.Ingress](t, decoded(t, given(t, "full.yaml")), "sole")
	require.Equal(t, []string{"id.example.org", "login.example.org"}, ingress.Spec.TLS[0].Hosts)
	require.Len(t, ingress.Spec.Rules, 2)
	require.Equal(t, "sole", ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Name)
	require.Equal(t, "nginx", *ingress.Spec.IngressClassName)
	route := find[*gateway.HTTPRoute](t, decoded(t, given(t, "tenants.yaml")), "identity")
	require.Equal(t, []gateway.Hostname{"id.example.org", "*.id.example.org"}, route.Spec.Hostnames)
	require.Equal(t, gateway.ObjectName("identity"), route.Spec.Rules[0].BackendRefs[0].Name)
}
