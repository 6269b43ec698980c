package bootstrap

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/envfile"
)

// warning is a problem in a usable configuration. A mistake makes `sole doctor` fail.
type warning struct {
	text    string
	mistake bool
}

// otherPrograms matches keys that other programs read from the same file: Compose and PostgreSQL's clients.
var otherPrograms = regexp.MustCompile(`^(POSTGRES_PASSWORD|SOLE_ENV_FILE|SOLE_PORTS|SOLE_VERSION|COMPOSE_\w+|DOCKER_\w+|PG[A-Z]+)$`)

// unknownKeys warns of keys in the file that the service does not read, most likely misspelt.
func unknownKeys(file envfile.File) (warnings []warning) {
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.key
	}
	for _, key := range format().InOrder(file.Values) {
		if isSetting(key) || otherPrograms.MatchString(key) {
			continue
		}
		text, near := fmt.Sprintf("%s: the key %s is not known and changes nothing", file.Path, key), cli.Nearest(key, names)
		if near != "" {
			text += fmt.Sprintf("; did you mean %s?", near)
		}
		if strings.HasPrefix(key, "OTEL_") {
			text += "; set variables of the OpenTelemetry SDK in the environment"
		}
		warnings = append(warnings, warning{text: text, mistake: near != ""})
	}
	return warnings
}

// productionWarnings warns of settings that are valid but probably not meant for production.
func (c Config) productionWarnings() (warnings []warning) {
	warn := func(text string) { warnings = append(warnings, warning{text: text}) }
	if !c.Production {
		return nil
	}
	if c.SMTPURL == "" {
		warn("SMTP_URL is not set: no mail is sent, so nobody can be invited, reset a forgotten password " +
			"or be notified of changes to their account")
	} else if sender, err := mail.ParseAddress(c.MailFrom); err == nil && strings.HasSuffix(sender.Address, "@localhost") {
		warn("MAIL_FROM is an address at localhost, which mail servers refuse: " +
			"write one of your own domain, such as SOLE <no-reply@example.org>")
	}
	public, err := url.Parse(c.PublicURL)
	switch {
	case err != nil:
	case isLoopback(public.Hostname()):
		warn("PUBLIC_URL names this machine itself: links in emails work on this machine only")
	case public.Scheme != "https":
		warn("PUBLIC_URL does not start with https://: passwords and tokens can be read on the network")
	}
	return warnings
}

// issuerWarnings warns of an issuer at whose URL nobody finds the metadata of this service (RFC 8414, section 3).
func (c Config) issuerWarnings() []warning {
	if c.Issuer == c.PublicURL {
		return nil
	}
	return []warning{{text: "JWT_ISSUER is not PUBLIC_URL: software that knows only the issuer of a token looks for /.well-known at " +
		"that URL and does not find this service; leave JWT_ISSUER out unless the services that verify tokens are told where the keys are"}}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// warn writes the warnings of the configuration to the log.
func (app *App) warn(ctx context.Context) {
	for _, w := range app.Config.warnings {
		app.Logger.WarnContext(ctx, w.text, slog.String("about", "configuration"))
	}
}

// isSetting reports whether the service reads the key.
func isSetting(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

// leftBehind warns if DATA_DIR names a new folder but ./data contains a database, because earlier versions stored it there
// whatever DATA_DIR was.
func (c Config) leftBehind() []warning {
	const earlier = "data/sole.db"
	_, path, file := c.file()
	path = filepath.Clean(path)
	if !file || path == earlier || path != filepath.Join(c.DataDir, "sole.db") || exists(path) || !exists(earlier) {
		return nil
	}
	return []warning{{text: "a new database is created in DATA_DIR; the one in ./data, where earlier versions stored it, is not used: " +
		"to keep using it, stop the service and move ./data/sole.db into DATA_DIR"}}
}
