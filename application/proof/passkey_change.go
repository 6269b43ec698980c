package proof

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasskeyChange is an event of an account's passkey that its owner gets an email about.
type PasskeyChange struct {
	Kind   domain.EmailKind
	User   domain.User
	Name   string // of the passkey
	Origin domain.Origin
	At     time.Time
}

// Notify sends the owner an email about the change. The email shows the name of the passkey only if it is an
// EmailSafeName: a thief of the session could have chosen it.
func (c PasskeyChange) Notify(ctx context.Context, tx port.OrgTx) error {
	passkey := "a passkey"
	if name := domain.EmailSafeName(c.Name); name != "" {
		passkey = `the passkey "` + name + `"`
	}
	return tx.Emails().Send(ctx, domain.EmailMessage{
		Kind: c.Kind, To: c.User.Email, At: c.At, Origin: c.Origin, Details: map[string]string{"passkey": passkey},
	})
}
