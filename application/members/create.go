package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Create makes an account in the caller's org: its owner is invited by mail, or gets a
// temporary password from whoever asked.
type Create struct {
	Store       port.Store
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Invitations Invitations
	Guard       proof.Guard
	Clock       port.Clock
	NewID       port.NewID
}

// CreateInput is who the account is for. Roles are ids or names of system roles; none means
// the role member.
type CreateInput struct {
	Email, FullName   string
	Roles             []string
	TemporaryPassword bool
}

// CreateResult holds the temporary password, if one was asked for: it is shown this once.
type CreateResult struct {
	Member   domain.Member
	Password domain.Secret
}

// Execute refuses an address that the org has already with ErrEmailTaken, and roles that
// give more than the caller holds with ErrEscalation. Giving any role but member also requires
// the permission and the step-up for assigning roles.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (result CreateResult, err error) {
	user, err := newAccount(domain.UserID(uc.NewID()), in, uc.Clock())
	if err != nil {
		return result, err
	}
	roles, err := uc.admissible(ctx, caller, in, user)
	if err != nil {
		return result, err
	}
	err = guardRoles(ctx, uc.Guard, caller, domain.BeyondMember(roles), func() error {
		result, err = uc.create(ctx, caller, in, user)
		return err
	})
	return result, err
}

// guardRoles demands the step-up of role.assign when act gives roles beyond member.
func guardRoles(ctx context.Context, guard proof.Guard, caller domain.Caller, beyond bool, act func() error) error {
	if !beyond {
		return act()
	}
	return guard.Do(ctx, caller, domain.ActionRoleAssign, act)
}

func (uc Create) create(ctx context.Context, caller domain.Caller, in CreateInput, user domain.User) (result CreateResult, err error) {
	now := uc.Clock()
	if in.TemporaryPassword {
		result.Password = uc.NewPassword()
		hash, err := uc.Hasher.Hash(ctx, result.Password)
		if err != nil {
			return result, err
		}
		user.SetPassword(hash, true, now)
	}
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		result.Member, err = uc.admit(ctx, tx, caller, in.Roles, user, now)
		return err
	})
	return result, err
}

func newAccount(id domain.UserID, in CreateInput, now time.Time) (domain.User, error) {
	email, err := domain.ParseEmail(in.Email)
	if err != nil {
		return domain.User{}, err
	}
	return domain.NewUser(id, email, in.FullName, now)
}

// admissible checks the input before anything slow is done, and returns the named roles.
func (uc Create) admissible(ctx context.Context, caller domain.Caller, in CreateInput, user domain.User) (roles []domain.Role, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if roles, err = grantable(ctx, tx, caller, in.Roles); err != nil {
			return err
		}
		return unused(ctx, tx, user.Email)
	})
	return roles, err
}

// admit asks once more, now that nobody can change who may do what.
func (uc Create) admit(ctx context.Context, tx port.OrgTx, caller domain.Caller, names []string, user domain.User, now time.Time) (domain.Member, error) {
	caller, err := application.Authorize(ctx, tx, caller, domain.PermMemberCreate)
	if err != nil {
		return domain.Member{}, err
	}
	roles, err := grantable(ctx, tx, caller, names)
	if err != nil {
		return domain.Member{}, err
	}
	return domain.Member{User: user, Roles: roles}, newcomer{user, roles}.admit(ctx, tx, caller, uc.Invitations, uc.NewID, now)
}

// newcomer is an account that is new to the org, and what it is to hold.
type newcomer struct {
	user  domain.User
	roles []domain.Role
}

// admit stores the account. One that has no password is invited.
func (n newcomer) admit(ctx context.Context, tx port.OrgTx, caller domain.Caller, invitations Invitations, newID port.NewID, now time.Time) error {
	if err := tx.Users().Insert(ctx, n.user); err != nil {
		return err
	}
	if err := tx.Roles().Assign(ctx, n.user.ID, idsOf(n.roles)); err != nil {
		return err
	}
	created := event(domain.EventAccountCreated, newID, caller, n.user.ID, now, "roles", domain.RoleNames(n.roles))
	if err := tx.Audit().Append(ctx, created); err != nil {
		return err
	}
	if !n.user.Invited() {
		return nil
	}
	return invitations.send(ctx, tx, caller, n.user, now)
}

// grantable resolves roles by what a request calls them, and lets the caller grant them.
func grantable(ctx context.Context, tx port.OrgTx, caller domain.Caller, names []string) ([]domain.Role, error) {
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return nil, err
	}
	return grantableOf(all, caller, names)
}

// grantableOf is grantable when all the roles of the org are already loaded.
func grantableOf(all []domain.Role, caller domain.Caller, names []string) ([]domain.Role, error) {
	roles, err := namedRoles(all, names)
	if err != nil {
		return nil, err
	}
	return roles, mayGive(caller, roles)
}

// namedRoles finds roles by id or name; no names mean the role member.
func namedRoles(all []domain.Role, names []string) ([]domain.Role, error) {
	if len(names) == 0 {
		names = []string{domain.RoleMember}
	}
	return domain.FindRoles(all, names)
}

// mayGive refuses roles that the caller may not give to a new account. Any role but member
// requires the permission to assign roles, and no role may grant more than the caller holds.
func mayGive(caller domain.Caller, roles []domain.Role) error {
	if domain.BeyondMember(roles) && !caller.Can(domain.PermRoleAssign) {
		return domain.ErrPermissionDenied.Because(caller.PermissionDecision(domain.PermRoleAssign))
	}
	return caller.Grants(roles)
}

func idsOf(roles []domain.Role) []domain.RoleID {
	ids := make([]domain.RoleID, len(roles))
	for i, role := range roles {
		ids[i] = role.ID
	}
	return ids
}
