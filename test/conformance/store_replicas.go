package conformance

import (
	"maps"
	"net/netip"
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
	for _, way := range principalWays {
		for fact, changes := range way.changes() {
			for _, change := range changes {
				t.Run(way.by+" "+fact+" "+change.by, func(t *testing.T) {
					x := newSignedIn(t, here, there)
					before := x.now(t, way)
					require.Equal(t, before, x.now(t, way), "the second answer is the same as the first")
					change.make(t, x)
					after, err := way.ask(t, x, there) // its first call for this session or key
					require.NoError(t, err)
					require.NotEqual(t, valueOf(reflect.ValueOf(before), fact), valueOf(reflect.ValueOf(after), fact))
					require.Equal(t, after, x.now(t, way))
					require.Equal(t, after, x.now(t, way), "and again")
				})
			}
		}
		for _, end := range way.ends {
			t.Run(way.by+" "+end.by, func(t *testing.T) {
				x := newSignedIn(t, here, there)
				x.now(t, way)
				end.make(t, x)
				for range 2 {
					_, err := way.ask(t, x, here)
					mustBe(t, way.ended, err)
				}
			})
		}
	}
	t.Run("every fact has a change", func(t *testing.T) {
		want := factsIn(reflect.TypeFor[domain.Principal](), "")
		got := slices.Clone(unchangedFacts)
		for _, way := range principalWays {
			got = append(got, slices.Collect(maps.Keys(way.changes()))...)
		}
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, slices.Compact(got))
	})
}

// principalWay is a way in which a request names its principal.
type principalWay struct {
	by      string
	ask     func(t *testing.T, x *signedIn, store port.Store) (domain.Principal, error)
	changes func() map[string][]factChange
	ends    []factChange // after which the principal is refused
	ended   *domain.Error
}

var principalWays = []principalWay{
	{
		by: "session", changes: factChanges, ends: sessionRemovals, ended: domain.ErrTokenRevoked,
		ask: func(t *testing.T, x *signedIn, store port.Store) (domain.Principal, error) {
			return store.Principal(t.Context(), x.org.ID, x.session.ID)
		},
	},
	{
		by: "key", changes: keyFactChanges, ends: keyRemovals, ended: domain.ErrUnauthenticated,
		ask: func(t *testing.T, x *signedIn, store port.Store) (domain.Principal, error) {
			return store.KeyPrincipal(t.Context(), x.org.ID, refsOf(x.key)[0])
		},
	},
	{
		by: "token for a key", changes: keyFactChanges, ends: append(keyRemovals, revocation), ended: domain.ErrTokenRevoked,
		ask: func(t *testing.T, x *signedIn, store port.Store) (domain.Principal, error) {
			return store.KeyPrincipal(t.Context(), x.org.ID, refsOf(x.key)[1])
		},
	},
}

// unchangedFacts are not read (see port.Store.Principal), or no operation of the store changes them.
var unchangedFacts = []string{
	"User.Password", "User.LastSuspendedAt", "Session.Refresh.FamilyHash", "Session.Refresh.CurrentHash", "Session.Refresh.Spent",
	"Roles.Description", "Roles.CreatedAt", "Roles.Version",
	"Org.ID", "Org.Platform", "Org.CreatedAt", "User.ID", "User.CreatedAt",
	"Session.ID", "Session.User", "Session.CreatedAt", "Session.ExpiresAt", "Roles.System", "Factors.Kind",
	"Type", "Key.ID", "Key.Account", "Key.Name", "Key.Hash", "Key.Networks", "Key.CreatedBy", "Key.CreatedAt", "Key.ExpiresAt",
	"Scope", // of a token, which the store does not read
}

// factsIn returns the names of the facts in a type: its fields, those of structs in it, and those of the elements of lists.
func factsIn(in reflect.Type, name string) (names []string) {
	switch {
	case in.Kind() == reflect.Slice && in.Elem().Kind() == reflect.Struct && in.Elem() != reflect.TypeFor[domain.SpentToken]() &&
		in.Elem() != reflect.TypeFor[netip.Prefix]():
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

// signedIn is an account with a session, and a service account with a key, whose roles the account has granted. A test reads them
// from one store (here) and changes them through another (there).
type signedIn struct {
	*tenant // of there
	here    port.Store
	user    domain.User
	session domain.Session
	role    domain.Role // which the account has
	service domain.ServiceAccount
	key     domain.APIKey
	may     domain.Role // which the service account has: more than its granter can do
}

func newSignedIn(t *testing.T, here, there port.Store) *signedIn {
	t.Helper()
	x := &signedIn{tenant: newTenant(t, there), here: here}
	x.user = x.tenant.user(t)
	x.session = x.tenant.session(t, x.user.ID)
	x.role = x.customRole(t, "reader", domain.PermMemberRead)
	require.NoError(t, x.assign(t, x.user.ID, x.role))
	x.enrolled(t, x.user.ID)
	x.may = x.customRole(t, "job", domain.PermMemberRead, domain.PermFileWrite, domain.PermRoleRead)
	x.service, x.key = x.granted(t, x.user.ID, x.may)
	return x
}

// now returns what the next request sees here.
func (x *signedIn) now(t *testing.T, way principalWay) domain.Principal {
	t.Helper()
	p, err := way.ask(t, x, x.here)
	require.NoError(t, err)
	return p
}
