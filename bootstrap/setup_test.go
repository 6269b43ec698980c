package bootstrap

import (
	"bytes"
	"crypto/rsa"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/jose"
)

// productionFlags are all flags that setup needs without a terminal.
var productionFlags = []string{
	"--public-url", "https://id.example.org", "--database-url", "postgres://sole:Zq7-canary-Vx2@db.example.org:5432/sole?sslmode=require",
	"--redis-url", "redis://:canary@cache.example.org:6379/0", "--seed-admin-email", "owner@example.org",
}

// setupIn runs `sole setup` on a file in a folder of its own.
func setupIn(path string, args ...string) (code int, output string) {
	var out bytes.Buffer
	code = Main(append([]string{"setup", "--env-file", path}, args...), &out, &out)
	return code, out.String()
}

func production(t *testing.T) (path, output string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), ".env.prod")
	code, output := setupIn(path, append([]string{"prod"}, productionFlags...)...)
	require.Equal(t, exitOK, code, output)
	return path, output
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestSetupWritesAConfigurationThatTheServiceAccepts(t *testing.T) {
	path, output := production(t)
	config, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	require.True(t, config.Production)
	require.Equal(t, "https://id.example.org", config.PublicURL)
	require.GreaterOrEqual(t, len(config.SecretKey), minSecretKey)
	_, private, err := configuredKey(config)
	require.NoError(t, err)
	require.Equal(t, productionKeyBits, private.(*rsa.PrivateKey).N.BitLen())
	public, err := jose.LoadPublicKey([]byte(config.PublicKeyPEM))
	require.NoError(t, err)
	require.Equal(t, private.Public(), public)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.Contains(t, output, "+ PUBLIC_URL=https://id.example.org")
	require.Contains(t, output, "+ DATABASE_URL=postgres://sole:********@db.example.org:5432/sole?********")
	for _, secret := range []string{"canary", config.SecretKey, "BEGIN"} {
		require.NotContains(t, output, secret)
	}
}

func TestSetupAgainChangesNothing(t *testing.T) {
	path, _ := production(t)
	before := contents(t, path)
	require.NoError(t, os.Chmod(path, 0o644))
	for _, args := range [][]string{{"prod"}, append([]string{"prod"}, productionFlags...)} {
		code, output := setupIn(path, args...)
		require.Equal(t, exitOK, code, output)
		require.Contains(t, output, "nothing changed")
		require.Equal(t, before, contents(t, path))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "other users can no longer read it")
}

func TestSetupChangesOnlyTheGivenSettings(t *testing.T) {
	path, _ := production(t)
	before := "# mine\n" + contents(t, path) + "OTHER=1\n"
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
	code, output := setupIn(path, "prod", "--port", "9000", "--public-url", "https://id.example.com", "--dry-run")
	require.Equal(t, exitOK, code, output)
	require.Equal(t, before, contents(t, path), "a dry run writes nothing")

	code, output = setupIn(path, "prod", "--port", "9000", "--public-url", "https://id.example.com")
	require.Equal(t, exitOK, code, output)
	require.Contains(t, output, "- PUBLIC_URL=https://id.example.org\n  + PUBLIC_URL=https://id.example.com")
	require.Equal(t, strings.Replace(before, "id.example.org", "id.example.com", 1)+"PORT=9000\n", contents(t, path))

	code, output = setupIn(path, "prod", "--port", "")
	require.Equal(t, exitOK, code, output)
	require.NotContains(t, contents(t, path), "PORT=9000")
}

func TestForcedSetupCreatesNewKeysAndKeepsTheOldOneAsAFallback(t *testing.T) {
	path, _ := production(t)
	old, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	code, output := setupIn(path, "prod", "--force")
	require.Equal(t, exitOK, code, output)
	require.NotContains(t, output, old.SecretKey)
	fresh, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	require.NotEqual(t, old.SecretKey, fresh.SecretKey)
	require.Equal(t, []string{old.SecretKey}, fresh.SecretKeyFallbacks)
	require.NotEqual(t, old.PrivateKeyPEM, fresh.PrivateKeyPEM)
	require.NotEqual(t, old.PublicKeyPEM, fresh.PublicKeyPEM)
}

func TestSetupCreatesAKeyForTheAlgorithm(t *testing.T) {
	path, _ := production(t)
	old, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	for _, c := range []struct{ written, want string }{{"es256", "ES256"}, {"RS256", "RS256"}} {
		code, output := setupIn(path, "prod", "--jwt-algorithm", c.written)
		require.Equal(t, exitOK, code, output)
		fresh, err := Load(Source{EnvFile: path})
		require.NoError(t, err, "the service accepts the pair")
		require.EqualValues(t, c.want, fresh.Algorithm)
		require.NotEqual(t, old.PrivateKeyPEM, fresh.PrivateKeyPEM)
		require.Equal(t, old.SecretKey, fresh.SecretKey)
		before := contents(t, path)
		code, output = setupIn(path, "prod", "--jwt-algorithm", c.written)
		require.Equal(t, exitOK, code, output)
		require.Equal(t, before, contents(t, path), "the same algorithm changes nothing")
	}
	code, output := setupIn(path, "prod", "--jwt-algorithm", "ES384")
	require.Equal(t, exitFailure, code)
	require.Contains(t, output, "JWT_ALGORITHM: write RS256 or ES256")
}

