package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command runs one command line in an empty folder.
func command(t *testing.T, line string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	code = Main(strings.Fields(line), &out, &err)
	return out.String(), err.String(), code
}

func TestExitCodes(t *testing.T) {
	clean(t)
	t.Setenv("PORT", "1") // nobody listens there
	t.Chdir(t.TempDir())
	for line, want := range map[string]int{
		"version": exitOK, "openapi": exitOK, "openapi --format yaml": exitOK, "--help": exitOK, "help migrate": exitOK,
		"migrate status": exitOK, "migrate up": exitOK, "migrate down": exitOK, "migrate up --env-file nowhere": exitFailure,
		"serve --env-file nowhere": exitFailure, "dev --env-file nowhere": exitFailure, "seed": exitFailure, "migrate create lost": exitFailure, "healthcheck": exitFailure,
		"": exitUsage, "bogus": exitUsage, "--bogus": exitUsage, "serve bogus": exitUsage, "serve --bogus": exitUsage, "serve --env-file": exitUsage,
		"migrate": exitUsage, "migrate bogus": exitUsage, "migrate create": exitUsage, "migrate create a b": exitUsage, "migrate create ../a": exitUsage,
		"openapi --format xml": exitUsage, "version bogus": exitUsage,
	} {
		stdout, stderr, code := command(t, line)
		require.Equal(t, want, code, "sole %s: %s%s", line, stdout, stderr)
		if code == exitOK {
			require.NotEmpty(t, stdout, "sole %s", line)
			require.Empty(t, stderr, "sole %s", line)
			continue
		}
		require.Contains(t, stderr, "sole: ", "sole %s", line)
	}
}

func TestAFailedCommandLeavesNothingBehind(t *testing.T) {
	clean(t)
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("PORT", "many")
	_, stderr, code := command(t, "serve")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "PORT")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries, "a configuration that cannot be used makes no keys")
}

func TestSeedShowsAPasswordOnlyWhenItMadeOne(t *testing.T) {
	clean(t)
	t.Chdir(t.TempDir())
	t.Setenv("SEED_ADMIN_EMAIL", "owner@example.org")
	t.Setenv("SEED_ADMIN_PASSWORD", "a given password "+fault)
	stdout, stderr, code := command(t, "seed")
	require.Equal(t, exitOK, code, stderr)
	require.NotContains(t, stdout+stderr, fault)
	stdout, _, code = command(t, "seed")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "nothing changed")
	stdout, _, code = command(t, "doctor")
	require.Equal(t, exitOK, code, stdout)
	require.NotContains(t, stdout, "FAIL")
}

func TestDoctorTellsWhatToChangeAndNoSecret(t *testing.T) {
	clean(t)
	t.Chdir(t.TempDir())
	t.Setenv("DATABASE_URL", "postgres://sole:"+fault+"@127.0.0.1:1/sole")
	t.Setenv("REDIS_URL", "redis://:"+fault+"@127.0.0.1:1/0")
	stdout, stderr, code := command(t, "doctor")
	require.Equal(t, exitFailure, code, stdout)
	require.Contains(t, stdout, "FAIL  database")
	require.Contains(t, stdout, "FAIL  cache")
	require.NotContains(t, stdout+stderr, fault)
}

func TestABadURLIsRefusedWithoutShowingItsPassword(t *testing.T) {
	clean(t)
	t.Chdir(t.TempDir())
	for key, value := range map[string]string{
		"DATABASE_URL": "postgres://sole:" + fault + "@127.0.0.1:port/sole", "REDIS_URL": "redis://:" + fault + "@127.0.0.1:6379/no-number", "MIGRATION_DATABASE_URL": "postgres://m:" + fault + "@h:1/d?sslmode=bogus",
	} {
		t.Run(key, func(t *testing.T) {
			if key == "MIGRATION_DATABASE_URL" {
				t.Setenv("DATABASE_URL", "postgres://sole@127.0.0.1:1/sole")
			}
			t.Setenv(key, value)
			for _, line := range []string{"serve", "migrate up", "doctor"} {
				stdout, stderr, code := command(t, line)
				require.Equal(t, exitFailure, code, line)
				require.NotContains(t, stdout+stderr, fault, "sole %s", line)
				require.NotContains(t, stdout+stderr, "panic", "sole %s", line)
			}
		})
	}
}

func TestOneFileIsServedByOneProcess(t *testing.T) {
	clean(t)
	folder := t.TempDir()
	t.Chdir(folder)
	config, err := Load(Source{})
	require.NoError(t, err)
	app, err := Build(config, Environment{Log: &bytes.Buffer{}})
	require.NoError(t, err)
	require.NoError(t, app.prepare(t.Context()))
	defer func() { _ = app.Close() }()
	_, stderr, code := command(t, "serve")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "another process")
	_, err = os.Stat(filepath.Join(folder, "data", "sole.db"))
	require.NoError(t, err)
}
