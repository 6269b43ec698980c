package bootstrap

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/viper"
	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/adapters/mail"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// parser turns text into a Config and collects every fault. A fault says what to write instead and
// never repeats a value.
type parser struct {
	v        *viper.Viper
	readOnly bool // as Source.ReadOnly
	faults   []string
}

func (p *parser) config() Config {
	c := Config{
		Production:           p.choice("ENVIRONMENT") == "production",
		Host:                 p.host("HOST"),
		Port:                 p.number("PORT", 0, 65535),
		PublicURL:            p.publicURL("PUBLIC_URL"),
		Pages:                p.choice("PAGES") == "on",
		MultiTenant:          p.choice("TENANCY_MODE") == "multi",
		DatabaseURL:          p.databaseURL("DATABASE_URL"),
		MigrationDatabaseURL: p.checked("MIGRATION_DATABASE_URL", checkMigrations),
		RedisURL:             p.redisURL("REDIS_URL"),
		RedisRequired:        p.boolean("REDIS_REQUIRED"),
		SessionTimeout:       p.span("SESSION_TIMEOUT_MINUTES", time.Minute, 1, 1440),
		AccessTTL:            p.span("ACCESS_TOKEN_EXPIRE_MINUTES", time.Minute, 1, 1440),
		SessionLifetime:      p.span("REFRESH_TOKEN_EXPIRE_MINUTES", time.Minute, 1, 525600),
		RefreshGrace:         p.span("REFRESH_REUSE_GRACE_SECONDS", time.Second, 0, 60),
		AllowedOrigins:       p.origins("ALLOWED_ORIGINS"),
		LogLevel:             p.level("LOG_LEVEL"),
		LogText:              p.choice("LOG_FORMAT") == "text",
		EnableHSTS:           p.boolean("ENABLE_HSTS"),
		DefaultOrgID:         p.orgID("DEFAULT_ORG_ID"),
		DefaultOrgName:       p.name("DEFAULT_ORG_NAME"),
		DefaultOrgSlug:       p.slug("DEFAULT_ORG_SLUG"),
		RequestsPerMinute:    p.number("RATE_LIMIT_PER_MINUTE", 0, 10_000_000),
		Attempts: domain.AttemptLimit{
			Max:     p.number("LOGIN_ATTEMPT_LIMIT", 1, 100),
			Lockout: p.span("LOGIN_LOCKOUT_MINUTES", time.Minute, 1, 1440),
		},
		PasswordMinLength:  p.number("DEFAULT_PASSWORD_MIN_LENGTH", 8, 128),
		SecretKey:          p.text("SECRET_KEY"),
		SecretKeyFallbacks: p.list("SECRET_KEY_FALLBACKS"),
		Algorithm:          domain.SigningAlgorithm(p.choice("JWT_ALGORITHM")),
		Issuer:             p.text("JWT_ISSUER"),
		Audience:           p.text("JWT_AUDIENCE"),
		ProxiesCount:       p.number("PROXIES_COUNT", 0, 10),
		TrustedProxies:     p.networks("TRUSTED_PROXIES"),
		WebhookNetworks:    p.prefixes("WEBHOOK_ALLOWED_NETWORKS"),
		TenantBaseDomain:   p.domainName("TENANT_BASE_DOMAIN"),
		SeedEmail:          p.email("SEED_ADMIN_EMAIL"),
		SeedPassword:       p.exact("SEED_ADMIN_PASSWORD"),
		SeedFullName:       p.name("SEED_ADMIN_FULL_NAME"),
		SMTPURL:            p.smtpURL("SMTP_URL"),
		MailFrom:           p.sender("MAIL_FROM"),
		ShutdownGrace:      p.span("SHUTDOWN_GRACE_SECONDS", time.Second, 1, 300),
		DataDir:            p.text("DATA_DIR"),
		UploadDir:          p.text("LOCAL_UPLOAD_DIR"),
		MaxUploadBytes:     p.number("MAX_UPLOAD_BYTES", 1, 1<<30),
		MaxImportBytes:     p.number("MAX_IMPORT_BYTES", 1, 1<<30),
		MaxOrgUploadBytes:  p.number("MAX_ORG_UPLOAD_BYTES", 0, 1<<50),
		MetricsAddr:        p.address("METRICS_ADDR"),
		TraceEndpoint:      p.url("OTEL_EXPORTER_OTLP_ENDPOINT", "http", "https"),
		MaxRequests:        p.number("MAX_CONCURRENT_REQUESTS", 1, 1_000_000),
	}
	c.ShutdownDelay = p.shutdownDelay("SHUTDOWN_DELAY_SECONDS", c.Production)
	if c.PublicURL == "" && c.Production {
		p.fault("PUBLIC_URL: write the service's own URL as clients see it, such as https://id.example.org: " +
			"links in emails and the issuer of tokens are built from it")
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://localhost:" + strconv.Itoa(c.Port)
	}
	if c.Production && mail.Unencrypted(c.SMTPURL) {
		p.fault("SMTP_URL: leave ?tls=none out in production, or use smtps://")
	}
	if _, port, _ := net.SplitHostPort(c.MetricsAddr); port != "0" && port == strconv.Itoa(c.Port) {
		p.fault("METRICS_ADDR: write another port than PORT")
	}
	p.relyingParty(&c)
	c.Issuer = orElse(c.Issuer, c.PublicURL)
	c.UploadDir = orElse(c.UploadDir, filepath.Join(c.DataDir, "uploads"))
	return c
}

