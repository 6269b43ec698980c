package conformance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var userCases = []storeCase{
	{"keeps every field of an account", usersRoundTrip},
	{"finds an address in any letter case", usersByEmail},
	{"refuses an address that the org already has, in any letter case", usersEmailTaken},
	{"returns ErrEmailTaken already inside the unit", usersEmailTakenInside},
	{"refuses a change of address to one that the org already has", usersEmailTakenByUpdate},
	{"lets two orgs have the same address", usersSameEmailTwoOrgs},
	{"lets one of many accounts win an address", usersRaceForEmail},
	{"returns ErrNotFound for an unknown account", usersUnknown},
	{"updates every field that may change, and raises the version", usersUpdate},
	{"refuses an account read before another update", usersStale},
	{"keeps all of 20 parallel updates that are repeated after ErrStale", usersParallelUpdates},
	{"serialises 20 parallel changes of a locked account", usersLock},
	{"records a sign-in without raising the version", usersSignedIn},
	{"keeps the latest sign-in when an account read before it is updated", usersSignedInThenUpdate},
	{"keeps the latest sign-in when an earlier one is recorded later", usersSignedInOutOfOrder},
	{"replaces the hash of an unchanged password only", usersRehash},
	{"counts how the passwords of new accounts are hashed, for every address", usersPasswordKinds},
}

func getUser(t *testing.T, x *tenant, id domain.UserID) domain.User {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.User, error) { return tx.Users().Get(t.Context(), id) })
}

func userByEmail(t *testing.T, x *tenant, email domain.Email) domain.User {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.User, error) { return tx.Users().ByEmail(t.Context(), email) })
}

// variedUsers differ from a plain account in one or all of their fields.
func variedUsers() []domain.User {
	var varied []domain.User
	add := func(change func(u *domain.User)) {
		user := newUser()
		change(&user)
		varied = append(varied, user)
	}
	add(func(*domain.User) {})
	add(func(u *domain.User) { u.FullName = oddText })
	add(func(u *domain.User) { u.FullName = longText() })
	add(func(u *domain.User) { u.FullName, u.Password = "", "" })
	add(func(u *domain.User) { u.Email = domain.Email("Mixed.CASE+tag'{}?$1@" + string(u.ID) + ".Example.ORG") })
	add(func(u *domain.User) { u.Status = domain.StatusSuspended })
	add(func(u *domain.User) { u.MustChangePassword = true })
	add(func(u *domain.User) { u.PasswordChangedAt, u.LastSignInAt = time.Time{}, time.Time{} })
	add(func(u *domain.User) { u.Version = 1 << 40 })
	for i, instant := range instants() {
		add(func(u *domain.User) {
			u.PasswordChangedAt, u.LastSignInAt = instant, instant.Add(time.Microsecond*time.Duration(-i))
			u.CreatedAt, u.UpdatedAt, u.LastSuspendedAt = instant, instant, instant
		})
	}
	return varied
}

func usersRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, user := range variedUsers() {
		x.do(t, func(tx port.OrgTx) error {
			if err := tx.Users().Insert(t.Context(), user); err != nil {
				return err
			}
			own, err := tx.Users().Get(t.Context(), user.ID)
			require.Equal(t, user, own, "before the unit ended")
			return err
		})
		require.Equal(t, user, getUser(t, x, user.ID))
		require.Equal(t, user, userByEmail(t, x, user.Email))
	}
}

func usersByEmail(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := newUser()
	user.Email = "Ada.Lovelace@Example.ORG"
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
	for _, typed := range []domain.Email{"Ada.Lovelace@Example.ORG", "ada.lovelace@example.org", "ADA.LOVELACE@EXAMPLE.ORG"} {
		require.Equal(t, user, userByEmail(t, x, typed))
	}
	for _, typed := range []domain.Email{"ada.lovelace@example.or", "%@example.org", "ada_lovelace@example.org", ""} {
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
			_, err := tx.Users().ByEmail(t.Context(), typed)
			return err
		}), "%s", typed)
	}
}

func usersEmailTaken(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first := x.user(t)
	for _, email := range []domain.Email{first.Email, domain.Email(strings.ToUpper(string(first.Email)))} {
		second := newUser()
		second.Email = email
		mustBe(t, domain.ErrEmailTaken, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), second) }))
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
			_, err := tx.Users().Get(t.Context(), second.ID)
			return err
		}))
	}
	require.Equal(t, first, userByEmail(t, x, first.Email))
}

func usersEmailTakenInside(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first := x.user(t)
	second := newUser()
	second.Email = first.Email
	var inside error
	_ = x.unit(t, func(tx port.OrgTx) error {
		inside = tx.Users().Insert(t.Context(), second)
		return inside
	})
	mustBe(t, domain.ErrEmailTaken, inside)
}

func usersEmailTakenByUpdate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first, second := x.user(t), x.user(t)
	changed := second
	changed.Email = domain.Email(strings.ToUpper(string(first.Email)))
	mustBe(t, domain.ErrEmailTaken, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), changed) }))
	require.Equal(t, second, getUser(t, x, second.ID))
}

func usersSameEmailTwoOrgs(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	inA, inB := newUser(), newUser()
	inB.Email = inA.Email
	a.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), inA) })
	b.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), inB) })
	require.Equal(t, inA, userByEmail(t, a, inA.Email))
	require.Equal(t, inB, userByEmail(t, b, inA.Email))
}

