package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var principalCases = []storeCase{
	{"returns every fact that a request needs", principalFacts},
	{"returns a new account without roles and authenticators", principalPlain},
	{"returns the permissions of roles, custom ones too", principalRoles},
	{"keeps every instant and text as it was", principalExact},
	{"refuses a session that does not exist in the org", principalUnknown},
	{"returns the newest state", principalFresh},
	{"serves many requests at once", principalParallel},
	{"returns the same facts of an account without a session, with its password hash", standingFacts},
}

func principal(t *testing.T, x *tenant, session domain.SessionID) domain.Principal {
	t.Helper()
	p, err := x.store.Principal(t.Context(), x.org.ID, session)
	require.NoError(t, err)
	return p
}

// samePrincipal compares the facts that decisions about a request need: neither the password hash, the
// secrets and the refresh tokens, nor the descriptions of roles.
func samePrincipal(t *testing.T, want, got domain.Principal) {
	t.Helper()
	require.Equal(t, requestFacts(want), requestFacts(got))
	require.Equal(t, want.Permissions(), got.Permissions())
}

func requestFacts(p domain.Principal) domain.Principal {
	p.User.Password, p.User.LastSuspendedAt, p.Session.Refresh = "", time.Time{}, domain.RefreshFamily{}
	byName := map[string]domain.Role{}
	for _, role := range p.Roles {
		role.Description, role.CreatedAt, role.Version = "", time.Time{}, 0
		byName[role.Name] = role
	}
	p.Roles = nil
	for _, name := range append(domain.SystemRoles(), "reader", "writer") {
		if role, held := byName[name]; held {
			p.Roles = append(p.Roles, role)
		}
	}
	return p
}

func principalFacts(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.org.ID, x.org.Slug = domain.OrgID(newStoreID()), newSlug()
	x.org.Name, x.org.Platform, x.org.Version = oddText, true, 7
	settings := variedSettings()[2]
	x.found(t, settings)
	user := newUser()
	user.FullName, user.MustChangePassword, user.LastSignInAt, user.Version = oddText, true, storeNow.Add(-time.Hour), 3
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
	session := newSession(user.ID)
	session.AMR = []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}
	session.UserAgent, session.EndedAt, session.EndReason = oddText, storeNow.Add(time.Minute), domain.EndRevoked
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
	reader := x.customRole(t, "reader", domain.PermMemberRead, domain.PermPlatformManage)
	require.NoError(t, x.assign(t, user.ID, x.roles[domain.RoleAuditor], reader))
	want := domain.Principal{
		Org: x.org, Settings: settings, User: user, Session: session,
		Roles: []domain.Role{x.roles[domain.RoleAuditor], reader}, Factors: x.twoFactors(t, user.ID),
	}
	got := principal(t, x, session.ID)
	samePrincipal(t, want, got)
	require.Zero(t, got.User.Password)
	require.Zero(t, got.Session.Refresh)
	locked := lock(t, x, func(tx port.OrgTx) (domain.Principal, error) {
		return tx.Sessions().LockPrincipal(t.Context(), session.ID)
	})
	samePrincipal(t, want, locked)
	require.Equal(t, session, locked.Session, "with its refresh tokens")
	require.Zero(t, locked.User.Password)
}

// twoFactors gives the account a TOTP authenticator, an older key and a key that is still pending.
func (x *tenant) twoFactors(t *testing.T, user domain.UserID) domain.Factors {
	t.Helper()
	totp, key := x.enrolled(t, user), newKey(user, "")
	require.NoError(t, x.savePending(t, key))
	key = x.live(t, key, storeNow.Add(-123456*time.Microsecond))
	require.NoError(t, x.savePending(t, newKey(user, "")))
	return domain.Factors{
		{ID: key.ID, Kind: key.Kind, EnrolledAt: key.EnrolledAt}, {ID: totp.ID, Kind: totp.Kind, EnrolledAt: totp.EnrolledAt},
	}
}

func principalPlain(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := newUser()
	user.PasswordChangedAt = time.Time{}
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
	session := newSession(user.ID)
	session.AMR = nil
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
	p := principal(t, x, session.ID)
	samePrincipal(t, domain.Principal{
		Org: x.org, Settings: getSettings(t, x), User: user, Session: session,
	}, p)
	require.Empty(t, p.Roles)
	require.False(t, p.Factors.Enrolled())
}

func principalRoles(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	session := x.session(t, user.ID)
	reader := x.customRole(t, "reader", domain.PermMemberRead, domain.PermRoleRead)
	writer := x.customRole(t, "writer", domain.PermFileWrite)
	require.NoError(t, x.assign(t, other.ID, x.roles[domain.RoleOwner]))
	for _, held := range [][]domain.Role{
		{reader}, {reader, writer}, {x.roles[domain.RoleOwner]}, {x.roles[domain.RoleAdmin], writer}, {x.roles[domain.RoleMember]}, {},
	} {
		require.NoError(t, x.assign(t, user.ID, held...))
		p := principal(t, x, session.ID)
		require.Len(t, p.Roles, len(held))
		require.Equal(t, requestFacts(domain.Principal{Roles: held}).Roles, requestFacts(p).Roles)
		require.Equal(t, domain.PermissionsOf(held, x.org), p.Permissions())
	}
	x.pending(t, user.ID, "pending")
	require.False(t, principal(t, x, session.ID).Factors.Enrolled(), "pending is not enrolled")
}

