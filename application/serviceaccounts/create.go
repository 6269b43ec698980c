package serviceaccounts

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateNeeds is what Create requires of its caller. The step-up is needed to give any role but member.
var CreateNeeds = proof.Needs{Permission: domain.PermServiceAccountManage, Action: domain.ActionRoleAssign}

// Create makes a service account in the caller's org.
type Create struct{ proof.Guard }

// CreateInput describes the account. Roles are ids or names of system roles.
type CreateInput struct {
	Name, Description string
	Roles             []string
}

// Execute returns ErrEscalation for roles that grant what the caller lacks, ErrServiceAccountTaken for a name in use, whatever
// its letter case, ErrTooManyServiceAccounts when the org has domain.MaxServiceAccounts already, ErrPersonOnly for a service
// account and ErrServiceAccountByOperator for an operator who acts for another org.
func (uc Create) Execute(ctx context.Context, caller domain.Caller, in CreateInput) (made domain.ServiceAccount, err error) {
	if err := CreateNeeds.Check(caller); err != nil {
		return made, err
	}
	if err := mayChooseRoles(caller); err != nil {
		return made, err
	}
	needs, err := needsToGive(ctx, uc.Guard, caller, CreateNeeds, in.Roles)
	if err != nil {
		return made, err
	}
	id := domain.ServiceAccountID(uc.NewID())
	err = uc.Change(ctx, caller, needs, func(tx proof.Unit) (err error) {
		made, err = insert(ctx, tx, id, in, "")
		return err
	})
	return made, err
}

// insert makes the account in a unit of a caller who may create service accounts. by is how it was requested, for the audit
// log; it is empty for a request of the API.
func insert(
	ctx context.Context, tx proof.Unit, id domain.ServiceAccountID, in CreateInput, by string,
) (made domain.ServiceAccount, err error) {
	roles, err := grantable(ctx, tx, in.Roles)
	if err != nil {
		return made, err
	}
	draft := domain.ServiceAccountDraft{Name: in.Name, Description: in.Description, Roles: roles, GrantedBy: tx.Caller.User.ID}
	if made, err = domain.NewServiceAccount(id, draft, tx.Now); err != nil {
		return made, err
	}
	if err := requireRoom(ctx, tx); err != nil {
		return made, err
	}
	if err := requireDistinct(ctx, tx, made); err != nil {
		return made, err
	}
	if err := tx.ServiceAccounts().Insert(ctx, made); err != nil {
		return made, err
	}
	details := requested(domain.ServiceAccount{}.Differences(made), by)
	return made, tx.Record(ctx, domain.EventServiceAccountCreated, domain.OnServiceAccount(id), details)
}

func requireRoom(ctx context.Context, tx proof.Unit) error {
	count, err := tx.ServiceAccounts().Count(ctx)
	if err == nil && count >= domain.MaxServiceAccounts {
		return domain.ErrTooManyServiceAccounts
	}
	return err
}

// needsToGive returns the needs, with the step-up only if one of the roles is not member.
func needsToGive(
	ctx context.Context, guard proof.Guard, caller domain.Caller, needs proof.Needs, names []string,
) (_ proof.Needs, err error) {
	var beyond bool
	err = guard.Read(ctx, caller, needs.WithoutStepUp(), func(tx proof.Unit) error {
		roles, err := grantable(ctx, tx, names)
		beyond = domain.BeyondMember(roles)
		return err
	})
	return needs.StepUpIf(beyond), err
}

// grantable finds roles by id or name, and returns ErrEscalation when they grant what the caller lacks.
func grantable(ctx context.Context, tx proof.Unit, names []string) ([]domain.Role, error) {
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := domain.FindRoles(all, names)
	if err != nil {
		return nil, err
	}
	return roles, tx.Caller.Grants(roles)
}
