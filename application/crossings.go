package application

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Crossings notes the calls by which a platform operator reaches into another org. A unit
// of work sees one org, so there are two notes: first the one in the operator's own org,
// without which the call is refused, then those in the other org.
type Crossings struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Leave notes in the operator's own org that call is about to reach into target. For
// their own org there is nothing to note.
func (c Crossings) Leave(ctx context.Context, operator domain.Caller, call string, target domain.OrgID) error {
	if target == operator.Org.ID {
		return nil
	}
	return c.Store.InOrg(ctx, operator.Org.ID, func(tx port.OrgTx) error {
		return tx.Audit().Append(ctx, c.event(domain.EventPlatformCrossed, operator, operator.Origin, call, target))
	})
}

// LeaveFor is Leave for an org that may not be there, which is domain.ErrNotFound.
func (c Crossings) LeaveFor(ctx context.Context, operator domain.Caller, call string, target domain.OrgID) error {
	if target == operator.Org.ID {
		return nil
	}
	if _, err := c.Store.Platform().FindOrg(ctx, string(target)); errors.Is(err, domain.ErrOrgNotFound) {
		return domain.ErrNotFound
	} else if err != nil {
		return err
	}
	return c.Leave(ctx, operator, call, target)
}

// Enter makes the operator act for target, where it notes the call. Leave comes first.
func (c Crossings) Enter(ctx context.Context, operator domain.Caller, call string, target domain.OrgID) (acting domain.Caller, err error) {
	err = c.Store.InOrg(ctx, target, func(tx port.OrgTx) error {
		org, err := tx.Org().Get(ctx)
		if err != nil {
			return err
		}
		if !org.Active() {
			facts := operator.PermissionFacts(domain.PermPlatformManage)
			facts.OrgActive = false
			return domain.ErrOrgSuspended.Because(domain.Decision{Org: org.ID, User: operator.User.ID, Question: &facts})
		}
		settings, err := tx.Org().Settings(ctx)
		if err != nil {
			return err
		}
		acting = operator.ActFor(org, settings)
		return tx.Audit().Append(ctx, c.event(domain.EventPlatformEntered, operator, acting.Origin, call, target))
	})
	return acting, err
}

func (c Crossings) event(name domain.EventName, operator domain.Caller, origin domain.Origin, call string, target domain.OrgID) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(c.NewID()), At: c.Clock(), Name: name, Outcome: domain.OutcomeSuccess, Actor: operator.User.ID,
		ResourceType: "org", ResourceID: string(target), Origin: origin, Details: map[string]string{"call": call},
	}
}
