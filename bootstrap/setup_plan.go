package bootstrap

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/viper"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/domain"
)

// needed are the keys that a mode cannot do without; setup asks for them first.
var needed = map[string][]string{"prod": {"PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "SEED_ADMIN_EMAIL"}}

// productionKeyBits is the size of the RSA key made for production, as NIST SP 800-57 asks beyond 2030.
const productionKeyBits = 3072

// Keys that docker-compose.yml reads and the service does not.
const (
	composePassword = "POSTGRES_PASSWORD"
	composeEnvFile  = "SOLE_ENV_FILE"
)

// planSetup gathers what the flags change and what has to be made.
func planSetup(file envFile, want cli.SetupRequest) (map[string]string, error) {
	environment := map[string]string{"dev": "development", "prod": "production"}[want.Mode]
	if was := file.values["ENVIRONMENT"]; was != "" && was != environment && want.Values["ENVIRONMENT"] == "" {
		return nil, fmt.Errorf("%s is not for %s: name another file with --env-file, or add --environment %s to make it so", file.path, want.Mode, environment)
	}
	changes := map[string]string{"ENVIRONMENT": environment}
	if want.Containers {
		planContainers(file, changes)
	}
	for key, value := range want.Values {
		path, indirect := strings.CutPrefix(value, "@")
		if indirect && isSecret(key) {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("%s: the file after @ cannot be read", key)
			}
			value = withoutNewline(string(text))
		}
		if key != "SEED_ADMIN_PASSWORD" { // it is used exactly as written
			value = strings.TrimSpace(value)
		}
		changes[key] = strings.ReplaceAll(value, "\n", `\n`) // as PEM is written on one line
	}
	return changes, planKeys(file, want, changes)
}

// planContainers points at the services of docker-compose.yml. The password stays what it
// is: the database was made with it.
func planContainers(file envFile, changes map[string]string) {
	password := orElse(file.values[composePassword], strings.ToLower(rand.Text()))
	changes[composePassword] = password
	changes[composeEnvFile] = file.path
	changes["DATABASE_URL"] = "postgres://sole@postgres:5432/sole?sslmode=disable" // docker-compose.yml passes the password separately
	changes["REDIS_URL"] = "redis://redis:6379/0"
}

// planKeys makes SECRET_KEY and the RSA pair where there are none, and anew by force. What
// a development run has already made in DATA_DIR is taken over: data is encrypted with it.
func planKeys(file envFile, want cli.SetupRequest, changes map[string]string) error {
	has := func(key string) bool { return file.values[key] != "" && !want.Force || changes[key] != "" }
	if !has("SECRET_KEY") {
		secret, err := madeOrNew(file, want, "secret_key", newSecretKey)
		if err != nil {
			return err
		}
		changes["SECRET_KEY"] = secret
	}
	if old := file.values["SECRET_KEY"]; old != "" && changes["SECRET_KEY"] != "" && changes["SECRET_KEY"] != old && changes["SECRET_KEY_FALLBACKS"] == "" {
		fallbacks := append([]string{old}, (&parser{v: viperOf(file)}).list("SECRET_KEY_FALLBACKS")...)
		text, err := json.Marshal(fallbacks)
		if err != nil {
			return err
		}
		changes["SECRET_KEY_FALLBACKS"] = string(text)
	}
	if changes["JWT_PRIVATE_KEY_PATH"] != "" && changes["JWT_PRIVATE_KEY"] == "" {
		changes["JWT_PRIVATE_KEY"], changes["JWT_PUBLIC_KEY"] = "", "" // they would win over the file
	}
	if has("JWT_PRIVATE_KEY") || has("JWT_PRIVATE_KEY_PATH") {
		return nil
	}
	return planPair(file, want, changes)
}

func planPair(file envFile, want cli.SetupRequest, changes map[string]string) error {
	bits := 2048
	if want.Mode == "prod" {
		bits = productionKeyBits
	}
	private, err := madeOrNew(file, want, "jwt_private.pem", func() (string, error) { return newPEM(bits) })
	if err != nil {
		return err
	}
	key, err := jose.LoadPrivateKey([]byte(private))
	if err != nil {
		return err
	}
	public, err := jose.EncodePublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	changes["JWT_PRIVATE_KEY"] = oneLine(private)
	changes["JWT_PUBLIC_KEY"] = oneLine(string(public))
	for _, path := range []string{"JWT_PRIVATE_KEY_PATH", "JWT_PUBLIC_KEY_PATH"} {
		if file.values[path] != "" {
			changes[path] = ""
		}
	}
	return nil
}

// oneLine writes PEM as configuration does, newlines as \n.
func oneLine(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", `\n`) }

func madeOrNew(file envFile, want cli.SetupRequest, name string, create func() (string, error)) (string, error) {
	if want.Mode == "dev" && !want.Force {
		folder := orElse(orElse(want.Values["DATA_DIR"], file.values["DATA_DIR"]), "./data")
		if text, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			return strings.TrimSpace(string(text)), nil
		}
	}
	return create()
}

// missingSettings lists the flags that are still needed.
func missingSettings(file envFile, mode string, changes map[string]string) []string {
	var missing []string
	for _, key := range needed[mode] {
		value, changed := changes[key]
		if value == "" && (changed || file.values[key] == "") {
			missing = append(missing, "--"+cli.Setting{Key: key}.Flag())
		}
	}
	return missing
}

// checkSetup reads the file as the service will, without the environment's help, and asks
// more of what it says than a start does.
func checkSetup(file envFile) (Config, error) {
	p := &parser{v: viperOf(file)}
	c := p.config()
	if err := p.keys(&c); err != nil {
		p.fault("%v", err)
	}
	if _, _, err := configuredKey(c); err != nil {
		p.fault("%v", err)
	}
	if c.Production {
		p.databasePassword("DATABASE_URL")
		p.databasePassword("MIGRATION_DATABASE_URL")
	}
	return c, p.err()
}

func (p *parser) databasePassword(key string) {
	parsed, err := url.Parse(p.text(key))
	if err != nil {
		return
	}
	password, given := parsed.User.Password()
	if !given || password == "" {
		return
	}
	example := slices.Contains([]string{"password", "postgres", "sole", "secret", parsed.User.Username()}, strings.ToLower(password))
	if example || (zxcvbn.Judge{}).Judge(domain.NewSecret(password), nil).Common {
		p.fault("%s: give the login a password of its own, for example from `openssl rand -hex 24`; this one is guessed first", key)
	}
}

// viperOf is the configuration that a file alone makes.
func viperOf(file envFile) *viper.Viper {
	v := viper.New()
	for _, s := range settings {
		v.SetDefault(s.key, s.fallback)
	}
	for key, value := range file.values {
		v.Set(key, value)
	}
	return v
}

func isSecret(key string) bool {
	return key == composePassword || slices.ContainsFunc(settings, func(s setting) bool { return s.key == key && s.secret })
}

// shown is a value as it may be seen: of a secret URL neither password nor parameters.
func shown(key, value string) string {
	switch parsed, err := url.Parse(value); {
	case !isSecret(key) && strings.HasPrefix(value, "-----BEGIN"):
		return "(PEM)"
	case !isSecret(key):
		return value
	case err != nil || !strings.HasSuffix(key, "_URL") || !strings.Contains(value, "://"):
		return mask
	case parsed.RawQuery != "":
		parsed.RawQuery = ""
		return redacted(parsed) + "?" + mask
	default:
		return redacted(parsed)
	}
}

const mask = "********"

func redacted(u *url.URL) string { return strings.Replace(u.Redacted(), ":xxxxx@", ":"+mask+"@", 1) }
