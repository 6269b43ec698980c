package account

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListSessions returns the sessions of the caller's account.
type ListSessions struct{ proof.Guard }

// Execute returns the sessions that can still be used, newest first.
func (uc ListSessions) Execute(ctx context.Context, caller domain.Caller) (live []domain.Session, err error) {
	idle := caller.Settings.IdleTimeout(uc.Limits)
	err = uc.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		sessions, err := tx.Sessions().Live(ctx, caller.User.ID, tx.Now)
		live = live[:0]
		for _, session := range sessions {
			if tx.Now.Sub(session.LastSeenAt) < idle || session.ID == caller.Session.ID {
				live = append(live, session)
			}
		}
		return err
	})
	return live, err
}

// RevokeSession ends one session of the caller's account.
type RevokeSession struct{ proof.Guard }

// Execute returns ErrNotFound for a session of another account, or one that has ended.
func (uc RevokeSession) Execute(ctx context.Context, caller domain.Caller, id domain.SessionID) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		session, err := tx.Sessions().Lock(ctx, id)
		if err != nil {
			return err
		}
		if session.User != caller.User.ID || !session.EndedAt.IsZero() || !tx.Now.Before(session.ExpiresAt) {
			return domain.ErrNotFound
		}
		session.End(domain.EndRevoked, tx.Now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventSessionEnded, domain.OnSession(id), domain.Details{"reason": string(domain.EndRevoked)})
	})
}

// RevokeOtherSessions ends every session of the caller's account but the caller's own.
type RevokeOtherSessions struct{ proof.Guard }

// Execute also succeeds when there is no other session.
func (uc RevokeOtherSessions) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		ended, err := tx.Sessions().EndAll(ctx, caller.User.ID, caller.Session.ID, domain.EndRevoked, tx.Now)
		if err != nil {
			return err
		}
		details := domain.Details{"ended": strconv.Itoa(ended), "reason": string(domain.EndRevoked)}
		return tx.Record(ctx, domain.EventSessionsEnded, domain.OnAccount(caller.User.ID), details)
	})
}