func principalExact(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, user := range variedUsers() {
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
		session := x.session(t, user.ID)
		p := principal(t, x, session.ID)
		user.Password, user.LastSuspendedAt = "", time.Time{} // a request needs neither
		require.Equal(t, user, p.User)
	}
	user := x.user(t)
	for _, session := range variedSessions(user.ID) {
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
		p := principal(t, x, session.ID)
		session.Refresh, p.Session.Refresh = domain.RefreshFamily{}, domain.RefreshFamily{}
		require.Equal(t, session, p.Session)
	}
	session := x.session(t, user.ID)
	for _, settings := range variedSettings() {
		x.do(t, func(tx port.OrgTx) error { return tx.Org().SaveSettings(t.Context(), settings) })
		require.Equal(t, settings, principal(t, x, session.ID).Settings)
	}
	for _, org := range variedOrgs() {
		y := &tenant{store: store, org: org}
		y.found(t, domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow))
		require.Equal(t, org, principal(t, y, y.session(t, y.user(t).ID).ID).Org)
	}
}

func principalUnknown(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	session := a.session(t, a.user(t).ID)
	for what, of := range map[string]struct {
		org     domain.OrgID
		session domain.SessionID
	}{
		"an unknown session":      {a.org.ID, domain.SessionID(newStoreID())},
		"another org's session":   {b.org.ID, session.ID},
		"an unknown org":          {domain.OrgID(newStoreID()), session.ID},
		"no session":              {a.org.ID, ""},
		"no org":                  {"", session.ID},
		"nothing":                 {},
		"what is no session":      {a.org.ID, "' OR ''='"},
		"what is no org":          {"*", session.ID},
		"an org for a session":    {a.org.ID, domain.SessionID(a.org.ID)},
		"a session for its org":   {domain.OrgID(session.ID), session.ID},
		"the same, in upper case": {a.org.ID, "A" + session.ID[1:]},
	} {
		p, err := store.Principal(t.Context(), of.org, of.session)
		mustBe(t, domain.ErrTokenRevoked, err, what)
		require.Zero(t, p, what)
	}
}

func principalFresh(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	session := x.session(t, user.ID)
	require.True(t, principal(t, x, session.ID).User.Active())
	user.Status = domain.StatusSuspended
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) })
	require.False(t, principal(t, x, session.ID).User.Active())
	session.End(domain.EndRevoked, storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Update(t.Context(), session) })
	require.Equal(t, domain.EndRevoked, principal(t, x, session.ID).Session.EndReason)
	x.enrolled(t, user.ID)
	require.True(t, principal(t, x, session.ID).Factors.Enrolled())
}

func principalParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	sessions := make([]domain.Session, 5)
	for i := range sessions {
		sessions[i] = x.session(t, x.user(t).ID)
	}
	for _, err := range crowd(100, func(i int) error {
		session := sessions[i%len(sessions)]
		p, err := store.Principal(t.Context(), x.org.ID, session.ID)
		if err == nil && (p.Session.ID != session.ID || p.User.ID != session.User) {
			t.Errorf("got %v of %v, want %v of %v", p.Session.ID, p.User.ID, session.ID, session.User)
		}
		return err
	}) {
		require.NoError(t, err)
	}
}

func standingFacts(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	reader := x.customRole(t, "reader", domain.PermMemberRead)
	enrolled, pending, plain := x.user(t), x.user(t), x.user(t)
	require.NoError(t, x.assign(t, enrolled.ID, x.roles[domain.RoleAdmin], reader))
	x.twoFactors(t, enrolled.ID)
	x.pending(t, pending.ID, "sealed")
	for _, user := range []domain.User{enrolled, pending, plain} {
		var want domain.Principal
		got := ask(t, x, func(tx port.OrgTx) (p domain.Principal, err error) {
			want = domain.Principal{Org: x.org, User: user}
			if want.Settings, err = tx.Org().Settings(t.Context()); err != nil {
				return p, err
			}
			if want.Roles, err = tx.Roles().Of(t.Context(), user.ID); err != nil {
				return p, err
			}
			held, err := tx.Authenticators().Of(t.Context(), user.ID)
			if err != nil {
				return p, err
			}
			want.Factors = domain.NewFactors(held)
			return tx.Users().Standing(t.Context(), user.ID)
		})
		samePrincipal(t, want, got)
		require.Equal(t, user, got.User)
		require.Equal(t, want.Factors, got.Factors)
		require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
			locked, err := tx.Users().LockStanding(t.Context(), user.ID)
			require.Equal(t, got, locked)
			return err
		}))
	}
	for _, unit := range []*tenant{x, y} {
		for _, id := range []domain.UserID{domain.UserID(newStoreID()), "no id", ""} {
			mustBe(t, domain.ErrNotFound, unit.unit(t, func(tx port.OrgTx) error {
				_, err := tx.Users().Standing(t.Context(), id)
				mustBe(t, domain.ErrNotFound, err)
				_, err = tx.Users().LockStanding(t.Context(), id)
				return err
			}))
		}
	}
	mustBe(t, domain.ErrNotFound, y.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Users().Standing(t.Context(), enrolled.ID)
		return err
	}))
}
