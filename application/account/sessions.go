package account

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ListSessions shows where the caller's account is signed in.
type ListSessions struct {
	Store  port.Store
	Clock  port.Clock
	Limits domain.ServerLimits
}

// Execute lists the sessions that could still be used, newest first.
func (uc ListSessions) Execute(ctx context.Context, caller domain.Caller) (live []domain.Session, err error) {
	now := uc.Clock()
	idle := caller.Settings.IdleTimeout(uc.Limits)
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		sessions, err := tx.Sessions().Live(ctx, caller.User.ID, now)
		live = live[:0]
		for _, session := range sessions {
			if now.Sub(session.LastSeenAt) < idle || session.ID == caller.Session.ID {
				live = append(live, session)
			}
		}
		return err
	})
	return live, err
}

// RevokeSession ends one session of the caller's account.
type RevokeSession struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute answers ErrNotFound for a session of anyone else, or one that has ended.
func (uc RevokeSession) Execute(ctx context.Context, caller domain.Caller, id domain.SessionID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		session, err := tx.Sessions().Lock(ctx, id)
		if err != nil {
			return err
		}
		if session.User != caller.User.ID || !session.EndedAt.IsZero() || !now.Before(session.ExpiresAt) {
			return domain.ErrNotFound
		}
		session.End(domain.EndRevoked, now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventSessionEnded, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "session", ResourceID: string(id), Origin: caller.Origin, Details: map[string]string{"reason": string(domain.EndRevoked)},
		})
	})
}
