package bootstrap

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/viper"

	"github.com/sole-platform/sole/adapters/envfile"
	"github.com/sole-platform/sole/domain"
)

// Config is the complete, validated configuration.
type Config struct {
	Production           bool
	Host                 string
	Port                 int
	PublicURL            string
	RPID                 string   // the domain that passkeys are for; an address or empty: there are none
	PasskeyOrigins       []string // of the pages that may use passkeys
	Pages                bool     // whether there are pages for people
	MultiTenant          bool
	DatabaseURL          string
	MigrationDatabaseURL string
	RedisURL             string
	RedisRequired        bool
	SessionTimeout       time.Duration
	AccessTTL            time.Duration
	SessionLifetime      time.Duration
	RefreshGrace         time.Duration
	AllowedOrigins       []string
	LogLevel             slog.Level
	LogText              bool
	EnableHSTS           bool
	DefaultOrgID         domain.OrgID
	DefaultOrgName       string
	DefaultOrgSlug       string
	RequestsPerMinute    int
	Attempts             domain.AttemptLimit
	PasswordMinLength    int
	SecretKey            string
	SecretKeyFallbacks   []string
	Algorithm            domain.SigningAlgorithm
	PrivateKeyPEM        string
	PublicKeyPEM         string
	Issuer               string
	Audience             string
	ProxiesCount         int
	TrustedProxies       []*net.IPNet
	WebhookNetworks      []netip.Prefix // that webhooks may call although they are not public
	TenantBaseDomain     string
	SeedEmail            string
	SeedPassword         domain.Secret
	SeedFullName         string
	SMTPURL              string
	MailFrom             string
	ShutdownDelay        time.Duration
	ShutdownGrace        time.Duration
	DataDir              string
	UploadDir            string
	MaxUploadBytes       int
	MaxImportBytes       int
	MaxOrgUploadBytes    int    // of all files of one org together; 0: no limit
	MetricsAddr          string // empty: off
	TraceEndpoint        string // empty: off
	MaxRequests          int
	warnings             []warning
}

// Limits returns the server's limits of the settings of orgs.
func (c Config) Limits() domain.ServerLimits {
	return domain.ServerLimits{
		SessionTimeout: c.SessionTimeout, SessionLifetime: c.SessionLifetime, PasswordMinLength: c.PasswordMinLength,
	}
}

// Source describes the sources of the configuration. In order of precedence these are the environment, a .env file, the
// files in SecretsDir that are named after keys, Defaults, and the defaults of settings.
type Source struct {
	EnvFile    string            // empty: .env, if it exists
	SecretsDir string            // empty: /run/secrets
	Defaults   map[string]string // a command's own defaults
	ReadOnly   bool              // create no keys in DATA_DIR; missing ones stay empty
}

// Load reads and checks the configuration. It returns all faults in one error, which contains no value.
func Load(source Source) (Config, error) {
	v, file, err := read(source)
	if err != nil {
		return Config{}, err
	}
	p := &parser{v: v, readOnly: source.ReadOnly}
	c := p.config()
	if err := p.keys(&c); err != nil {
		p.fault("%v", err)
	}
	c.warnings = slices.Concat(c.warnings, unknownKeys(file), c.productionWarnings(), c.issuerWarnings(), c.passkeyWarnings())
	return c, p.err()
}

func read(source Source) (*viper.Viper, envfile.File, error) {
	v, secrets := viper.New(), secretFiles(orElse(source.SecretsDir, "/run/secrets"))
	for _, s := range settings {
		v.SetDefault(s.key, s.fallback)
		if value, given := source.Defaults[s.key]; given {
			v.SetDefault(s.key, value)
		}
		if value, err := os.ReadFile(secrets[s.key]); err == nil {
			v.SetDefault(s.key, withoutNewline(string(value)))
		}
		if err := v.BindEnv(s.key); err != nil {
			return nil, envfile.File{}, err
		}
	}
	file, err := format().Open(orElse(source.EnvFile, ".env"))
	if err != nil {
		return nil, file, err
	}
	if !file.Exists && source.EnvFile != "" {
		err = fmt.Errorf("the file %s does not exist: name another with --env-file, or write it with `sole setup`", source.EnvFile)
		return nil, file, err
	}
	values := map[string]any{}
	for key, value := range file.Values {
		values[key] = value
	}
	return v, file, v.MergeConfigMap(values)
}

// secretFiles returns the files in a folder by the key that each is named after, in any letter case. If a key has two files,
// the one with the name in capitals is used.
func secretFiles(folder string) map[string]string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	files := map[string]string{}
	for _, entry := range entries { // sorted by name, so capitals come first
		if key := strings.ToUpper(entry.Name()); files[key] == "" {
			files[key] = filepath.Join(folder, entry.Name())
		}
	}
	return files
}

// withoutNewline returns text without the newline that editors and echo append.
func withoutNewline(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// format returns the format of .env files with the keys of this service.
func format() envfile.Format {
	f := envfile.Format{Secrets: []string{composePassword}, InEnvironment: func(name string) bool {
		_, set := os.LookupEnv(name)
		return set
	}}
	for _, s := range settings {
		f.Known = append(f.Known, s.key)
		if s.secret {
			f.Secrets = append(f.Secrets, s.key)
		}
	}
	return f
}
