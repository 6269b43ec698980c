package bootstrap

import (
	"context"
	"path/filepath"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/mail"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/adapters/useragent"
	mailing "github.com/sole-platform/sole/application/mail"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
)

// resetLinks creates the tokens of links that set a new password.
var resetLinks = opaque.New("pr")

// emailLinks creates the tokens of links that confirm a new address.
var emailLinks = opaque.New("ec")

// invitations creates links of the same kind that set the first password.
func (c Config) invitations() members.Invitations {
	return members.Invitations{Links: resetLinks, NoMail: c.sendsNoMail()}
}

// sendsNoMail reports whether letters are dropped; development writes them into a folder.
func (c Config) sendsNoMail() bool { return c.Production && c.SMTPURL == "" }

// mailer is the mail server, or what stands for it: a folder in development, a warning in
// production.
func (app *App) mailer() (port.Mailer, error) {
	switch c := app.Config; {
	case c.SMTPURL != "":
		return mail.NewSMTP(c.SMTPURL, c.MailFrom)
	case c.Production:
		return mail.Nowhere{Logger: app.Logger}, nil
	default:
		return mail.NewFolder(filepath.Join(c.DataDir, "mail"), c.MailFrom, app.Logger)
	}
}

// openQueue puts the queue of letters into the store's own database.
func (app *App) openQueue() error {
	mailer, err := app.mailer()
	if err != nil {
		return err
	}
	deliver := mailing.Deliver{
		Store: app.Store, Mailer: mailer, ResetLinks: resetLinks, EmailLinks: emailLinks, PublicURL: app.Config.PublicURL,
		Browser: useragent.Name, Clock: app.clock, NewID: newID,
	}.Execute
	if _, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		app.queue, err = river.NewSQLite(app.Store.SQL(), deliver, app.Logger, app.routines()...)
	} else {
		app.queue, err = river.NewPostgres(app.Store.SQL(), deliver, app.Logger, app.routines()...)
	}
	if err != nil {
		return err
	}
	app.queue.OnBehalf = http.OnBehalf
	app.queue.Import = members.WorkImport{Store: app.Store, Invitations: app.Config.invitations(), Clock: app.clock, NewID: newID}.Execute
	app.queue.Erase = members.Erase{Store: app.Store, Clock: app.clock, NewID: newID}.Execute
	app.Store.Employ = app.queue.Employ
	app.Store.Post, app.Store.AlsoMigrate = app.queue.Post, app.queue.Migrate
	return nil
}

// mailChecks are what doctor asks of the mail server.
func (app *App) mailChecks() []http.Check {
	if app.Config.SMTPURL == "" {
		return nil
	}
	return []http.Check{{Name: "mail server", Optional: true, Ask: func(ctx context.Context) error {
		smtp, err := mail.NewSMTP(app.Config.SMTPURL, app.Config.MailFrom)
		if err != nil {
			return err
		}
		return smtp.Check(ctx)
	}}}
}
