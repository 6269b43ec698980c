package auth

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Logout ends the caller's own session: its access and refresh tokens are refused from now on.
type Logout struct{ proof.Guard }

// Execute ends the session.
func (uc Logout) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		session, err := tx.Sessions().Lock(ctx, caller.Session.ID)
		if err != nil {
			return err
		}
		session.End(domain.EndSignedOut, tx.Now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventSessionEnded, domain.OnSession(session.ID), domain.Details{"reason": string(domain.EndSignedOut)})
	})
}

// LogoutAll ends every session of the caller's account, the current one too.
type LogoutAll struct{ proof.Guard }

// Execute ends the sessions.
func (uc LogoutAll) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		ended, err := tx.Sessions().EndAll(ctx, caller.User.ID, "", domain.EndSignedOutAll, tx.Now)
		if err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventSessionsEnded, domain.OnAccount(caller.User.ID), domain.Details{"ended": strconv.Itoa(ended)})
	})
}
