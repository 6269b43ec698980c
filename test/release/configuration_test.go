package release

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const root = "../.."

// configuration is the part of .goreleaser.yaml that the tests use.
type configuration struct {
	Builds []struct {
		Env, Flags, Tags, LDFlags, GOOS, GOARCH []string
	}
	SBOMs []struct {
		Artifacts, Cmd string
		Args           []string
	}
	Archives []struct {
		Files []struct{ Src string }
	}
	Images []struct {
		Dockerfile string
		Platforms  []string
		ExtraFiles []string `yaml:"extra_files"`
	} `yaml:"dockers_v2"`
}

func configured(t *testing.T) (c configuration) {
	t.Helper()
	require.NoError(t, yaml.Unmarshal([]byte(read(t, ".goreleaser.yaml")), &c))
	require.Len(t, c.Builds, 1)
	require.Len(t, c.SBOMs, 1)
	require.Len(t, c.Images, 1)
	return c
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err)
	return string(text)
}

// TestEveryBuildOfAReleaseIsTheSame compares the places that build the program as it is released.
func TestEveryBuildOfAReleaseIsTheSame(t *testing.T) {
	b := configured(t).Builds[0]
	require.Equal(t, []string{"CGO_ENABLED=0"}, b.Env, "static programs")
	require.Equal(t, []string{"-trimpath", "-buildvcs=true"}, b.Flags)
	require.Len(t, b.LDFlags, 1)
	require.Equal(t, []string{"linux", "darwin"}, b.GOOS)
	require.Equal(t, []string{"amd64", "arm64"}, b.GOARCH)
	tags, linked := strings.Join(b.Tags, ","), b.LDFlags[0]

	image := strings.ReplaceAll(read(t, "Dockerfile"), "\\\n", " ")
	require.Regexp(t, `CGO_ENABLED=0 go build -trimpath -tags `+tags+`\s+-ldflags "`+linked+
		` -X github.com/sole-platform/sole/bootstrap.version=\$\{VERSION\}"`, image, "without .git, Go does not find the version")
	command := `go build -trimpath -tags ` + tags + ` -ldflags "` + linked + `" -o `
	require.Contains(t, read(t, "Taskfile.yml"), command+"{{.BINARY}} .")
	require.Contains(t, read(t, "test/harness/binary.go"), `"-trimpath", "-tags=`+tags+`", "-ldflags=`+linked+`")`, "measurements")
	document := strings.Replace(command, "go build", "CGO_ENABLED=0 go build -buildvcs=true", 1)
	require.Contains(t, read(t, "docs/releases.md"), document)
	require.Contains(t, read(t, "test/release/prepare/licences.go"), `"`+tags+`"`)
}

// TestTheImageOfAReleaseIsThatOfTheDockerfile compares the last stages, which differ only in where their files come from.
func TestTheImageOfAReleaseIsThatOfTheDockerfile(t *testing.T) {
	lines := func(path string) (kept []string) {
		_, last, found := strings.Cut(read(t, path), "\nFROM scratch\n")
		require.True(t, found, path)
		for line := range strings.Lines(last) {
			if regexp.MustCompile(`^(ARG|COPY (--from=build )?\S*(/sole|LICENSE) )`).MatchString(line) {
				continue
			}
			kept = append(kept, line)
		}
		return kept
	}
	i := configured(t).Images[0]
	require.Equal(t, lines("Dockerfile"), lines(i.Dockerfile))
	require.Equal(t, []string{"linux/amd64", "linux/arm64"}, i.Platforms)
	for _, file := range i.ExtraFiles {
		require.Regexp(t, `\nCOPY .*\b`+regexp.QuoteMeta(file)+`\b.* /licenses/\n`, read(t, i.Dockerfile))
	}
}

// TestArchivesHaveTheFilesThatTheyName finds files for each pattern; prepare writes those in bin.
func TestArchivesHaveTheFilesThatTheyName(t *testing.T) {
	for _, file := range configured(t).Archives[0].Files {
		if strings.HasPrefix(file.Src, "bin/") {
			continue
		}
		found, err := filepath.Glob(filepath.Join(root, strings.ReplaceAll(file.Src, "**/", "*/")))
		require.NoError(t, err)
		require.NotEmpty(t, found, file.Src)
	}
}
