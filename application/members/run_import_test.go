package members_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

const (
	importRows = 60
	firstUnit  = 25 // rows that are settled before the change
)

// importing is an import of accounts with the role auditor under way.
type importing struct {
	store      port.Store
	home, org  domain.OrgID
	orderer    domain.UserID
	kind       domain.ActorType
	scope      []domain.Permission
	now        time.Time
	afterFirst func() // runs once, after the first unit of the job
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// changing is a store in which the change is made after the first unit.
type changing struct {
	port.Store
	*importing
}

func (c changing) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	err := c.Store.InOrg(ctx, org, fn)
	if change := c.afterFirst; change != nil {
		c.afterFirst = nil
		change()
	}
	return err
}

func newImporting(t *testing.T) *importing {
	t.Helper()
	store := embedded.Store(t)
	i := &importing{
		store:   store,
		home:    domain.OrgID(newID()),
		org:     domain.OrgID(newID()),
		orderer: domain.UserID(newID()),
		now:     time.Now().UTC(),
	}
	i.found(t, i.home, "home", true)
	i.found(t, i.org, "org", false)
	return i
}

// found makes an org in which the orderer has an account with the role admin or, in the
// operators' org, owner.
func (i *importing) found(t *testing.T, id domain.OrgID, slug domain.Slug, platform bool) {
	t.Helper()
	org, err := domain.NewOrg(id, string(slug), slug, i.now)
	require.NoError(t, err)
	org.Platform = platform
	user, err := domain.NewUser(i.orderer, "orderer@example.org", "Orderer", i.now)
	require.NoError(t, err)
	user.SetPassword("hash", false, i.now)
	role := map[bool]string{true: domain.RoleOwner, false: domain.RoleAdmin}[platform]
	require.NoError(
		t,
		i.store.Platform().CreateOrg(t.Context(), org, domain.DefaultOrgSettings(domain.ServerLimits{}, i.now), func(tx port.OrgTx) error {
			err := tx.Users().Insert(t.Context(), user)
			for _, name := range domain.SystemRoles() {
				made := domain.Role{ID: domain.RoleID(newID()), Name: name, System: true, CreatedAt: i.now, Version: 1}
				err = errors.Join(err, tx.Roles().Insert(t.Context(), made))
				if name == role {
					err = errors.Join(err, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{made.ID}))
				}
			}
			return err
		}),
	)
}

// work runs the job, and returns its rows by status.
func (i *importing) work(t *testing.T, origin domain.Origin) map[domain.RowStatus][]domain.ImportRow {
	t.Helper()
	rows := make([]domain.ImportRow, importRows)
	for n := range rows {
		rows[n] = domain.ImportRow{
			Line:     n + 2,
			Email:    fmt.Sprintf("p%d@example.org", n),
			FullName: "P",
			Roles:    []string{domain.RoleAuditor},
			Status:   domain.RowPending,
		}
	}
	order := domain.ImportOrder{Import: domain.ImportID(newID()), By: i.orderer, ByType: i.kind, Scope: i.scope, Origin: origin}
	require.NoError(t, i.store.InOrg(t.Context(), i.org, func(tx port.OrgTx) error {
		return tx.Imports().Insert(t.Context(), domain.Import{ID: order.Import, By: order.By, CreatedAt: i.now, Total: len(rows)}, rows)
	}))
	job := members.RunImport{
		Guard:       i.guard(changing{Store: i.store, importing: i}),
		Invitations: members.Invitations{Links: opaque.New("test")},
	}
	require.NoError(t, job.Execute(t.Context(), i.org, order))
	became := map[domain.RowStatus][]domain.ImportRow{}
	require.NoError(t, i.store.ReadOrg(t.Context(), i.org, func(tx port.OrgTx) error {
		done, err := tx.Imports().Get(t.Context(), order.Import)
		require.False(t, done.FinishedAt.IsZero())
		rows, rowsErr := tx.Imports().Rows(t.Context(), order.Import, "", 0, importRows)
		for _, row := range rows {
			became[row.Status] = append(became[row.Status], row)
		}
		return errors.Join(err, rowsErr)
	}))
	return became
}

func (i *importing) guard(store port.Store) proof.Guard {
	return proof.Guard{Store: store, Clock: func() time.Time { return i.now }, NewID: newID}
}

func (i *importing) in(t *testing.T, org domain.OrgID, fn func(port.OrgTx) error) {
	t.Helper()
	require.NoError(t, i.store.InOrg(t.Context(), org, fn))
}

// demote gives the orderer a role of these permissions only.
func (i *importing) demote(t *testing.T, org domain.OrgID, permissions ...domain.Permission) {
	t.Helper()
	i.in(t, org, func(tx port.OrgTx) error {
		role := domain.Role{ID: domain.RoleID(newID()), Name: "Lesser", Granted: permissions, CreatedAt: i.now, Version: 1}
		return errors.Join(tx.Roles().Insert(t.Context(), role), tx.Roles().Assign(t.Context(), i.orderer, []domain.RoleID{role.ID}))
	})
}

