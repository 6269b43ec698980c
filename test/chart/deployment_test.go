package chart

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestNoRequestIsLostWhilePodsAreReplaced checks what makes a rolling update lose nothing: a new pod is ready before an old one
// ends, and an old one serves until proxies know that it ends.
func TestNoRequestIsLostWhilePodsAreReplaced(t *testing.T) {
	for _, name := range []string{"minimal.yaml", "full.yaml", "autoscaling.yaml", "tenants.yaml"} {
		deployment := find[*appsv1.Deployment](t, decoded(t, given(t, name)), nameOf(name))
		rolling := deployment.Spec.Strategy.RollingUpdate
		require.Zero(t, rolling.MaxUnavailable.IntValue(), name)
		require.Equal(t, 1, rolling.MaxSurge.IntValue(), name)
		pod := deployment.Spec.Template.Spec
		data := find[*corev1.ConfigMap](t, decoded(t, given(t, name)), nameOf(name)).Data
		require.Equal(t, "10", data["SHUTDOWN_DELAY_SECONDS"], "%s: longer than proxies need to hear of it", name)
		require.Equal(t, "20", data["SHUTDOWN_GRACE_SECONDS"], name)
		require.Greater(t, *pod.TerminationGracePeriodSeconds, int64(10+20), "%s: SIGKILL must come after both", name)
		ready := pod.Containers[0].ReadinessProbe
		require.Equal(t, "/api/v1/health/ready", ready.HTTPGet.Path)
		require.Equal(t, "/api/v1/health/live", pod.Containers[0].LivenessProbe.HTTPGet.Path)
		starting := pod.Containers[0].StartupProbe
		require.GreaterOrEqual(t, time.Duration(starting.PeriodSeconds*starting.FailureThreshold)*time.Second, time.Minute)
	}
	v := given(t, "minimal.yaml")
	v["config"].(values)["SHUTDOWN_GRACE_SECONDS"], v["config"].(values)["SHUTDOWN_DELAY_SECONDS"] = 120, 40
	deployment := find[*appsv1.Deployment](t, decoded(t, v), "sole")
	require.Equal(t, int64(40+120+10), *deployment.Spec.Template.Spec.TerminationGracePeriodSeconds)
}

func nameOf(file string) string {
	if file == "tenants.yaml" {
		return "identity"
	}
	return "sole"
}

// TestAPodThatCannotShareIsReplacedAlone covers counters in memory and a volume of one node.
func TestAPodThatCannotShareIsReplacedAlone(t *testing.T) {
	deployment := find[*appsv1.Deployment](t, decoded(t, given(t, "one.yaml")), "sole")
	require.Equal(t, appsv1.RecreateDeploymentStrategyType, deployment.Spec.Strategy.Type)
	require.Nil(t, deployment.Spec.Template.Spec.SecurityContext.FSGroup, "null leaves the group to the cluster")
}

// TestTheDatabaseIsMigratedBeforeAnythingIsReplaced checks the job, which must not depend on objects that its release is about to
// change, and must not run at a rollback.
func TestTheDatabaseIsMigratedBeforeAnythingIsReplaced(t *testing.T) {
	objects := decoded(t, given(t, "full.yaml"))
	job := find[*batchv1.Job](t, objects, "sole-migrate")
	policy := find[*networkingv1.NetworkPolicy](t, objects, "sole-migrate")
	for _, annotations := range []map[string]string{job.Annotations, policy.Annotations} {
		require.Equal(t, "pre-install,pre-upgrade", annotations["helm.sh/hook"])
		require.Equal(t, "before-hook-creation,hook-succeeded", annotations["helm.sh/hook-delete-policy"], "a failed job stays with its log")
	}
	require.Equal(t, "-10", policy.Annotations["helm.sh/hook-weight"])
	require.Equal(t, "0", job.Annotations["helm.sh/hook-weight"])
	require.Equal(t, "hook-failed", job.Annotations["helm.sh/hook-output-log-policy"], "Helm shows what is wrong")
	require.NotZero(t, *job.Spec.ActiveDeadlineSeconds)
	pod := job.Spec.Template.Spec
	require.Equal(t, []string{"migrate", "up", "--check"}, pod.Containers[0].Args)
	require.Equal(t, "default", pod.ServiceAccountName)
	require.Empty(t, pod.Containers[0].EnvFrom)
	for _, volume := range pod.Volumes {
		require.True(t, volume.EmptyDir != nil || volume.Secret != nil, volume.Name)
	}
	require.Contains(t, secretsOf(job), "MIGRATION_DATABASE_URL")
	server := secretsOf(find[*appsv1.Deployment](t, objects, "sole"))
	require.NotContains(t, server, "MIGRATION_DATABASE_URL", "the service needs no such rights")
	require.Subset(t, job.Spec.Template.Labels, policy.Spec.PodSelector.MatchLabels)

	trial := decoded(t, given(t, "trial.yaml"))
	require.Equal(t, []string{"migrate", "up"}, find[*batchv1.Job](t, trial, "sole-migrate").Spec.Template.Spec.Containers[0].Args)
	require.Equal(t, "shared", find[*batchv1.Job](t, trial, "sole-migrate").Spec.Template.Spec.ServiceAccountName)
}

// secretsOf returns where the secret keys of the first container are, as SECRET/KEY.
func secretsOf(object runtime.Object) map[string]string {
	_, spec := podOf(object)
	refs := map[string]string{}
	for _, variable := range spec.Containers[0].Env {
		if variable.ValueFrom != nil {
			refs[variable.Name] = variable.ValueFrom.SecretKeyRef.Name + "/" + variable.ValueFrom.SecretKeyRef.Key
		}
	}
	return refs
}

