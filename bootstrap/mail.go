package bootstrap

import (
	"context"
	"path/filepath"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/mail"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/web"
	mails "github.com/sole-platform/sole/application/mail"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
)

// resetLinks creates the tokens of links that set a new password.
var resetLinks = opaque.New("pr")

// emailLinks creates the tokens of links that confirm a new address.
var emailLinks = opaque.New("ec")

// invitations returns Invitations whose links set the first password. They have the same kind of token as password resets.
func (c Config) invitations() members.Invitations {
	return members.Invitations{Links: resetLinks, NoMail: c.sendsNoMail()}
}

// emailLinks returns the links to the pages that emails lead to.
func (c Config) emailLinks() mails.Links {
	if c.Pages {
		return web.EmailLinks(c.PublicURL)
	}
	return http.EmailLinks(c.PublicURL)
}

// sendsNoMail reports whether emails are dropped; development writes them into a folder.
func (c Config) sendsNoMail() bool { return c.Production && c.SMTPURL == "" }

// mailer returns the mail server. If none is configured, emails are written to a folder in development, and dropped with a
// warning in production.
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

// mailChecks returns the checks of the mail server for `sole doctor`.
func (app *App) mailChecks() []port.Check {
	if app.Config.SMTPURL == "" {
		return nil
	}
	return []port.Check{{Name: "mail server", Optional: true, Ask: func(ctx context.Context) error {
		smtp, err := mail.NewSMTP(app.Config.SMTPURL, app.Config.MailFrom)
		if err != nil {
			return err
		}
		return smtp.Check(ctx)
	}}}
}
