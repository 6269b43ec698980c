package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Unit is a unit of work in one org that was opened for an authorized caller.
type Unit struct {
	port.OrgTx
	Caller domain.Caller // in a unit of Change: with org, settings, status and roles as of this unit
	Now    time.Time
	newID  port.NewID
	org    domain.OrgID
}

// Record appends the audit event of what the caller did to a resource.
func (u Unit) Record(ctx context.Context, name domain.EventName, on domain.Resource, details domain.Details) error {
	return u.Audit().Append(ctx, u.Event(name, on, details))
}

// Event returns the audit event of what the caller did to a resource, without appending it.
func (u Unit) Event(name domain.EventName, on domain.Resource, details domain.Details) domain.AuditEvent {
	return u.Caller.Actor(u.org).Did(name, on, details).Stamp(u.newID(), u.Now)
}

// Access opens units of work for a caller who meets the needs of a use case. Only a Guard or a
// FreshSignIn creates one.
type Access struct {
	guard  Guard
	caller domain.Caller
	needs  Needs
}

// Read runs read in a unit that only reads.
func (a Access) Read(ctx context.Context, read func(Unit) error) error {
	return a.guard.Store.ReadOrg(ctx, a.caller.Org.ID, func(tx port.OrgTx) error { return read(a.unit(tx)) })
}

// ReadAndRecord runs read in a unit that may also append the audit event of the reading.
func (a Access) ReadAndRecord(ctx context.Context, read func(Unit) error) error {
	return a.guard.Store.InOrg(ctx, a.caller.Org.ID, func(tx port.OrgTx) error { return read(a.unit(tx)) })
}

// Change runs change in a unit. When a permission is needed, the unit first locks the org and
// reads the caller's standing again, so that the permission still holds when change runs: of two
// administrators who demote each other at once, one is refused. Such a unit never runs at the
// same time as another one of the org.
//
// It returns ErrTokenRevoked for a caller whose account was removed since the request began,
// ErrOrgSuspended, ErrAccountSuspended, ErrServiceAccountSuspended or ErrPermissionDenied. A key
// that was revoked since the request began is not noticed.
func (a Access) Change(ctx context.Context, change func(Unit) error) error {
	return a.guard.Store.InOrg(ctx, a.caller.Org.ID, func(tx port.OrgTx) (err error) {
		unit := a.unit(tx)
		if a.needs.Permission != "" {
			if unit.Caller, err = recheck(ctx, tx, a.caller, a.needs); err != nil {
				return err
			}
		}
		return change(unit)
	})
}

// In is Change in an org that may be another than the caller's own. call names the request in
// the audit event that the caller's own org gets first. An unknown org is ErrNotFound.
func (a Access) In(ctx context.Context, target domain.OrgID, call string, change func(Unit) error) error {
	if target == a.caller.Org.ID {
		return a.Change(ctx, change)
	}
	if _, err := a.Platform().FindOrg(ctx, string(target)); errors.Is(err, domain.ErrOrgNotFound) {
		return domain.ErrNotFound
	} else if err != nil {
		return err
	}
	if err := a.Leave(ctx, target, call); err != nil {
		return err
	}
	return a.guard.Store.InOrg(ctx, target, func(tx port.OrgTx) error {
		unit := a.unit(tx)
		unit.org = target
		return change(unit)
	})
}

// Leave records in the caller's own org that call is about to change target, an org that may
// not exist yet, and checks the permission once more. For the caller's own org it does nothing.
func (a Access) Leave(ctx context.Context, target domain.OrgID, call string) error {
	if target == a.caller.Org.ID {
		return nil
	}
	return a.Change(ctx, func(tx Unit) error {
		return tx.Record(ctx, domain.EventPlatformCrossed, domain.OnOrg(target), domain.Details{"call": call})
	})
}

// Platform returns the operations that concern several orgs.
func (a Access) Platform() port.Platform { return a.guard.Store.Platform() }

func (a Access) unit(tx port.OrgTx) Unit {
	return Unit{OrgTx: tx, Caller: a.caller, Now: a.guard.Clock(), newID: a.guard.NewID, org: a.caller.Org.ID}
}

func standingOf(ctx context.Context, tx port.OrgTx, caller domain.Caller) (domain.Principal, error) {
	if caller.Service() {
		return tx.ServiceAccounts().Standing(ctx, domain.ServiceAccountID(caller.User.ID))
	}
	return tx.Users().Standing(ctx, caller.User.ID)
}

// suspended returns the error for a caller whose account is suspended.
func suspended(caller domain.Caller) *domain.Error {
	if caller.Service() {
		return domain.ErrServiceAccountSuspended
	}
	return domain.ErrAccountSuspended
}

// recheck locks the org and returns the caller with what they may do as of this unit. A
// platform operator who acts for the org holds no role there that could have changed.
func recheck(ctx context.Context, tx port.OrgTx, caller domain.Caller, needs Needs) (domain.Caller, error) {
	org, err := tx.Org().Lock(ctx)
	if err != nil {
		return caller, err
	}
	caller.Org = org
	if !caller.ActingFor() {
		standing, err := standingOf(ctx, tx, caller)
		if errors.Is(err, domain.ErrNotFound) {
			return caller, domain.ErrTokenRevoked
		}
		if err != nil {
			return caller, err
		}
		caller.Settings, caller.Roles, caller.User.Status = standing.Settings, standing.Roles, standing.User.Status
		caller.Principal = caller.Within(caller.Scope)
	}
	switch why := caller.PermissionDecision(needs.Permission); {
	case !org.Active():
		return caller, domain.ErrOrgSuspended.Because(why)
	case !caller.ActingFor() && !caller.User.Active():
		return caller, suspended(caller).Because(why)
	}
	return caller, needs.Check(caller)
}
