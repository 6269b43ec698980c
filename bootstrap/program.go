package bootstrap

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// program implements cli.Program. The service logs to out, commands log to err.
type program struct{ out, err io.Writer }

var _ cli.Program = program{}

// Open implements cli.Program.
func (p program) Open(ctx context.Context, o cli.Options) (*cli.Service, error) {
	config, err := Load(Source{EnvFile: o.EnvFile, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	if err := config.present(o); err != nil {
		return nil, err
	}
	app, err := Build(config, Environment{Log: p.err, Bulk: o.Bulk})
	if err != nil {
		return nil, err
	}
	return app.service(), nil
}

// Create implements cli.Program.
func (p program) Create(ctx context.Context, o cli.Options) (*cli.Service, error) {
	app, err := create(ctx, o, p.err, nil)
	if err != nil {
		return nil, err
	}
	return app.service(), nil
}

// create wires the service and creates the keys and the database file that do not exist.
func create(ctx context.Context, o cli.Options, log io.Writer, defaults map[string]string) (*App, error) {
	config, err := Load(Source{EnvFile: o.EnvFile, Defaults: defaults})
	if err != nil {
		return nil, err
	}
	config.warnings = append(config.warnings, config.leftBehind()...)
	app, err := Build(config, Environment{Log: log})
	if err == nil {
		app.warn(ctx)
	}
	return app, err
}

// service returns the parts of the wired service that commands use.
func (app *App) service() *cli.Service {
	operator := app.membersOperator()
	return &cli.Service{
		Database: app.Store, DefaultOrg: app.Config.DefaultOrgID, Clock: app.clock, Operations: app.Operations,
		Explain: authz.Inspect{Store: app.Store, Decisions: app.decisions, Clock: app.clock},
		ServiceAccounts: serviceaccounts.NewOperator(serviceaccounts.Deps{
			Guard: proof.Guard{Store: app.Store, Clock: app.clock, NewID: newID}, Keys: opaque.APIKeyTokens{},
		}),
		Members: operator, Earlier: app.earlierService(operator),
		WriteAccount: ndjson.WriteAccount, MultiTenant: app.Config.MultiTenant,
		OrgTransfer: app.OrgTransfer(),
		Seal:        app.sealNow, ListSeals: audit.ListSeals{Store: app.Store}, SealKeys: app.sealKeys,
		Algorithm: app.Config.Algorithm, PublicationDelay: verifierLag, Close: app.Close,
	}
}

// membersOperator returns the use cases of the operator with the accounts of an org.
func (app *App) membersOperator() members.Operator {
	return members.NewOperator(members.Deps{
		Guard: proof.Guard{Store: app.Store, Clock: app.clock, NewID: newID}, Invitations: app.Config.invitations(),
		AccountFiles: app.accountFiles(),
	}, pause)
}

// present returns an error that names the first file that the service needs and that does not exist.
func (c Config) present(o cli.Options) error {
	var missing string
	switch _, path, file := c.file(); {
	case file && !exists(path):
		missing = path
	case c.SecretKey == "":
		missing = filepath.Join(c.DataDir, "secret_key")
	case c.PrivateKeyPEM == "":
		missing = filepath.Join(c.DataDir, privateKeyFile(c.Algorithm))
	default:
		return nil
	}
	return fmt.Errorf("%s does not exist, and this command creates nothing: start the service once (`sole dev` or `sole serve`), "+
		"or set DATA_DIR and DATABASE_URL to those of the service%s", missing, cli.OtherEnvFiles(o))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// ReadyURL implements cli.Program.
func (program) ReadyURL(o cli.Options) (string, error) {
	v, _, err := read(Source{EnvFile: o.EnvFile})
	if err != nil {
		return "", err
	}
	host := net.JoinHostPort(reachable(v.GetString("HOST")), v.GetString("PORT"))
	return (&url.URL{Scheme: "http", Host: host, Path: "/api/v1/health/ready"}).String(), nil
}

// reachable returns the address at which this machine reaches a process that listens on host.
func reachable(host string) string {
	host = unbracketed(strings.TrimSpace(host))
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

// SealVerifier implements cli.Program.
func (program) SealVerifier(jwks []byte) (port.SealVerifier, error) {
	keys, err := jose.ParseKeySet(jwks)
	if err != nil {
		return nil, err
	}
	return jose.NewSealVerifier(keys)
}

// Evidence implements cli.Program.
func (program) Evidence(events, seals string, org domain.OrgID) (cli.Evidence, error) {
	evidence, err := ndjson.Open(events, seals, org)
	if err != nil {
		return nil, err
	}
	return evidence, nil
}

// OpenAPI implements cli.Program. The document is that of a server without use cases.
func (program) OpenAPI(format string) ([]byte, error) {
	options := http.Options{Version: built().Version, Logger: slog.New(slog.DiscardHandler), BodyLimit: bodyLimit}
	document := http.New(http.UseCases{}, options).OpenAPI()
	if format == "yaml" {
		return document.YAML()
	}
	return json.MarshalIndent(document, "", "  ")
}

// AccountFormats implements cli.Program.
func (program) AccountFormats() []string {
	return members.AccountFiles{Formats: accountFormats(wallClock)}.Names()
}

// DrawQR implements cli.Program.
func (program) DrawQR(text string) (string, error) { return totp.Terminal(text) }

// CreateMigration implements cli.Program.
func (program) CreateMigration(name string) ([]string, error) { return createMigration(name) }

// Build implements cli.Program.
func (program) Build() cli.Build { return built() }
