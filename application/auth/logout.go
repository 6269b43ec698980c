package auth

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Logout ends the caller's own session: its access and refresh tokens are refused from now on.
type Logout struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute ends the session.
func (uc Logout) Execute(ctx context.Context, caller domain.Caller) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		session, err := tx.Sessions().Lock(ctx, caller.Session.ID)
		if err != nil {
			return err
		}
		session.End(domain.EndSignedOut, now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventSessionEnded, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "session", ResourceID: string(session.ID), Origin: caller.Origin, Details: map[string]string{"reason": string(domain.EndSignedOut)},
		})
	})
}

// LogoutAll ends every session of the caller's account, this one too.
type LogoutAll struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute ends the sessions.
func (uc LogoutAll) Execute(ctx context.Context, caller domain.Caller) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		ended, err := tx.Sessions().EndAll(ctx, caller.User.ID, "", domain.EndSignedOutAll, now)
		if err != nil {
			return err
		}
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventSessionsEnded, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "account", ResourceID: string(caller.User.ID), Origin: caller.Origin, Details: map[string]string{"ended": strconv.Itoa(ended)},
		})
	})
}
