package earlier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Format names the earlier service among the formats of imports.
const Format = "earlier-service"

// Command is how the audit log names what moves the earlier service.
const Command = "sole import " + Format

// CreateOrg creates an org with its settings and the system roles, and runs then in the same unit of work.
type CreateOrg func(ctx context.Context, org domain.Org, settings domain.OrgSettings, then func(port.OrgTx) error) error

// Import imports accounts into an org. An import with the same digest that was interrupted is continued.
type Import func(ctx context.Context, in ImportInput) (domain.Import, error)

// ImportInput says what is imported.
type ImportInput struct {
	Org     domain.OrgID
	Source  port.AccountSource
	Digest  string
	Settled func(rows int) // is called after each unit of work
}

// Move moves the orgs and accounts of a plan. It may be killed and run again: orgs and accounts that are here stay.
type Move struct{ Deps }

// Moved is what became of one org.
type Moved struct {
	Plan   OrgPlan
	Import domain.Import
	Owners int // accounts that became owners, because the operator named them
}

// Progress is called while a move is running.
type Progress struct {
	Org     func(OrgPlan)  // an org is begun
	Settled func(rows int) // more accounts are settled
	Done    func(Moved)    // an org is finished
}

// Execute returns CodeConflict for a plan with problems. An error leaves the orgs that are finished as they are.
func (uc Move) Execute(ctx context.Context, source port.EarlierService, plan Plan, progress Progress) error {
	if plan.Blocked() {
		return errors.New("the plan has problems that must be solved first")
	}
	for _, org := range plan.Orgs {
		progress.Org(org)
		moved, err := uc.org(ctx, source, plan, org, progress.Settled)
		if err != nil {
			return fmt.Errorf("the org %q: %w", org.From.ID, err)
		}
		progress.Done(moved)
	}
	if !plan.request.Operators {
		return nil
	}
	return uc.operators(ctx, source, plan, progress)
}

func (uc Move) org(ctx context.Context, source port.EarlierService, plan Plan, org OrgPlan, settled func(int)) (moved Moved, err error) {
	moved.Plan = org
	if err := uc.prepare(ctx, org); err != nil {
		return moved, err
	}
	if org.Counts.Accounts > 0 {
		moved.Import, err = uc.Import(ctx, ImportInput{
			Org: org.Org.ID, Source: accountsOf(ctx, source, org, uc.Clock()), Digest: digest(plan, org.From.ID), Settled: settled,
		})
		if err != nil {
			return moved, err
		}
	}
	for _, address := range plan.request.Owners[org.From.ID] {
		appointed, err := uc.appoint(ctx, org.Org.ID, domain.TypedEmail(address))
		if err != nil {
			return moved, err
		}
		if appointed {
			moved.Owners++
		}
	}
	return moved, nil
}

// digest identifies the import of an org, so that an interrupted one is continued.
func digest(plan Plan, org string) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", Format, plan.identity, org)))
}

// prepare creates the org, or gives an existing one the roles and settings that it lacks.
func (uc Move) prepare(ctx context.Context, org OrgPlan) error {
	if !org.Exists {
		return uc.CreateOrg(ctx, org.Org, org.Settings, func(tx port.OrgTx) error { return uc.addRoles(ctx, tx, org) })
	}
	return uc.Store.InOrg(ctx, org.Org.ID, func(tx port.OrgTx) error {
		if _, err := tx.Org().Lock(ctx); err != nil {
			return err
		}
		if err := uc.addRoles(ctx, tx, org); err != nil || !org.settle {
			return err
		}
		before, err := tx.Org().LockSettings(ctx)
		if err != nil {
			return err
		}
		if before.PolicyVersion > 1 {
			return errors.New("the settings were changed by someone else in the meantime: run this again")
		}
		now := uc.Clock()
		next, err := before.Changed(func(s *domain.OrgSettings) {
			for _, setting := range domain.Settings() {
				setting.Value.Copy(s, org.Settings)
			}
		}, uc.Limits, now)
		if err != nil {
			return err
		}
		if err := tx.Org().SaveSettings(ctx, next); err != nil {
			return err
		}
		return uc.record(ctx, tx, domain.EventOrgSettingsUpdated, domain.OnOrg(org.Org.ID), before.Differences(next))
	})
}

