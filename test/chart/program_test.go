package chart

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// machine stands in for a node: it runs the program with the environment of a container, on other ports and folders.
type machine struct {
	program string
	secrets map[string]string
	folder  string
	port    string
	metrics string
}

// program builds the product once.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sole-chart-")
	if err != nil {
		return "", err
	}
	built = folder
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "sole"), ".")
	build.Dir = "../.."
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return filepath.Join(folder, "sole"), nil
})

var built string // the folder of the program

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

func newMachine(t *testing.T) machine {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	m := machine{program: path, folder: t.TempDir(), port: freePort(t), metrics: freePort(t)}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	m.secrets = map[string]string{
		"SECRET_KEY":      rand.Text() + rand.Text(),
		"JWT_PRIVATE_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"DATABASE_URL":    "sqlite://" + filepath.Join(m.folder, "sole.db"), // the one that needs no server
	}
	return m
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// command is the first container of a pod as a process.
func (m machine) command(t *testing.T, objects []runtime.Object, object runtime.Object) *exec.Cmd {
	t.Helper()
	_, spec := podOf(object)
	container := spec.Containers[0]
	environment := map[string]string{}
	for _, source := range container.EnvFrom {
		for key, value := range find[*corev1.ConfigMap](t, objects, source.ConfigMapRef.Name).Data {
			environment[key] = value
		}
	}
	for _, variable := range container.Env {
		if environment[variable.Name] = variable.Value; variable.ValueFrom != nil {
			environment[variable.Name] = m.secrets[variable.ValueFrom.SecretKeyRef.Key]
		}
	}
	require.Equal(t, "8000", environment["PORT"])
	environment["PORT"], environment["LOCAL_UPLOAD_DIR"] = m.port, filepath.Join(m.folder, "uploads")
	if environment["METRICS_ADDR"] != "" {
		require.Equal(t, ":9090", environment["METRICS_ADDR"])
		environment["METRICS_ADDR"] = "127.0.0.1:" + m.metrics
	}
	if environment["SSL_CERT_DIR"] != "" {
		require.Equal(t, "/etc/sole/ca", environment["SSL_CERT_DIR"])
		environment["SSL_CERT_DIR"] = filepath.Join(m.folder, "ca")
	}
	command := exec.Command(m.program, container.Args...)
	command.Dir = t.TempDir()
	for key, value := range environment {
		if value != "" { // viper does not see empty variables either
			command.Env = append(command.Env, key+"="+value)
		}
	}
	return command
}

// TestTheProgramRunsWithWhatTheChartSets runs the job, the service, its probes and the test pod.
func TestTheProgramRunsWithWhatTheChartSets(t *testing.T) {
	m := newMachine(t)
	v := merged(t, given(t, "one.yaml"),
		"{config: {JWT_ALGORITHM: ES256, SHUTDOWN_DELAY_SECONDS: 1}, migration: {enabled: true}, metrics: {enabled: true}}")
	objects := decoded(t, v)
	deployment, job := find[*appsv1.Deployment](t, objects, "sole"), find[*batchv1.Job](t, objects, "sole-migrate")

	spoiled := m
	spoiled.secrets = map[string]string{"DATABASE_URL": m.secrets["DATABASE_URL"], "SECRET_KEY": "short"}
	output, err := spoiled.command(t, objects, job).CombinedOutput()
	require.Error(t, err, string(output))
	require.Contains(t, string(output), "SECRET_KEY: write at least 32 random characters")
	require.Contains(t, string(output), "JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH: give a private key for ES256")
	require.Contains(t, string(output), "nothing was migrated")
	output, err = m.command(t, objects, job).CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, string(output), "applied 00001_")

	var log bytes.Buffer
	service := m.command(t, objects, deployment)
	service.Stdout, service.Stderr = &log, &log
	require.NoError(t, service.Start())
	t.Cleanup(func() { _ = service.Process.Kill() })
	container := deployment.Spec.Template.Spec.Containers[0]
	for name, probe := range map[string]*corev1.Probe{
		"startup": container.StartupProbe, "liveness": container.LivenessProbe, "readiness": container.ReadinessProbe,
	} {
		require.Eventually(t, func() bool { return m.answers(m.port, probe.HTTPGet.Path) }, 30*time.Second, 50*time.Millisecond, name)
	}
	require.True(t, m.answers(m.metrics, "/metrics"))
	ready := m.command(t, objects, readyPod(t, objects))
	output, err = ready.CombinedOutput()
	require.NoError(t, err, string(output))
	require.NoError(t, service.Process.Signal(syscall.SIGTERM))
	require.NoError(t, service.Wait(), log.String())
	require.Contains(t, log.String(), "/first-run?token=", "NOTES.txt says that the link is in the log")
	require.NoDirExists(t, "/tmp/data", "nothing else is written")
}

// readyPod is the pod of helm test, with an address of this machine in place of the Service.
func readyPod(t *testing.T, objects []runtime.Object) *corev1.Pod {
	t.Helper()
	pod := find[*corev1.Pod](t, objects, "sole-ready").DeepCopy()
	replace := map[string]string{"HOST": "127.0.0.1", "PORT": "8000"}
	for i, variable := range pod.Spec.Containers[0].Env {
		require.Contains(t, replace, variable.Name)
		pod.Spec.Containers[0].Env[i].Value = replace[variable.Name]
	}
	return pod
}

func (m machine) answers(port, path string) bool {
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%s%s", port, path)) //nolint:noctx // of this machine
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

// TestTheNotesNameWhatExists looks up the objects and commands that NOTES.txt names.
func TestTheNotesNameWhatExists(t *testing.T) {
	for _, name := range cases(t) {
		_, notes := render(t, given(t, name))
		require.NotContains(t, notes, "<no value>")
		require.Contains(t, notes, "deployment/"+nameOf(name), name)
		require.Equal(t, name == "full.yaml", strings.Contains(notes, "Sign in as owner@example.org"), "without pages there is no link")
		require.Equal(t, name != "full.yaml", strings.Contains(notes, "grep first-run"), name)
		require.Equal(t, name == "trial.yaml", strings.Contains(notes, "uploaded files are lost"), name)
		require.Equal(t, name == "trial.yaml", strings.Contains(notes, "networkPolicy.monitoring is empty"), name)
	}
}
