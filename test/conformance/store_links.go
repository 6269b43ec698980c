package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var linkCases = []storeCase{
	{"returns a link as it was put, and does not use it up by Get", linksRoundTrip},
	{"returns ErrLinkGone for a link that was used or voided, or has expired", linksGone},
	{"keeps the links of an account until one of them is used", linksLiveTogether},
	{"lets one of 20 parallel Takes win, with the same link or with others of the account", linksTakenOnce},
	{"finds no link of another org", linksOfAnotherOrg},
	{"refuses a link of an unknown account", linksOfNobody},
}

func newLink(user domain.UserID, hash domain.TokenHash) domain.Link {
	return domain.Link{User: user, Purpose: domain.LinkPasswordReset, Hash: hash, ExpiresAt: storeNow.Add(time.Hour)}
}

func (x *tenant) put(t *testing.T, link domain.Link) {
	t.Helper()
	x.do(t, func(tx port.OrgTx) error { return tx.Links().Put(t.Context(), link) })
}

func (x *tenant) take(t *testing.T, hash domain.TokenHash, at time.Time) (link domain.Link, err error) {
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		link, err = tx.Links().Take(t.Context(), domain.LinkPasswordReset, hash, at)
		return err
	})
	return link, err
}

func (x *tenant) mustBeNoLink(t *testing.T, hash domain.TokenHash, at time.Time) {
	t.Helper()
	mustBe(t, domain.ErrLinkGone, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Links().Get(t.Context(), domain.LinkPasswordReset, hash, at)
		return err
	}))
	_, err := x.take(t, hash, at)
	mustBe(t, domain.ErrLinkGone, err)
}

func linksRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	one, two := newLink(x.user(t).ID, "one"), newLink(x.user(t).ID, "two")
	x.put(t, one)
	x.put(t, two)
	has := func(purpose domain.LinkPurpose, user domain.UserID, at time.Time) bool {
		return ask(t, x, func(tx port.OrgTx) (bool, error) { return tx.Links().Has(t.Context(), purpose, user, at) })
	}
	require.True(t, has(one.Purpose, one.User, storeNow))
	require.False(t, has(one.Purpose, one.User, one.ExpiresAt), "past its expiry")
	require.False(t, has(domain.LinkInvitation, one.User, storeNow), "for another purpose")
	require.False(t, has(one.Purpose, domain.UserID(newStoreID()), storeNow), "of nobody")
	for _, want := range []domain.Link{one, two, one} {
		require.Equal(t, want, ask(t, x, func(tx port.OrgTx) (domain.Link, error) {
			return tx.Links().Get(t.Context(), domain.LinkPasswordReset, want.Hash, storeNow)
		}))
	}
	got, err := x.take(t, "one", storeNow)
	require.NoError(t, err)
	require.Equal(t, one, got)
	x.mustBeNoLink(t, "one", storeNow)
	_, err = x.take(t, "two", storeNow)
	require.NoError(t, err)
}

func linksGone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	x.mustBeNoLink(t, "never", storeNow)
	x.mustBeNoLink(t, "", storeNow)
	x.put(t, newLink(user.ID, "second"))
	x.mustBeNoLink(t, "second", storeNow.Add(time.Hour))
	mustBe(t, domain.ErrLinkGone, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Links().Get(t.Context(), "another purpose", "second", storeNow)
		return err
	}))
	x.do(t, func(tx port.OrgTx) error { return tx.Links().Void(t.Context(), domain.LinkPasswordReset, user.ID) })
	x.mustBeNoLink(t, "second", storeNow)
}

func linksLiveTogether(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	invitation := newLink(user.ID, "invitation")
	invitation.Purpose = domain.LinkInvitation
	links := []domain.Link{newLink(user.ID, "first"), newLink(user.ID, "second"), newLink(user.ID, "third"), newLink(other.ID, "other's")}
	for _, link := range append(links, invitation) {
		x.put(t, link)
	}
	used, err := x.take(t, "second", storeNow)
	require.NoError(t, err)
	require.Equal(t, newLink(user.ID, "second"), used)
	for _, hash := range []domain.TokenHash{"first", "second", "third"} {
		x.mustBeNoLink(t, hash, storeNow)
	}
	require.False(t, ask(t, x, func(tx port.OrgTx) (bool, error) {
		return tx.Links().Has(t.Context(), domain.LinkInvitation, user.ID, storeNow)
	}))
	require.True(t, ask(t, x, func(tx port.OrgTx) (bool, error) {
		return tx.Links().Has(t.Context(), domain.LinkPasswordReset, other.ID, storeNow)
	}), "another account's stays")

	x.put(t, newLink(user.ID, "fourth"))
	x.put(t, newLink(user.ID, "fifth"))
	x.do(t, func(tx port.OrgTx) error { return tx.Links().VoidAll(t.Context(), user.ID) })
	x.mustBeNoLink(t, "fourth", storeNow)
	x.mustBeNoLink(t, "fifth", storeNow)
	for _, want := range []int{1, 0} {
		require.Equal(t, want, lock(t, x, func(tx port.OrgTx) (int, error) { return tx.Links().VoidAllOfOrg(t.Context()) }))
	}
	x.mustBeNoLink(t, "other's", storeNow)
}

func linksTakenOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for i := range 4 {
		x.put(t, newLink(user.ID, domain.TokenHash(fmt.Sprint("wanted ", i))))
	}
	oneOf(t, 20, domain.ErrLinkGone, func(i int) error {
		_, err := x.take(t, domain.TokenHash(fmt.Sprint("wanted ", i%4)), storeNow)
		return err
	})
}

func linksOfAnotherOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	user := x.user(t)
	x.put(t, newLink(user.ID, "theirs"))
	y.mustBeNoLink(t, "theirs", storeNow)
	y.do(t, func(tx port.OrgTx) error { return tx.Links().Void(t.Context(), domain.LinkPasswordReset, user.ID) })
	_, err := x.take(t, "theirs", storeNow)
	require.NoError(t, err)
}

func linksOfNobody(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	for _, user := range []domain.UserID{domain.UserID(newStoreID()), y.user(t).ID} {
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Links().Put(t.Context(), newLink(user, "nobody's")) }))
	}
}
