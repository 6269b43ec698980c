package chart

import (
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common/util"
)

// merged returns values with others in place of theirs, as helm does with a second file.
func merged(t *testing.T, base values, text string) values {
	t.Helper()
	return util.CoalesceTables(parse(t, text), base)
}

// TestWrongValuesAreRefused changes the minimal values, and expects the sentence that mends them.
func TestWrongValuesAreRefused(t *testing.T) {
	const canary = "canary-4711"
	for _, c := range []struct{ values, want string }{
		{`{config: {PUBLIC_URL: ""}}`, "config.PUBLIC_URL: write the URL of the service as clients see it"},
		{`{config: {PUBLIC_URL: id.example.org}}`, "config.PUBLIC_URL: write the URL"},
		{`{config: {PUBLIC_URL: "https://example.org/id"}}`, "config.PUBLIC_URL: write the URL"},
		{`{config: {PUBLIC_URL: "http://id.example.org"}}`, "config.ENABLE_HSTS: write false, because config.PUBLIC_URL is not https"},
		{`{config: {TENANCY_MODE: several}}`, "at '/config/TENANCY_MODE': value must be one of 'single', 'multi'"},
		{`{config: {TENANT_BASE_DOMAIN: id.example.org}}`, "config.TENANT_BASE_DOMAIN: leave it out, or write multi"},
		{`{config: {LOG_LEVEL: loud}}`, "value must be one of 'debug', 'info', 'warn', 'error'"},
		{`{config: {PROXIES_COUNT: 11}}`, "at '/config/PROXIES_COUNT': maximum: got 11, want 10"},
		{`{config: {PROXIES_COUNT: "1"}}`, "at '/config/PROXIES_COUNT': got string, want integer"},
		{`{config: {ALLOWED_ORIGINS: "https://app.example.org"}}`, "at '/config/ALLOWED_ORIGINS': got string, want array"},
		{`{config: {PUBLIC_ULR: x}}`, "at '/config': additional properties 'PUBLIC_ULR' not allowed"},
		{`{config: {PORT: 80}}`, "config.PORT: leave it out, because the chart sets it"},
		{`{config: {ENVIRONMENT: development}}`, "config.ENVIRONMENT: leave it out"},
		{`{config: {SECRET_KEY: ` + canary + `}}`, "config.SECRET_KEY: leave it out, because Helm would store the secret"},
		{`{config: {DATABASE_URL: "postgres://` + canary + `@h/d"}}`, "config.DATABASE_URL: leave it out"},
		{`{secrets: {JWT_PRIVATE_KEY: ` + canary + `}}`, "secrets.JWT_PRIVATE_KEY: leave it out"},
		{`{secrets: {existingSecret: ""}}`, "secrets.existingSecret: write the name of the Secret that has DATABASE_URL, JWT_"},
		{`{secrets: {keys: [SECRET_KEY, JWT_PRIVATE_KEY, REDIS_URL]}}`, "secrets.keys: add DATABASE_URL, or say in secrets.from.DATABASE_URL"},
		{`{secrets: {keys: [DATABASE_URL]}}`, "secrets.keys: add SECRET_KEY"},
		{`{secrets: {keys: [DATABASE_URI]}}`, "at '/secrets/keys/0': value must be one of 'DATABASE_URL'"},
		{`{secrets: {from: {DATABASE_URL: {name: db}}}}`, "at '/secrets/from/DATABASE_URL': missing property 'key'"},
		{`{secrets: {from: {DATABASE: {name: db, key: uri}}}}`, "value must be one of 'DATABASE_URL'"},
		{`{extraEnv: [{name: SECRET_KEY, value: ` + canary + `}]}`, "extraEnv: leave SECRET_KEY out"},
		{`{extraEnv: [{name: PUBLIC_URL, value: x}]}`, "extraEnv: leave PUBLIC_URL out"},
		{`{secrets: {keys: [DATABASE_URL, SECRET_KEY, JWT_PRIVATE_KEY]}}`, "replicas: several pods share limits"},
		{
			`{replicas: 1, autoscaling: {enabled: true}, secrets: {keys: [DATABASE_URL, SECRET_KEY, JWT_PRIVATE_KEY]}}`,
			"or write replicas: 1 and autoscaling.enabled: false",
		},
		{`{replicas: 0}`, "at '/replicas': minimum: got 0, want 1"},
		{`{replicaCount: 3}`, "additional properties 'replicaCount' not allowed"},
		{`{autoscaling: {enabled: true, minReplicas: 7}}`, "autoscaling.maxReplicas: write a number that is not below autoscaling.minReplicas"},
		{`{autoscaling: {enabled: true}, resources: {requests: {cpu: null}}}`, "resources.requests.cpu: write how much CPU a pod needs"},
		{`{processors: 12}`, "resources.limits.memory: write 304Mi or more for processors: 12"},
		{`{processors: 3}`, "resources.limits.cpu: write 3 or more for processors: 3, or null for no limit"},
		{`{resources: {limits: {cpu: 500m}}}`, "resources.limits.cpu: write 2 or more for processors: 2"},
		{`{config: {SHUTDOWN_DELAY_SECONDS: 61}}`, "at '/config/SHUTDOWN_DELAY_SECONDS': maximum: got 61, want 60"},
		{`{processors: 60, resources: {limits: {memory: 1Gi}}}`, "resources.limits.memory: write 1264Mi or more"},
		{`{uploads: {ephemeral: true}}`, "uploads.ephemeral: write false, because several pods must share uploaded files"},
		{`{replicas: 1, uploads: {ephemeral: true, existingClaim: files}}`, "uploads.existingClaim: leave it out"},
		{`{uploads: {accessMode: ReadWriteOnce}}`, "uploads.accessMode: write ReadWriteMany, because several pods share the volume"},
		{`{uploads: {accessMode: RWX}}`, "value must be one of 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'"},
		{`{ingress: {enabled: true}, gateway: {enabled: true, parentRefs: [{name: a}]}}`, "gateway.enabled: write false, or ingress"},
		{`{gateway: {enabled: true}}`, "gateway.parentRefs: write the gateways that serve the route"},
		{`{config: {PUBLIC_URL: "https://10.0.0.1:8443"}, ingress: {enabled: true}}`, "config.PUBLIC_URL: write a name instead of an address"},
		{`{config: {PUBLIC_URL: "https://[2001:db8::1]"}, ingress: {enabled: true}}`, "config.PUBLIC_URL: write a name instead of an address"},
		{`{resources: {limits: {memory: -1}}}`, "at '/resources/limits/memory': exclusiveMinimum: got -1, want 0"},
		{`{metrics: {serviceMonitor: {enabled: true}}}`, "metrics.enabled: write true, or metrics.serviceMonitor.enabled: false"},
		{`{metrics: {prometheusRule: {enabled: true}}}`, "metrics.enabled: write true, or metrics.prometheusRule.enabled: false"},
		{`{networkPolicy: {proxy: [ingress-nginx]}}`, "at '/networkPolicy/proxy/0': got string, want object"},
		{`{image: {digest: abc}}`, "at '/image/digest': 'abc' does not match pattern '^(sha256:[0-9a-f]{64})?$'"},
		{`{service: {type: Public}}`, "value must be one of 'ClusterIP', 'NodePort', 'LoadBalancer'"},
		{`{fullnameOverride: id.example}`, "fullnameOverride: write a name that begins with a letter"},
		{`{fullnameOverride: 1id}`, "fullnameOverride: write a name that begins with a letter"},
		{`{podLabels: {app.kubernetes.io/component: mine}}`, "podLabels: leave app.kubernetes.io/component out"},
	} {
		_, err := renderTexts(t, merged(t, given(t, "minimal.yaml"), c.values), nil)
		require.ErrorContains(t, err, c.want, c.values)
		require.NotContains(t, err.Error(), canary, "a value is repeated")
	}
}

// TestAllFaultsAreReportedTogether saves a second try.
func TestAllFaultsAreReportedTogether(t *testing.T) {
	_, err := renderTexts(t, values{}, nil)
	require.ErrorContains(t, err, "the values cannot be used:\n  - secrets.existingSecret: write")
	require.ErrorContains(t, err, "\n  - config.PUBLIC_URL: write")
}
