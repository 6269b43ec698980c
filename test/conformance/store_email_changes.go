package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var emailChangeCases = []storeCase{
	{"keeps one new address per account, the newest", emailChangesReplaced},
	{"returns an error for a change that was used or voided, or has expired", emailChangesGone},
	{"lets one of 20 parallel Takes win", emailChangesTakenOnce},
	{"neither finds nor stores changes of another org's accounts", emailChangesOfAnotherOrg},
}

// emailChange stores a new account with a session and a new address that it requested.
func (x *tenant) emailChange(t *testing.T, hash domain.TokenHash) domain.EmailChange {
	t.Helper()
	user := x.user(t)
	session := domain.Session{
		ID: domain.SessionID(newStoreID()), User: user.ID, AMR: []domain.AMR{domain.AMRPassword}, AuthTime: storeNow, CreatedAt: storeNow,
		LastSeenAt: storeNow, ExpiresAt: storeNow.Add(time.Hour),
		Refresh: domain.RefreshFamily{FamilyHash: domain.TokenHash(newStoreID()), CurrentHash: domain.TokenHash(newStoreID())},
	}
	change := domain.EmailChange{
		User: user.ID, Session: session.ID, Email: "new@example.org", Hash: hash, ExpiresAt: storeNow.Add(time.Hour),
	}
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Sessions().Insert(t.Context(), session); err != nil {
			return err
		}
		return tx.EmailChanges().Put(t.Context(), change)
	})
	return change
}

func (x *tenant) emailChangeOf(t *testing.T, user domain.UserID, at time.Time) (change domain.EmailChange, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		change, err = tx.EmailChanges().Of(t.Context(), user, at)
		return err
	})
	return change, err
}

func (x *tenant) takeEmailChange(t *testing.T, hash domain.TokenHash, at time.Time) (change domain.EmailChange, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		change, err = tx.EmailChanges().Take(t.Context(), hash, at)
		return err
	})
	return change, err
}

func emailChangesReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first, other := x.emailChange(t, "first"), x.emailChange(t, "other")
	second := first
	second.Email, second.Hash, second.ExpiresAt = "newer@example.org", "second", first.ExpiresAt.Add(time.Minute)
	x.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Put(t.Context(), second) })
	for _, want := range []domain.EmailChange{second, other} {
		got, err := x.emailChangeOf(t, want.User, storeNow)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := x.takeEmailChange(t, "first", storeNow)
	mustBe(t, domain.ErrLinkGone, err)
	got, err := x.takeEmailChange(t, "second", storeNow)
	require.NoError(t, err)
	require.Equal(t, second, got)
}

func emailChangesGone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	change := x.emailChange(t, "once")
	for _, at := range []time.Time{change.ExpiresAt, change.ExpiresAt.Add(time.Hour)} {
		_, err := x.emailChangeOf(t, change.User, at)
		mustBe(t, domain.ErrLinkGone, err)
		_, err = x.takeEmailChange(t, change.Hash, at)
		mustBe(t, domain.ErrLinkGone, err)
	}
	_, err := x.takeEmailChange(t, change.Hash, storeNow)
	require.NoError(t, err)
	_, err = x.takeEmailChange(t, change.Hash, storeNow)
	mustBe(t, domain.ErrLinkGone, err)
	x.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Void(t.Context(), change.User) })
	x.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Put(t.Context(), change) })
	x.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Void(t.Context(), change.User) })
	_, err = x.emailChangeOf(t, change.User, storeNow)
	mustBe(t, domain.ErrLinkGone, err)
}

func emailChangesTakenOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.emailChange(t, "wanted")
	oneOf(t, 20, domain.ErrLinkGone, func(int) error {
		_, err := x.takeEmailChange(t, "wanted", storeNow)
		return err
	})
}

func emailChangesOfAnotherOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	change := x.emailChange(t, "theirs")
	_, err := y.emailChangeOf(t, change.User, storeNow)
	mustBe(t, domain.ErrLinkGone, err)
	_, err = y.takeEmailChange(t, change.Hash, storeNow)
	mustBe(t, domain.ErrLinkGone, err)
	y.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Void(t.Context(), change.User) })
	mustBe(t, domain.ErrNotFound, y.unit(t, func(tx port.OrgTx) error { return tx.EmailChanges().Put(t.Context(), change) }))
	_, err = x.takeEmailChange(t, change.Hash, storeNow)
	require.NoError(t, err)
}