func (p *parser) fault(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(p.faults, text) {
		p.faults = append(p.faults, text)
	}
}

func (p *parser) err() error {
	if len(p.faults) == 0 {
		return nil
	}
	return errors.New("the configuration cannot be used:\n  - " + strings.Join(p.faults, "\n  - "))
}

func (p *parser) text(key string) string { return strings.TrimSpace(p.v.GetString(key)) }

// exact returns a secret exactly as written, including blanks at its ends.
func (p *parser) exact(key string) domain.Secret {
	if p.text(key) == "" {
		return domain.Secret{}
	}
	return domain.NewSecret(p.v.GetString(key))
}

func (p *parser) choice(key string) string {
	value := p.text(key)
	for _, choice := range choices[key] {
		if strings.EqualFold(choice, value) {
			return choice
		}
	}
	p.fault("%s: write %s", key, strings.Join(choices[key], " or "))
	return value
}

func (p *parser) boolean(key string) bool {
	value, err := strconv.ParseBool(strings.ToLower(p.text(key)))
	if err != nil {
		p.fault("%s: write true or false", key)
	}
	return value
}

func (p *parser) number(key string, low, high int) int {
	value, err := strconv.Atoi(p.text(key))
	if err != nil || value < low || value > high {
		p.fault("%s: write a whole number from %d to %d", key, low, high)
	}
	return value
}

func (p *parser) span(key string, unit time.Duration, low, high int) time.Duration {
	return time.Duration(p.number(key, low, high)) * unit
}

func (p *parser) url(key string, schemes ...string) string {
	value := p.text(key)
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	if err != nil || !slices.Contains(schemes, parsed.Scheme) {
		p.fault("%s: write a URL that starts with %s://", key, strings.Join(schemes, ":// or "))
	}
	return value
}

// publicURL returns an origin, because the service, including the pages that emails link to, is at the root of its host.
func (p *parser) publicURL(key string) string {
	value := strings.TrimRight(p.url(key, "http", "https"), "/")
	parsed, err := url.Parse(value)
	if value == "" || err != nil {
		return value
	}
	switch {
	case parsed.Hostname() == "" || parsed.User != nil:
		p.fault("%s: write a URL with a host and no user, such as https://id.example.org", key)
	case parsed.Path != "" || parsed.RawQuery != "" || parsed.Fragment != "":
		p.fault("%s: leave out everything after the host. The service cannot be served under a path: "+
			"give it a host name of its own, such as https://id.example.org", key)
	}
	return value
}

// host returns an address or a name to listen on. An IPv6 address may be in brackets.
func (p *parser) host(key string) string {
	value := unbracketed(p.text(key))
	if _, err := netip.ParseAddr(value); err != nil && strings.ContainsAny(value, ":[]/ ") {
		p.fault("%s: write an address or a host name without a port, such as 0.0.0.0, ::1 or localhost", key)
	}
	return value
}

func unbracketed(host string) string {
	if inner, ok := strings.CutPrefix(host, "["); ok && strings.HasSuffix(inner, "]") {
		return strings.TrimSuffix(inner, "]")
	}
	return host
}

func (p *parser) address(key string) string {
	value := p.text(key)
	if value == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(value)
	if number, bad := strconv.Atoi(port); err != nil || bad != nil || number < 0 || number > 65535 {
		p.fault("%s: write a host and a port such as 127.0.0.1:9090", key)
	}
	return value
}

// checked returns a URL for which check returns no error, or an empty text if none is configured.
func (p *parser) checked(key string, check func(string) error) string {
	value := p.text(key)
	if value == "" {
		return ""
	}
	if err := check(value); err != nil {
		p.fault("%s: %v", key, err)
	}
	return value
}

// databaseURL returns the URL of the configured database, or else of the file sole.db in DATA_DIR.
func (p *parser) databaseURL(key string) string {
	if p.text(key) == "" {
		return embedded.URL(filepath.Join(p.text("DATA_DIR"), "sole.db"))
	}
	return p.checked(key, func(url string) error {
		s, known := storeOf(url)
		if !known {
			return errors.New("unknown scheme: write " + examples(false))
		}
		return s.Check(url)
	})
}

