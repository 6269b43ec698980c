package release

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// workflow is the part of a file in .github/workflows that the tests use.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Container   string
		Steps       []struct {
			Uses string
			Run  string
			With map[string]any
		}
	}
}

func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	all := map[string]workflow{}
	for _, path := range paths {
		var w workflow
		require.NoError(t, yaml.Unmarshal([]byte(read(t, ".github/workflows/"+filepath.Base(path))), &w))
		all[filepath.Base(path)] = w
	}
	require.Contains(t, all, "ci.yml")
	require.Contains(t, all, "release.yml")
	return all
}

// TestWorkflowsHaveFewPermissions: a workflow can only read, and one job can publish and sign.
func TestWorkflowsHaveFewPermissions(t *testing.T) {
	for name, w := range workflows(t) {
		require.Equal(t, map[string]string{"contents": "read"}, w.Permissions, name)
		for job, j := range w.Jobs {
			if name == "release.yml" && job == "publish" {
				require.Equal(t, map[string]string{
					"contents": "write", "packages": "write", "id-token": "write", "attestations": "write",
				}, j.Permissions)
				continue
			}
			require.Empty(t, j.Permissions, "%s: %s", name, job)
		}
	}
}

// TestActionsArePinnedByCommit: a tag of an action can be moved to other code.
func TestActionsArePinnedByCommit(t *testing.T) {
	for name, w := range workflows(t) {
		for _, j := range w.Jobs {
			for _, step := range j.Steps {
				if step.Uses != "" {
					require.Regexp(t, `^[\w./-]+@[0-9a-f]{40}$`, step.Uses, name)
					require.Regexp(t, regexp.QuoteMeta(step.Uses)+` # v\d+\.\d+\.\d+\n`, read(t, ".github/workflows/"+name), "the version, for readers")
				}
			}
		}
	}
}

// TestWorkflowsUseTheGoOfTheModule compares the minor version of Go.
func TestWorkflowsUseTheGoOfTheModule(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	require.Contains(t, read(t, configured(t).Images[0].Dockerfile), "golang:"+version+"-")
	seen := 0
	for name, w := range workflows(t) {
		for _, j := range w.Jobs {
			if j.Container != "" {
				seen++
				require.Regexp(t, `^golang:`+regexp.QuoteMeta(version)+`-`, j.Container, name)
			}
			for _, step := range j.Steps {
				if used, set := step.With["go-version"]; set {
					seen++
					require.Equal(t, version, used, name)
				}
			}
		}
	}
	require.Equal(t, 2, seen)
}

// TestTheDocumentSaysWhoSigns compares the command that verifies a signature with the workflow that signs.
func TestTheDocumentSaysWhoSigns(t *testing.T) {
	require.Contains(t, workflows(t)["release.yml"].Jobs, "publish")
	document := read(t, "docs/releases.md")
	require.Contains(t, document, "https://github.com/sole-platform/sole/.github/workflows/release.yml@refs/tags/")
	require.Contains(t, document, "https://token.actions.githubusercontent.com")
}
