package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Mailer hands an email to a mail server. After an error it can be called again with the same email.
type Mailer interface {
	Send(ctx context.Context, mail Mail) error
}

// Mail is an email with all the values that its template shows. Its link starts with the configured public URL, never
// with the host of a request. Names of people and orgs must be returned by domain.EmailSafeName, and Browser by
// BrowserName, so that nobody can put a message of their own into an email.
type Mail struct {
	Kind    domain.EmailKind
	To      domain.Email
	Locale  string
	Name    string // of the person; empty if unknown
	OrgName string // empty for emails that concern no org
	Link    domain.Secret
	Expires time.Time // of the link; zero without one
	Orgs    []domain.Org
	At      time.Time
	Address string // of the client whose request caused the email
	Browser string // of that client, as returned by BrowserName
	Details map[string]string
}
