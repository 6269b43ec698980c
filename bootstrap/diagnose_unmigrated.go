package bootstrap

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

// DiagnoseUnmigrated implements cli.Program.
func (p program) DiagnoseUnmigrated(ctx context.Context, o cli.Options, report func(cli.Finding)) error {
	return (&diagnosis{report: report, unmigrated: true}).run(ctx, o)
}

// pending reports whether the error means only that the migrations have not been applied yet, which they are about to be.
func (d *diagnosis) pending(err error) bool {
	d.behind = d.unmigrated && errors.Is(err, port.ErrSchemaBehind)
	return d.behind
}

// diagnoseSecretKeyOfOlder checks SECRET_KEY against a database with an older schema, in which not everything can be read.
func (app *App) diagnoseSecretKeyOfOlder(ctx context.Context) cli.Finding {
	const subject = "secret key"
	sealed, err := app.Store.Platform().Sealed().Canary(ctx, operations.CanaryName)
	if err != nil {
		return cli.Finding{Level: cli.LevelNote, Subject: subject, Text: "not checked, because the database has no secrets yet"}
	}
	if operations.ReadCanary(app.SecretKeys, sealed) == operations.CanaryUnreadable {
		return cli.Finding{
			Level: cli.LevelFailure, Subject: subject,
			Text: "SECRET_KEY is not the one that this database was first used with: write that one, or put it into SECRET_KEY_FALLBACKS",
		}
	}
	return cli.Finding{Level: cli.LevelOK, Subject: subject}
}
