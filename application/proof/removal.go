package proof

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// EndSessionsWithoutFactor ends the account's sessions that have proven no second factor, except
// the one to keep. It is called when the first factor is enrolled: a thief with the password may
// hold the other sessions.
func EndSessionsWithoutFactor(ctx context.Context, tx port.OrgTx, user domain.UserID, keep domain.SessionID, now time.Time) error {
	live, err := tx.Sessions().Live(ctx, user, now)
	if err != nil {
		return err
	}
	for _, session := range live {
		if session.ID == keep || session.SatisfiesMFA() {
			continue
		}
		if session, err = tx.Sessions().Lock(ctx, session.ID); err != nil {
			return err
		}
		session.End(domain.EndFactorEnrolled, now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
	}
	return nil
}

// RemoveMFA takes the account's authenticator, recovery codes and remembered devices away,
// and ends its sessions but the one kept. It says how many ended.
func RemoveMFA(ctx context.Context, tx port.OrgTx, user domain.UserID, keep domain.SessionID, device domain.DeviceEnd, session domain.EndReason, now time.Time) (ended int, err error) {
	if err := tx.Authenticators().Remove(ctx, user); err != nil {
		return 0, err
	}
	if err := tx.RecoveryCodes().Replace(ctx, user, nil); err != nil {
		return 0, err
	}
	if _, err := tx.Devices().ForgetAll(ctx, user, device, now); err != nil {
		return 0, err
	}
	return tx.Sessions().EndAll(ctx, user, keep, session, now)
}

// VoidUnfinished voids the links that were mailed to the account, a requested address change and
// an enrolment that waits for its first code, because somebody other than the account's owner may
// have started them. Challenges need no such call: see domain.Challenge.Admits.
func VoidUnfinished(ctx context.Context, tx port.OrgTx, user domain.UserID) error {
	if err := tx.Authenticators().DropPending(ctx, user); err != nil {
		return err
	}
	if err := tx.EmailChanges().Void(ctx, user); err != nil {
		return err
	}
	return tx.Links().VoidAll(ctx, user)
}
