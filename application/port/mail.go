package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Letters puts letters on the queue as part of the unit: one is written and sent some
// time after the unit has been committed, or never when it is not.
type Letters interface {
	// Send must take the same time whoever has the address. A letter of the same kind to the
	// same address that is still waiting, or was sent within the last minute, may stand for it
	// when its kind goes to unconfirmed addresses (password_forgotten, org_discovery,
	// confirm_address).
	Send(ctx context.Context, letter domain.Letter) error
}

// WaitingLetters are the letters on the queue that have not been sent yet.
type WaitingLetters interface {
	// DropLetters removes them and returns how many.
	DropLetters(ctx context.Context) (int, error)
}

// Mailer hands a mail over to whoever delivers it. An error means that it may be tried again.
type Mailer interface {
	Send(ctx context.Context, mail Mail) error
}

// Mail is a letter with everything in it that its template shows. URLs are built from
// PUBLIC_URL only, never from what a request says of its host. Names of people and orgs must pass
// domain.LetterName, and Browser must come from BrowserName, so that a stranger cannot put a
// message of their own into the mail.
type Mail struct {
	Kind    domain.LetterKind
	To      domain.Email
	Locale  string
	Name    string // of the person; empty when unknown
	OrgName string // empty for letters that concern no org
	Link    domain.Secret
	Expires time.Time // of the link; zero without one
	Orgs    []domain.Org
	At      time.Time
	Address string // of the client whose request the letter tells of
	Browser string // of that client, by BrowserName
	Details map[string]string
}

// Links keeps the links sent by mail, hashed. An account may have several for one purpose.
type Links interface {
	// Put adds a link; the account's others stay as they are.
	Put(ctx context.Context, link domain.Link) error
	// Get must return domain.ErrLinkGone for what is unknown, void, used or past its expiry.
	Get(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error)
	// Take is Get, and removes every link of the account, whatever its purpose. Of parallel calls
	// with links of one account exactly one must win.
	Take(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error)
	// Has tells whether the account has such a link that is not past its expiry.
	Has(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID, now time.Time) (bool, error)
	// Void removes the links that the account has for the purpose.
	Void(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID) error
	// VoidAll removes every link of the account.
	VoidAll(ctx context.Context, user domain.UserID) error
	// VoidAllOfOrg removes every link of the org and returns how many.
	VoidAllOfOrg(ctx context.Context) (int, error)
}
