package bootstrap

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/domain"
)

func TestTheEnvironmentWinsOverTheFileAndTheFileOverSecrets(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "settings")
	require.NoError(t, os.WriteFile(file, []byte("PORT=2\nJWT_AUDIENCE=file\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "JWT_AUDIENCE"), []byte("secret\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "JWT_ISSUER"), []byte("https://secret.example\n"), 0o600))
	t.Setenv("PORT", "3")
	config, err := Load(Source{EnvFile: file, SecretsDir: folder, Defaults: map[string]string{"DATA_DIR": folder, "PORT": "1", "HOST": "::1"}})
	require.NoError(t, err)
	require.Equal(t, 3, config.Port)
	require.Equal(t, "file", config.Audience)
	require.Equal(t, "https://secret.example", config.Issuer)
	require.Equal(t, "::1", config.Host)
}

func TestConcurrentLoadsCreateTheKeysOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	configs := make([]Config, 8)
	var done sync.WaitGroup
	for i := range configs {
		done.Go(func() {
			var err error
			configs[i], err = Load(Source{Defaults: map[string]string{"DATA_DIR": folder}})
			require.NoError(t, err)
		})
	}
	done.Wait()
	for _, config := range configs {
		require.Equal(t, configs[0].SecretKey, config.SecretKey)
		require.Equal(t, configs[0].PrivateKeyPEM, config.PrivateKeyPEM)
	}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestAKeyPairThatDoesNotMatchIsRefused(t *testing.T) {
	config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
	require.NoError(t, err)
	config.DatabaseURL = "sqlite://" + filepath.Join(t.TempDir(), "sole.db")
	other, err := jose.GenerateKey(domain.RS256, 2048)
	require.NoError(t, err)
	public, err := jose.EncodePublicKey(other.Public())
	require.NoError(t, err)
	config.PublicKeyPEM = string(public)
	_, err = Build(config, Environment{Log: io.Discard})
	require.ErrorContains(t, err, "JWT_PUBLIC_KEY")
	config.PublicKeyPEM, config.PrivateKeyPEM = "", "garbage"
	_, err = Build(config, Environment{Log: io.Discard})
	require.ErrorContains(t, err, "JWT_PRIVATE_KEY")
	require.NotContains(t, err.Error(), "garbage")
}

func TestAKeyForAnotherAlgorithmIsRefused(t *testing.T) {
	folder := t.TempDir()
	files := map[domain.SigningAlgorithm]string{}
	for _, algorithm := range []domain.SigningAlgorithm{domain.RS256, domain.ES256} {
		text, err := newPEM(algorithm, 0)
		require.NoError(t, err)
		files[algorithm] = filepath.Join(folder, string(algorithm)+".pem")
		require.NoError(t, os.WriteFile(files[algorithm], []byte(text), 0o600))
	}
	load := func(algorithm string, key domain.SigningAlgorithm) (Config, error) {
		return Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "JWT_ALGORITHM": algorithm, "JWT_PRIVATE_KEY_PATH": files[key]}})
	}
	for algorithm, key := range map[string]domain.SigningAlgorithm{"RS256": domain.RS256, "ES256": domain.ES256, "es256": domain.ES256} {
		config, err := load(algorithm, key)
		require.NoError(t, err)
		require.Equal(t, key, config.Algorithm)
		require.Empty(t, config.warnings)
	}
	_, err := load("ES256", domain.RS256)
	require.ErrorContains(t, err, "the key is for RS256, but JWT_ALGORITHM is ES256: write JWT_ALGORITHM=RS256, or give a key for ES256: "+
		"make one with openssl genpkey -algorithm EC")
	_, err = load("RS256", domain.ES256)
	require.ErrorContains(t, err, "write JWT_ALGORITHM=ES256, or give a key for RS256: make one with openssl genpkey -algorithm RSA")
	_, err = load("HS256", domain.RS256)
	require.ErrorContains(t, err, "JWT_ALGORITHM: write RS256 or ES256")
	require.NotContains(t, err.Error(), "JWT_PRIVATE_KEY", "which key fits is not known yet")
}

