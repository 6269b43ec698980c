package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// subordinate checks the permission and locks an account of the caller's org that is not above
// the caller's own.
func subordinate(ctx context.Context, tx port.OrgTx, caller domain.Caller, permission domain.Permission, id domain.UserID) (member, error) {
	caller, err := application.Authorize(ctx, tx, caller, permission)
	if err != nil {
		return member{}, err
	}
	user, err := tx.Users().Lock(ctx, id)
	if err != nil {
		return member{}, err
	}
	return ranked(ctx, tx, caller, user)
}

// member is an account with the roles that it holds, and the caller as they are now.
type member struct {
	domain.User
	roles  []domain.Role
	caller domain.Caller
}

// reachable is subordinate for one who only looks.
func reachable(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.UserID) (member, error) {
	user, err := tx.Users().Get(ctx, id)
	if err != nil {
		return member{}, err
	}
	return ranked(ctx, tx, caller, user)
}

// ranked adds the roles of the account and refuses one above the caller's own.
func ranked(ctx context.Context, tx port.OrgTx, caller domain.Caller, user domain.User) (member, error) {
	roles, err := tx.Roles().Of(ctx, user.ID)
	if err == nil && !caller.Outranks(roles) {
		err = domain.ErrOutranked.Because(caller.RankDecision(roles))
	}
	return member{user, roles, caller}, err
}

// keepAnOwner returns ErrLastOwner unless another owner can sign in. The unit must have locked the
// org.
func (m member) keepAnOwner(ctx context.Context, tx port.OrgTx, now time.Time) error {
	if !m.Active() || !domain.IsOwner(m.roles) {
		return nil
	}
	owners, err := tx.Roles().Owners(ctx)
	if err != nil {
		return err
	}
	if !domain.AnyCanSignIn(owners, m.ID, now) {
		return domain.ErrLastOwner
	}
	return nil
}

// event is what the caller has done to an account; details are names and texts in turn.
func event(name domain.EventName, newID port.NewID, caller domain.Caller, id domain.UserID, now time.Time, details ...string) domain.AuditEvent {
	e := application.Did(name, newID, caller, now, "account", string(id))
	for i := 0; i+1 < len(details); i += 2 {
		if e.Details == nil {
			e.Details = map[string]string{}
		}
		e.Details[details[i]] = details[i+1]
	}
	return e
}