func usersRaceForEmail(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	rivals := make([]domain.User, 20)
	for i := range rivals {
		rivals[i] = newUser()
		rivals[i].Email = "wanted@example.org"
	}
	won := oneOf(t, len(rivals), domain.ErrEmailTaken, func(i int) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), rivals[i]) })
	})
	require.Equal(t, rivals[won], userByEmail(t, x, "wanted@example.org"))
}

func usersUnknown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	stranger := newUser()
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Users().Get(t.Context(), stranger.ID)
		return err
	}))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Users().ByEmail(t.Context(), stranger.Email)
		return err
	}))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Users().Lock(t.Context(), stranger.ID)
		return err
	}))
	require.Error(t, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), stranger) }))
}

func usersUpdate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, wanted := range variedUsers() {
		user := x.user(t)
		wanted.ID, wanted.CreatedAt, wanted.Version = user.ID, user.CreatedAt, user.Version
		wanted.LastSignInAt = user.LastSignInAt // SignedIn's to change
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), wanted) })
		wanted.Version++
		require.Equal(t, wanted, getUser(t, x, user.ID))
		require.Equal(t, wanted, userByEmail(t, x, wanted.Email))
	}
}

func usersStale(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	read := x.user(t)
	first, second := read, read
	first.FullName, second.FullName = "First", "Second"
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), first) })
	mustBe(t, domain.ErrStale, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), second) }))
	second.Version = 99
	mustBe(t, domain.ErrStale, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), second) }), "a version to come")
	first.Version++
	require.Equal(t, first, getUser(t, x, read.ID))
}

func usersParallelUpdates(t *testing.T, store port.Store) {
	const parallel = 20
	x := newTenant(t, store)
	user := x.user(t)
	for _, err := range crowd(parallel, func(i int) error {
		for {
			err := x.unit(t, func(tx port.OrgTx) error {
				read, err := tx.Users().Get(t.Context(), user.ID)
				if err != nil {
					return err
				}
				read.FullName += fmt.Sprintf(" %d,", i)
				return tx.Users().Update(t.Context(), read)
			})
			if !errors.Is(err, domain.ErrStale) {
				return err
			}
		}
	}) {
		require.NoError(t, err)
	}
	after := getUser(t, x, user.ID)
	require.Equal(t, user.Version+parallel, after.Version)
	for i := range parallel {
		require.Contains(t, after.FullName, fmt.Sprintf(" %d,", i))
	}
}

func usersLock(t *testing.T, store port.Store) {
	const parallel = 20
	x := newTenant(t, store)
	user := x.user(t)
	require.Equal(t, user, lock(t, x, func(tx port.OrgTx) (domain.User, error) { return tx.Users().Lock(t.Context(), user.ID) }))
	for _, err := range crowd(parallel, func(i int) error {
		return x.unit(t, func(tx port.OrgTx) error {
			read, err := tx.Users().Lock(t.Context(), user.ID)
			if err != nil {
				return err
			}
			read.FullName += fmt.Sprintf(" %d,", i)
			return tx.Users().Update(t.Context(), read)
		})
	}) {
		require.NoError(t, err)
	}
	require.Equal(t, user.Version+parallel, getUser(t, x, user.ID).Version)
}

func usersSignedIn(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	for _, err := range crowd(20, func(int) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Users().SignedIn(t.Context(), user.ID, storeNow.Add(time.Hour)) })
	}) {
		require.NoError(t, err)
	}
	noted := user
	noted.LastSignInAt = storeNow.Add(time.Hour)
	require.Equal(t, noted, getUser(t, x, user.ID), "nothing but the sign-in changes")
	require.Equal(t, other, getUser(t, x, other.ID), "nobody else signed in")
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) }) // read before the sign-ins
}

func usersSignedInThenUpdate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().SignedIn(t.Context(), user.ID, storeNow.Add(time.Hour)) })
	user.FullName = "Renamed"
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) })
	after := getUser(t, x, user.ID)
	require.Equal(t, "Renamed", after.FullName)
	require.Equal(t, storeNow.Add(time.Hour), after.LastSignInAt)
}

func usersSignedInOutOfOrder(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for _, at := range []time.Time{storeNow.Add(time.Hour), storeNow.Add(time.Minute)} {
		x.do(t, func(tx port.OrgTx) error { return tx.Users().SignedIn(t.Context(), user.ID, at) })
	}
	require.Equal(t, storeNow.Add(time.Hour), getUser(t, x, user.ID).LastSignInAt)
}

func usersRehash(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t) // with the same hash
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Rehash(t.Context(), user.ID, "another", "$stronger$") })
	require.Equal(t, user, getUser(t, x, user.ID), "the password did change")
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Rehash(t.Context(), user.ID, user.Password, "$stronger$") })
	rehashed := getUser(t, x, user.ID)
	require.Equal(t, domain.PasswordHash("$stronger$"), rehashed.Password)
	rehashed.Password = user.Password
	require.Equal(t, user, rehashed, "nothing but the hash changes")
	require.Equal(t, other, getUser(t, x, other.ID))
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Rehash(t.Context(), user.ID, user.Password, "$late$") })
	require.Equal(t, domain.PasswordHash("$stronger$"), getUser(t, x, user.ID).Password)
}