func (i *importing) suspend(t *testing.T, org domain.OrgID) {
	t.Helper()
	i.in(t, org, func(tx port.OrgTx) error {
		user, err := tx.Users().Get(t.Context(), i.orderer)
		user.Suspend(i.now)
		return errors.Join(err, tx.Users().Update(t.Context(), user))
	})
}

// TestAnImportStopsWhenItsOrdererLosesThePermission: settled rows stay, and every remaining row says
// why it was refused.
func TestAnImportStopsWhenItsOrdererLosesThePermission(t *testing.T) {
	for name, c := range map[string]struct {
		crossing bool
		change   func(*testing.T, *importing)
		column   string // of the refusal; empty: all rows are imported
		message  string
	}{
		"nothing changes": {false, func(*testing.T, *importing) {}, "", ""},
		"suspended":       {false, func(t *testing.T, i *importing) { i.suspend(t, i.org) }, "row", "may not create accounts"},
		"without member.create": {false, func(t *testing.T, i *importing) {
			i.demote(t, i.org, domain.PermMemberRead, domain.PermAuditRead)
		}, "row", "may not create accounts"},
		"below the role that it gives": {false, func(t *testing.T, i *importing) {
			i.demote(t, i.org, domain.PermMemberRead, domain.PermMemberCreate)
		}, "roles", ""},
		"removed": {false, func(t *testing.T, i *importing) {
			i.in(t, i.org, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), i.orderer) })
		}, "row", "may not create accounts"},
		"the org is suspended": {false, func(t *testing.T, i *importing) {
			i.in(t, i.org, func(tx port.OrgTx) error {
				org, err := tx.Org().Lock(t.Context())
				return errors.Join(err, org.Suspend(i.now), tx.Org().Update(t.Context(), org))
			})
		}, "row", "org is suspended"},
		"an operator":            {true, func(*testing.T, *importing) {}, "", ""},
		"an operator, suspended": {true, func(t *testing.T, i *importing) { i.suspend(t, i.home) }, "row", "may not create accounts"},
		"an operator, demoted": {true, func(t *testing.T, i *importing) { i.demote(t, i.home, domain.PermMemberCreate) }, "row",
			"may not create accounts"},
		"an operator, demoted here": {true, func(t *testing.T, i *importing) { i.demote(t, i.org) }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newImporting(t)
			i.afterFirst = func() { c.change(t, i) }
			origin := domain.Origin{RequestID: "request-1"}
			if c.crossing {
				origin.HomeOrg = i.home
			}
			became := i.work(t, origin)
			if c.column == "" {
				require.Len(t, became[domain.RowCreated], importRows)
				return
			}
			require.Len(t, became[domain.RowCreated], firstUnit)
			require.Len(t, became[domain.RowRefused], importRows-firstUnit)
			for _, row := range became[domain.RowRefused] {
				require.Equal(t, c.column, row.Faults[0].Field)
				require.Contains(t, row.Faults[0].Message, c.message)
			}
		})
	}
}

// byService makes a service account the orderer. Its roles are chosen by the orderer before, and are the same.
func (i *importing) byService(t *testing.T) {
	t.Helper()
	id := newID()
	i.in(t, i.org, func(tx port.OrgTx) error {
		roles, err := tx.Roles().Of(t.Context(), i.orderer)
		draft := domain.ServiceAccountDraft{Name: "Importer", Roles: roles, GrantedBy: i.orderer}
		account, draftErr := domain.NewServiceAccount(domain.ServiceAccountID(id), draft, i.now)
		return errors.Join(err, draftErr, tx.ServiceAccounts().Insert(t.Context(), account))
	})
	i.orderer, i.kind = domain.UserID(id), domain.ActorServiceAccount
}

// TestAnImportOfAServiceAccount can do what the token of its request could, and ends with the account.
func TestAnImportOfAServiceAccount(t *testing.T) {
	for name, c := range map[string]struct {
		scope     []domain.Permission
		suspended bool
		refused   int
		column    string
	}{
		"with a key":                 {nil, false, 0, ""},
		"with a token that suffices": {domain.PermissionsOf([]domain.Role{{Name: domain.RoleAdmin, System: true}}, domain.Org{}), false, 0, ""},
		"with a token for less":      {[]domain.Permission{domain.PermMemberCreate}, false, importRows, "roles"},
		"with a token for nothing":   {[]domain.Permission{}, false, importRows, "row"},
		"that is suspended":          {nil, true, importRows - firstUnit, "row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newImporting(t)
			i.byService(t)
			i.scope = c.scope
			i.afterFirst = func() {
				if c.suspended {
					i.in(t, i.org, func(tx port.OrgTx) error {
						account, err := tx.ServiceAccounts().Get(t.Context(), domain.ServiceAccountID(i.orderer))
						account.Suspend(i.now)
						return errors.Join(err, tx.ServiceAccounts().Update(t.Context(), account))
					})
				}
			}
			became := i.work(t, domain.Origin{RequestID: "request-1"})
			require.Len(t, became[domain.RowRefused], c.refused)
			for _, row := range became[domain.RowRefused] {
				require.Equal(t, c.column, row.Faults[0].Field)
			}
		})
	}
}
