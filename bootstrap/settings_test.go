package bootstrap

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
)

// fault is a value that no setting takes, and that no message may repeat.
const fault = "fault-4e1c"

// clean forgets what the environment of the tests says.
func clean(t *testing.T) {
	t.Helper()
	for _, s := range settings {
		t.Setenv(s.key, "")
	}
}

// load reads a configuration made of these values alone.
func load(t *testing.T, values map[string]string) (Config, error) {
	t.Helper()
	defaults := map[string]string{"DATA_DIR": filepath.Join(t.TempDir(), "data")}
	for key, value := range values {
		defaults[key] = value
	}
	return Load(Source{SecretsDir: t.TempDir(), Defaults: defaults})
}

// pair writes an RSA pair as PEM.
func pair(t *testing.T) (private, public string) {
	t.Helper()
	key, err := jose.GenerateKey(2048)
	require.NoError(t, err)
	privatePEM, err := jose.EncodePrivateKey(key)
	require.NoError(t, err)
	publicPEM, err := jose.EncodePublicKey(&key.PublicKey)
	require.NoError(t, err)
	return string(privatePEM), string(publicPEM)
}

func TestEverySettingIsRead(t *testing.T) {
	clean(t)
	private, public := pair(t)
	files := t.TempDir()
	privatePath, publicPath := filepath.Join(files, "private.pem"), filepath.Join(files, "public.pem")
	require.NoError(t, os.WriteFile(privatePath, []byte(private), 0o600))
	require.NoError(t, os.WriteFile(publicPath, []byte(public), 0o600))
	samples := map[string]string{
		"HOST": "::1", "PORT": "1", "PUBLIC_URL": "https://id.example.org", "TENANCY_MODE": "multi",
		"DATABASE_URL": "postgres://u:p@h/d", "MIGRATION_DATABASE_URL": "postgres://m:p@h/d", "REDIS_URL": "redis://h", "REDIS_REQUIRED": "true",
		"SESSION_TIMEOUT_MINUTES": "7", "ACCESS_TOKEN_EXPIRE_MINUTES": "7", "REFRESH_TOKEN_EXPIRE_MINUTES": "7", "REFRESH_REUSE_GRACE_SECONDS": "7",
		"ALLOWED_ORIGINS": `["https://app.example.org"]`, "LOG_LEVEL": "debug", "LOG_FORMAT": "text", "ENABLE_HSTS": "true",
		"DEFAULT_ORG_ID": "00000000-0000-4000-8000-000000000007", "DEFAULT_ORG_NAME": "Seven", "DEFAULT_ORG_SLUG": "seven",
		"RATE_LIMIT_PER_MINUTE": "7", "LOGIN_ATTEMPT_LIMIT": "7", "LOGIN_LOCKOUT_MINUTES": "7", "DEFAULT_PASSWORD_MIN_LENGTH": "9",
		"SECRET_KEY": "seven", "SECRET_KEY_FALLBACKS": `["six"]`,
		"JWT_PRIVATE_KEY": private, "JWT_PUBLIC_KEY": public, "JWT_PRIVATE_KEY_PATH": privatePath, "JWT_PUBLIC_KEY_PATH": publicPath,
		"JWT_ISSUER": "https://seven.example.org", "JWT_AUDIENCE": "seven", "PROXIES_COUNT": "7", "TRUSTED_PROXIES": "7.0.0.0/8", "TENANT_BASE_DOMAIN": "example.org",
		"SEED_ADMIN_EMAIL": "seven@example.org", "SEED_ADMIN_PASSWORD": "seven", "SEED_ADMIN_FULL_NAME": "Seven", "SHUTDOWN_GRACE_SECONDS": "7",
		"ENVIRONMENT": "production", "DATA_DIR": filepath.Join(files, "other"),
	}
	usual := map[string]string{"DATA_DIR": filepath.Join(files, "data"), "SECRET_KEY": strings.Repeat("aB3", 15), "JWT_PRIVATE_KEY": private}
	baseline, err := load(t, usual)
	require.NoError(t, err)
	for _, s := range settings {
		sample, known := samples[s.key]
		require.True(t, known, "%s has no sample here", s.key)
		values := map[string]string{}
		for key, value := range usual {
			values[key] = value
		}
		if s.key == "JWT_PRIVATE_KEY_PATH" || s.key == "JWT_PRIVATE_KEY" {
			delete(values, "JWT_PRIVATE_KEY") // then the default would be one made in DATA_DIR
			without, err := load(t, values)
			require.NoError(t, err)
			require.NotEqual(t, strings.TrimSpace(private), without.PrivateKeyPEM)
			values[s.key] = sample
			config, err := load(t, values)
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(private), strings.TrimSpace(config.PrivateKeyPEM), s.key)
			continue
		}
		values[s.key] = sample
		config, err := load(t, values)
		require.NoError(t, err, s.key)
		require.NotEqual(t, baseline, config, "%s changes nothing", s.key)
	}
}

