package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
)

// Doctor implements cli.Actions: every check is run, each says what to change.
func (c commands) Doctor(ctx context.Context, o cli.Options) error {
	config, err := Load(Source{EnvFile: o.EnvFile, Untouched: true})
	if err != nil {
		c.say("FAIL  %v", err)
		return errors.New("correct the configuration first")
	}
	failed := c.tellWarnings(config)
	if err := config.present(o.EnvFile); err != nil {
		c.say("FAIL  %v", err)
		return errors.New("there is no service to check yet")
	}
	app, err := Build(config, Environment{Log: io.Discard})
	if err != nil {
		c.say("FAIL  %v", err)
		return errors.New("correct the configuration first")
	}
	defer func() { _ = app.Close() }()

	before := failed
	for _, check := range slices.Concat(app.Server.Checks, app.isolationChecks(), app.mailChecks(), app.fileChecks()) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := check.Ask(ctx)
		cancel()
		if err != nil {
			failed++
			c.say("FAIL  %s: %s", check.Name, reason(err))
			continue
		}
		c.say("ok    %s", check.Name)
	}
	if config.SMTPURL == "" && !config.Production {
		c.say("note  SMTP_URL is not set: mails are written to %s", filepath.Join(config.DataDir, "mail"))
	}
	if failed == before {
		if _, err := app.Store.Platform().FindOrg(ctx, string(config.DefaultOrgID)); err != nil {
			failed++
			c.say("FAIL  default org: it is not there yet: run `sole seed`")
		} else {
			c.say("ok    default org")
		}
		if !c.diagnoseSecretKey(ctx, app) {
			failed++
		}
		if !c.diagnoseKeys(ctx, app) {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks failed", failed)
	}
	return nil
}

// tellWarnings prints the warnings about a valid configuration and returns how many are mistakes.
func (c commands) tellWarnings(config Config) (failed int) {
	for _, w := range config.warnings {
		if w.mistake {
			failed++
			c.say("FAIL  %s", w.text)
			continue
		}
		c.say("WARN  %s", w.text)
	}
	if failed == 0 {
		c.say("ok    configuration")
	}
	return failed
}
