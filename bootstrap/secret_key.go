package bootstrap

import (
	"context"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

// secretKeyRetry is how long the check of SECRET_KEY waits before it tries an unreachable database again.
const secretKeyRetry = 5 * time.Second

// checkSecretKey logs once whether SECRET_KEY is the one that the data was written with. The service runs
// in any case.
func (app *App) checkSecretKey(ctx context.Context) {
	for level := slog.LevelWarn; ; level = slog.LevelDebug {
		report, err := operations.CheckCanary{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			app.logSecretKey(ctx, report)
			return
		}
		app.Logger.Log(ctx, level, "SECRET_KEY could not be checked against the data; it will be when the database answers",
			slog.Any("error", err))
		if pause(ctx, secretKeyRetry) != nil {
			return
		}
	}
}

func (app *App) logSecretKey(ctx context.Context, report operations.SecretsReport) {
	if problem := cli.SecretKeyProblem(report); problem != "" {
		app.Logger.WarnContext(ctx, problem, slog.Int("authenticators", report.Unreadable(port.SealedAuthenticators)),
			slog.Int("secrets", report.Unreadable("")))
		return
	}
	if report.Canary == operations.CanaryFallback {
		app.Logger.InfoContext(ctx, "a key of SECRET_KEY_FALLBACKS is still needed: run `sole secrets reencrypt`, then `sole secrets retire`")
	}
}
