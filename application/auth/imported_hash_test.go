package auth_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// recordingHasher records the work that is asked of it: the hash that is verified, and "new" for one that is made. Its one right
// password is the constant.
type recordingHasher struct{ work []string }

func (h *recordingHasher) Hash(context.Context, domain.Secret) (domain.PasswordHash, error) {
	h.work = append(h.work, "new")
	return "$ours$", nil
}

func (h *recordingHasher) Verify(_ context.Context, hash domain.PasswordHash, typed domain.Secret) (match, outdated bool, err error) {
	h.work = append(h.work, hash.ImportedForm())
	match = typed.Reveal() == password
	return match, match && hash.ImportedForm() != "", nil
}

const (
	bcryptForm = "$2b$04$"
	bcryptHash = domain.PasswordHash("$2b$04$Wchb2aiXQIWyE9KVJ7QDO.IvWDi7He62kXNJBZvLEFoDgBbaw8H1e")
	weakForm   = "$salted-sha1$salt=last,until=1800000000$" // 2027-01-15
	weakHash   = domain.PasswordHash(weakForm + "yLkXYg$QnwycyQg6hH1YVq3EOUqjFKeJio")
)

// addImported adds an account to the org.
func (f *fixture) addImported(address domain.Email, hash domain.PasswordHash) domain.User {
	f.t.Helper()
	user, err := domain.NewUser(domain.UserID(uuid.Must(uuid.NewV7()).String()), address, "Somebody", f.now)
	require.NoError(f.t, err)
	user.Password = hash
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error { return tx.Users().Insert(f.t.Context(), user) }))
	return user
}

// workOf returns what a sign-in with the password asks of the hasher, and its error.
func (f *fixture) workOf(address domain.Email, typed string) ([]string, error) {
	f.t.Helper()
	hasher := &recordingHasher{}
	f.flow.Guesses.PerNetwork.Max = 10000
	_, err := auth.Login{Flow: f.flow, Hasher: hasher}.Execute(f.t.Context(), f.visitor,
		auth.LoginInput{Email: string(address), Password: domain.NewSecret(typed)})
	return hasher.work, err
}

func TestUnknownAddressesTakeTheWorkOfMembers(t *testing.T) {
	f := newFixture(t)
	for i := range 8 {
		f.addImported(domain.Email(fmt.Sprintf("bcrypt%d@example.org", i)), bcryptHash)
		f.addImported(domain.Email(fmt.Sprintf("weak%d@example.org", i)), weakHash)
	}
	work := map[string]int{}
	for i := range 200 {
		did, err := f.workOf(domain.Email(fmt.Sprintf("nobody%d@example.org", i)), password)
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
		require.Len(t, did, 1)
		work[did[0]]++
	}
	require.InDelta(t, 94, work[bcryptForm], 35, "%v", work)
	require.InDelta(t, 94, work[weakForm], 35, "%v", work)

	invited := f.addImported("invited@example.org", "")
	first, err := f.workOf(invited.Email, password)
	require.ErrorIs(t, err, domain.ErrInvalidCredentials, "nothing matches an account without a password")
	again, _ := f.workOf(invited.Email, "wrong")
	require.Equal(t, first, again)
}

func TestARefusedSignInTakesTheSameWorkWithTheRightPassword(t *testing.T) {
	f := newFixture(t)
	suspended := f.addImported("suspended@example.org", bcryptHash)
	lapsed := f.addImported("lapsed@example.org", weakHash)
	require.NoError(t, f.store.InOrg(t.Context(), f.org, func(tx port.OrgTx) error {
		user, err := tx.Users().Get(t.Context(), suspended.ID)
		if err != nil {
			return err
		}
		user.Suspend(f.now)
		return tx.Users().Update(t.Context(), user)
	}))
	f.now = time.Unix(1_800_000_000, 0)
	for user, form := range map[domain.Email]string{suspended.Email: bcryptForm, lapsed.Email: weakForm} {
		for _, typed := range []string{password, "wrong"} {
			work, err := f.workOf(user, typed)
			require.ErrorIs(t, err, domain.ErrInvalidCredentials)
			require.Equal(t, []string{form}, work, "%s with %q", user, typed)
		}
	}
}

func TestAnImportedHashIsReplacedAtTheFirstRightPassword(t *testing.T) {
	f := newFixture(t)
	f.now = time.Unix(1_800_000_000, 0).Add(-time.Second) // the last one at which the weak hash is accepted
	for user, hash := range map[domain.Email]domain.PasswordHash{"bcrypt@example.org": bcryptHash, "weak@example.org": weakHash} {
		f.addImported(user, hash)
		work, err := f.workOf(user, "wrong")
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
		require.Equal(t, []string{hash.ImportedForm()}, work)
		work, err = f.workOf(user, password)
		require.NoError(t, err)
		require.Equal(t, []string{hash.ImportedForm(), "new"}, work)
		work, err = f.workOf(user, password)
		require.NoError(t, err)
		require.Equal(t, []string{""}, work, "the hash is ours now")
	}
}

func TestALapsedHashProvesNothing(t *testing.T) {
	f := newFixture(t)
	f.now = time.Unix(1_800_000_000, 0)
	user := f.addImported("lapsed@example.org", weakHash)
	caller := domain.Caller{Principal: domain.Principal{
		Org: domain.Org{ID: f.org, Status: domain.StatusActive}, User: user,
		Session: domain.Session{ID: domain.SessionID(uuid.Must(uuid.NewV7()).String())},
	}}
	hasher := &recordingHasher{}
	change := auth.ChangeOwnPassword{
		Guesses: f.flow.Guesses, Hasher: hasher, NewPassword: f.newPassword(), Issuer: f.flow.Issuer, Clock: f.flow.Clock, NewID: f.flow.NewID,
	}
	_, err := change.Execute(t.Context(), caller, auth.ChangeOwnPasswordInput{
		Current: domain.NewSecret(password), New: domain.NewSecret("an entirely different passphrase"),
	})
	require.ErrorIs(t, err, domain.ErrWrongPassword)
	require.True(t, slices.Equal([]string{weakForm}, hasher.work))
	require.False(t, user.CanSignIn(f.now))
	require.True(t, user.CanSignIn(f.now.Add(-time.Second)))

	guard := proof.Guard{Store: f.store, Clock: f.flow.Clock, NewID: f.flow.NewID}
	fresh := proof.FreshSignIn{Guard: guard, Guesses: f.flow.Guesses, Hasher: hasher}
	err = fresh.Allow(t.Context(), caller, proof.OwnAccount, domain.NewSecret(password), func(proof.Access) error { return nil })
	require.ErrorIs(t, err, domain.ErrWrongPassword)
}
