package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/earlierdb"
	"github.com/sole-platform/sole/adapters/envfile"
	"github.com/sole-platform/sole/application/earlier"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// The settings of the earlier service that are read from its file. Environment variables have the prefix.
const (
	earlierPrefix = "EARLIER_"
	earlierURL    = "DATABASE_URL"
	earlierKey    = "SECRET_KEY"
	earlierSalt   = "FERNET_KDF_SALT"
)

// EarlierService implements cli.Program.
func (program) EarlierService(ctx context.Context, from cli.EarlierSource) (port.EarlierService, error) {
	if from.URL != "" && !withoutPassword(from.URL) {
		return nil, errors.New("--from must be a URL such as postgres://user@host:5432/database, without a password, because other programs " +
			"of this machine see it: give the password in PGPASSWORD, or the whole URL in EARLIER_DATABASE_URL")
	}
	values := map[string]string{}
	if from.EnvFile != "" {
		if !exists(from.EnvFile) {
			return nil, errors.New("the file of --earlier-env does not exist")
		}
		format := envfile.Format{Secrets: []string{earlierURL, earlierKey, earlierSalt}, InEnvironment: func(name string) bool {
			_, set := os.LookupEnv(name)
			return set
		}}
		file, err := format.Open(from.EnvFile)
		if err != nil {
			return nil, err
		}
		values = file.Values
	}
	value := func(name string) string { return cmp.Or(os.Getenv(earlierPrefix+name), values[name]) }
	database := cmp.Or(from.URL, value(earlierURL))
	if database == "" {
		return nil, errors.New("give the database of the earlier service: EARLIER_DATABASE_URL, --earlier-env with its file of settings, " +
			"or --from")
	}
	secrets := earlierdb.Secrets{
		Key: domain.NewSecret(value(earlierKey)), Salt: domain.NewSecret(value(earlierSalt)), Rounds: from.Rounds,
	}
	db, err := earlierdb.Open(ctx, database, secrets)
	if err != nil {
		return nil, err
	}
	return db, nil
}

// withoutPassword reports whether the text is the URL of a PostgreSQL database that others may see.
func withoutPassword(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil || !strings.HasPrefix(parsed.Scheme, "postgres") {
		return false
	}
	_, has := parsed.User.Password()
	query := parsed.Query()
	return !has && !query.Has("password") && !query.Has("sslpassword")
}

// earlierService returns the use cases that move the earlier service.
func (app *App) earlierService(operator members.Operator) earlier.UseCases {
	guard := proof.Guard{Store: app.Store, Clock: app.clock, NewID: newID, Limits: app.Config.Limits()}
	orgs := platform.OperatorCreateOrg{Store: app.Store, Clock: app.clock, NewID: newID, Command: earlier.Command}
	return earlier.New(earlier.Deps{
		Guard: guard, DefaultOrg: app.Config.DefaultOrgID, MultiTenant: app.Config.MultiTenant, CreateOrg: orgs.Execute,
		Import: func(ctx context.Context, in earlier.ImportInput) (domain.Import, error) {
			return operator.Import.Execute(ctx, members.OperatorImportInput{
				Org: string(in.Org), File: members.AccountFile{Format: earlier.Format, Source: in.Source}, Digest: in.Digest,
				Command: earlier.Command, Began: func(members.ImportBegun) {}, Settled: in.Settled,
			})
		},
	})
}
