package bunstore

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// cached is a store with one session, which reports the statements that it ran.
type cached struct {
	*Store
	key        principalKey
	statements []string
}

// newCached stores an account of which every secret contains the word "secret".
func newCached(t *testing.T) *cached {
	t.Helper()
	c := &cached{key: ofSession(domain.OrgID(uuid.NewString()), domain.SessionID(uuid.NewString()))}
	hooks := harness.Hooks()
	hooks.Observers = append(hooks.Observers, func(ctx context.Context, what string) (context.Context, func(error)) {
		c.statements = append(c.statements, what)
		return ctx, func(error) {}
	})
	var err error
	c.Store, err = OpenSQLite(filepath.Join(t.TempDir(), "sole.db"), hooks)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	_, err = c.Migrate(t.Context())
	require.NoError(t, err)
	c.fill(t, time.Now().UTC())
	c.statements = nil
	return c
}

func (c *cached) fill(t *testing.T, now time.Time) {
	t.Helper()
	ctx := t.Context()
	org, err := domain.NewOrg(c.key.org, "Org", "org", now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	settings.MFARequiredActions = domain.Actions()
	user, err := domain.NewUser(domain.UserID(uuid.NewString()), "someone@example.org", "Someone", now)
	require.NoError(t, err)
	user.SetPassword("secret hash", false, now)
	session := domain.Session{
		ID: domain.SessionID(c.key.id), User: user.ID, AMR: []domain.AMR{domain.AMRPassword}, AuthTime: now, CreatedAt: now, LastSeenAt: now,
		ExpiresAt: now.Add(time.Hour), Refresh: domain.RefreshFamily{FamilyHash: "secret family", CurrentHash: "secret current"},
	}
	role := domain.Role{
		ID: domain.RoleID(uuid.NewString()), Name: "reader", Granted: []domain.Permission{domain.PermMemberRead}, CreatedAt: now, Version: 1,
	}
	pending := domain.Authenticator{
		ID: domain.AuthenticatorID(uuid.NewString()), User: user.ID, Kind: domain.FactorTOTP, Secret: "secret seal",
	}
	pending.Begin("", now)
	live := pending
	live.Confirm(1, now)
	require.NoError(t, c.Platform().CreateOrg(ctx, org, settings, func(tx port.OrgTx) error {
		require.NoError(t, tx.Roles().Insert(ctx, role))
		require.NoError(t, tx.Users().Insert(ctx, user))
		require.NoError(t, tx.Roles().Assign(ctx, user.ID, []domain.RoleID{role.ID}))
		require.NoError(t, tx.Authenticators().SavePending(ctx, pending))
		require.NoError(t, tx.Authenticators().Confirm(ctx, live, pending))
		return tx.Sessions().Insert(ctx, session)
	}))
}

func (c *cached) now(t *testing.T) domain.Principal {
	t.Helper()
	p, err := c.Principal(t.Context(), c.key.org, domain.SessionID(c.key.id))
	require.NoError(t, err)
	return p
}

func TestAKnownSessionIsReadWithoutItsAccount(t *testing.T) {
	c := newCached(t)
	first := c.now(t)
	for range 3 {
		require.Equal(t, first, c.now(t))
	}
	require.Equal(t, []string{"SELECT principal", "SELECT session", "SELECT session", "SELECT session"}, c.statements)
}

func TestTheCacheHoldsNoSecret(t *testing.T) {
	c := newCached(t)
	c.now(t)
	entry := func() string {
		found, known := c.principals.principals.Get(c.key)
		require.True(t, known)
		require.Equal(t, c.key.org, found.org.org.ID)
		return fmt.Sprintf("%#v %#v", found, found.org)
	}
	content := entry()
	require.Contains(t, content, "someone@example.org")
	require.Contains(t, content, "member.read")
	require.NotContains(t, content, "secret")
	c.now(t)
	require.Equal(t, content, entry())
}

func TestARequestCannotChangeWhatOthersSee(t *testing.T) {
	c := newCached(t)
	want := separate(c.now(t))
	want.Session.AMR = []domain.AMR{domain.AMRPassword}
	for range 3 {
		p := c.now(t)
		require.Equal(t, want, p)
		require.NotZero(t, overwrite(reflect.ValueOf(&p).Elem()))
	}
}

// overwrite sets every element of every list in the value to zero, and returns the number of the lists.
func overwrite(value reflect.Value) (lists int) {
	switch value.Kind() { //nolint:exhaustive // values of other kinds share nothing
	case reflect.Struct:
		if value.Type() == reflect.TypeFor[time.Time]() || value.Type() == reflect.TypeFor[netip.Prefix]() {
			return 0
		}
		for _, field := range value.Fields() {
			lists += overwrite(field)
		}
	case reflect.Slice:
		for i := range value.Len() {
			lists += overwrite(value.Index(i))
			value.Index(i).SetZero()
		}
		lists++
	case reflect.Pointer, reflect.Map, reflect.Interface:
		panic("a principal has a " + value.Kind().String() + ": clone it in separate, and overwrite it here")
	}
	return lists
}

func TestARemovedSessionLeavesTheCache(t *testing.T) {
	c := newCached(t)
	c.now(t)
	_, err := c.Platform().Sweep(t.Context(), time.Now().AddDate(1, 0, 0))
	require.NoError(t, err)
	_, err = c.Principal(t.Context(), c.key.org, domain.SessionID(c.key.id))
	require.ErrorIs(t, err, domain.ErrTokenRevoked)
	require.Zero(t, c.principals.principals.Len())
}

func TestTheCacheOfPrincipalsIsBounded(t *testing.T) {
	c := newCached(t)
	read := func(i int) (p domain.Principal) {
		whole := rowRead{statement: principalSQL(sqliteLists), args: []string{string(c.key.org), c.key.id}}
		whole.row = func(scan func(...any) error) (err error) {
			p, _, err = scanPrincipal(scan)
			return err
		}
		require.NoError(t, c.dialect.readRows(t.Context(), []*rowRead{&whole}))
		require.NoError(t, whole.err)
		p.User.FullName = fmt.Sprintf("Somebody With A Long Name %d", i)
		return p
	}
	before := heap()
	cache := newPrincipalCache()
	for i := range maxCachedPrincipals + 100 {
		cache.add(ofSession(c.key.org, domain.SessionID(uuid.NewString())), read(i), stamps{})
	}
	size := heap() - before
	require.Equal(t, maxCachedPrincipals, cache.principals.Len())
	require.Less(t, size, int64(10<<20))
	t.Logf("%d bytes for each principal", size/maxCachedPrincipals)
	runtime.KeepAlive(cache)
}

func heap() int64 {
	var stats runtime.MemStats
	for range 3 { // what pools keep is freed by the second, and what finalizers free by the third
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
