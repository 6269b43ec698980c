package bootstrap

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/viper"

	"github.com/sole-platform/sole/domain"
)

// Config is the whole configuration, checked.
type Config struct {
	Production           bool
	Host                 string
	Port                 int
	PublicURL            string
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
	PrivateKeyPEM        string
	PublicKeyPEM         string
	Issuer               string
	Audience             string
	ProxiesCount         int
	TrustedProxies       []*net.IPNet
	TenantBaseDomain     string
	SeedEmail            string
	SeedPassword         domain.Secret
	SeedFullName         string
	SMTPURL              string
	MailFrom             string
	ShutdownGrace        time.Duration
	DataDir              string
	UploadDir            string
	MaxUploadBytes       int
	MaxOrgUploadBytes    int    // of all files of one org together; 0: no limit
	MetricsAddr          string // empty: off
	TraceEndpoint        string // empty: off
	MaxRequests          int
	warnings             []warning
}

// Limits are the server's own bounds on what orgs demand.
func (c Config) Limits() domain.ServerLimits {
	return domain.ServerLimits{SessionTimeout: c.SessionTimeout, SessionLifetime: c.SessionLifetime, PasswordMinLength: c.PasswordMinLength}
}

// Source is where configuration comes from: the environment, then a .env file, then
// files named after the keys in SecretsDir, then Defaults, then the table.
type Source struct {
	EnvFile    string            // empty: .env where there is one
	SecretsDir string            // empty: /run/secrets
	Defaults   map[string]string // a command's own defaults
	Untouched  bool              // make no keys in DATA_DIR; those that are missing stay empty
}

// Load reads and checks the configuration. All faults come in one error, which shows no value.
func Load(source Source) (Config, error) {
	v, file, err := read(source)
	if err != nil {
		return Config{}, err
	}
	p := &parser{v: v, untouched: source.Untouched}
	c := p.config()
	if err := p.keys(&c); err != nil {
		p.fault("%v", err)
	}
	c.warnings = append(unknownKeys(file), c.productionWarnings()...)
	return c, p.err()
}

func read(source Source) (*viper.Viper, envFile, error) {
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
			return nil, envFile{}, err
		}
	}
	file, err := openEnvFile(orElse(source.EnvFile, ".env"))
	if err != nil {
		return nil, file, err
	}
	if !file.exists && source.EnvFile != "" {
		err = fmt.Errorf("the file %s does not exist: name another with --env-file, or write it with `sole setup`", source.EnvFile)
		return nil, file, err
	}
	values := map[string]any{}
	for key, value := range file.values {
		values[key] = value
	}
	return v, file, v.MergeConfigMap(values)
}

// secretFiles returns the files of a folder by the key that each is named after, in any letter
// case. Where a key has two files, the one with the name in capitals is used.
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
