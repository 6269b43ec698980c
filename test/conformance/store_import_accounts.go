package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var importAccountCases = []storeCase{
	{"keeps what the account of a pending row will have, and erases it when the row is settled", importAccountsPending},
	{"adds rows to an import, begins it once, and finds it by its digest until it is finished", importsRead},
	{"removes an import that is being read, some rows at a time, and no other", importsRemoved},
	{"sweeps an import that was not read to its end", importsUnread},
	{"adds accounts with all they have, or none of them", accountsInserted},
	{"appends several events at once", eventsAppended},
}

func (x *tenant) pendingRows(t *testing.T, id domain.ImportID, after, limit int) []domain.ImportRow {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.ImportRow, error) {
		return tx.Imports().Pending(t.Context(), id, after, limit)
	})
}

// reading stores an import that is being read.
func (x *tenant) reading(t *testing.T, digest string, rows ...domain.ImportRow) domain.Import {
	t.Helper()
	order := domain.Import{ID: domain.ImportID(newStoreID()), CreatedAt: storeNow, Format: "sole", Digest: digest, Reading: true}
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Imports().Insert(t.Context(), order, nil); err != nil {
			return err
		}
		return tx.Imports().Add(t.Context(), order.ID, rows)
	})
	order.Total = len(rows)
	return order
}

func withAccount(line int) domain.ImportRow {
	return domain.ImportRow{
		Line: line, Email: oddText, FullName: oddName, Status: domain.RowPending, Notes: []string{oddText},
		Account: &domain.ImportAccount{
			User: domain.UserID(newStoreID()), Suspended: true, Password: "a hash", MustChangePassword: true, TOTP: "key.sealed",
			RecoveryCodes: []domain.TokenHash{"a", "b"}, CreatedAt: storeNow, LastSignInAt: storeNow.Add(time.Hour), TOTPEnrolledAt: storeNow,
		},
	}
}

func importAccountsPending(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	plain := domain.ImportRow{Line: 3, Email: "c", FullName: "C", Status: domain.RowPending}
	rows := []domain.ImportRow{withAccount(1), withAccount(2), plain}
	order := x.reading(t, "", rows...)
	require.Equal(t, rows, x.pendingRows(t, order.ID, 0, 10))
	require.Equal(t, rows[1:2], x.pendingRows(t, order.ID, 1, 1))
	require.Empty(t, y.pendingRows(t, order.ID, 0, 10))
	listed := x.rows(t, order.ID, "", 0, 10)
	require.Nil(t, listed[0].Account)

	created, refused := rows[0], rows[1]
	created.Status, created.User = domain.RowCreated, created.Account.User
	refused.Refuse(domain.FieldError{Field: "email", Message: "no"})
	x.do(t, func(tx port.OrgTx) error {
		return tx.Imports().Settle(t.Context(), order.ID, []domain.ImportRow{created, refused})
	})
	require.Equal(t, rows[2:], x.pendingRows(t, order.ID, 0, 10))
	created.Account, refused.Account = nil, nil
	require.Equal(t, []domain.ImportRow{created, refused, plain}, x.rows(t, order.ID, "", 0, 10))
	lines := ask(t, x, func(tx port.OrgTx) (map[domain.UserID]int, error) {
		return tx.Imports().Lines(t.Context(), order.ID, []domain.UserID{created.User, domain.UserID(newStoreID())})
	})
	require.Equal(t, map[domain.UserID]int{created.User: 1}, lines)
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Forget(t.Context(), created.User) })
	require.Equal(t, domain.ImportRow{Line: 1, Status: domain.RowCreated, User: created.User}, x.rows(t, order.ID, "", 0, 1)[0])
}

func importsRead(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	order := x.reading(t, "digest", withAccount(1))
	unfinished := func(x *tenant, digest string) (found domain.Import, err error) {
		err = x.unit(t, func(tx port.OrgTx) (err error) {
			found, err = tx.Imports().Unfinished(t.Context(), digest)
			return err
		})
		return found, err
	}
	found, err := unfinished(x, "digest")
	require.NoError(t, err)
	require.Equal(t, order, found)
	for _, other := range []struct {
		x      *tenant
		digest string
	}{{y, "digest"}, {x, "another"}, {x, ""}} {
		_, err = unfinished(other.x, other.digest)
		mustBe(t, domain.ErrNotFound, err)
	}
	mustBe(t, domain.ErrNotFound, y.unit(t, func(tx port.OrgTx) error { return tx.Imports().Begin(t.Context(), order.ID) }))
	mustBe(t, domain.ErrNotFound, y.unit(t, func(tx port.OrgTx) error {
		return tx.Imports().Add(t.Context(), order.ID, []domain.ImportRow{withAccount(2)})
	}))
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Begin(t.Context(), order.ID) })
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Imports().Begin(t.Context(), order.ID) }))
	found, err = unfinished(x, "digest")
	require.NoError(t, err)
	require.False(t, found.Reading)
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Finish(t.Context(), order.ID, storeNow) })
	_, err = unfinished(x, "digest")
	mustBe(t, domain.ErrNotFound, err)
}

