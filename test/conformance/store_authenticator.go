package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// liveKey gives the account a live authenticator with a handle.
func (x *tenant) liveKey(t *testing.T, user domain.UserID, handle string) domain.Authenticator {
	t.Helper()
	pending := newKey(user, "")
	require.NoError(t, x.savePending(t, pending))
	live := pending
	live.Handle, live.Name, live.Data = handle, "first name", "first data"
	live.Confirm(7, storeNow)
	require.NoError(t, x.confirm(t, live, pending))
	return live
}

// byHandle looks an authenticator up, and compares it and its account with the result of LockStanding.
func (x *tenant) byHandle(t *testing.T, kind domain.FactorKind, handle string) (found domain.Authenticator, err error) {
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		found, err = tx.Authenticators().ByHandle(t.Context(), kind, handle)
		with, standing, failed := tx.Authenticators().LockStanding(t.Context(), kind, handle)
		require.Equal(t, err, failed)
		if err != nil {
			return err
		}
		require.Equal(t, found, with)
		want, err := tx.Users().Standing(t.Context(), found.User)
		require.Equal(t, want, standing)
		return err
	})
	return found, err
}

func (x *tenant) rename(t *testing.T, a domain.Authenticator, name string) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Rename(t.Context(), a.User, a.ID, name) })
}

func (x *tenant) remove(t *testing.T, a domain.Authenticator) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Remove(t.Context(), a.User, a.ID) })
}

func authenticatorsUseData(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	key := x.liveKey(t, x.user(t).ID, "credential")
	use := func(counter int64, data string) error {
		used := useOf(key, counter)
		used.Data = data
		return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Use(t.Context(), used) })
	}
	require.NoError(t, use(8, "second data "+oddText))
	want := used(key, 8)
	want.Data = "second data " + oddText
	require.Equal(t, want, getAuthenticator(t, x, key.User))
	mustBe(t, domain.ErrInvalidCode, use(8, "third data"), "the counter did not rise")
	require.Equal(t, want, getAuthenticator(t, x, key.User))
	require.NoError(t, use(9, ""))
	require.Equal(t, want.Data, getAuthenticator(t, x, key.User).Data, "empty leaves it as it is")
}

func authenticatorsByHandle(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	key, theirs := x.liveKey(t, x.user(t).ID, "credential"), y.liveKey(t, y.user(t).ID, "credential")
	only := y.liveKey(t, theirs.User, "only here")
	for owner, want := range map[*tenant]domain.Authenticator{x: key, y: theirs} {
		found, err := owner.byHandle(t, key.Kind, "credential")
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	pending := newKey(key.User, "pending")
	require.NoError(t, x.savePending(t, pending))
	require.NoError(t, x.savePending(t, newKey(key.User, "")))
	x.enrolled(t, x.user(t).ID) // live, without a handle
	for what, about := range map[string]struct {
		kind   domain.FactorKind
		handle string
	}{
		"unknown": {key.Kind, "unknown"}, "of another kind": {domain.FactorPasskey, "credential"}, "pending": {key.Kind, "pending"},
		"of another org": {only.Kind, only.Handle}, "in capitals": {key.Kind, "CREDENTIAL"}, "empty": {domain.FactorTOTP, ""},
	} {
		_, err := x.byHandle(t, about.kind, about.handle)
		mustBe(t, domain.ErrNotFound, err, what)
	}
}

func authenticatorsRenamed(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	key, other := x.liveKey(t, x.user(t).ID, "credential"), x.liveKey(t, x.user(t).ID, "another")
	require.NoError(t, x.rename(t, key, oddText))
	key.Name = oddText
	require.Equal(t, key, getAuthenticator(t, x, key.User))
	pending := newKey(other.User, "")
	require.NoError(t, x.savePending(t, pending))
	mustBe(t, domain.ErrNotFound, x.rename(t, pending, "name"), "pending")
	mustBe(t, domain.ErrNotFound, y.rename(t, key, "name"), "in another org")
	mustBe(t, domain.ErrNotFound, x.rename(t, domain.Authenticator{ID: key.ID, User: other.User}, "name"), "of another account")
	require.Equal(t, key, getAuthenticator(t, x, key.User))
	require.ElementsMatch(t, []domain.Authenticator{other, pending}, getAuthenticators(t, x, other.User))
}

func authenticatorRemoved(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	key, other := x.liveKey(t, x.user(t).ID, "credential"), x.liveKey(t, x.user(t).ID, "another")
	second, pending := x.liveKey(t, key.User, "second"), newKey(key.User, "")
	require.NoError(t, x.savePending(t, pending))
	mustBe(t, domain.ErrNotFound, y.remove(t, key), "in another org")
	mustBe(t, domain.ErrNotFound, x.remove(t, domain.Authenticator{ID: key.ID, User: other.User}), "of another account")
	require.Len(t, getAuthenticators(t, x, key.User), 3)
	require.NoError(t, x.remove(t, key))
	require.NoError(t, x.remove(t, pending))
	mustBe(t, domain.ErrNotFound, x.remove(t, key), "removed already")
	require.Equal(t, second, getAuthenticator(t, x, key.User))
	require.Equal(t, other, getAuthenticator(t, x, other.User))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, key, 8), "it opens nothing")
	x.liveKey(t, other.User, "credential") // the handle is free again
}

func authenticatorRemovedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	key := x.liveKey(t, x.user(t).ID, "credential")
	oneOf(t, 50, domain.ErrNotFound, func(int) error { return x.remove(t, key) })
	require.Empty(t, getAuthenticators(t, x, key.User))
}
