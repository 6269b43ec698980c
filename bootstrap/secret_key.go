package bootstrap

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
)

// secretKeyRetry is how long a check of SECRET_KEY waits for a database that is away.
const secretKeyRetry = 5 * time.Second

// waysOut is what can be done about secrets that no configured key opens.
const waysOut = "put the SECRET_KEY they were encrypted with into SECRET_KEY_FALLBACKS; or have the members sign in with a recovery code, disable the authenticator and enrol again; or have an administrator reset their second factor"

// checkSecretKey tells once in the log whether SECRET_KEY is the one that the data was
// written with. The service runs in any case.
func (app *App) checkSecretKey(ctx context.Context) {
	for level := slog.LevelWarn; ; level = slog.LevelDebug {
		report, err := platform.CheckCanary{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			app.tellSecretKey(ctx, report)
			return
		}
		app.Logger.Log(ctx, level, "SECRET_KEY could not be checked against the data; it will be when the database answers", slog.Any("error", err))
		if pause(ctx, secretKeyRetry) != nil {
			return
		}
	}
}

func (app *App) tellSecretKey(ctx context.Context, report platform.SecretsReport) {
	switch {
	case unfit(report):
		app.Logger.WarnContext(ctx, complaint(report), slog.Int("authenticators", report.Unreadable(port.SealedAuthenticators)), slog.Int("secrets", report.Unreadable("")))
	case report.Canary == platform.CanaryFallback:
		app.Logger.InfoContext(ctx, "a key of SECRET_KEY_FALLBACKS is still needed: run `sole secrets reencrypt`, then `sole secrets retire`")
	}
}

// unfit tells whether there is something that the configured keys do not open.
func unfit(report platform.SecretsReport) bool {
	return report.Canary == platform.CanaryUnreadable || report.Unreadable("") > 0
}

func complaint(report platform.SecretsReport) string {
	if report.Unreadable("") == 0 {
		return "SECRET_KEY is not the one that this database was first used with; no secret is lost by that: put the earlier one into SECRET_KEY_FALLBACKS or run `sole secrets reencrypt` to go on with this one"
	}
	return fmt.Sprintf("SECRET_KEY does not open what is stored, %d authenticators cannot be read: %s", report.Unreadable(port.SealedAuthenticators), waysOut)
}

// diagnoseSecretKey says the doctor's line and whether all is well.
func (c commands) diagnoseSecretKey(ctx context.Context, app *App) bool {
	report, err := platform.SecretsStatus{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx)
	switch {
	case err != nil:
		c.say("FAIL  secret key: %v", err)
	case unfit(report):
		c.say("FAIL  secret key: %s", complaint(report))
	case report.Due() > 0 || report.Canary == platform.CanaryFallback:
		c.say("ok    secret key; %d secrets need a key of SECRET_KEY_FALLBACKS: run `sole secrets reencrypt`", report.Due())
		return true
	default:
		c.say("ok    secret key")
		return true
	}
	return false
}
