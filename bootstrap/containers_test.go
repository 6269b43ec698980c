package bootstrap

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/sole-platform/sole/adapters/bunstore"
)

// composed is a service in docker-compose.yml.
type composed struct {
	Image       string
	PullPolicy  string `yaml:"pull_policy"`
	Build       map[string]any
	Environment map[string]string
	Healthcheck map[string]any
	Restart     string
	Command     []string
	Volumes     []string
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

func composeFile(t *testing.T) (services map[string]composed, text string) {
	t.Helper()
	raw, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var file struct{ Services map[string]composed }
	require.NoError(t, yaml.Unmarshal(raw, &file))
	return file.Services, string(raw)
}

func TestComposeSetsOnlyExistingKeys(t *testing.T) {
	services, text := composeFile(t)
	for _, name := range []string{"migrate", "seed", "sole"} {
		require.NotEmpty(t, services[name].Environment, name)
		for key := range services[name].Environment {
			require.True(t, isSetting(key) || key == "PGPASSWORD", "%s sets %s, which the service does not read", name, key)
		}
	}
	for _, found := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(text, -1) {
		own := slices.Contains([]string{composePassword, composeEnvFile, "SOLE_PORTS", "SOLE_VERSION"}, found[1])
		require.True(t, own || isSetting(found[1]), "neither the service nor Compose reads ${%s}", found[1])
	}
}

func TestComposeStartsTheServiceAfterMigrationAndSeed(t *testing.T) {
	services, _ := composeFile(t)
	require.Equal(t, []string{"migrate", "up"}, services["migrate"].Command)
	require.Equal(t, "service_healthy", services["migrate"].DependsOn["postgres"].Condition)
	require.Equal(t, "service_completed_successfully", services["seed"].DependsOn["migrate"].Condition)
	require.Equal(t, "service_completed_successfully", services["sole"].DependsOn["migrate"].Condition)
	require.Equal(t, "service_completed_successfully", services["sole"].DependsOn["seed"].Condition)
	require.Equal(t, "service_healthy", services["sole"].DependsOn["redis"].Condition)
	for name, service := range services {
		switch name {
		case "postgres", "redis":
			require.Contains(t, service.Healthcheck, "test", name)
			require.Equal(t, "unless-stopped", service.Restart, name)
			require.NotEmpty(t, service.Volumes, name)
		case "sole":
			require.Equal(t, "${PROXIES_COUNT:-0}", service.Environment["PROXIES_COUNT"], "clients reach the published port directly")
			require.Empty(t, service.Healthcheck, "the image has one")
			require.Equal(t, "unless-stopped", service.Restart)
		case "migrate", "seed":
			require.Equal(t, true, service.Healthcheck["disable"], name)
			require.Equal(t, "no", service.Restart, name)
		}
		if slices.Contains([]string{"sole", "migrate", "seed"}, name) {
			require.True(t, service.ReadOnly, name)
			require.Equal(t, []string{"ALL"}, service.CapDrop, name)
			require.Equal(t, []string{"data:/data"}, service.Volumes, "%s: keys made by one are read by all", name)
		}
	}
}

func TestTheImageRunsTheBinaryAsANonRootUser(t *testing.T) {
	raw, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	build, image, found := strings.Cut(string(raw), "\nFROM scratch\n")
	require.True(t, found)
	require.Contains(t, build, "CGO_ENABLED=0")
	require.Contains(t, build, "-X github.com/sole-platform/sole/bootstrap.version=${VERSION}")
	require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, image, "by number: Kubernetes cannot tell that a name is not root")
	require.Regexp(t, `(?m)^HEALTHCHECK .*CMD \["/sole", "healthcheck"\]$`, image)
	require.Contains(t, image, "\nENTRYPOINT [\"/sole\"]\n")
	require.NotContains(t, image, "\nRUN ")
	for _, line := range regexp.MustCompile(`(?m)^ENV (.*)$`).FindAllStringSubmatch(image, -1) {
		for _, pair := range strings.Fields(line[1]) {
			key, _, _ := strings.Cut(pair, "=")
			require.True(t, isSetting(key), key)
		}
	}
	require.Regexp(t, `(?m)^ENV .*\bPROXIES_COUNT=0$`, image, "a client of a published port must not choose its address")
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(module))
	require.Contains(t, build, "FROM golang:"+version[1]+"-")
}

func TestSecretsAreNotCopiedIntoTheImage(t *testing.T) {
	raw, err := os.ReadFile("../.dockerignore")
	require.NoError(t, err)
	lines := strings.Split(string(raw), "\n")
	for _, name := range []string{".env", ".env.*", "data", "**/*.pem", ".git"} {
		require.Contains(t, lines, name)
	}
}

func TestComposeKeepsThePasswordOutOfTheURL(t *testing.T) {
	services, text := composeFile(t)
	require.NotRegexp(t, `://[^\s]*\$\{POSTGRES_PASSWORD`, text, "a raw password breaks the URL")
	for _, name := range []string{"migrate", "seed", "sole"} {
		require.Regexp(t, `^\$\{POSTGRES_PASSWORD:\?`, services[name].Environment["PGPASSWORD"], name)
		require.NoError(t, bunstore.CheckPostgresURL(services[name].Environment["DATABASE_URL"]))
	}
	require.Equal(t, services["sole"].Environment["PGPASSWORD"], services["postgres"].Environment["POSTGRES_PASSWORD"])
}

func TestComposeBuildsTheImageOnce(t *testing.T) {
	services, _ := composeFile(t)
	for name, service := range services {
		if service.Image != "sole" {
			continue
		}
		require.Equal(t, name == "sole", service.Build != nil, name)
		require.Equal(t, name != "sole", service.PullPolicy == "never", "%s: no registry has this image", name)
	}
}
