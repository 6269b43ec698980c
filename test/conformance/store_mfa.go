package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var authenticatorSentences = []storeSentence{
	{"has none for an account at first", authenticatorsNone},
	{"keeps every field of an authenticator", authenticatorsRoundTrip},
	{"refuses an authenticator of nobody", authenticatorsOfNobody},
	{"replaces a pending secret by a newer one", authenticatorsPendingReplaced},
	{"refuses a pending secret beside a live one", authenticatorsPendingRefused},
	{"drops a pending secret, and no live one", authenticatorsPendingDropped},
	{"lets one of 50 confirmations win", authenticatorsConfirmOnce},
	{"does not confirm a pending secret that was replaced", authenticatorsConfirmReplaced},
	{"lets one of 50 uses of a step win", authenticatorsStepOnce},
	{"uses steps in ascending order only", authenticatorsStepOrder},
	{"lets the newest of many parallel steps stand", authenticatorsStepRace},
}

var recoveryCodeSentences = []storeSentence{
	{"knows the codes it was given, and no others", codesKnown},
	{"refuses codes of nobody", codesOfNobody},
	{"lets one of 50 uses of a code win", codesUsedOnce},
	{"tells unused codes without using them", codesPeek},
	{"voids every earlier code when it gets new ones", codesReplaced},
	{"leaves one set of codes after 20 parallel replacements", codesReplacedParallel},
	{"keeps the codes of accounts apart", codesPerAccount},
}

func getAuthenticator(t *testing.T, x *tenant, user domain.UserID) domain.Authenticator {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.Authenticator, error) { return tx.Authenticators().Get(t.Context(), user) })
}

func (x *tenant) savePending(t *testing.T, a domain.Authenticator) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().SavePending(t.Context(), a) })
}

func (x *tenant) confirm(t *testing.T, a domain.Authenticator, pending domain.SealedSecret) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().Confirm(t.Context(), a, pending) })
}

func (x *tenant) useStep(t *testing.T, user domain.UserID, step int64) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.Authenticators().UseStep(t.Context(), user, step) })
}

// pending stores a pending secret for the account.
func (x *tenant) pending(t *testing.T, user domain.UserID, secret domain.SealedSecret) domain.Authenticator {
	t.Helper()
	a := domain.Authenticator{User: user}
	require.NoError(t, a.Begin(secret, "", storeNow))
	require.NoError(t, x.savePending(t, a))
	return a
}

func authenticatorsNone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.Equal(t, domain.Authenticator{User: user.ID}, getAuthenticator(t, x, user.ID))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, user.ID, 1))
	require.Equal(t, domain.Authenticator{User: user.ID}, getAuthenticator(t, x, user.ID))
}

func authenticatorsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for i, instant := range instants() {
		user := x.user(t)
		secret := domain.SealedSecret(fmt.Sprintf("%d %s", i, oddText))
		a := domain.Authenticator{User: user.ID, Pending: secret, PendingExpiry: instant, PendingBy: "session " + oddText}
		require.NoError(t, x.savePending(t, a))
		require.Equal(t, a, getAuthenticator(t, x, user.ID))
		a.Confirm(1<<40+int64(i), instant)
		require.NoError(t, x.confirm(t, a, secret))
		require.Equal(t, a, getAuthenticator(t, x, user.ID))
	}
}

func authenticatorsOfNobody(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	nobody := domain.UserID(newStoreID())
	mustBe(t, domain.ErrNotFound, x.savePending(t, domain.Authenticator{User: nobody, Pending: "secret", PendingExpiry: storeNow}))
	require.Error(t, x.confirm(t, domain.Authenticator{User: nobody, Secret: "secret", EnrolledAt: storeNow}, ""))
}

func authenticatorsPendingReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	x.pending(t, user.ID, "first")
	others := x.pending(t, other.ID, "others")
	second := domain.Authenticator{User: user.ID, Pending: "second", PendingExpiry: storeNow.Add(time.Hour), PendingBy: "another"}
	require.NoError(t, x.savePending(t, second))
	require.Equal(t, second, getAuthenticator(t, x, user.ID))
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, user.ID, 1), "a pending secret opens nothing")
}

