package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// passwordSet is a password that was just set, and what has to end with the old one.
type passwordSet struct {
	user    domain.User
	keep    domain.SessionID // the one session that goes on; empty for none
	session domain.EndReason
	device  domain.DeviceEnd
	origin  domain.Origin
	at      time.Time
}

// endAll ends the sessions except the one kept, the remembered devices, the links and an unfinished
// enrolment of the account. Its owner gets an email.
func (p passwordSet) endAll(ctx context.Context, tx port.OrgTx) error {
	if _, err := tx.Sessions().EndAll(ctx, p.user.ID, p.keep, p.session, p.at); err != nil {
		return err
	}
	if _, err := tx.Devices().ForgetAll(ctx, p.user.ID, p.device, p.at); err != nil {
		return err
	}
	if err := proof.VoidUnfinished(ctx, tx, p.user.ID); err != nil {
		return err
	}
	return tx.Emails().Send(ctx, domain.EmailMessage{Kind: domain.EmailPasswordChanged, To: p.user.Email, At: p.at, Origin: p.origin})
}