func TestAKeyFileThatEveryUserCanReadIsAWarning(t *testing.T) {
	text, err := newPEM(domain.ES256, 0)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "jwt.pem")
	for mode, warns := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o604: true} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "JWT_ALGORITHM": "ES256", "JWT_PRIVATE_KEY_PATH": path}})
		require.NoError(t, err)
		require.Equal(t, warns, len(config.warnings) == 1, "mode %o", mode)
		for _, w := range config.warnings {
			require.Contains(t, w.text, "JWT_PRIVATE_KEY_PATH")
			require.False(t, w.mistake)
		}
	}
}

func TestEachAlgorithmHasItsOwnKeyInTheDataFolder(t *testing.T) {
	folder := t.TempDir()
	load := func(algorithm string) Config {
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": folder, "JWT_ALGORITHM": algorithm}})
		require.NoError(t, err)
		return config
	}
	rs, es := load("RS256"), load("ES256")
	require.NotEqual(t, rs.PrivateKeyPEM, es.PrivateKeyPEM)
	require.Equal(t, rs.PrivateKeyPEM, load("RS256").PrivateKeyPEM)
	require.Equal(t, es.PrivateKeyPEM, load("ES256").PrivateKeyPEM)
}

func TestACommonSeedPasswordIsForDevelopmentOnly(t *testing.T) {
	load := func(environment, password string) string {
		_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "ENVIRONMENT": environment, "SEED_ADMIN_PASSWORD": password}})
		return fmt.Sprint(err)
	}
	for _, common := range []string{"changeme", "ChangeMe-Please", "iloveyou", "Sunshine2026"} {
		require.Contains(t, load("production", common), "SEED_ADMIN_PASSWORD", common)
		require.NotContains(t, load("production", common), common)
		require.NotContains(t, load("development", common), "SEED_ADMIN_PASSWORD", common)
	}
	for _, own := range []string{"", "Ch4nge-it-later", "correct horse battery staple", "aB3$xY9!"} {
		require.NotContains(t, load("production", own), "SEED_ADMIN_PASSWORD", own)
	}
}

func TestInvalidValuesAreReportedWithoutRepeatingThem(t *testing.T) {
	load := func(key, value string) string {
		_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), key: value}})
		return fmt.Sprint(err)
	}
	for key, values := range map[string]struct{ good, bad []string }{
		"METRICS_ADDR": {[]string{"", "127.0.0.1:9090", ":9090", "[::1]:9090", "metrics.internal:0"},
			[]string{"9191", "10.1.2.3", "10.1.2.3:x9", "10.1.2.3:70000", "10.1.2.3:-1", "0.0.0.0:8000", "http://a:1"}},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {[]string{"", "http://localhost:4318", "https://user:word@collector.example.org/"},
			[]string{"localhost:4318", "grpc://localhost:4317", "c0llector"}},
		"HOST": {[]string{"0.0.0.0", "::", "::1", "[::1]", "[fe80::1%eth0]", "localhost", "id.example.org"},
			[]string{"[::1", "127.0.0.1:8000", "[::1]:8000", "localhost:8000", "http://a", "a b"}},
		"SEED_ADMIN_EMAIL": {[]string{"", "you@example.org"}, []string{"someone", "a b@example.org", "someone@"}},
		"TENANT_BASE_DOMAIN": {[]string{"", "id.example.org", "localhost", "ID.Example.org"},
			[]string{".id.example.org", "*.example.org", "https://id.example.org", "example.org:8000", "example.org.", "id example"}},
		"MAX_CONCURRENT_REQUESTS": {[]string{"1", "4000"}, []string{"0", "-5", "many", ""}},
	} {
		for _, value := range values.good {
			require.Equal(t, "<nil>", load(key, value), "%s=%s", key, value)
		}
		for _, value := range values.bad {
			require.Contains(t, load(key, value), "- "+key+": write ", "%s=%s", key, value)
			if len(value) > 3 {
				require.NotContains(t, load(key, value), value)
			}
		}
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	_, err := Load(Source{Defaults: map[string]string{
		"DATA_DIR": t.TempDir(), "ENVIRONMENT": "production", "PORT": "canary", "SEED_ADMIN_EMAIL": "canary", "JWT_PRIVATE_KEY": "canary",
		"SECRET_KEY": "canary",
	}})
	for _, key := range []string{"PORT", "SEED_ADMIN_EMAIL", "JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH", "SECRET_KEY"} {
		require.ErrorContains(t, err, "\n  - "+key+": ")
	}
	require.NotContains(t, err.Error(), "canary")
}

