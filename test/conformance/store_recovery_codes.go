package conformance

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var recoveryCodeCases = []storeCase{
	{"accepts the stored codes and no others", codesKnown},
	{"refuses codes of an unknown account", codesOfNobody},
	{"lets one of 50 uses of a code win", codesUsedOnce},
	{"reports unused codes without using them up", codesPeek},
	{"voids every earlier code when new ones are stored", codesReplaced},
	{"keeps one set of codes whole after 20 parallel replacements", codesReplacedParallel},
	{"keeps the codes of accounts apart", codesPerAccount},
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
	x.do(t, func(tx port.OrgTx) error { // a code can be stored as used
		codes := []domain.RecoveryCode{{User: user.ID, Hash: "a", UsedAt: storeNow}, {User: user.ID, Hash: "b"}}
		return tx.RecoveryCodes().Replace(t.Context(), user.ID, codes)
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