// checkMigrations checks a login for migrations, which only a database on a server has.
func checkMigrations(url string) error {
	s, _ := storeOf(url)
	if _, file := s.DatabaseDriver.(port.FileDriver); file || s.DatabaseDriver == nil {
		return errors.New("unknown scheme: write " + examples(true))
	}
	return s.Check(url)
}

func (p *parser) redisURL(key string) string {
	if value := p.text(key); strings.HasPrefix(value, "memory:") {
		if value != "memory:" && value != "memory://" {
			p.fault("%s: write memory:// and nothing after it", key)
		}
		return value
	}
	return p.checked(key, redis.CheckURL)
}

func (p *parser) smtpURL(key string) string {
	value := p.text(key)
	if value == "" {
		return ""
	}
	if _, err := mail.NewSMTP(value, "sender@example.org"); err != nil {
		p.fault("%s: %v", key, err)
	}
	return value
}

func (p *parser) sender(key string) string {
	value := p.text(key)
	if _, err := mail.NewFolder("", value, nil); err != nil {
		p.fault("%s: %v", key, err)
	}
	return value
}

func (p *parser) list(key string) []string {
	value := p.text(key)
	if value == "" {
		return nil
	}
	var list []string
	if strings.HasPrefix(value, "[") {
		if err := json.Unmarshal([]byte(value), &list); err != nil {
			p.fault(`%s: write a JSON list such as ["a","b"]`, key)
		}
		return list
	}
	for item := range strings.SplitSeq(value, ",") {
		list = append(list, strings.TrimSpace(item))
	}
	return list
}

func (p *parser) origins(key string) []string {
	origins := p.list(key)
	for i, written := range origins {
		origin, ok := canonicalOrigin(written)
		if !ok {
			p.fault(`%s: write exact origins such as ["https://app.example.org"], without *, `+
				"and hosts with other letters than a-z in their xn-- form", key)
			break
		}
		origins[i] = origin
	}
	return origins
}

// canonicalOrigin returns an origin as browsers send it (RFC 6454 §6.2): in lower case, without
// the default port of its scheme. A slash at the end is accepted, because people copy origins from
// the address bar.
func canonicalOrigin(written string) (origin string, ok bool) {
	parsed, err := url.Parse(strings.TrimSuffix(written, "/"))
	if err != nil || parsed.Scheme == "" || parsed.Hostname() == "" {
		return "", false
	}
	scheme, host := strings.ToLower(parsed.Scheme), strings.ToLower(parsed.Host)
	if !strings.EqualFold(parsed.Scheme+"://"+parsed.Host, strings.TrimSuffix(written, "/")) || strings.ContainsFunc(host, notInOrigin) {
		return "", false // it has a path, a query, a user or a character that no origin has
	}
	implied := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return scheme + "://" + strings.TrimSuffix(strings.TrimSuffix(host, implied), ":"), true
}

func notInOrigin(r rune) bool { return r == '*' || r > unicode.MaxASCII }

func (p *parser) networks(key string) []*net.IPNet {
	var networks []*net.IPNet
	for _, text := range p.list(key) {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			p.fault(`%s: write networks such as ["10.0.0.0/8"]`, key)
			break
		}
		networks = append(networks, network)
	}
	return networks
}

func (p *parser) email(key string) string {
	value := p.text(key)
	if value == "" {
		return ""
	}
	email, err := domain.ParseEmail(value)
	if err != nil {
		p.fault("%s: write an address such as you@example.org", key)
	}
	return string(email)
}

// name returns a display name, normalised to Unicode NFC.
func (p *parser) name(key string) string { return norm.NFC.String(p.text(key)) }

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.|$))+$`)

func (p *parser) domainName(key string) string {
	value := strings.ToLower(p.text(key))
	if value != "" && (!domainName.MatchString(value) || strings.HasSuffix(value, ".")) {
		p.fault("%s: write a domain such as id.example.org, without a scheme, a port or *", key)
	}
	return value
}

func (p *parser) level(key string) (level slog.Level) {
	if err := level.UnmarshalText([]byte(p.text(key))); err != nil {
		p.fault("%s: write debug, info, warn or error", key)
	}
	return level
}

func (p *parser) orgID(key string) domain.OrgID {
	id, err := domain.ParseID[domain.OrgID](strings.ToLower(p.text(key)))
	if err != nil {
		p.fault("%s: write a UUID", key)
	}
	return id
}

func (p *parser) slug(key string) string {
	value := p.text(key)
	if _, err := domain.ParseSlug(value); err != nil {
		p.fault("%s: write 2 to 63 lower-case letters, digits or inner hyphens", key)
	}
	return value
}