func TestEveryFaultIsNamedAtOnceAndNoValueIsShown(t *testing.T) {
	clean(t)
	free := []string{"HOST", "DEFAULT_ORG_NAME", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY", "JWT_PUBLIC_KEY_PATH", "JWT_ISSUER", "JWT_AUDIENCE", "TENANT_BASE_DOMAIN",
		"SECRET_KEY", "SECRET_KEY_FALLBACKS", "SEED_ADMIN_EMAIL", "SEED_ADMIN_PASSWORD", "SEED_ADMIN_FULL_NAME", "DATA_DIR", "ALLOWED_ORIGINS", "TRUSTED_PROXIES",
		"DEFAULT_ORG_SLUG", "MIGRATION_DATABASE_URL", "PUBLIC_URL"}
	values := map[string]string{
		"ALLOWED_ORIGINS": `["*"]`, "TRUSTED_PROXIES": `["` + fault + `"]`, "SECRET_KEY_FALLBACKS": `[` + fault, "DEFAULT_ORG_SLUG": "Not " + fault,
		"MIGRATION_DATABASE_URL": "mysql://u:" + fault + "@h/d", "PUBLIC_URL": "ftp://" + fault,
	}
	named := []string{"ALLOWED_ORIGINS", "TRUSTED_PROXIES", "SECRET_KEY_FALLBACKS", "DEFAULT_ORG_SLUG", "MIGRATION_DATABASE_URL", "PUBLIC_URL"}
	for _, s := range settings {
		if !slices.Contains(free, s.key) {
			values[s.key] = fault
			named = append(named, s.key)
		}
	}
	_, err := load(t, values)
	require.Error(t, err)
	for _, key := range named {
		require.Contains(t, err.Error(), "\n  - "+key, "%v", err)
	}
	require.NotContains(t, err.Error(), fault)
}

func TestAnUnreadableKeyFileHidesNoOtherFault(t *testing.T) {
	clean(t)
	_, err := load(t, map[string]string{"ENVIRONMENT": "production", "JWT_PRIVATE_KEY_PATH": "/nowhere/" + fault, "JWT_PUBLIC_KEY_PATH": "/nowhere/" + fault, "PORT": "x"})
	require.Error(t, err)
	for _, key := range []string{"PORT", "JWT_PRIVATE_KEY_PATH", "JWT_PUBLIC_KEY_PATH", "SECRET_KEY"} {
		require.Contains(t, err.Error(), "- "+key, "%v", err)
	}
	require.NotContains(t, err.Error(), fault)
}

