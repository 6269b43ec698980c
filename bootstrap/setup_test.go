package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/huh"
	"github.com/sole-platform/sole/adapters/jose"
)

// productionFlags suffice where nobody can be asked.
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

func TestSetupWritesWhatTheServiceStartsWith(t *testing.T) {
	path, output := production(t)
	config, err := Load(Source{EnvFile: path})
	require.NoError(t, err)
	require.True(t, config.Production)
	require.Equal(t, "https://id.example.org", config.PublicURL)
	require.GreaterOrEqual(t, len(config.SecretKey), minSecretKey)
	_, private, err := configuredKey(config)
	require.NoError(t, err)
	require.Equal(t, productionKeyBits, private.N.BitLen())
	public, err := jose.LoadPublicKey([]byte(config.PublicKeyPEM))
	require.NoError(t, err)
	require.True(t, public.Equal(&private.PublicKey))
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
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "others may not read it any longer")
}

func TestSetupChangesOnlyWhatItIsTold(t *testing.T) {
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

func TestSetupByForceMakesNewKeysAndKeepsTheOldOneForDecrypting(t *testing.T) {
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

func TestSetupListsWhatIsMissingWhereNobodyCanBeAsked(t *testing.T) {
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
		"SECRET_KEY: write at least":      {"--secret-key", "short-canary"},
		"SECRET_KEY: write a random":      {"--secret-key", strings.Repeat("ab", 20)},
		"JWT_PRIVATE_KEY: ":               {"--jwt-private-key-path", small},
		"DATABASE_URL: give":              {"--database-url", "postgres://app:changeme@h/d"},
		"DATABASE_URL: no host":           {"--database-url", "postgres:///canary"},
		"REDIS_URL: the scheme":           {"--redis-url", "canary:6379"},
		"SEED_ADMIN_PASSWORD: write":      {"--seed-admin-password", "changeme"},
		"SMTP_URL: leave ?tls=none out":   {"--smtp-url", "smtp://canary:25?tls=none"},
		"ALLOWED_ORIGINS: write exact":    {"--allowed-origins", `["*"]`},
		"SEED_ADMIN_FULL_NAME: leave one": {"--seed-admin-full-name", `"it's $5"`},
	} {
		path := filepath.Join(t.TempDir(), ".env.prod")
		code, output := setupIn(path, append(append([]string{"prod"}, productionFlags...), args...)...)
		require.Equal(t, exitFailure, code, reason)
		require.Contains(t, output, reason)
		require.NotContains(t, output, "canary")
		require.NoFileExists(t, path)
	}
}

func TestSetupForDevelopmentNeedsNoFlagAndTakesOverTheKeysThatDevMade(t *testing.T) {
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

func TestSetupForContainersMakesAPasswordOnce(t *testing.T) {
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
	code, output := setupIn(path, "dev", "--check", "--database-url", "sqlite://"+filepath.Join(folder, "data", "sole.db"), "--redis-url", "redis://127.0.0.1:1/0")
	require.Equal(t, exitFailure, code)
	require.Contains(t, output, "ok    database")
	require.Contains(t, output, "FAIL  cache")
	require.NoFileExists(t, path)
	code, output = setupIn(path, "dev", "--check", "--database-url", "sqlite://"+filepath.Join(folder, "data", "sole.db"))
	require.Equal(t, exitOK, code, output)
	require.FileExists(t, path)
}

func TestWhatSetupWritesIsIgnoredByGit(t *testing.T) {
	lines := strings.Split(contents(t, "../.gitignore"), "\n")
	require.Subset(t, lines, []string{".env", ".env.*", "!.env.example"})
}

func TestSetupAsksForProductionSettingsAndShowsDefaults(t *testing.T) {
	file, err := parseEnvFile(".env.prod", "", false)
	require.NoError(t, err)
	var screen bytes.Buffer
	typed := strings.Join([]string{
		"https://id.example.org", "", "postgres://sole:Zq7-x@db.example.org/sole", "", "redis://cache.example.org", "Acme", "acme", "2", "", "owner@example.org",
		"smtps://u:p@mail.example.org:465", "SOLE <no-reply@example.org>",
	}, "\n") + "\n"
	want := cli.SetupRequest{Mode: "prod"}
	changes := map[string]string{}
	require.NoError(t, askSettings(t.Context(), huh.Terminal{In: iotest.OneByteReader(strings.NewReader(typed)), Out: &screen, Accessible: true}, file, want, changes))
	require.Equal(t, map[string]string{
		"PUBLIC_URL": "https://id.example.org", "DATABASE_URL": "postgres://sole:Zq7-x@db.example.org/sole", "REDIS_URL": "redis://cache.example.org",
		"DEFAULT_ORG_NAME": "Acme", "DEFAULT_ORG_SLUG": "acme", "PROXIES_COUNT": "2", "SEED_ADMIN_EMAIL": "owner@example.org",
		"SMTP_URL": "smtps://u:p@mail.example.org:465", "MAIL_FROM": "SOLE <no-reply@example.org>",
	}, changes, screen.String())

	shown := map[string]string{}
	for _, s := range settings {
		shown[s.key] = question(s, file, want).Value
	}
	require.Equal(t, "1", shown["PROXIES_COUNT"])
	require.Equal(t, "single", shown["TENANCY_MODE"])
	require.Equal(t, "SOLE <no-reply@localhost>", shown["MAIL_FROM"])
	require.Empty(t, shown["REDIS_URL"], "production is asked, memory:// is for one process")
	want.Containers = true
	require.Equal(t, "0", suggested(setting{key: "PROXIES_COUNT", fallback: "1"}, want))
}

func TestEveryOfferedChoiceIsAccepted(t *testing.T) {
	for key, values := range choices {
		for _, value := range values {
			file, err := parseEnvFile("x", "", false)
			require.NoError(t, err)
			if value != "production" { // which wants secrets as well
				require.NoError(t, fit(file, key, value), "%s=%s", key, value)
			}
		}
	}
}

func TestQRIsDrawnFromAResponseOrAURI(t *testing.T) {
	const uri = "otpauth://totp/Acme:owner@example.org?secret=JBSWY3DPEHPK3PXP&issuer=Acme"
	draw := func(in string) (string, error) {
		var out bytes.Buffer
		err := commands{&out, &out}.QR(t.Context(), cli.Options{}, strings.NewReader(in))
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
