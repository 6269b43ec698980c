package proof

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Crossings records the requests by which a platform operator acts in another org. A unit of work
// sees one org, so there are two events: first one in the operator's own org, without which the
// request is refused, then one in the other org.
type Crossings struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Leave records in the operator's own org that call is about to act in target. For their own org it
// does nothing.
func (c Crossings) Leave(ctx context.Context, operator domain.Caller, call string, target domain.OrgID) error {
	if target == operator.Org.ID {
		return nil
	}
	return c.Store.InOrg(ctx, operator.Org.ID, func(tx port.OrgTx) error {
		return tx.Audit().Append(ctx, c.event(domain.EventPlatformCrossed, operator.Actor(operator.Org.ID), call, target))
	})
}

// Enter returns the operator as the caller who acts for target, and records the call there. Call Leave
// first.
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
		return tx.Audit().Append(ctx, c.event(domain.EventPlatformEntered, operator.Actor(target), call, target))
	})
	return acting, err
}

func (c Crossings) event(name domain.EventName, operator domain.Actor, call string, target domain.OrgID) domain.AuditEvent {
	return operator.Did(name, domain.OnOrg(target), domain.Details{"call": call}).Stamp(c.NewID(), c.Clock())
}