func TestSetupWithoutATerminalListsTheMissingFlags(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env.prod")
	code, output := setupIn(path, "prod", "--redis-url", "memory://")
	require.Equal(t, exitUsage, code)
	require.Contains(t, output, "--public-url --database-url --seed-admin-email")
	require.NotContains(t, output, "--redis-url")
	require.NoFileExists(t, path)
	code, output = setupIn(path)
	require.Equal(t, exitUsage, code)
	require.Contains(t, output, "sole setup dev or sole setup prod")
}

func TestSetupRefusesWeakValuesForProduction(t *testing.T) {
	small := filepath.Join(t.TempDir(), "small.pem")
	require.NoError(t, os.WriteFile(small, []byte("not a key"), 0o600))
	for reason, args := range map[string][]string{
		"SECRET_KEY: write at least":         {"--secret-key", "short-canary"},
		"SECRET_KEY: write a random":         {"--secret-key", strings.Repeat("ab", 20)},
		"or JWT_PRIVATE_KEY_PATH: this":      {"--jwt-private-key-path", small},
		"DATABASE_URL: use another password": {"--database-url", "postgres://app:changeme@h/d"},
		"DATABASE_URL: the URL has no host":  {"--database-url", "postgres:///canary"},
		"REDIS_URL: unknown scheme":          {"--redis-url", "canary:6379"},
		"SEED_ADMIN_PASSWORD: write":         {"--seed-admin-password", "changeme"},
		"SMTP_URL: leave ?tls=none out":      {"--smtp-url", "smtp://canary:25?tls=none"},
		"ALLOWED_ORIGINS: write exact":       {"--allowed-origins", `["*"]`},
		"SEED_ADMIN_FULL_NAME: leave one":    {"--seed-admin-full-name", `"it's $5"`},
	} {
		path := filepath.Join(t.TempDir(), ".env.prod")
		code, output := setupIn(path, append(append([]string{"prod"}, productionFlags...), args...)...)
		require.Equal(t, exitFailure, code, reason)
		require.Equal(t, 1, strings.Count(output, reason), output)
		require.NotContains(t, output, "canary")
		require.NoFileExists(t, path)
	}
}

func TestSetupForDevelopmentUsesTheKeysThatDevCreated(t *testing.T) {
	folder := t.TempDir()
	made, err := Load(Source{Defaults: map[string]string{"DATA_DIR": folder}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), ".env")
	code, output := setupIn(path, "dev", "--data-dir", folder)
	require.Equal(t, exitOK, code, output)
	config, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	require.Equal(t, made.SecretKey, config.SecretKey)
	require.Equal(t, made.PrivateKeyPEM, strings.TrimSpace(config.PrivateKeyPEM))

	code, output = setupIn(path, append([]string{"prod"}, productionFlags...)...)
	require.Equal(t, exitFailure, code)
	require.Contains(t, output, "is not for prod")
}

func TestSetupReadsASecretFromAFile(t *testing.T) {
	path, secret := filepath.Join(t.TempDir(), ".env.prod"), filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("0123456789abcdefghijklmnopqrstuvwxyz#'\n"), 0o600))
	code, output := setupIn(path, append(append([]string{"prod"}, productionFlags...), "--secret-key", "@"+secret)...)
	require.Equal(t, exitOK, code, output)
	config, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	require.Equal(t, "0123456789abcdefghijklmnopqrstuvwxyz#'", config.SecretKey)
	code, _ = setupIn(path, "prod", "--secret-key", "@/nowhere")
	require.Equal(t, exitFailure, code)
}

func TestSetupForContainersCreatesThePasswordOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env.prod")
	args := []string{"prod", "--containers", "--public-url", "https://id.example.org", "--seed-admin-email", "owner@example.org"}
	code, output := setupIn(path, args...)
	require.Equal(t, exitOK, code, output)
	password := regexp.MustCompile(`(?m)^POSTGRES_PASSWORD=(\w{26})$`).FindStringSubmatch(contents(t, path))
	require.Len(t, password, 2)
	require.NotContains(t, output, password[1])
	require.Contains(t, contents(t, path), "DATABASE_URL=postgres://sole@postgres:5432/sole")
	code, output = setupIn(path, append(args, "--force")...)
	require.Equal(t, exitOK, code, output)
	require.Contains(t, contents(t, path), password[0], "the database was made with it")
}