func TestAFileThatIsNoneIsRefusedWithoutShowingIt(t *testing.T) {
	clean(t)
	file := filepath.Join(t.TempDir(), "settings")
	require.NoError(t, os.WriteFile(file, []byte("SECRET_KEY="+fault+"\nno setting: "+fault+"\n\"\n"), 0o600))
	_, err := Load(Source{EnvFile: file, Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), fault)
	_, err = Load(Source{EnvFile: file + ".gone", Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
	require.ErrorContains(t, err, "cannot be read")
}

func TestProductionRefusesWeakSecrets(t *testing.T) {
	clean(t)
	private, public := pair(t)
	strong := map[string]string{"ENVIRONMENT": "production", "SECRET_KEY": "kq0PZ4v1xYt7Jr2mWc9sLd5uHe8aNb3g", "JWT_PRIVATE_KEY": private, "JWT_PUBLIC_KEY": public}
	_, err := load(t, strong)
	require.NoError(t, err)
	for name, change := range map[string]map[string]string{
		"SECRET_KEY":          {"SECRET_KEY": ""},
		"SECRET_KEY: short":   {"SECRET_KEY": "kq0PZ4v1xYt7Jr2mWc9sLd5uHe8aNb3"},
		"SECRET_KEY: one":     {"SECRET_KEY": strings.Repeat("a", 64)},
		"SECRET_KEY: example": {"SECRET_KEY": "please-ChangeMe-please-changeme-please"},
		"JWT_PRIVATE_KEY":     {"JWT_PRIVATE_KEY": ""},
		"SEED_ADMIN_PASSWORD": {"SEED_ADMIN_PASSWORD": "ChangeMe123!"},
	} {
		values := map[string]string{}
		for _, source := range []map[string]string{strong, change} {
			for key, value := range source {
				values[key] = value
			}
		}
		key, _, _ := strings.Cut(name, ":")
		_, err := load(t, values)
		require.ErrorContains(t, err, "- "+key, name)
	}
}

func TestASmallKeyIsRefused(t *testing.T) {
	clean(t)
	config, err := load(t, nil)
	require.NoError(t, err)
	config.DatabaseURL = "sqlite://" + filepath.Join(t.TempDir(), "sole.db")
	config.PrivateKeyPEM = smallKey
	_, err = Build(config, Environment{Log: io.Discard})
	require.ErrorContains(t, err, "JWT_PRIVATE_KEY")
	require.NotContains(t, err.Error(), strings.Split(smallKey, "\n")[1])
}

// smallKey is an RSA key of 1024 bits that was made for this test.
const smallKey = `-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBANPR8A3do52v6hbT
QDLduPJYdBGVj/D52glGqO3jIs92wWqQwHG79e87wHVHgmAAfhdKasPzZLL6dQuL
EIKI2l5NzMGzU14Z7alge/gGQoQLOzGWeVZickvL31AogNT2yV8uuj+Cm7YIW0VL
VUV6G2uVe7HTuouQQmvOmGtsVH53AgMBAAECgYAZnuARXUioDxoabqzqOiVfstE/
Oz7w39e+nXxbYcjZHT0h3aZZW2nQ6QJLbT3YzNZzjL3DO9JnT6IOpmB12YXH/8LL
DKNTpKSl93iwhRTAUxXYOgJ838Ix+JH7Ig8eKTfvI6nzT1SZHltJmkI2QaC4yt5y
AQVYKTZPeTjHsK2UuQJBAP7o1ItABnze+xYcyXHEA++09aj+13z28fhz4dfR41jx
APNmBwX3L9FS6W7YGW8tMZ9N4E6ujSPE6gDWGPunLBUCQQDUuerI/ONrDkYKFYzj
URS7os4IlT1MRgqEhnidqnKffTiOjKwwjzH97Cq5MmSpFA/tWtdh3d8D7+etIhxl
dkdbAkEAucrL976vu93uFjzfGptq3xD/KLCuMTfwP01/I4WodhAayEzp+5Ah+yi6
WX8Kcrz2+QyS2+Zfmt2QTRG/XdSHzQJAbh+c+tVnybkG6xuC5v7Hc+dxL6JKrFyp
/zc5460kT4pcp/cNAMpwf9ott9ftolXfdOmNDH32gKxGTCuXdbMIdwJAIdYloF24
qfkU95DQdS6J6Xq8JwzQ2p4AfjIsYEJvNzM5FLA7S73wqrsPZ3qI4tUSFWBs99Qq
lG0lfrGNnDe9lA==
-----END PRIVATE KEY-----
`

func TestAFileMayHoldAnyPassword(t *testing.T) {
	clean(t)
	for _, password := range []string{"correct horse", "pa$word", "pa#word", "a=b", `back\slash`, "quote'quote", "ünï€ode"} {
		for form, line := range map[string]string{"bare": "SEED_ADMIN_PASSWORD=%s", "single quotes": "SEED_ADMIN_PASSWORD='%s'"} {
			if form == "single quotes" && strings.Contains(password, "'") || form == "bare" && strings.Contains(password, "#") {
				continue // .env.example says to quote what contains #
			}
			file := filepath.Join(t.TempDir(), "settings")
			require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf(line, password)+"\n"), 0o600))
			config, err := Load(Source{EnvFile: file, Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
			require.NoError(t, err)
			if config.SeedPassword.Reveal() != password {
				t.Errorf("%s %s was read as %q", form, password, config.SeedPassword.Reveal())
			}
		}
	}
}

func TestAnEmptyLineInTheFileIsTheDefault(t *testing.T) {
	clean(t)
	file := filepath.Join(t.TempDir(), "settings")
	require.NoError(t, os.WriteFile(file, []byte("DATABASE_URL=\nREDIS_URL=\nHOST=\nJWT_AUDIENCE=\nPORT=\n"), 0o600))
	config, err := Load(Source{EnvFile: file, SecretsDir: t.TempDir(), Defaults: map[string]string{"DATA_DIR": t.TempDir()}})
	if err != nil {
		return // refusing them by name would do as well
	}
	require.Equal(t, "sqlite://./data/sole.db", config.DatabaseURL)
	require.Equal(t, "memory://", config.RedisURL)
	require.Equal(t, "sole", config.Audience)
}
