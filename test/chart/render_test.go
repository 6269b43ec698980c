package chart

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	helm "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const folder = "../../deploy/helm/sole"

var loaded = sync.OnceValues(func() (*helm.Chart, error) { return loader.Load(folder) })

func load(t *testing.T) *helm.Chart {
	t.Helper()
	chart, err := loaded()
	require.NoError(t, err)
	return chart
}

// values are the values of a release.
type values = map[string]any

// parse reads values, as helm does from a file.
func parse(t *testing.T, text string) values {
	t.Helper()
	v := values{}
	require.NoError(t, yaml.Unmarshal([]byte(text), &v), text)
	return v
}

// given returns the values of a file in testdata.
func given(t *testing.T, name string) values {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return parse(t, string(text))
}

// cases are the files in testdata.
func cases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(paths), 5)
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return names
}

var release = common.ReleaseOptions{Name: "sole", Namespace: "identity", Revision: 1, IsInstall: true}

// renderTexts renders the chart, by the paths of the templates. provider answers lookups; nil: there is no cluster.
func renderTexts(t *testing.T, v values, provider engine.ClientProvider) (map[string]string, error) {
	t.Helper()
	top, err := util.ToRenderValues(load(t), v, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	if provider != nil {
		return engine.RenderWithClientProvider(load(t), top, provider)
	}
	return engine.Render(load(t), top)
}

// render returns the text of each object, and the notes.
func render(t *testing.T, v values) (objects []string, notes string) {
	t.Helper()
	texts, err := renderTexts(t, v, nil)
	require.NoError(t, err)
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		switch {
		case strings.HasSuffix(path, "NOTES.txt"):
			notes = texts[path]
		case strings.HasSuffix(path, ".yaml"):
			objects = append(objects, documents(t, texts[path])...)
		}
	}
	return objects, notes
}

// documents splits a file into its YAML documents, without those that are empty.
func documents(t *testing.T, text string) (list []string) {
	t.Helper()
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		var content any
		require.NoError(t, yaml.Unmarshal(document, &content), string(document))
		if content != nil {
			list = append(list, string(bytes.TrimSpace(document)))
		}
	}
}
