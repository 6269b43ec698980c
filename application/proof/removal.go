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

// MFARemoval is an account that loses its second factors, and what ends with them.
type MFARemoval struct {
	User    domain.UserID
	Keep    domain.SessionID // the one session that goes on; empty for none
	Device  domain.DeviceEnd // why its remembered devices are forgotten
	Session domain.EndReason // why its sessions end
	At      time.Time
}

// RemoveMFA removes the account's authenticators of every kind, its recovery codes and its
// remembered devices, and ends its sessions.
func RemoveMFA(ctx context.Context, tx port.OrgTx, removal MFARemoval) error {
	if err := tx.Authenticators().RemoveAll(ctx, removal.User); err != nil {
		return err
	}
	if err := tx.RecoveryCodes().Replace(ctx, removal.User, nil); err != nil {
		return err
	}
	if _, err := tx.Devices().ForgetAll(ctx, removal.User, removal.Device, removal.At); err != nil {
		return err
	}
	_, err := tx.Sessions().EndAll(ctx, removal.User, removal.Keep, removal.Session, removal.At)
	return err
}

// VoidUnfinished voids the links that were mailed to the account, a requested address change and
// an enrolment that waits for its first code, because somebody other than the account's owner may
// have started them. Challenges need no such call: see domain.Challenge.Admits.
func VoidUnfinished(ctx context.Context, tx port.OrgTx, user domain.UserID) error {
	if err := tx.Authenticators().RemovePending(ctx, user); err != nil {
		return err
	}
	if err := tx.EmailChanges().Void(ctx, user); err != nil {
		return err
	}
	return tx.Links().VoidAll(ctx, user)
}