func authenticatorsPendingDropped(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	pending, live := x.pending(t, user.ID, "pending"), x.enrolled(t, other.ID)
	for _, account := range []domain.UserID{user.ID, other.ID, domain.UserID(newStoreID())} {
		x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().DropPending(t.Context(), account) })
	}
	require.Equal(t, domain.Authenticator{User: user.ID}, getAuthenticator(t, x, user.ID))
	require.Equal(t, live, getAuthenticator(t, x, other.ID))
	require.Error(t, x.confirm(t, pending, "pending"))
}

func authenticatorsPendingRefused(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	live := x.enrolled(t, user.ID)
	mustBe(t, domain.ErrAlreadyEnrolled, x.savePending(t, domain.Authenticator{User: user.ID, Pending: "second", PendingExpiry: storeNow}))
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
	won := oneOf(t, 50, domain.ErrAlreadyEnrolled, func(i int) error { return x.confirm(t, confirmed(i), "pending") })
	require.Equal(t, confirmed(won), getAuthenticator(t, x, user.ID))
}

func authenticatorsConfirmReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	read := x.pending(t, user.ID, "first")
	newer := x.pending(t, user.ID, "second")
	read.Confirm(1, storeNow)
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, read, "first"))
	mustBe(t, domain.ErrAlreadyEnrolled, x.confirm(t, read, ""))
	require.Equal(t, newer, getAuthenticator(t, x, user.ID))
}

func authenticatorsStepOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	a := x.enrolled(t, user.ID)
	oneOf(t, 50, domain.ErrInvalidCode, func(int) error { return x.useStep(t, user.ID, a.LastStep+1) })
	a.LastStep++
	require.Equal(t, a, getAuthenticator(t, x, user.ID))
}

func authenticatorsStepOrder(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	a, others := x.enrolled(t, user.ID), x.enrolled(t, other.ID)
	mustBe(t, domain.ErrInvalidCode, x.useStep(t, user.ID, a.LastStep), "the step that confirmed")
	require.NoError(t, x.useStep(t, user.ID, a.LastStep+5))
	for back := range int64(6) {
		mustBe(t, domain.ErrInvalidCode, x.useStep(t, user.ID, a.LastStep+back), "%d", back)
	}
	require.NoError(t, x.useStep(t, user.ID, a.LastStep+6))
	a.LastStep += 6
	require.Equal(t, a, getAuthenticator(t, x, user.ID))
	require.Equal(t, others, getAuthenticator(t, x, other.ID))
}

func authenticatorsStepRace(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	a := x.enrolled(t, user.ID)
	said := crowd(30, func(i int) error { return x.useStep(t, user.ID, a.LastStep+1+int64(i)) })
	require.NoError(t, said[29], "nothing is newer than the newest")
	require.Equal(t, a.LastStep+30, getAuthenticator(t, x, user.ID).LastStep)
}

// giveCodes replaces the codes of the account.
func (x *tenant) giveCodes(t *testing.T, user domain.UserID, hashes ...domain.TokenHash) error {
	codes := make([]domain.RecoveryCode, len(hashes))
	for i, hash := range hashes {
		codes[i] = domain.RecoveryCode{User: user, Hash: hash}
	}
	return x.unit(t, func(tx port.OrgTx) error { return tx.RecoveryCodes().Replace(t.Context(), user, codes) })
}

func (x *tenant) useCode(t *testing.T, user domain.UserID, hash domain.TokenHash) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.RecoveryCodes().Use(t.Context(), user, hash, storeNow) })
}

func codesLeft(t *testing.T, x *tenant, user domain.UserID) int {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (int, error) { return tx.RecoveryCodes().Left(t.Context(), user) })
}

func codeUnused(t *testing.T, x *tenant, user domain.UserID, hash domain.TokenHash) bool {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (bool, error) { return tx.RecoveryCodes().Unused(t.Context(), user, hash) })
}