func importsRemoved(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	order := x.reading(t, "", withAccount(1), withAccount(2), withAccount(3))
	remove := func(x *tenant) (more bool) {
		x.do(t, func(tx port.OrgTx) (err error) {
			more, err = tx.Imports().Remove(t.Context(), order.ID, 2)
			return err
		})
		return more
	}
	require.False(t, remove(y))
	require.True(t, remove(x))
	require.Len(t, x.rows(t, order.ID, "", 0, 10), 1)
	require.False(t, remove(x))
	_, err := x.getImport(t, order.ID)
	mustBe(t, domain.ErrNotFound, err)

	begun := x.reading(t, "", withAccount(1))
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Begin(t.Context(), begun.ID) })
	order = begun
	require.False(t, remove(x))
	require.Len(t, x.pendingRows(t, begun.ID, 0, 10), 1)
}

func importsUnread(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	unread, begun := x.reading(t, "", withAccount(1), withAccount(2)), x.reading(t, "", withAccount(1))
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Begin(t.Context(), begun.ID) })
	_, err := store.Platform().Sweep(t.Context(), storeNow.Add(25*time.Hour))
	require.NoError(t, err)
	_, err = x.getImport(t, unread.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.Len(t, x.pendingRows(t, begun.ID, 0, 10), 1)
}

// newcomer returns an account with everything that it can have from the start.
func (x *tenant) newcomer(t *testing.T, email domain.Email) domain.NewAccount {
	t.Helper()
	user, err := domain.NewUser(domain.UserID(newStoreID()), email, "Ada Lovelace", storeNow)
	require.NoError(t, err)
	user.SetPassword("a hash", false, storeNow)
	user.LastSignInAt = storeNow
	return domain.NewAccount{
		Member: domain.Member{User: user, Roles: []domain.Role{x.roles[domain.RoleMember], x.roles[domain.RoleAuditor]}},
		Authenticators: []domain.Authenticator{{
			ID: domain.AuthenticatorID(user.ID), User: user.ID, Kind: domain.FactorTOTP, Secret: "key.sealed",
			CreatedAt: storeNow, EnrolledAt: storeNow,
		}},
		RecoveryCodes: []domain.RecoveryCode{{User: user.ID, Hash: "one"}, {User: user.ID, Hash: "two"}},
	}
}

func accountsInserted(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	insert := func(accounts ...domain.NewAccount) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Users().InsertAll(t.Context(), accounts) })
	}
	require.NoError(t, insert())
	ada, ben := x.newcomer(t, "ada@example.org"), x.newcomer(t, "ben@example.org")
	require.NoError(t, insert(ada, ben))
	found, _ := x.listMembers(t, domain.MemberFilter{Text: "lovelace"}, domain.MemberPlace{}, 10)
	require.Len(t, found, 2)
	require.Equal(t, ada.User, found[0].User)
	require.Equal(t, "auditor, member", domain.RoleNames(found[0].Roles))
	require.Equal(t, storeNow, found[0].EnrolledAt)
	held := ask(t, x, func(tx port.OrgTx) ([]domain.Authenticator, error) {
		return tx.Authenticators().Of(t.Context(), ada.ID)
	})
	require.Equal(t, ada.Authenticators, held)
	require.Equal(t, 2, ask(t, x, func(tx port.OrgTx) (int, error) { return tx.RecoveryCodes().Left(t.Context(), ben.ID) }))

	carl, twice := x.newcomer(t, "carl@example.org"), x.newcomer(t, "CARL@example.org")
	mustBe(t, domain.ErrEmailTaken, insert(carl, twice))
	mustBe(t, domain.ErrEmailTaken, insert(carl, x.newcomer(t, "ADA@example.org")))
	emails := []domain.Email{"ADA@example.org", "ben@example.org", "carl@example.org"}
	taken := func(x *tenant) map[string]domain.UserID {
		return ask(t, x, func(tx port.OrgTx) (map[string]domain.UserID, error) {
			return tx.Users().WithEmails(t.Context(), emails)
		})
	}
	require.Equal(t, map[string]domain.UserID{"ada@example.org": ada.ID, "ben@example.org": ben.ID}, taken(x))
	require.Empty(t, taken(y))
}

func eventsAppended(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	var events []domain.AuditEvent
	for range 3 {
		events = append(events, domain.Actor{}.Did(domain.EventAccountCreated, domain.OnAccount(domain.UserID(newStoreID())),
			domain.Details{"roles": oddText}).Stamp(newStoreID(), storeNow))
	}
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Audit().AppendAll(t.Context(), nil); err != nil {
			return err
		}
		return tx.Audit().AppendAll(t.Context(), events)
	})
	newest := ask(t, x, func(tx port.OrgTx) ([]domain.AuditEvent, error) { return tx.Audit().Newest(t.Context(), 3) })
	require.ElementsMatch(t, events, newest)
	waiting := ask(t, x, func(tx port.OrgTx) ([]domain.WaitingEvent, error) { return tx.AuditSeals().Waiting(t.Context(), 10) })
	require.GreaterOrEqual(t, len(waiting), 3, "each waits for a seal")
}
