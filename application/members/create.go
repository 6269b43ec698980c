package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateNeeds is what Create requires of its caller. The step-up is needed to give any role but
// member.
var CreateNeeds = proof.Needs{Permission: domain.PermMemberCreate, Action: domain.ActionRoleAssign}

// Create makes an account in the caller's org. Its owner is invited by email, or the caller gets
// a temporary password to hand over.
type Create struct {
	proof.Guard
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Invitations Invitations
}

// CreateInput describes the account. Roles are ids or names of system roles; none means the role
// member.
type CreateInput struct {
	Email, FullName   string
	Roles             []string
	TemporaryPassword bool
}

// CreateResult is the new account and the temporary password, if one was asked for. Only its
// hash is stored, so it cannot be shown again.
type CreateResult struct {
	Member   domain.Member
	Password domain.Secret
}

// Execute returns ErrEmailTaken for an address that an account of the org has, and ErrEscalation
// for roles that grant more than the caller holds. To give any role but member the caller must
// also hold the permission to assign roles.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (result CreateResult, err error) {
	user, err := newAccount(domain.UserID(uc.NewID()), in, uc.Clock())
	if err != nil {
		return result, err
	}
	var roles []domain.Role
	err = uc.Read(ctx, caller, CreateNeeds.WithoutStepUp(), func(tx proof.Unit) (err error) { // before the slow hash
		if roles, err = grantable(ctx, tx, in.Roles); err != nil {
			return err
		}
		return requireUnused(ctx, tx, user.Email)
	})
	if err != nil {
		return result, err
	}
	err = uc.Allow(ctx, caller, CreateNeeds.StepUpIf(domain.BeyondMember(roles)), func(access proof.Access) error {
		if in.TemporaryPassword {
			result.Password = uc.NewPassword()
			hash, err := uc.Hasher.Hash(ctx, result.Password)
			if err != nil {
				return err
			}
			user.SetPassword(hash, true, uc.Clock())
		}
		return access.Change(ctx, func(tx proof.Unit) error {
			roles, err := grantable(ctx, tx, in.Roles) // again, now that other units cannot change it
			if err != nil {
				return err
			}
			result.Member = domain.Member{User: user, Roles: roles}
			return uc.Invitations.admit(ctx, tx, admission{}, domain.NewAccount{Member: result.Member})
		})
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

// admission is how accounts are admitted.
type admission struct {
	silent  bool   // accounts without a password are not invited
	command string // of the operator, for the audit log; otherwise empty
}

// admit stores new accounts. Those that have no password are invited, unless the admission is silent.
func (i Invitations) admit(ctx context.Context, tx proof.Unit, how admission, accounts ...domain.NewAccount) error {
	if err := tx.Users().InsertAll(ctx, accounts); err != nil {
		return err
	}
	events := make([]domain.AuditEvent, len(accounts))
	for n, account := range accounts {
		details := domain.Details{"roles": domain.RoleNames(account.Roles)}
		if how.command != "" {
			details["by"] = how.command
		}
		events[n] = tx.Event(domain.EventAccountCreated, domain.OnAccount(account.ID), details)
	}
	if err := tx.Audit().AppendAll(ctx, events); err != nil || how.silent {
		return err
	}
	for _, account := range accounts {
		if !account.Invited() {
			continue
		}
		if err := i.send(ctx, tx, account.User); err != nil {
			return err
		}
	}
	return nil
}

// grantable finds roles by id or name, and returns an error when the caller may not give them to
// a new account.
func grantable(ctx context.Context, tx proof.Unit, names []string) ([]domain.Role, error) {
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return nil, err
	}
	return grantableOf(all, tx.Caller, names)
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

// mayGive returns an error for roles that the caller may not give to a new account. Any role but
// member requires the permission to assign roles, and no role may grant more than the caller holds.
func mayGive(caller domain.Caller, roles []domain.Role) error {
	if domain.BeyondMember(roles) {
		if err := AssignRolesNeeds.Check(caller); err != nil {
			return err
		}
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
