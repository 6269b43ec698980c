package members

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// rowRules decide which rows of an import become accounts.
type rowRules struct {
	all     []domain.Role             // of the org
	foreign bool                      // of another system: custom roles are also found by their names
	may     func([]domain.Role) error // returns an error for roles that may not be given
	claims  claims                    // addresses of earlier rows
	newID   port.NewID
	now     time.Time
}

// claims remembers the lines that have used an address, in about 40 bytes for each. Two addresses with the same hash are one to it,
// which is practically impossible in a file of millions.
type claims map[uint64]int

var claimSeed = maphash.MakeSeed()

// claim returns the line that has claimed the address, after it has claimed it for this line if none had.
func (c claims) claim(email domain.Email, line int) int {
	key := maphash.String(claimSeed, email.Key())
	if _, claimed := c[key]; !claimed {
		c[key] = line
	}
	return c[key]
}

// accounts returns the account of each row that is still pending afterwards, and refuses the other rows. Roles and addresses are
// looked up in the unit. Rows of the import that already became accounts are found in it.
func (r rowRules) accounts(
	ctx context.Context, tx port.OrgTx, of domain.ImportID, rows []domain.ImportRow,
) (accounts []domain.NewAccount, err error) {
	accounts = make([]domain.NewAccount, len(rows))
	var emails []domain.Email
	for i := range rows {
		if rows[i].Status != domain.RowPending {
			continue
		}
		if accounts[i] = r.account(&rows[i]); rows[i].Status == domain.RowPending {
			emails = append(emails, accounts[i].Email)
		}
	}
	taken, err := tx.Users().WithEmails(ctx, emails)
	if err != nil {
		return nil, err
	}
	lines := map[domain.UserID]int{}
	if of != "" && len(taken) > 0 {
		if lines, err = tx.Imports().Lines(ctx, of, values(taken)); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		if rows[i].Status == domain.RowPending {
			r.refuseTaken(&rows[i], accounts[i].Email, taken, lines)
		}
	}
	return accounts, nil
}

func values(taken map[string]domain.UserID) (ids []domain.UserID) {
	for _, id := range taken {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// refuseTaken refuses a row whose address an account or an earlier row has.
func (r rowRules) refuseTaken(row *domain.ImportRow, email domain.Email, taken map[string]domain.UserID, lines map[domain.UserID]int) {
	user, found := taken[email.Key()]
	line := lines[user]
	if !found {
		line = r.claims.claim(email, row.Line)
	}
	switch {
	case line > 0 && line != row.Line:
		row.Refuse(domain.FieldError{Field: "email", Message: fmt.Sprintf("is also the address in line %d: remove one of the two", line)})
	case found:
		row.Refuse(domain.InColumn("email", domain.ErrEmailTaken)...)
	}
}

// account returns the account of a row, or refuses the row.
func (r rowRules) account(row *domain.ImportRow) (account domain.NewAccount) {
	id := domain.UserID("")
	if row.Account != nil {
		id = row.Account.User
	}
	if id == "" {
		id = domain.UserID(r.newID())
	}
	user, err := newAccount(id, CreateInput{Email: row.Email, FullName: row.FullName}, r.now)
	if err != nil {
		row.Refuse(domain.InColumn("row", err)...)
		return account
	}
	roles, err := r.roles(row.Roles)
	if err != nil {
		row.Refuse(domain.InColumn("roles", err)...)
		return account
	}
	account.Member = domain.Member{User: user, Roles: roles}
	if row.Account != nil {
		account = row.Account.Complete(account, r.now)
	}
	return account
}

// roles finds the roles of a row, which may be given.
func (r rowRules) roles(names []string) (roles []domain.Role, err error) {
	if r.foreign && len(names) > 0 {
		roles, err = domain.FindNamedRoles(r.all, names)
	} else {
		roles, err = namedRoles(r.all, names)
	}
	if err != nil {
		return nil, err
	}
	return roles, r.may(roles)
}

// giverOf returns which roles the one who ordered an import may give.
func giverOf(caller domain.Caller, order domain.ImportOrder) func([]domain.Role) error {
	if order.ByOperator() {
		return func(roles []domain.Role) error { return operatorMayGive(caller.Org, roles) }
	}
	return func(roles []domain.Role) error { return mayGive(caller, roles) }
}

// operatorMayGive returns an error for roles that grant permissions of the platform. Whoever has those may change every org, so
// no file gives them. The operator may give any other role.
func operatorMayGive(org domain.Org, roles []domain.Role) error {
	for _, role := range roles {
		if slices.ContainsFunc(role.Permissions(org), domain.Permission.Platform) {
			return domain.Invalid("roles", fmt.Sprintf(
				"names the role %s, which grants permissions of the platform here: give it to the account afterwards", strings.TrimSpace(role.Name)))
		}
	}
	return nil
}

// refuseInvited refuses the rows whose owners would have to be invited, because the deployment sends no mail.
func refuseInvited(rows []domain.ImportRow, accounts []domain.NewAccount) {
	for i := range rows {
		if rows[i].Status == domain.RowPending && accounts[i].Invited() {
			rows[i].Refuse(domain.InColumn("row", domain.ErrNoMail)...)
		}
	}
}
