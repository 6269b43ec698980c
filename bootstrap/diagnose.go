package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// checkTimeout is how long one check of a dependency may take.
const checkTimeout = 5 * time.Second

// diagnosis counts the failures among the findings that it reports.
type diagnosis struct {
	report     func(cli.Finding)
	failed     int
	unmigrated bool // migrations are about to be applied, so nothing that they and seeding create is required
	behind     bool // unmigrated, and migrations are indeed pending
}

func (d *diagnosis) add(f cli.Finding) {
	if f.Level == cli.LevelFailure {
		d.failed++
	}
	d.report(f)
}

// Diagnose implements cli.Program.
func (p program) Diagnose(ctx context.Context, o cli.Options, report func(cli.Finding)) error {
	return (&diagnosis{report: report}).run(ctx, o)
}

func (d *diagnosis) run(ctx context.Context, o cli.Options) error {
	config, err := Load(Source{EnvFile: o.EnvFile, ReadOnly: !d.unmigrated})
	if err != nil {
		d.add(cli.Finding{Level: cli.LevelFailure, Text: err.Error()})
		return errors.New("correct the configuration first")
	}
	d.addWarnings(config)
	for _, finding := range config.diagnosePasskeys() {
		d.add(finding)
	}
	if err := config.present(o); err != nil && !d.unmigrated {
		d.add(cli.Finding{Level: cli.LevelFailure, Text: err.Error()})
		return errors.New("there is no service to check yet")
	}
	app, err := Build(config, Environment{Log: io.Discard})
	if err != nil {
		d.add(cli.Finding{Level: cli.LevelFailure, Text: err.Error()})
		return errors.New("correct the configuration first")
	}
	defer func() { _ = app.Close() }()
	before := d.failed
	d.addChecks(ctx, app.databaseChecks(), d.pending)
	if d.failed == before && !d.behind { // otherwise these would fail for the same reason
		d.addChecks(ctx, app.Store.IsolationChecks(), nil)
	}
	d.addChecks(ctx, slices.Concat(app.cacheChecks(), app.mailChecks(), app.fileChecks()), nil)
	if config.SMTPURL == "" && !config.Production {
		d.add(cli.Finding{Level: cli.LevelNote, Text: "SMTP_URL is not set: emails are written to " + filepath.Join(config.DataDir, "mail")})
	}
	if d.failed == before { // otherwise the reason has been reported
		d.addStored(ctx, app)
	}
	if d.failed > 0 {
		return fmt.Errorf("%d of the checks failed", d.failed)
	}
	return nil
}

// addStored checks the configuration against what the database stores.
func (d *diagnosis) addStored(ctx context.Context, app *App) {
	if d.behind {
		d.add(app.diagnoseSecretKeyOfOlder(ctx))
		return
	}
	if !d.unmigrated {
		d.add(app.diagnoseDefaultOrg(ctx))
	}
	d.add(app.diagnoseSecretKey(ctx))
	d.add(app.keys.diagnose(ctx))
	for _, finding := range slices.Concat(app.diagnosePasskeySites(ctx), app.diagnosePasskeyOrgs(ctx)) {
		d.add(finding)
	}
}

// addWarnings adds the warnings about a usable configuration. Mistakes are failures.
func (d *diagnosis) addWarnings(config Config) {
	for _, w := range config.warnings {
		level := cli.LevelWarning
		if w.mistake {
			level = cli.LevelFailure
		}
		d.add(cli.Finding{Level: level, Text: w.text})
	}
	if d.failed == 0 {
		d.add(cli.Finding{Level: cli.LevelOK, Subject: "configuration"})
	}
}

// outageAdvice says, for a check by its name, what to do when the dependency cannot be reached.
var outageAdvice = map[string]string{
	"database": "start the server, create the database, or correct DATABASE_URL",
	"cache":    "start the server, or correct REDIS_URL",
}

// addChecks runs checks. Errors for which tolerated returns true are not failures; tolerated can be nil.
func (d *diagnosis) addChecks(ctx context.Context, checks []port.Check, tolerated func(error) bool) {
	for _, check := range checks {
		err := within(ctx, check)
		if err != nil && (tolerated == nil || !tolerated(err)) {
			text := cli.Reason(err)
			advice := outageAdvice[check.Name]
			if advice != "" && errors.Is(err, domain.ErrUnavailable) && !errors.Is(err, port.ErrDatabaseRefused) { // that error says more
				text += ": " + advice
			}
			d.add(cli.Finding{Level: cli.LevelFailure, Subject: check.Name, Text: text})
			continue
		}
		d.add(cli.Finding{Level: cli.LevelOK, Subject: check.Name})
	}
}

func within(ctx context.Context, check port.Check) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	return check.Ask(ctx)
}

func (app *App) diagnoseDefaultOrg(ctx context.Context) cli.Finding {
	if _, err := app.Store.Platform().FindOrg(ctx, string(app.Config.DefaultOrgID)); err != nil {
		return cli.Finding{Level: cli.LevelFailure, Subject: "default org", Text: "it does not exist yet: run `sole seed`"}
	}
	return cli.Finding{Level: cli.LevelOK, Subject: "default org"}
}

func (app *App) diagnoseSecretKey(ctx context.Context) cli.Finding {
	const subject = "secret key"
	report, err := app.Operations.SecretsStatus.Execute(ctx)
	if err != nil {
		return cli.Finding{Level: cli.LevelFailure, Subject: subject, Text: cli.Reason(err)}
	}
	if problem := cli.SecretKeyProblem(report); problem != "" {
		return cli.Finding{Level: cli.LevelFailure, Subject: subject, Text: problem}
	}
	if report.Due() > 0 || report.Canary == operations.CanaryFallback {
		text := fmt.Sprintf("%d secrets need a key of SECRET_KEY_FALLBACKS: run `sole secrets reencrypt`", report.Due())
		return cli.Finding{Level: cli.LevelOK, Subject: subject, Text: text}
	}
	return cli.Finding{Level: cli.LevelOK, Subject: subject}
}

// fileChecks returns the checks of the folder of uploads. They do not create it.
func (app *App) fileChecks() []port.Check {
	return []port.Check{{Name: "uploads", Ask: func(ctx context.Context) error {
		check := app.files.Check
		if !exists(app.Config.UploadDir) {
			check = app.uploadsCanBeCreated
		}
		if err := check(ctx); err != nil {
			return fmt.Errorf("%w: set LOCAL_UPLOAD_DIR to a folder in which the service may write", err)
		}
		return nil
	}}}
}

// uploadsCanBeCreated checks that the upload folder can be created, without creating it: it writes a
// temporary file into the nearest existing folder above.
func (app *App) uploadsCanBeCreated(context.Context) error {
	folder := filepath.Dir(filepath.Clean(app.Config.UploadDir))
	for !exists(folder) && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
	}
	file, err := os.CreateTemp(folder, ".sole-check-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