func TestTheHealthcheckUsesTheAddressOfTheService(t *testing.T) {
	for host, asked := range map[string]string{
		"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "": "127.0.0.1", "127.0.0.1": "127.0.0.1", "10.1.2.3": "10.1.2.3", "::1": "::1",
		"[::1]": "::1", "[::]": "127.0.0.1", "localhost": "localhost",
	} {
		require.Equal(t, asked, reachable(host), host)
	}
}

func TestAddressesThatCannotWorkAreRefusedWithTheReason(t *testing.T) {
	load := func(key, value string) error {
		_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), key: value}})
		return err
	}
	for _, c := range []struct{ key, value, reason string }{
		{"DATABASE_URL", "mysql://u:canary@h/d", "unknown scheme"},
		{"DATABASE_URL", "localhost:5432", "unknown scheme"},
		{"DATABASE_URL", "postgres:///canary", "has no host"},
		{"DATABASE_URL", "postgres://u:can/ary@h/d", "percent-encoded"},
		{"DATABASE_URL", "sqlite://", "no file"},
		{"DATABASE_URL", "sqlite:///var/canary/", "no file"},
		{"MIGRATION_DATABASE_URL", "sqlite://./canary.db", "unknown scheme"},
		{"REDIS_URL", "localhost:6379", "unknown scheme"},
		{"REDIS_URL", "http://canary:6379", "unknown scheme"},
		{"REDIS_URL", "redis:///0", "has no host"},
		{"REDIS_URL", "redis://h:6379/canary", "number of a database"},
		{"REDIS_URL", "redis://h:6379/0?canary=1", "parameter"},
		{"REDIS_URL", "redis://h:6379/0?cluster=true&master=canary", "fit together"},
		{"REDIS_URL", "memory://canary", "nothing after it"},
	} {
		err := load(c.key, c.value)
		require.ErrorContains(t, err, c.key+": ", c.value)
		require.ErrorContains(t, err, c.reason, c.value)
		require.NotContains(t, err.Error(), "canary", c.value)
	}
	for key, values := range map[string][]string{
		"DATABASE_URL": {"postgres://u:p@h:5432/d", "postgresql://h/d", "sqlite://./data/x.db", "sqlite:///var/x.db"},
		"REDIS_URL":    {"redis://h", "rediss://u:p@h:6380/2", "redis://h:26379/0?master=m&addr=i:26379", "memory://"},
	} {
		for _, value := range values {
			require.NoError(t, load(key, value), value)
		}
	}
}

func TestTheHostMayBeIPv6WithOrWithoutBrackets(t *testing.T) {
	for _, host := range []string{"::1", "[::1]"} {
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "HOST": host, "PORT": "0"}})
		require.NoError(t, err)
		listener, err := config.Listen(t.Context())
		if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Skip("this machine has no IPv6")
		}
		require.NoError(t, err, host)
		require.Contains(t, listener.Addr().String(), "[::1]:")
		require.NoError(t, listener.Close())
	}
}