// addRoles adds the custom roles that an org does not have yet.
func (uc Move) addRoles(ctx context.Context, tx port.OrgTx, org OrgPlan) error {
	have, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	for _, role := range org.roles.add {
		if slices.ContainsFunc(have, role.Clashes) {
			return errors.New("the roles were changed by someone else in the meantime: run this again")
		}
		if err := tx.Roles().Insert(ctx, role); err != nil {
			return err
		}
		if err := uc.record(ctx, tx, domain.EventRoleCreated, domain.OnRole(role.ID), domain.Role{}.Differences(role)); err != nil {
			return err
		}
	}
	return nil
}

// record appends an event of the operator at the command line.
func (uc Move) record(ctx context.Context, tx port.OrgTx, name domain.EventName, on domain.Resource, details domain.Details) error {
	details = maps.Clone(details)
	details["by"] = Command
	return tx.Audit().Append(ctx, domain.Actor{}.Did(name, on, details).Stamp(uc.NewID(), uc.Clock()))
}

// appoint makes the account with the address an owner of the org, if there is one that is none yet.
func (uc Move) appoint(ctx context.Context, org domain.OrgID, email domain.Email) (appointed bool, err error) {
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		appointed = false
		if _, err := tx.Org().Lock(ctx); err != nil {
			return err
		}
		user, err := tx.Users().ByEmail(ctx, email)
		if errors.Is(err, domain.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		held, err := tx.Roles().Of(ctx, user.ID)
		if err != nil || domain.IsOwner(held) {
			return err
		}
		all, err := tx.Roles().List(ctx)
		if err != nil {
			return err
		}
		wanted := slices.Clone(held)
		for _, role := range all {
			if domain.IsOwner([]domain.Role{role}) {
				wanted = append(wanted, role)
			}
		}
		ids := make([]domain.RoleID, len(wanted))
		for i, role := range wanted {
			ids[i] = role.ID
		}
		user.UpdatedAt = uc.Clock()
		if err := tx.Users().Update(ctx, user); err != nil {
			return err
		}
		if err := tx.Roles().Assign(ctx, user.ID, ids); err != nil {
			return err
		}
		appointed = true
		details := domain.Details{"roles": domain.Difference(domain.RoleNames(held), domain.RoleNames(wanted))}
		return uc.record(ctx, tx, domain.EventRolesAssigned, domain.OnAccount(user.ID), details)
	})
	return appointed, err
}

// operators moves the superusers into the operators' org, and makes them its owners.
func (uc Move) operators(ctx context.Context, source port.EarlierService, plan Plan, progress Progress) error {
	home := ""
	for _, org := range plan.Orgs {
		if org.Org.ID == uc.DefaultOrg {
			home = org.From.ID
		}
	}
	target, err := uc.Store.Platform().FindOrg(ctx, string(uc.DefaultOrg))
	if err != nil {
		return err
	}
	moved := Moved{Plan: OrgPlan{From: port.EarlierOrg{ID: "the superusers"}, Org: target, Exists: true}}
	elsewhere, err := some(source.Superusers(ctx, home))
	if err != nil {
		return err
	}
	progress.Org(moved.Plan)
	if elsewhere {
		moved.Import, err = uc.Import(ctx, ImportInput{
			Org: target.ID, Digest: digest(plan, "superusers"), Settled: progress.Settled,
			Source: accounts{from: source.Superusers(ctx, home), maker: accountMaker{now: uc.Clock()}},
		})
		if err != nil {
			return err
		}
	}
	emails, err := addresses(source.Superusers(ctx, ""))
	if err != nil {
		return err
	}
	for _, email := range emails {
		appointed, err := uc.appoint(ctx, target.ID, email)
		if err != nil {
			return err
		}
		if appointed {
			moved.Owners++
		}
	}
	progress.Done(moved)
	return nil
}

func some(accounts iter.Seq2[port.EarlierAccount, error]) (bool, error) {
	for _, err := range accounts {
		return err == nil, err
	}
	return false, nil
}

func addresses(accounts iter.Seq2[port.EarlierAccount, error]) (emails []domain.Email, err error) {
	for account, err := range accounts {
		if err != nil {
			return nil, err
		}
		emails = append(emails, domain.TypedEmail(account.Email))
	}
	return emails, nil
}
