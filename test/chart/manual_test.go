package chart

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const manual = "../../docs/kubernetes.md"

var fenced = regexp.MustCompile("(?ms)^(?:<!-- (.*?) -->\n)?```(\\w+)\n(.*?)^```$")

// blocks returns the blocks of the manual in a language.
func blocks(t *testing.T, language string) (texts []string) {
	t.Helper()
	text, err := os.ReadFile(manual)
	require.NoError(t, err)
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		if block[2] == language {
			require.Equal(t, language == "sh", block[1] == "tested by: "+"TestTheCommandsOfTheManual", block[3])
			texts = append(texts, block[3])
		}
	}
	require.NotEmpty(t, texts)
	return texts
}

// TestTheValuesOfTheManualAreAccepted adds each block of values to the minimal ones.
func TestTheValuesOfTheManualAreAccepted(t *testing.T) {
	for _, block := range blocks(t, "yaml") {
		for _, object := range decoded(t, merged(t, given(t, "minimal.yaml"), block)) {
			if extensions[object.GetObjectKind().GroupVersionKind().Kind] == nil {
				require.Empty(t, apiServerFaults(object), block)
			}
		}
	}
}

// standIn records how it is called, and prints what the manual shows.
const standIn = `#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
case "${0##*/} $*" in
psql*) cat >>"$CALLS" ;;
*" -f -") cat >/dev/null ;;
*" logs "*) echo 'https://id.example.org/first-run?token=abc' ;;
curl*) echo '{"status":"ok"}' ;;
esac
`

// called are the calls of the manual. Each must occur, and no other one.
var called = []string{
	`psql -h db\.example\.org -U postgres -v ON_ERROR_STOP=1`,
	`CREATE ROLE sole_owner LOGIN CREATEROLE PASSWORD '[0-9a-f]{48}';`,
	`CREATE ROLE sole LOGIN PASSWORD '[0-9a-f]{48}';`,
	`CREATE DATABASE sole OWNER sole_owner;`,
	`kubectl create namespace identity`,
	`kubectl label namespace identity pod-security\.kubernetes\.io/enforce=restricted`,
	`kubectl -n identity create secret generic sole --from-file=secrets( --dry-run=client -o yaml)?`,
	`kubectl apply -f -`,
	`helm upgrade --install sole deploy/helm/sole -n identity -f values\.yaml --wait`,
	`kubectl -n identity logs -l (\S+) --tail=-1`,
	`helm -n identity test sole`,
	`kubectl -n identity exec deployment/sole -- /sole (doctor|prove isolation)`,
	`curl -s https://id\.example\.org/api/v1/health/ready`,
	`git (fetch --tags|checkout v\d+\.\d+\.\d+)`,
	`helm upgrade sole deploy/helm/sole -n identity -f values\.yaml --wait --rollback-on-failure`,
	`helm -n identity (history|uninstall) sole`,
	`helm -n identity rollback sole \d+ --wait`,
	`kubectl -n identity rollout (restart|status) deployment/sole`,
	`kubectl -n identity delete pvc sole-uploads`,
	`kubectl delete namespace identity`,
}

// TestTheCommandsOfTheManual runs the commands with stand-ins for the programs that need servers. Then it checks the files that the
// commands wrote, and that the objects that they name are those of the chart.
func TestTheCommandsOfTheManual(t *testing.T) {
	folder, tools := t.TempDir(), t.TempDir()
	for _, name := range []string{"kubectl", "helm", "psql", "git", "curl"} {
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte(standIn), 0o755)) //nolint:gosec // a program
	}
	repository, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(filepath.Join(repository, "deploy"), filepath.Join(folder, "deploy")))
	calls := filepath.Join(tools, "calls")
	shell := exec.Command("bash", "-euo", "pipefail", "-c", strings.Join(blocks(t, "sh"), "\n"))
	shell.Dir, shell.Env = folder, []string{"PATH=" + tools + ":/usr/bin:/bin", "CALLS=" + calls, "HOME=" + folder}
	output, err := shell.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), `{"status":"ok"}`)

	secrets := writtenSecrets(t, filepath.Join(folder, "secrets"))
	written, err := os.ReadFile(filepath.Join(folder, "values.yaml"))
	require.NoError(t, err)
	v := parse(t, string(written))
	_, err = renderTexts(t, v, clusterWith("sole", secrets))
	require.NoError(t, err, "Helm finds the Secret as the manual writes it")
	require.Len(t, v["secrets"].(values)["keys"], len(secrets))

	objects := decoded(t, v)
	log, err := os.ReadFile(calls)
	require.NoError(t, err)
	used := map[string]bool{}
	for _, call := range strings.Split(strings.TrimSpace(string(log)), "\n") {
		pattern := matching(call)
		require.NotEmpty(t, pattern, "an unexpected call: %s", call)
		used[pattern] = true
		if selector := regexp.MustCompile(`logs -l (\S+)`).FindStringSubmatch(call); selector != nil {
			parsed, err := labels.Parse(selector[1])
			require.NoError(t, err)
			require.True(t, parsed.Matches(labels.Set(find[*appsv1.Deployment](t, objects, "sole").Spec.Template.Labels)))
		}
	}
	require.Len(t, used, len(called), "calls that the manual does not have any more")
	find[*corev1.PersistentVolumeClaim](t, objects, "sole-uploads")
	find[*corev1.Pod](t, objects, "sole-ready")
}

func matching(call string) string {
	for _, pattern := range called {
		if regexp.MustCompile("^" + pattern + "$").MatchString(call) {
			return pattern
		}
	}
	return ""
}

// writtenSecrets reads the files of the Secret, and checks each.
func writtenSecrets(t *testing.T, folder string) map[string]string {
	t.Helper()
	secrets := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, "-rw-------", fmt.Sprint(info.Mode()), entry.Name())
		secrets[entry.Name()] = string(text)
		if strings.HasSuffix(entry.Name(), "_URL") {
			parsed, err := url.Parse(string(text))
			require.NoError(t, err)
			require.NotEmpty(t, parsed.Host, entry.Name())
		}
	}
	require.Len(t, secrets["SECRET_KEY"], 64)
	require.NotContains(t, secrets["SECRET_KEY"], "\n")
	block, _ := pem.Decode([]byte(secrets["JWT_PRIVATE_KEY"]))
	require.NotNil(t, block)
	_, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return secrets
}