func codesKnown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.Zero(t, codesLeft(t, x, user.ID))
	require.NoError(t, x.giveCodes(t, user.ID, "one", "two", oddText))
	require.Equal(t, 3, codesLeft(t, x, user.ID))
	for _, hash := range []domain.TokenHash{"three", "", "ONE", "one "} {
		require.False(t, codeUnused(t, x, user.ID, hash), hash)
		mustBe(t, domain.ErrInvalidCode, x.useCode(t, user.ID, hash), "%s", hash)
	}
	for left, hash := range []domain.TokenHash{"one", "two", oddText} {
		require.True(t, codeUnused(t, x, user.ID, hash))
		require.NoError(t, x.useCode(t, user.ID, hash))
		require.Equal(t, 2-left, codesLeft(t, x, user.ID))
	}
	x.do(t, func(tx port.OrgTx) error { // a code may come used
		return tx.RecoveryCodes().Replace(t.Context(), user.ID, []domain.RecoveryCode{{User: user.ID, Hash: "a", UsedAt: storeNow}, {User: user.ID, Hash: "b"}})
	})
	require.Equal(t, 1, codesLeft(t, x, user.ID))
	mustBe(t, domain.ErrInvalidCode, x.useCode(t, user.ID, "a"))
}

func codesOfNobody(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	mustBe(t, domain.ErrNotFound, x.giveCodes(t, domain.UserID(newStoreID()), "one"))
}

func codesUsedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.NoError(t, x.giveCodes(t, user.ID, "one", "two"))
	oneOf(t, 50, domain.ErrInvalidCode, func(int) error { return x.useCode(t, user.ID, "one") })
	require.False(t, codeUnused(t, x, user.ID, "one"))
	require.True(t, codeUnused(t, x, user.ID, "two"))
	require.Equal(t, 1, codesLeft(t, x, user.ID))
}

func codesPeek(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.NoError(t, x.giveCodes(t, user.ID, "one"))
	for range 3 {
		require.True(t, codeUnused(t, x, user.ID, "one"))
	}
	require.NoError(t, x.useCode(t, user.ID, "one"))
}

func codesReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.NoError(t, x.giveCodes(t, user.ID, "one", "two"))
	require.NoError(t, x.useCode(t, user.ID, "one"))
	require.NoError(t, x.giveCodes(t, user.ID, "one", "three")) // the same code again counts as new
	require.Equal(t, 2, codesLeft(t, x, user.ID))
	require.True(t, codeUnused(t, x, user.ID, "one"))
	require.False(t, codeUnused(t, x, user.ID, "two"))
	mustBe(t, domain.ErrInvalidCode, x.useCode(t, user.ID, "two"))
	require.NoError(t, x.giveCodes(t, user.ID))
	require.Zero(t, codesLeft(t, x, user.ID))
	mustBe(t, domain.ErrInvalidCode, x.useCode(t, user.ID, "three"))
}

func codesReplacedParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	mustAllSucceed(t, crowd(20, func(i int) error {
		return x.giveCodes(t, user.ID, domain.TokenHash(fmt.Sprintf("%d a", i)), domain.TokenHash(fmt.Sprintf("%d b", i)), "common")
	}))
	require.Equal(t, 3, codesLeft(t, x, user.ID))
}

func codesPerAccount(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first, second := x.user(t), x.user(t)
	require.NoError(t, x.giveCodes(t, first.ID, "same", "firsts"))
	require.NoError(t, x.giveCodes(t, second.ID, "same"))
	require.False(t, codeUnused(t, x, second.ID, "firsts"))
	mustBe(t, domain.ErrInvalidCode, x.useCode(t, second.ID, "firsts"))
	require.NoError(t, x.useCode(t, second.ID, "same"))
	require.Equal(t, 2, codesLeft(t, x, first.ID))
	require.NoError(t, x.giveCodes(t, second.ID))
	require.Equal(t, 2, codesLeft(t, x, first.ID))
}