func TestSecretsAreGivenByReference(t *testing.T) {
	deployment := find[*appsv1.Deployment](t, decoded(t, given(t, "operators.yaml")), "sole")
	require.Equal(t, map[string]string{
		"DATABASE_URL": "sole-db-app/uri", "REDIS_URL": "sole-redis/sentinel-url", "SECRET_KEY": "sole/SECRET_KEY",
		"JWT_PRIVATE_KEY": "sole/JWT_PRIVATE_KEY",
	}, secretsOf(deployment))
}

// TestEveryVariableIsAConfigurationKey compares the environment of all containers with .env.example.
func TestEveryVariableIsAConfigurationKey(t *testing.T) {
	known := append(configurationKeys(t), "PGPASSWORD", "GOMAXPROCS", "SSL_CERT_DIR", "OTEL_SERVICE_NAME") // libpq, Go, the SDK
	for _, name := range cases(t) {
		for _, object := range decoded(t, given(t, name)) {
			if config, ok := object.(*corev1.ConfigMap); ok {
				require.Subset(t, known, slices.Collect(maps.Keys(config.Data)), name)
			}
			if _, spec := podOf(object); spec != nil {
				for _, variable := range spec.Containers[0].Env {
					require.Contains(t, known, variable.Name, name)
				}
			}
		}
	}
}

var exampleKey = regexp.MustCompile(`(?m)^#([A-Z_]+)=`)

// configurationKeys are the keys of .env.example, which a test of the product keeps equal to its code.
func configurationKeys(t *testing.T) (keys []string) {
	t.Helper()
	text, err := os.ReadFile("../../.env.example")
	require.NoError(t, err)
	for _, match := range exampleKey.FindAllStringSubmatch(string(text), -1) {
		keys = append(keys, match[1])
	}
	require.Greater(t, len(keys), 40)
	return keys
}

func TestConfigurationIsWrittenAsTheServiceReadsIt(t *testing.T) {
	objects := decoded(t, given(t, "full.yaml"))
	data := find[*corev1.ConfigMap](t, objects, "sole").Data
	for key, want := range map[string]string{
		"PAGES": "off", "MAX_ORG_UPLOAD_BYTES": "10737418240", "ENABLE_HSTS": "true", "PROXIES_COUNT": "1", "ENVIRONMENT": "production",
		"ALLOWED_ORIGINS": `["https://app.example.org","https://admin.example.org"]`, "HOST": "::", "METRICS_ADDR": ":9090",
		"GOMAXPROCS": "2", "SSL_CERT_DIR": "/etc/sole/ca",
	} {
		require.Equal(t, want, data[key], key)
	}
	changed := given(t, "full.yaml")
	changed["config"].(values)["LOG_LEVEL"] = "debug"
	before := find[*appsv1.Deployment](t, objects, "sole").Spec.Template.Annotations["checksum/config"]
	after := find[*appsv1.Deployment](t, decoded(t, changed), "sole").Spec.Template.Annotations["checksum/config"]
	require.NotEqual(t, before, after, "a changed configuration replaces the pods")
}

func TestTheImageIsThatOfTheRelease(t *testing.T) {
	minimal := find[*appsv1.Deployment](t, decoded(t, given(t, "minimal.yaml")), "sole").Spec.Template.Spec.Containers[0].Image
	require.True(t, strings.HasSuffix(minimal, "/sole:"+load(t).Metadata.AppVersion), minimal)
	require.Equal(t, "v"+load(t).Metadata.Version, load(t).Metadata.AppVersion, "images are tagged as the source")
	log, err := os.ReadFile("../../CHANGELOG.md")
	require.NoError(t, err)
	if newest := regexp.MustCompile(`(?m)^## \[?v?(\d\S*?)\]?(\s|$)`).FindStringSubmatch(string(log)); newest != nil {
		require.Equal(t, newest[1], load(t).Metadata.Version, "the newest release in CHANGELOG.md")
	}
	full := find[*appsv1.Deployment](t, decoded(t, given(t, "full.yaml")), "sole").Spec.Template.Spec.Containers[0].Image
	require.True(t, strings.HasSuffix(full, "/sole@sha256:"+strings.Repeat("a", 64)), full)
}

func TestTheAutoscalerOwnsTheNumberOfPods(t *testing.T) {
	objects := decoded(t, given(t, "autoscaling.yaml"))
	require.Nil(t, find[*appsv1.Deployment](t, objects, "sole").Spec.Replicas, "an upgrade must not reset it")
	scaler := find[*autoscalingv2.HorizontalPodAutoscaler](t, objects, "sole")
	require.Equal(t, int32(3), *scaler.Spec.MinReplicas)
	require.Equal(t, int32(12), scaler.Spec.MaxReplicas)
	require.Equal(t, "sole", scaler.Spec.ScaleTargetRef.Name)
}

// TestPodsHaveTheSizeOfTheTable compares the defaults with the size "medium" of docs/performance.md.
func TestPodsHaveTheSizeOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	require.NoError(t, err)
	resources := find[*appsv1.Deployment](t, decoded(t, given(t, "minimal.yaml")), "sole").Spec.Template.Spec.Containers[0].Resources
	requests, limits := resources.Requests, resources.Limits
	for row, want := range map[string]string{
		"CPU request, limit":    requests.Cpu().String() + ", " + limits.Cpu().String(),
		"memory request, limit": requests.Memory().String() + ", " + limits.Memory().String(),
	} {
		require.Regexp(t, `(?m)^\| a replica: `+row+` \| [^|]+ \| `+regexp.QuoteMeta(want)+` \|`, string(text))
	}
}
