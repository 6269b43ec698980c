package chart

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// cluster answers the lookups of templates.
type cluster struct{ client dynamic.Interface }

// GetClientFor implements engine.ClientProvider.
func (c cluster) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	of := schema.FromAPIVersionAndKind(apiVersion, kind)
	return c.client.Resource(of.GroupVersion().WithResource(strings.ToLower(kind) + "s")), true, nil
}

// clusterWith is a cluster whose namespace has a Secret with the given data, and the ServiceAccount of every namespace.
func clusterWith(name string, data map[string]string) cluster {
	raw := map[string][]byte{}
	for key, value := range data {
		raw[key] = []byte(value)
	}
	at := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: release.Namespace}
	}
	objects := []runtime.Object{
		&corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: at("default")},
		&corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: at(name), Data: raw},
	}
	return cluster{client: fake.NewSimpleDynamicClient(legacyscheme.Scheme, objects...)}
}

// TestAMissingSecretIsRefusedBeforeAnythingIsReplaced covers what Kubernetes would report only in the events of pods that do not start.
func TestAMissingSecretIsRefusedBeforeAnythingIsReplaced(t *testing.T) {
	complete := map[string]string{
		"DATABASE_URL": "postgres://sole:canary@db/sole", "SECRET_KEY": "canary", "JWT_PRIVATE_KEY": "canary", "REDIS_URL": "redis://redis",
	}
	with := func(key, value string) map[string]string {
		changed := map[string]string{}
		for k, v := range complete {
			changed[k] = v
		}
		if changed[key] = value; value == "" {
			delete(changed, key)
		}
		return changed
	}
	for _, c := range []struct {
		cluster cluster
		values  string
		want    string // empty: accepted
	}{
		{cluster: clusterWith("sole", complete)},
		{cluster: clusterWith("sole", with("DATABASE_URL", "postgresql://db/sole"))},
		{cluster: clusterWith("other", complete), want: "the Secret sole does not exist in the namespace identity: create it first"},
		{cluster: clusterWith("other", complete), values: "{secrets: {check: false}}"},
		{cluster: clusterWith("sole", with("REDIS_URL", "")), want: "the Secret sole has no key REDIS_URL: add it, or leave REDIS_URL out"},
		{
			cluster: clusterWith("sole", complete), values: "{secrets: {from: {SMTP_URL: {name: mail, key: url}}}}",
			want: "the Secret mail does not exist",
		},
		{
			cluster: clusterWith("sole", with("DATABASE_URL", "sqlite:///data/sole.db")),
			want:    "the key DATABASE_URL of the Secret sole is not the URL of a PostgreSQL database",
		},
		{cluster: clusterWith("sole", with("REDIS_URL", "memory://")), want: "keeps everything in the memory of one pod"},
		{cluster: clusterWith("sole", with("REDIS_URL", "memory://")), values: "{replicas: 1}"},
	} {
		_, err := renderTexts(t, merged(t, given(t, "minimal.yaml"), cmp.Or(c.values, "{}")), c.cluster)
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "canary")
	}
}