func TestSetupConnectsWhenAsked(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, ".env")
	database := "sqlite://" + filepath.Join(folder, "data", "sole.db")
	code, output := setupIn(path, "dev", "--check", "--database-url", database, "--redis-url", "redis://127.0.0.1:1/0")
	require.Equal(t, exitFailure, code)
	require.Contains(t, output, "ok    database")
	require.Contains(t, output, "FAIL  cache")
	require.Contains(t, output, "start the server, or correct REDIS_URL")
	require.NoFileExists(t, path)
	code, output = setupIn(path, "dev", "--check", "--database-url", database)
	require.Equal(t, exitOK, code, output)
	require.FileExists(t, path)
}

func TestGitIgnoresTheFilesThatSetupWrites(t *testing.T) {
	lines := strings.Split(contents(t, "../.gitignore"), "\n")
	require.Subset(t, lines, []string{".env", ".env.*", "!.env.example"})
}

func TestSetupAsksForProductionSettingsAndShowsDefaults(t *testing.T) {
	file, err := format().Parse(".env.prod", "", false)
	require.NoError(t, err)
	var screen bytes.Buffer
	typed := strings.Join([]string{
		"https://id.example.org", "", "postgres://sole:Zq7-x@db.example.org/sole", "", "redis://cache.example.org", "Acme", "acme", "2", "",
		"owner@example.org", "smtps://u:p@mail.example.org:465", "SOLE <no-reply@example.org>",
	}, "\n") + "\n"
	planned := &draft{file: file, want: cli.SetupRequest{Mode: "prod"}, changes: map[string]string{}}
	terminal := cli.Terminal{In: iotest.OneByteReader(strings.NewReader(typed)), Out: &screen}
	require.NoError(t, cli.AskSettings(t.Context(), terminal, planned))
	require.Equal(t, map[string]string{
		"PUBLIC_URL": "https://id.example.org", "DATABASE_URL": "postgres://sole:Zq7-x@db.example.org/sole",
		"REDIS_URL": "redis://cache.example.org", "DEFAULT_ORG_NAME": "Acme", "DEFAULT_ORG_SLUG": "acme",
		"PROXIES_COUNT": "2", "SEED_ADMIN_EMAIL": "owner@example.org",
		"SMTP_URL": "smtps://u:p@mail.example.org:465", "MAIL_FROM": "SOLE <no-reply@example.org>",
	}, planned.changes, screen.String())

	shown := map[string]string{}
	for _, s := range settings {
		shown[s.key] = planned.question(s).Value
	}
	require.Equal(t, "1", shown["PROXIES_COUNT"])
	require.Equal(t, "single", shown["TENANCY_MODE"])
	require.Equal(t, "SOLE <no-reply@localhost>", shown["MAIL_FROM"])
	require.Empty(t, shown["REDIS_URL"], "production is asked, memory:// is for one process")
	planned.want.Containers = true
	require.Equal(t, "0", planned.suggested(setting{key: "PROXIES_COUNT", fallback: "1"}))
}

func TestAnswersKeepRemoveAndReplaceSecrets(t *testing.T) {
	file, err := format().Parse(".env.prod", "SMTP_URL=smtps://u:s3cret@mail.example.org:465\n", false)
	require.NoError(t, err)
	smtp := settings[slices.IndexFunc(settings, func(s setting) bool { return s.key == "SMTP_URL" })]
	for typed, want := range map[string]map[string]string{
		"\n": {}, "-\n": {"SMTP_URL": ""}, "smtps://u:o@other.example.org:465\n": {"SMTP_URL": "smtps://u:o@other.example.org:465"},
	} {
		planned := &draft{file: file, want: cli.SetupRequest{Mode: "prod"}, changes: map[string]string{}}
		answers, err := cli.Terminal{In: strings.NewReader(typed), Out: &bytes.Buffer{}}.Ask(t.Context(), planned.question(smtp))
		require.NoError(t, err)
		planned.Answer("SMTP_URL", answers[0])
		require.Equal(t, want, planned.changes, "%q", typed)
	}
}

func TestEveryOfferedChoiceIsAccepted(t *testing.T) {
	for key, values := range choices {
		for _, value := range values {
			if value != "production" { // which requires secrets, too
				require.NoError(t, valid(key, value), "%s=%s", key, value)
			}
		}
	}
}

func TestQRIsDrawnFromAResponseOrAURI(t *testing.T) {
	const uri = "otpauth://totp/Acme:owner@example.org?secret=JBSWY3DPEHPK3PXP&issuer=Acme"
	draw := func(in string) (string, error) {
		var out bytes.Buffer
		err := actions(&out, &out).QR(t.Context(), cli.Options{}, strings.NewReader(in))
		return out.String(), err
	}
	drawn, err := draw(uri + "\n")
	require.NoError(t, err)
	require.Contains(t, drawn, "▀")
	fromAnswer, err := draw(`{"secret":"JBSWY3DPEHPK3PXP","otpauth_uri":"` + strings.ReplaceAll(uri, "&", `\u0026`) + `"}`)
	require.NoError(t, err)
	require.Equal(t, drawn, fromAnswer)
	for _, other := range []string{"", "{}", "https://example.org", "otpauth://" + strings.Repeat("x", 5000)} {
		_, err := draw(other)
		require.ErrorContains(t, err, "otpauth URI", other)
	}
}
