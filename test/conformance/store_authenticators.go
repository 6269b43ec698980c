package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var authenticatorCases = []storeCase{
	{"returns no authenticator for a new account", authenticatorsNone},
	{"keeps every field of an authenticator", authenticatorsRoundTrip},
	{"refuses an authenticator of an unknown account", authenticatorsOfNobody},
	{"keeps several authenticators of an account, the oldest first", authenticatorsSeveral},
	{"replaces a pending secret by a newer one", authenticatorsPendingReplaced},
	{"refuses a pending secret in place of a live one", authenticatorsPendingRefused},
	{"removes pending authenticators that have expired", authenticatorsPendingLapsed},
	{"drops pending authenticators, and no live one", authenticatorsPendingDropped},
	{"lets one of 50 confirmations win", authenticatorsConfirmOnce},
	{"does not confirm a pending secret that was replaced", authenticatorsConfirmReplaced},
	{"refuses a handle that is in use in the org", authenticatorsHandle},
	{"lets one of 50 uses of a step win", authenticatorsStepOnce},
	{"uses steps in ascending order only", authenticatorsStepOrder},
	{"keeps the newest of many parallel time steps", authenticatorsStepRace},
	{"does not count the uses of a factor that does not count", authenticatorsUncounted},
	{"removes all authenticators of an account, and of no other", authenticatorsRemoved},
	{"lists the live authenticators of a kind in all orgs", authenticatorsOfAllOrgs},
	{"keeps the data of a use, unless the use is refused", authenticatorsUseData},
	{"finds a live authenticator by its handle within the org", authenticatorsByHandle},
	{"renames a live authenticator of the account only", authenticatorsRenamed},
	{"removes one authenticator of the account only", authenticatorRemoved},
	{"lets one of 50 removals win", authenticatorRemovedOnce},
}

// newTOTP begins to enrol the account's only authenticator of the kind totp.
func newTOTP(user domain.UserID, secret domain.SealedSecret) domain.Authenticator {
	a := domain.Authenticator{ID: domain.AuthenticatorID(user), User: user, Kind: domain.FactorTOTP, Secret: secret}
	a.Begin("", storeNow)
	return a
}

// newKey begins to enrol one of several authenticators of another kind, which does not count.
func newKey(user domain.UserID, handle string) domain.Authenticator {
	a := domain.Authenticator{ID: domain.AuthenticatorID(newStoreID()), User: user, Kind: "key", Data: "{}", Handle: handle}
	a.Begin("session", storeNow)
	return a
}

func getAuthenticators(t *testing.T, x *tenant, user domain.UserID) []domain.Authenticator {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.Authenticator, error) { return tx.Authenticators().Of(t.Context(), user) })
}

// getAuthenticator reads the only authenticator of the account.
func getAuthenticator(t *testing.T, x *tenant, user domain.UserID) domain.Authenticator {
	t.Helper()
	held := getAuthenticators(t, x, user)
	require.Len(t, held, 1)
	return held[0]
}

func (x *tenant) savePending(t *testing.T, a domain.Authenticator) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().SavePending(t.Context(), a) })
}

func (x *tenant) confirm(t *testing.T, live, pending domain.Authenticator) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Confirm(t.Context(), live, pending) })
}

// useStep uses up a counter of the authenticator, at an instant that comes with it.
func (x *tenant) useStep(t *testing.T, a domain.Authenticator, step int64) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Use(t.Context(), useOf(a, step)) })
}

func useOf(a domain.Authenticator, step int64) domain.AuthenticatorUse {
	return domain.AuthenticatorUse{User: a.User, ID: a.ID, Counter: step, At: storeNow.Add(time.Minute)}
}

// used is the authenticator after its use.
func used(a domain.Authenticator, step int64) domain.Authenticator {
	a.Counter, a.LastUsedAt = step, useOf(a, step).At
	return a
}

// pending stores a pending secret for the account.
func (x *tenant) pending(t *testing.T, user domain.UserID, secret domain.SealedSecret) domain.Authenticator {
	t.Helper()
	a := newTOTP(user, secret)
	require.NoError(t, x.savePending(t, a))
	return a
}

// live makes a pending authenticator live.
func (x *tenant) live(t *testing.T, pending domain.Authenticator, at time.Time) domain.Authenticator {
	t.Helper()
	live := pending
	live.Confirm(1000, at)
	require.NoError(t, x.confirm(t, live, pending))
	return live
}

