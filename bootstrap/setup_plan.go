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
	"github.com/sole-platform/sole/adapters/envfile"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/domain"
)

// needed are the keys that a mode requires.
var needed = map[string][]string{"prod": {"PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "SEED_ADMIN_EMAIL"}}

// productionKeyBits is the size of the RSA key that is created for production. NIST SP 800-57 requires it after 2030.
const productionKeyBits = 3072

// Keys that docker-compose.yml reads and the service does not.
const (
	composePassword = "POSTGRES_PASSWORD"
	composeEnvFile  = "SOLE_ENV_FILE"
)

// planSetup returns the changes for the flags, including newly created keys.
func planSetup(file envfile.File, want cli.SetupRequest) (map[string]string, error) {
	environment := map[string]string{"dev": "development", "prod": "production"}[want.Mode]
	if was := file.Values["ENVIRONMENT"]; was != "" && was != environment && want.Values["ENVIRONMENT"] == "" {
		return nil, fmt.Errorf("%s is not for %s: name another file with --env-file, or add --environment %s to change it",
			file.Path, want.Mode, environment)
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

// planContainers sets the addresses of the services in docker-compose.yml. It does not change an existing password, because
// the database was created with it.
func planContainers(file envfile.File, changes map[string]string) {
	password := orElse(file.Values[composePassword], strings.ToLower(rand.Text()))
	changes[composePassword] = password
	changes[composeEnvFile] = file.Path
	changes["DATABASE_URL"] = "postgres://sole@postgres:5432/sole?sslmode=disable" // docker-compose.yml passes the password separately
	changes["REDIS_URL"] = "redis://redis:6379/0"
}

// planKeys creates SECRET_KEY and the key pair if they are missing, or if want.Force is set, and a new pair if JWT_ALGORITHM
// changes. It uses the keys that a development run has created in DATA_DIR, because data is encrypted with them.
func planKeys(file envfile.File, want cli.SetupRequest, changes map[string]string) error {
	has := func(key string) bool { return file.Values[key] != "" && !want.Force || changes[key] != "" }
	if !has("SECRET_KEY") {
		secret, err := madeOrNew(file, want, "secret_key", newSecretKey)
		if err != nil {
			return err
		}
		changes["SECRET_KEY"] = secret
	}
	if old := file.Values["SECRET_KEY"]; old != "" && changes["SECRET_KEY"] != "" && changes["SECRET_KEY"] != old &&
		changes["SECRET_KEY_FALLBACKS"] == "" {
		fallbacks := append([]string{old}, (&parser{v: viperOf(file)}).list("SECRET_KEY_FALLBACKS")...)
		text, err := json.Marshal(fallbacks)
		if err != nil {
			return err
		}
		changes["SECRET_KEY_FALLBACKS"] = string(text)
	}
	if changes["JWT_PRIVATE_KEY_PATH"] != "" && changes["JWT_PRIVATE_KEY"] == "" {
		changes["JWT_PRIVATE_KEY"], changes["JWT_PUBLIC_KEY"] = "", "" // they would override the file
	}
	earlier := algorithmOr(file.Values["JWT_ALGORITHM"], domain.RS256)
	algorithm := algorithmOr(changes["JWT_ALGORITHM"], earlier)
	if given := changes["JWT_PRIVATE_KEY"]+changes["JWT_PRIVATE_KEY_PATH"] != ""; given || algorithm == earlier &&
		(has("JWT_PRIVATE_KEY") || has("JWT_PRIVATE_KEY_PATH")) {
		return nil
	}
	return planPair(file, want, algorithm, changes)
}

// algorithmOr returns the algorithm that a text names in any letter case, or the fallback.
func algorithmOr(text string, fallback domain.SigningAlgorithm) domain.SigningAlgorithm {
	for _, algorithm := range []domain.SigningAlgorithm{domain.RS256, domain.ES256} {
		if strings.EqualFold(text, string(algorithm)) {
			return algorithm
		}
	}
	return fallback
}

func planPair(file envfile.File, want cli.SetupRequest, algorithm domain.SigningAlgorithm, changes map[string]string) error {
	bits := 0
	if want.Mode == "prod" && algorithm == domain.RS256 {
		bits = productionKeyBits
	}
	private, err := madeOrNew(file, want, privateKeyFile(algorithm), func() (string, error) { return newPEM(algorithm, bits) })
	if err != nil {
		return err
	}
	key, err := jose.LoadPrivateKey([]byte(private))
	if err != nil {
		return err
	}
	public, err := jose.EncodePublicKey(key.Public())
	if err != nil {
		return err
	}
	changes["JWT_PRIVATE_KEY"] = oneLine(private)
	changes["JWT_PUBLIC_KEY"] = oneLine(string(public))
	for _, path := range []string{"JWT_PRIVATE_KEY_PATH", "JWT_PUBLIC_KEY_PATH"} {
		if file.Values[path] != "" {
			changes[path] = ""
		}
	}
	return nil
}

// oneLine returns PEM in the notation of the configuration, with newlines as \n.
func oneLine(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", `\n`) }

func madeOrNew(file envfile.File, want cli.SetupRequest, name string, create func() (string, error)) (string, error) {
	if want.Mode == "dev" && !want.Force {
		folder := orElse(orElse(want.Values["DATA_DIR"], file.Values["DATA_DIR"]), "./data")
		if text, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			return strings.TrimSpace(string(text)), nil
		}
	}
	return create()
}

// checkSetup reads the file like the service, but without the environment. It also refuses database passwords that are easy
// to guess.
func checkSetup(file envfile.File) (Config, error) {
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
		p.fault("%s: use another password for the login, for example from `openssl rand -hex 24`; this one is easy to guess", key)
	}
}

// viperOf returns the configuration in a file, with the defaults and without the environment.
func viperOf(file envfile.File) *viper.Viper {
	v := viper.New()
	for _, s := range settings {
		v.SetDefault(s.key, s.fallback)
	}
	for key, value := range file.Values {
		v.Set(key, value)
	}
	return v
}

func isSecret(key string) bool {
	return key == composePassword || slices.ContainsFunc(settings, func(s setting) bool { return s.key == key && s.secret })
}

// shown returns a value as it is printed. A secret is masked; of a secret URL only the password and the parameters are.
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
