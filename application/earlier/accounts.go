package earlier

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// accounts is the port.AccountSource of one org.
type accounts struct {
	from  iter.Seq2[port.EarlierAccount, error]
	maker accountMaker
}

var _ port.AccountSource = accounts{}

// Accounts implements port.AccountSource.
func (a accounts) Accounts(context.Context) iter.Seq2[domain.ImportedAccount, error] {
	return func(yield func(domain.ImportedAccount, error) bool) {
		number := 0
		var before port.EarlierAccount
		for from, err := range a.from {
			if err != nil {
				yield(domain.ImportedAccount{}, err)
				return
			}
			number++
			if !yield(a.maker.account(number, from, before), nil) {
				return
			}
			before = from
		}
	}
}

// accountsOf returns the accounts of an org.
func accountsOf(ctx context.Context, source port.EarlierService, plan OrgPlan, now time.Time) accounts {
	return accounts{from: source.Accounts(ctx, plan.From.ID), maker: accountMaker{org: plan.From.ID, roles: plan.roles, now: now}}
}

// lookedUpAtOnce is how many addresses are looked up in one unit.
const lookedUpAtOnce = 500

// accounts says what becomes of each account of the org, and counts them.
func (p *planner) accounts(ctx context.Context, plan *OrgPlan, owners []domain.User) error {
	tally := tally{plan: plan, named: p.namedOwners(*plan), owners: map[string]bool{}, now: p.now}
	for _, owner := range owners {
		if owner.Active() {
			tally.owners[owner.Email.Key()] = true
		}
	}
	var rows []planned
	for account, err := range accountsOf(ctx, p.source, *plan, p.now).Accounts(ctx) {
		if err != nil {
			return err
		}
		if rows = append(rows, planned{account, account.Row(p.now)}); len(rows) == lookedUpAtOnce {
			if err := p.settle(ctx, &tally, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if err := p.settle(ctx, &tally, rows); err != nil {
		return err
	}
	tally.conclude(p.request)
	tally.keepInactive()
	return nil
}

// namedOwners returns the addresses that the operator named as owners, in their canonical form.
func (p *planner) namedOwners(plan OrgPlan) map[string]bool {
	named := map[string]bool{}
	for _, address := range p.request.Owners[plan.From.ID] {
		named[domain.TypedEmail(address).Key()] = false
	}
	return named
}

// planned is an account with the row that it would have.
type planned struct {
	account domain.ImportedAccount
	row     domain.ImportRow
}

// settle refuses the rows whose address has an account already, and counts and reports all.
func (p *planner) settle(ctx context.Context, tally *tally, rows []planned) error {
	taken, err := p.taken(ctx, *tally.plan, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		here := false
		if r.row.Status == domain.RowPending {
			if _, here = taken[domain.Email(r.row.Email).Key()]; here {
				r.row.Refuse(domain.InColumn("email", domain.ErrEmailTaken)...)
			}
		}
		tally.add(r, here)
		if len(r.row.Faults) == 0 && len(r.row.Notes) == 0 {
			continue
		}
		if err := p.report(Finding{Org: *tally.plan, Row: r.row, Here: here}); err != nil {
			return err
		}
	}
	return nil
}

// taken returns the addresses of rows that have an account in the org.
func (p *planner) taken(ctx context.Context, plan OrgPlan, rows []planned) (found map[string]domain.UserID, err error) {
	if !plan.Exists {
		return nil, nil
	}
	var emails []domain.Email
	for _, r := range rows {
		if r.row.Status == domain.RowPending {
			emails = append(emails, domain.Email(r.row.Email))
		}
	}
	err = p.Store.ReadOrg(ctx, plan.Org.ID, func(tx port.OrgTx) (err error) {
		found, err = tx.Users().WithEmails(ctx, emails)
		return err
	})
	return found, err
}

// tally counts the accounts of an org.
type tally struct {
	plan   *OrgPlan
	named  map[string]bool // the addresses that become owners, and whether an account has them
	owners map[string]bool // addresses of active owners
	now    time.Time
	due    int // accounts that were unused for so long that the org would remove them
}

func (t *tally) add(r planned, here bool) {
	key := domain.TypedEmail(r.account.Email).Key()
	if _, named := t.named[key]; named && (here || r.row.Status == domain.RowPending) {
		t.named[key] = true
		t.owners[key] = t.owners[key] || !r.account.Suspended
	}
	counts := &t.plan.Counts
	switch {
	case here:
		counts.Here++
		return
	case r.row.Status != domain.RowPending:
		counts.Refused++
		return
	}
	counts.Accounts++
	if t.unused(r.account) {
		t.due++
	}
	if slices.Contains(r.account.Roles, domain.RoleOwner) && !r.account.Suspended {
		t.owners[key] = true
	}
	for _, is := range []struct {
		so    bool
		count *int
	}{
		{r.account.Suspended, &counts.Suspended}, {r.account.Password == "", &counts.WithoutPassword},
		{r.account.TOTPSecret != nil, &counts.WithFactor}, {len(r.row.Notes) > 0, &counts.Noted},
	} {
		if is.so {
			*is.count++
		}
	}
}

// unused reports whether the account was unused for longer than the org stores such accounts.
func (t *tally) unused(account domain.ImportedAccount) bool {
	days := t.plan.Settings.InactiveUserRetentionDays
	limit := t.now.AddDate(0, 0, -days)
	return days > 0 && !account.CreatedAt.IsZero() && account.CreatedAt.Before(limit) && account.LastSignInAt.Before(limit)
}

// keepInactive turns the removal of inactive accounts off if it would remove accounts as soon as they are moved.
func (t *tally) keepInactive() {
	days := t.plan.Settings.InactiveUserRetentionDays
	switch {
	case t.due == 0:
	case t.plan.Exists && !t.plan.settle:
		t.plan.note("the org here removes accounts that were unused for %d days: %d of these accounts will be removed soon", days, t.due)
	default:
		t.plan.Settings.InactiveUserRetentionDays = 0
		t.plan.note("the setting inactive_user_retention_days is 0 here: with %d days, %d accounts would be removed as soon as they are moved; "+
			"set it when their owners had the time to sign in", days, t.due)
	}
}

// conclude adds the problems that show only at the end.
func (t *tally) conclude(request Request) {
	for _, address := range slices.Sorted(maps.Keys(t.named)) {
		if !t.named[address] {
			t.plan.problem(RemedyAddress, "no account that can be moved has the address %s of an owner", legible(address))
		}
	}
	for _, owner := range t.owners {
		if owner {
			t.plan.Counts.Owners++
		}
	}
	if t.plan.Counts.Owners == 0 && !request.WithoutOwner {
		t.plan.problem(RemedyOwner, "nobody would be its owner")
	}
}
