package conformance

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// StoreReplicas checks that a store sees at once what another store on the same database has changed. open returns two
// stores on one empty database with the newest schema. For each fact that a domain.Principal holds there is a change of
// that fact; a fact without one fails the test.
func StoreReplicas(t *testing.T, open func(t *testing.T) (here, there port.Store)) {
	here, there := open(t)
	for fact, changes := range factChanges() {
		for _, change := range changes {
			t.Run(fact+" "+change.by, func(t *testing.T) {
				x := newSignedIn(t, here, there)
				before := x.now(t)
				require.Equal(t, before, x.now(t), "the second answer is the same as the first")
				change.make(t, x)
				after, err := there.Principal(t.Context(), x.org.ID, x.session.ID) // its first call for this session
				require.NoError(t, err)
				require.NotEqual(t, valueOf(reflect.ValueOf(before), fact), valueOf(reflect.ValueOf(after), fact))
				require.Equal(t, after, x.now(t))
				require.Equal(t, after, x.now(t), "and again")
			})
		}
	}
	for _, end := range sessionRemovals {
		t.Run(end.by, func(t *testing.T) {
			x := newSignedIn(t, here, there)
			x.now(t)
			end.make(t, x)
			for range 2 {
				_, err := here.Principal(t.Context(), x.org.ID, x.session.ID)
				mustBe(t, domain.ErrTokenRevoked, err)
			}
		})
	}
	t.Run("every fact has a change", func(t *testing.T) {
		want := factsIn(reflect.TypeFor[domain.Principal](), "")
		got := append(slices.Collect(maps.Keys(factChanges())), unchangedFacts...)
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, got)
	})
}

// unchangedFacts are not read (see port.Store.Principal), or no operation of the store changes them.
var unchangedFacts = []string{
	"User.Password", "User.LastSuspendedAt", "Session.Refresh.FamilyHash", "Session.Refresh.CurrentHash", "Session.Refresh.Spent",
	"Roles.Description", "Roles.CreatedAt", "Roles.Version",
	"Org.ID", "Org.Platform", "Org.CreatedAt", "User.ID", "User.CreatedAt",
	"Session.ID", "Session.User", "Session.CreatedAt", "Session.ExpiresAt", "Roles.System", "Factors.Kind",
}

// factsIn returns the names of the facts in a type: its fields, those of structs in it, and those of the elements of lists.
func factsIn(in reflect.Type, name string) (names []string) {
	switch {
	case in.Kind() == reflect.Slice && in.Elem().Kind() == reflect.Struct && in.Elem() != reflect.TypeFor[domain.SpentToken]():
		return factsIn(in.Elem(), name)
	case in.Kind() != reflect.Struct || in == reflect.TypeFor[time.Time]():
		return []string{name}
	}
	for field := range in.Fields() {
		inner := field.Name
		if name != "" {
			inner = name + "." + inner
		}
		names = append(names, factsIn(field.Type, inner)...)
	}
	return names
}

// signedIn is an account with a session, which a test reads from one store (here) and changes through another (there).
type signedIn struct {
	*tenant // of there
	here    port.Store
	user    domain.User
	session domain.Session
	role    domain.Role // which the account has
}

func newSignedIn(t *testing.T, here, there port.Store) *signedIn {
	t.Helper()
	x := &signedIn{tenant: newTenant(t, there), here: here}
	x.user = x.tenant.user(t)
	x.session = x.tenant.session(t, x.user.ID)
	x.role = x.customRole(t, "reader", domain.PermMemberRead)
	require.NoError(t, x.assign(t, x.user.ID, x.role))
	x.enrolled(t, x.user.ID)
	return x
}

// now returns what the next request sees here.
func (x *signedIn) now(t *testing.T) domain.Principal {
	t.Helper()
	p, err := x.here.Principal(t.Context(), x.org.ID, x.session.ID)
	require.NoError(t, err)
	return p
}