// enrolled gives the account a live authenticator.
func (x *tenant) enrolled(t *testing.T, user domain.UserID) domain.Authenticator {
	t.Helper()
	return x.live(t, x.pending(t, user, "sealed pending"), storeNow)
}

func authenticatorsNone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.Empty(t, getAuthenticators(t, x, user.ID))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, newTOTP(user.ID, ""), 1))
	require.Empty(t, getAuthenticators(t, x, user.ID))
}

func authenticatorsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for i, instant := range instants() {
		user := x.user(t)
		pending := domain.Authenticator{
			ID: domain.AuthenticatorID(newStoreID()), User: user.ID, Kind: domain.FactorKind("kind " + oddText), Name: oddText,
			Secret: domain.SealedSecret(fmt.Sprintf("%d %s", i, oddText)), Handle: fmt.Sprintf("%d handle %s", i, oddText),
			Data: `{"a": "` + oddText + `"}`, CreatedAt: instant, PendingExpiry: instant, PendingBy: "session " + oddText,
		}
		require.NoError(t, x.savePending(t, pending))
		require.Equal(t, pending, getAuthenticator(t, x, user.ID))
		live := pending
		live.Confirm(1<<40+int64(i), instant)
		live.Name, live.Data, live.Handle = "renamed", "other data", live.Handle+" confirmed"
		require.NoError(t, x.confirm(t, live, pending))
		require.Equal(t, live, getAuthenticator(t, x, user.ID))
	}
}

func authenticatorsOfNobody(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	pending := newTOTP(domain.UserID(newStoreID()), "secret")
	mustBe(t, domain.ErrNotFound, x.savePending(t, pending))
	live := pending
	live.Confirm(1, storeNow)
	require.Error(t, x.confirm(t, live, pending))
}

func authenticatorsSeveral(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	var want []domain.Authenticator
	for i := range 3 {
		key := newKey(user.ID, "")
		key.CreatedAt = storeNow.Add(time.Duration(-i) * time.Second)
		require.NoError(t, x.savePending(t, key))
		want = append([]domain.Authenticator{key}, want...)
	}
	want = append(want, x.enrolled(t, user.ID))
	want[3].CreatedAt = storeNow
	x.enrolled(t, other.ID)
	require.ElementsMatch(t, want, getAuthenticators(t, x, user.ID))
	require.Equal(t, want[:2], getAuthenticators(t, x, user.ID)[:2])
	want[0] = x.live(t, want[0], storeNow.Add(time.Second))
	require.ElementsMatch(t, want, getAuthenticators(t, x, user.ID), "one is live, the others are as they were")
}

func authenticatorsPendingReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	x.pending(t, user.ID, "first")
	others := x.pending(t, other.ID, "others")
	second := newTOTP(user.ID, "second")
	second.Begin("another", storeNow.Add(time.Minute))
	require.NoError(t, x.savePending(t, second))
	require.Equal(t, second, getAuthenticator(t, x, user.ID))
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, second, 1), "a pending secret opens nothing")
}

func authenticatorsPendingLapsed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	lapsed, waiting, others := newKey(user.ID, ""), newKey(user.ID, ""), newKey(other.ID, "")
	waiting.PendingExpiry = waiting.PendingExpiry.Add(time.Microsecond)
	for _, a := range []domain.Authenticator{lapsed, waiting, others} {
		require.NoError(t, x.savePending(t, a))
	}
	later := newTOTP(user.ID, "later")
	later.Begin("session", lapsed.PendingExpiry)
	require.NoError(t, x.savePending(t, later))
	require.Equal(t, []domain.Authenticator{waiting, later}, getAuthenticators(t, x, user.ID))
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
}

func authenticatorsPendingDropped(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	pending, live := x.pending(t, user.ID, "pending"), x.enrolled(t, other.ID)
	require.NoError(t, x.savePending(t, newKey(other.ID, "")))
	for _, account := range []domain.UserID{user.ID, other.ID, domain.UserID(newStoreID())} {
		x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().RemovePending(t.Context(), account) })
	}
	require.Empty(t, getAuthenticators(t, x, user.ID))
	require.Equal(t, live, getAuthenticator(t, x, other.ID))
	confirmed := pending
	confirmed.Confirm(1, storeNow)
	require.Error(t, x.confirm(t, confirmed, pending))
}

func authenticatorsPendingRefused(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	live := x.enrolled(t, user.ID)
	mustBe(t, domain.ErrAlreadyEnrolled, x.savePending(t, newTOTP(user.ID, "second")))
	require.Equal(t, live, getAuthenticator(t, x, user.ID))
}

func authenticatorsConfirmOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	pending := x.pending(t, user.ID, "pending")
	confirmed := func(i int) domain.Authenticator {
		a := pending
		a.Confirm(int64(i), storeNow.Add(time.Duration(i)*time.Second))
		return a
	}
	won := oneOf(t, 50, domain.ErrAlreadyEnrolled, func(i int) error { return x.confirm(t, confirmed(i), pending) })
	require.Equal(t, confirmed(won), getAuthenticator(t, x, user.ID))
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, confirmed(won), confirmed(won)), "it is live already")
}

func authenticatorsConfirmReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	read := x.pending(t, user.ID, "first")
	newer := x.pending(t, user.ID, "second")
	live := read
	live.Confirm(1, storeNow)
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, live, read))
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, live, domain.Authenticator{ID: read.ID, User: read.User}))
	require.Equal(t, newer, getAuthenticator(t, x, user.ID))
	key := newKey(user.ID, "")
	require.NoError(t, x.savePending(t, key))
	replaced := key
	replaced.Data = "other data"
	require.NoError(t, x.savePending(t, replaced))
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, live, key))
}

func authenticatorsHandle(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	user, other, neighbour := x.user(t), x.user(t), y.user(t)
	confirmed := func(x *tenant, user domain.UserID, kind domain.FactorKind) error {
		pending := newKey(user, "")
		pending.Kind = kind
		require.NoError(t, x.savePending(t, pending))
		live := pending
		live.Handle = "credential"
		live.Confirm(0, storeNow)
		return x.confirm(t, live, pending)
	}
	require.NoError(t, confirmed(x, user.ID, "key"))
	mustBe(t, domain.ErrAuthenticatorTaken, confirmed(x, user.ID, "key"), "the same account")
	mustBe(t, domain.ErrAuthenticatorTaken, confirmed(x, other.ID, "key"), "another account")
	mustBe(t, domain.ErrAuthenticatorTaken, x.savePending(t, newKey(other.ID, "credential")), "pending")
	require.NoError(t, confirmed(x, user.ID, "another kind"))
	require.NoError(t, confirmed(y, neighbour.ID, "key"), "in another org")
}

func authenticatorsStepOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	a := x.enrolled(t, user.ID)
	oneOf(t, 50, domain.ErrInvalidCode, func(int) error { return x.useStep(t, a, a.Counter+1) })
	require.Equal(t, used(a, a.Counter+1), getAuthenticator(t, x, user.ID))
}

func authenticatorsStepOrder(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	a, others := x.enrolled(t, user.ID), x.enrolled(t, other.ID)
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, a, a.Counter), "the step that confirmed")
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, a, 0), "none")
	require.NoError(t, x.useStep(t, a, a.Counter+5))
	for back := range int64(6) {
		mustBe(t, domain.ErrInvalidCode, x.useStep(t, a, a.Counter+back), "%d", back)
	}
	require.NoError(t, x.useStep(t, a, a.Counter+6))
	require.Equal(t, used(a, a.Counter+6), getAuthenticator(t, x, user.ID))
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
	foreign := a
	foreign.User = other.ID
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, foreign, a.Counter+7), "of another account")
}

func authenticatorsStepRace(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	a := x.enrolled(t, user.ID)
	said := crowd(30, func(i int) error { return x.useStep(t, a, a.Counter+1+int64(i)) })
	require.NoError(t, said[29], "nothing is newer than the newest")
	require.Equal(t, a.Counter+30, getAuthenticator(t, x, user.ID).Counter)
}

func authenticatorsUncounted(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	pending := newKey(user.ID, "")
	require.NoError(t, x.savePending(t, pending))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, pending, 0), "pending")
	live := pending
	live.Confirm(0, storeNow)
	require.NoError(t, x.confirm(t, live, pending))
	mustAllSucceed(t, crowd(5, func(int) error { return x.useStep(t, live, 0) }))
	require.Equal(t, used(live, 0), getAuthenticator(t, x, user.ID))
	require.NoError(t, x.useStep(t, live, 1))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, live, 0), "it counts now")
}

func authenticatorsRemoved(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	x.enrolled(t, user.ID)
	require.NoError(t, x.savePending(t, newKey(user.ID, "")))
	others := x.enrolled(t, other.ID)
	for range 2 {
		x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().RemoveAll(t.Context(), user.ID) })
		require.Empty(t, getAuthenticators(t, x, user.ID))
	}
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
}