func TestThePublicURLIsAnOrigin(t *testing.T) {
	load := func(value string) (Config, error) {
		return Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "PUBLIC_URL": value}})
	}
	for value, want := range map[string]string{
		"https://id.example.org": "https://id.example.org", "https://id.example.org/": "https://id.example.org",
		"http://localhost:8000//":    "http://localhost:8000",
		"https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
	} {
		config, err := load(value)
		require.NoError(t, err, value)
		require.Equal(t, want, config.PublicURL)
		require.Equal(t, want, config.Issuer)
	}
	for value, reason := range map[string]string{
		"https://example.org/id": "leave out everything after the host", "https://example.org/id/": "leave out",
		"https://example.org?a=b": "leave out", "https://example.org/#a": "leave out",
		"https://": "with a host", "https://:8000": "with a host", "https://user:word@example.org": "no user", "id.example.org": "starts with",
		"ftp://example.org": "starts with",
	} {
		_, err := load(value)
		require.ErrorContains(t, err, "- PUBLIC_URL: ", value)
		require.ErrorContains(t, err, reason, value)
	}
}

func TestOriginsAreConvertedToTheFormThatBrowsersSend(t *testing.T) {
	for written, want := range map[string]string{
		"https://app.example.org":       "https://app.example.org",
		"HTTPS://App.Example.ORG":       "https://app.example.org",
		"https://app.example.org:443":   "https://app.example.org",
		"http://app.example.org:80":     "http://app.example.org",
		"https://app.example.org/":      "https://app.example.org",
		"https://app.example.org:80":    "https://app.example.org:80",
		"http://localhost:5173":         "http://localhost:5173",
		"http://[2001:DB8::1]:80":       "http://[2001:db8::1]",
		"capacitor://localhost":         "capacitor://localhost",
		"https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
	} {
		t.Setenv("ALLOWED_ORIGINS", `["`+written+`"]`)
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
		require.NoError(t, err, written)
		require.Equal(t, []string{want}, config.AllowedOrigins)
	}
	for _, wrong := range []string{
		"*", "null", "app.example.org", "https://", "https://*.example.org", "https://app.example.org/page", "https://app.example.org//",
		"https://app.example.org?x", "https://app.example.org#x", "https://user@app.example.org", "https://bücher.example", "https://:443",
	} {
		_, ok := canonicalOrigin(wrong)
		require.False(t, ok, wrong)
	}
}

func TestTheSeedPasswordIsUsedExactly(t *testing.T) {
	folder := t.TempDir()
	load := func(line string) string {
		path := filepath.Join(folder, "settings")
		require.NoError(t, os.WriteFile(path, []byte(line+"\nDATA_DIR='"+folder+"'\n"), 0o600))
		config, err := Load(Source{EnvFile: path, SecretsDir: folder})
		require.NoError(t, err)
		return config.SeedPassword.Reveal()
	}
	require.Equal(t, " a word ", load("SEED_ADMIN_PASSWORD=' a word '"))
	require.Equal(t, "a#word", load("SEED_ADMIN_PASSWORD=a#word"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "seed_admin_password"), []byte("from a file \r\n"), 0o600))
	require.Equal(t, "from a file ", load("PORT=1"))
	t.Setenv("SEED_ADMIN_PASSWORD", "\tword ")
	require.Equal(t, "\tword ", load("PORT=1"))

	path := filepath.Join(folder, ".env")
	code, output := setupIn(path, "dev", "--data-dir", folder, "--seed-admin-password", "a word ")
	require.Equal(t, exitOK, code, output)
	require.Contains(t, contents(t, path), "SEED_ADMIN_PASSWORD='a word '\n")
}

func TestSecretFilesMayHaveLowerCaseNames(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"jwt_audience": "small\n", "JWT_ISSUER": "capital", "jwt_issuer": "small", "other": "x"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	config, err := Load(Source{SecretsDir: folder, Defaults: map[string]string{"DATA_DIR": folder}})
	require.NoError(t, err)
	require.Equal(t, "small", config.Audience)
	require.Equal(t, "capital", config.Issuer, "the name in capitals wins")
}
