package chart

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/kube"
	kubefake "helm.sh/helm/v4/pkg/kube/fake"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/rest/fake"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"sigs.k8s.io/yaml"
)

// recorder stands in for a cluster, in which no object exists yet when Helm asks, and records what Helm does.
type recorder struct {
	*kubefake.PrintingKubeClient
	t        *testing.T
	jobsFail bool
	did      []string
}

func (r *recorder) record(what string, list kube.ResourceList) {
	for _, info := range list {
		r.did = append(r.did, what+" "+info.Mapping.GroupVersionKind.Kind+" "+info.Name)
	}
}

// Build implements kube.Interface.
func (r *recorder) Build(text io.Reader, _ bool) (list kube.ResourceList, err error) {
	all, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	nothing := fake.CreateHTTPClient(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})
	for _, document := range documents(r.t, string(all)) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), object); err != nil {
			return nil, err
		}
		kind := object.GroupVersionKind()
		list = append(list, &resource.Info{
			Client: &fake.RESTClient{
				NegotiatedSerializer: legacyscheme.Codecs.WithoutConversion(), GroupVersion: kind.GroupVersion(), Client: nothing,
			},
			Mapping: &meta.RESTMapping{
				Resource:         kind.GroupVersion().WithResource(strings.ToLower(kind.Kind) + "s"),
				GroupVersionKind: kind, Scope: meta.RESTScopeNamespace,
			},
			Namespace: release.Namespace, Name: object.GetName(), Object: object,
		})
	}
	return list, nil
}

// Create implements kube.Interface.
func (r *recorder) Create(list kube.ResourceList, _ ...kube.ClientCreateOption) (*kube.Result, error) {
	r.record("create", list)
	return &kube.Result{Created: list}, nil
}

// Update implements kube.Interface.
func (r *recorder) Update(_, list kube.ResourceList, _ ...kube.ClientUpdateOption) (*kube.Result, error) {
	r.record("update", list)
	return &kube.Result{Updated: list}, nil
}

// Delete implements kube.Interface.
func (r *recorder) Delete(list kube.ResourceList, _ metav1.DeletionPropagation) (*kube.Result, []error) {
	r.record("delete", list)
	return &kube.Result{Deleted: list}, nil
}

// OutputContainerLogsForPodList implements kube.Interface.
func (r *recorder) OutputContainerLogsForPodList(*corev1.PodList, string, func(namespace, pod, container string) io.Writer) error {
	r.did = append(r.did, "show the log")
	return nil
}

// GetWaiter implements kube.Interface.
func (r *recorder) GetWaiter(kube.WaitStrategy) (kube.Waiter, error) {
	return waiter{PrintingKubeWaiter: &kubefake.PrintingKubeWaiter{Out: io.Discard, LogOutput: io.Discard}, recorder: r}, nil
}

// GetWaiterWithOptions implements kube.InterfaceWaitOptions.
func (r *recorder) GetWaiterWithOptions(s kube.WaitStrategy, _ ...kube.WaitOption) (kube.Waiter, error) {
	return r.GetWaiter(s)
}

type waiter struct {
	*kubefake.PrintingKubeWaiter
	recorder *recorder
}

// WatchUntilReady implements kube.Waiter.
func (w waiter) WatchUntilReady(list kube.ResourceList, _ time.Duration) error {
	for _, info := range list {
		if w.recorder.jobsFail && info.Mapping.GroupVersionKind.Kind == "Job" {
			return errors.New("the job failed")
		}
	}
	return nil
}

// during returns what Helm does in run, without deletions of hooks that do not exist yet.
func (r *recorder) during(run func() error) (did []string, err error) {
	r.did = nil
	err = run()
	return slices.DeleteFunc(slices.Clone(r.did), func(what string) bool { return what == "delete Job sole-migrate" }), err
}

// TestNothingIsReplacedBeforeTheJobSucceeds installs, upgrades and rolls back with Helm's own code.
func TestNothingIsReplacedBeforeTheJobSucceeds(t *testing.T) {
	cluster := &recorder{PrintingKubeClient: &kubefake.PrintingKubeClient{Out: io.Discard, LogOutput: io.Discard}, t: t}
	kubernetes, err := common.ParseKubeVersion("v1.37.2")
	require.NoError(t, err)
	capabilities := common.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *kubernetes
	helm := &action.Configuration{
		Releases: storage.Init(driver.NewMemory()), KubeClient: cluster, Capabilities: capabilities,
		HookOutputFunc: func(string, string, string) io.Writer { return &bytes.Buffer{} },
	}
	v := merged(t, given(t, "full.yaml"), "{secrets: {check: false}}")
	install := func() error {
		i := action.NewInstall(helm)
		i.ReleaseName, i.Namespace, i.WaitStrategy, i.Timeout, i.Replace = "sole", release.Namespace, kube.HookOnlyStrategy, time.Minute, true
		_, err := i.Run(load(t), v)
		return err
	}
	upgrade := func() error {
		u := action.NewUpgrade(helm)
		u.Namespace, u.WaitStrategy, u.Timeout = release.Namespace, kube.HookOnlyStrategy, time.Minute
		_, err := u.Run("sole", load(t), merged(t, v, "{config: {LOG_LEVEL: debug}}"))
		return err
	}
	refused := []string{
		"delete NetworkPolicy sole-migrate", "create NetworkPolicy sole-migrate", "create Job sole-migrate", "show the log",
		"delete NetworkPolicy sole-migrate",
	}

	cluster.jobsFail = true
	did, err := cluster.during(install)
	require.ErrorContains(t, err, "the job failed")
	require.Equal(t, refused, did)

	cluster.jobsFail = false
	did, err = cluster.during(install)
	require.NoError(t, err)
	job, deployment := slices.Index(did, "create Job sole-migrate"), slices.Index(did, "create Deployment sole")
	require.Positive(t, job)
	require.Greater(t, deployment, job)
	require.Greater(t, slices.Index(did, "create ConfigMap sole"), job, "so the job does not use it")

	cluster.jobsFail = true
	did, err = cluster.during(upgrade)
	require.ErrorContains(t, err, "the job failed")
	require.Equal(t, refused, did)
	cluster.jobsFail = false
	did, err = cluster.during(upgrade)
	require.NoError(t, err)
	require.Greater(t, slices.Index(did, "update Deployment sole"), slices.Index(did, "create Job sole-migrate"))

	cluster.jobsFail = true
	did, err = cluster.during(func() error {
		r := action.NewRollback(helm)
		r.WaitStrategy, r.Timeout = kube.HookOnlyStrategy, time.Minute
		return r.Run("sole")
	})
	require.NoError(t, err)
	require.Contains(t, did, "update Deployment sole")
	require.NotContains(t, did, "create Job sole-migrate", "an older version must not migrate")
}
