package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var impactCountCases = []storeCase{
	{"groups live sessions by the facts that the policy uses", impactSessions},
	{"groups sessions by whether they were used after a time, to the microsecond", impactSeen},
	{"groups accounts by status, second factor, passkey and admin role", impactAccounts},
	{"groups remembered devices by their ages and by admin role", impactDevices},
	{"groups sign-ins by how they were completed and by admin role, the newest only", impactSignIns},
	{"returns the service accounts with a key that has not expired, bounded by their granters", impactServiceAccounts},
	{"lists how owners and the caller could sign in again", impactWaysIn},
}

// holds assigns roles to the account.
func (x *tenant) holds(t *testing.T, user domain.UserID, roles ...domain.Role) {
	t.Helper()
	ids := make([]domain.RoleID, len(roles))
	for i, role := range roles {
		ids[i] = role.ID
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Roles().Assign(t.Context(), user, ids) })
}

// seen stores a session of the account that is changed beforehand.
func (x *tenant) seen(t *testing.T, user domain.UserID, change func(s *domain.Session)) {
	t.Helper()
	session := newSession(user)
	change(&session)
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
}

// counted returns the groups as lines, sorted, for comparison.
func counted[G any](groups []G, line func(G) string) []string {
	lines := []string{}
	for _, g := range groups {
		lines = append(lines, line(g))
	}
	slices.Sort(lines)
	return lines
}

func impactSessions(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	sensitive := domain.Role{
		ID:        domain.RoleID(newStoreID()),
		Name:      "Sensitive",
		Granted:   []domain.Permission{domain.PermMemberRead},
		CreatedAt: storeNow,
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Roles().Insert(t.Context(), sensitive) })
	plain, admin, custom, gone := x.user(t), x.user(t), x.user(t), x.user(t)
	x.holds(t, plain.ID, x.roles[domain.RoleMember], x.roles[domain.RoleAuditor])
	x.holds(t, admin.ID, x.roles[domain.RoleAdmin], x.roles[domain.RoleOwner], sensitive)
	x.holds(t, custom.ID, sensitive)
	gone.Suspend(storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), gone) })
	for range 3 {
		x.seen(t, plain.ID, func(*domain.Session) {})
	}
	x.seen(t, plain.ID, func(s *domain.Session) { s.AMR = append(s.AMR, domain.AMRRememberedDevice) })
	x.seen(t, plain.ID, func(s *domain.Session) { s.End(domain.EndRevoked, storeNow) })
	x.seen(t, plain.ID, func(s *domain.Session) { s.ExpiresAt = storeNow })
	for _, user := range []domain.User{admin, custom, gone} {
		x.seen(t, user.ID, func(s *domain.Session) { s.AMR = append(s.AMR, domain.AMROneTimeCode) })
	}
	y.seen(t, y.user(t).ID, func(*domain.Session) {})
	groups := ask(t, x, func(tx port.OrgTx) ([]domain.SessionGroup, error) {
		return tx.ImpactCounts().Sessions(t.Context(), storeNow, [2]time.Time{storeNow, storeNow})
	})
	require.Equal(t, []string{
		"active false, admin false, [pwd otp]: 1", "active true, admin false, [pwd dev]: 1", "active true, admin false, [pwd]: 3",
		"active true, admin true, [pwd otp]: 2",
	}, counted(groups, func(g domain.SessionGroup) string {
		require.True(t, g.Facts.OrgActive)
		require.True(t, g.Facts.Session.ExpiresAt.After(storeNow))
		return fmt.Sprintf("active %v, admin %v, %v: %d", g.Facts.AccountActive, g.Facts.AdminRole, g.Facts.Session.AMR, g.Count)
	}))
}

func impactSeen(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	early, late := storeNow.Add(-time.Hour), storeNow.Add(-time.Minute)
	for _, at := range []time.Time{early.Add(-time.Microsecond), early, early.Add(time.Microsecond), late, late.Add(time.Microsecond),
		storeNow} {
		x.seen(t, user.ID, func(s *domain.Session) { s.LastSeenAt = at })
	}
	for _, instants := range [][2]time.Time{{early, late}, {late, early}} {
		groups := ask(t, x, func(tx port.OrgTx) ([]domain.SessionGroup, error) {
			return tx.ImpactCounts().Sessions(t.Context(), storeNow, instants)
		})
		require.Equal(t, []string{"false false 2", "true false 2", "true true 2"}, counted(groups, func(g domain.SessionGroup) string {
			return fmt.Sprint(g.Facts.Session.LastSeenAt.After(early), g.Facts.Session.LastSeenAt.After(late), g.Count)
		}))
	}
}

// passkey gives the account a passkey that was added and last used at these times.
func (x *tenant) passkey(t *testing.T, user domain.UserID, added, used time.Time) {
	t.Helper()
	pending := domain.Authenticator{
		ID: domain.AuthenticatorID(newStoreID()), User: user, Kind: domain.FactorPasskey, Handle: newStoreID(),
		CreatedAt: added, PendingExpiry: added.Add(time.Minute), PendingBy: "session",
	}
	require.NoError(t, x.savePending(t, pending))
	live := pending
	live.Confirm(0, added)
	live.LastUsedAt = used
	require.NoError(t, x.confirm(t, live, pending))
}

func impactAccounts(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	require.Empty(t, ask(t, x, func(tx port.OrgTx) ([]domain.AccountGroup, error) { return tx.ImpactCounts().Accounts(t.Context()) }))
	y.user(t)
	for range 2 {
		x.user(t)
	}
	x.enrolled(t, x.user(t).ID)
	admin, enrolledAdmin, gone := x.user(t), x.user(t), x.user(t)
	x.holds(t, admin.ID, x.roles[domain.RoleAdmin], x.roles[domain.RoleMember])
	x.holds(t, enrolledAdmin.ID, x.roles[domain.RoleOwner])
	x.enrolled(t, enrolledAdmin.ID)
	gone.Suspend(storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), gone) })
	x.pending(t, admin.ID, "sealed pending")
	both, passkeys, onlyPending := x.user(t), x.user(t), x.user(t)
	x.enrolled(t, both.ID)
	for _, user := range []domain.User{both, passkeys, passkeys} {
		x.passkey(t, user.ID, storeNow, storeNow)
	}
	x.holds(t, passkeys.ID, x.roles[domain.RoleAdmin])
	require.NoError(t, x.savePending(t, domain.Authenticator{
		ID: domain.AuthenticatorID(newStoreID()), User: onlyPending.ID, Kind: domain.FactorPasskey, CreatedAt: storeNow, PendingExpiry: storeNow,
	}))
	groups := ask(t, x, func(tx port.OrgTx) ([]domain.AccountGroup, error) { return tx.ImpactCounts().Accounts(t.Context()) })
	require.ElementsMatch(t, []domain.AccountGroup{
		{Active: true, Enrolled: true, Passkey: true, Count: 1}, {Active: true, Enrolled: true, Passkey: true, Admin: true, Count: 1},
		{
			Active: true,
			Count:  3,
		}, {Active: true, Enrolled: true, Count: 1}, {Active: true, Admin: true, Count: 1}, {Active: true, Enrolled: true, Admin: true, Count: 1},
		{Count: 1},
	}, groups)
}

func impactDevices(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	user := x.user(t)
	old, older := storeNow.AddDate(0, 0, -7), storeNow.AddDate(0, 0, -30)
	add := func(x *tenant, user domain.UserID, made, until time.Time) domain.Device {
		device := newDevice(user)
		device.CreatedAt, device.ExpiresAt = made, until
		x.do(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) })
		return device
	}
	later := storeNow.AddDate(0, 0, 1)
	admin := x.user(t)
	x.holds(t, admin.ID, x.roles[domain.RoleAdmin], x.roles[domain.RoleOwner])
	add(x, admin.ID, older, later)
	add(y, y.user(t).ID, storeNow, later)
	add(x, user.ID, storeNow, later)
	add(x, user.ID, old.Add(time.Microsecond), later)
	add(x, user.ID, old, later)
	add(x, user.ID, older, later)
	add(x, user.ID, storeNow, storeNow)
	require.NoError(t, x.forget(t, add(x, user.ID, storeNow, later).ID))
	groups := ask(t, x, func(tx port.OrgTx) ([]domain.DeviceGroup, error) {
		return tx.ImpactCounts().Devices(t.Context(), storeNow, [2]time.Time{older, old})
	})
	lines := counted(groups, func(g domain.DeviceGroup) string {
		lasts := g.Device.ExpiresAt.After(storeNow)
		if !lasts {
			return fmt.Sprint("false false true ", g.Admin, g.Count)
		}
		return fmt.Sprint(lasts, g.Device.CreatedAt.After(older), g.Device.CreatedAt.After(old), g.Admin, g.Count)
	})
	require.Equal(t, []string{"false false true false 1", "true false false false 1", "true false false true 1", "true true false false 1",
		"true true true false 2"}, lines)
}

func impactSignIns(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	signedIn := func(x *tenant, minutes int, details map[string]string) {
		event := newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(minutes)*time.Minute))
		event.Details = details
		x.append(t, event)
	}
	signedIn(y, 0, map[string]string{"amr": "pwd"})
	signedIn(x, -1, map[string]string{"amr": "pwd"})
	signedIn(x, 0, map[string]string{"amr": "pwd otp"})
	signedIn(x, 1, map[string]string{"amr": "pwd"})
	signedIn(x, 2, map[string]string{"amr": "pwd dev", "device_days": "12"})
	signedIn(x, 3, map[string]string{"amr": "pwd dev", "device_days": "0"})
	signedIn(x, 4, map[string]string{"amr": "pwd dev"})
	signedIn(x, 5, nil)
	admin, member := x.user(t), x.user(t)
	x.holds(t, admin.ID, x.roles[domain.RoleAdmin], x.roles[domain.RoleOwner])
	x.holds(t, member.ID, x.roles[domain.RoleMember])
	for i, user := range []domain.User{admin, member} {
		event := newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(i)*time.Second))
		event.Actor, event.Details = user.ID, map[string]string{"amr": "pop"}
		x.append(t, event)
	}
	x.append(t, newEvent(domain.EventSignInRefused, storeNow.Add(time.Hour)))
	list := func(most int) []string {
		return counted(ask(t, x, func(tx port.OrgTx) ([]domain.SignInGroup, error) {
			return tx.ImpactCounts().SignIns(t.Context(), storeNow, most)
		}), func(g domain.SignInGroup) string {
			return fmt.Sprint(g.AMR, " ", g.DeviceAge, " ", g.Admin, ": ", g.Count)
		})
	}
	require.Equal(t, []string{"[] -1 false: 1", "[pop] -1 false: 1", "[pop] -1 true: 1", "[pwd dev] -1 false: 1", "[pwd dev] 0 false: 1",
		"[pwd dev] 12 false: 1", "[pwd otp] -1 false: 1", "[pwd] -1 false: 1"}, list(100))
	require.Equal(t, []string{"[] -1 false: 1", "[pwd dev] -1 false: 1"}, list(2))
}

func impactWaysIn(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	since := storeNow.AddDate(0, 0, -30)
	owner := func(x *tenant) domain.User {
		user := x.user(t)
		x.holds(t, user.ID, x.roles[domain.RoleOwner], x.roles[domain.RoleMember])
		return user
	}
	owner(y)
	plain, shown, lately, stale, gone, caller, bystander := owner(x), owner(x), owner(x), owner(x), owner(x), x.user(t), x.user(t)
	gone.Suspend(storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), gone) })
	x.holds(t, bystander.ID, x.roles[domain.RoleAdmin])
	enrolledAt := func(user domain.User, at time.Time) {
		x.live(t, x.pending(t, user.ID, "sealed pending"), at)
	}
	before := since.Add(-time.Hour)
	enrolledAt(shown, before)
	enrolledAt(lately, since)
	enrolledAt(stale, before)
	proved := func(user domain.User, name domain.EventName, at time.Time, amr string) {
		event := newEvent(name, at)
		event.Actor, event.Details = user.ID, map[string]string{"amr": amr}
		x.append(t, event)
	}
	proved(shown, domain.EventSteppedUp, since, "otp")
	proved(stale, domain.EventSignedIn, before, "pwd otp")
	proved(stale, domain.EventSignedIn, storeNow, "pwd dev")
	proved(stale, domain.EventSignInChallenged, storeNow, "pwd otp")
	device := newDevice(stale.ID)
	x.do(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) })
	usesPasskey, restsPasskey, addsPasskey := owner(x), owner(x), owner(x)
	x.passkey(t, usesPasskey.ID, before, since)
	x.passkey(t, usesPasskey.ID, before, before)
	x.passkey(t, restsPasskey.ID, before, since.Add(-time.Microsecond))
	enrolledAt(restsPasskey, since)
	x.passkey(t, addsPasskey.ID, since, since)
	ways := ask(t, x, func(tx port.OrgTx) ([]domain.WayIn, error) {
		return tx.ImpactCounts().WaysIn(t.Context(), caller.ID, since, storeNow)
	})
	require.ElementsMatch(t, []domain.WayIn{
		{User: plain, Owner: true},
		{User: shown, Owner: true, Enrolled: true, CodeShown: true},
		{User: lately, Owner: true, Enrolled: true, CodeShown: true},
		{User: stale, Owner: true, Enrolled: true, Device: domain.Device{ID: "newest", CreatedAt: device.CreatedAt, ExpiresAt: device.ExpiresAt}},
		{User: usesPasskey, Owner: true, Enrolled: true, Passkey: true, PasskeyShown: true},
		{User: restsPasskey, Owner: true, Enrolled: true, CodeShown: true, Passkey: true},
		{User: addsPasskey, Owner: true, Enrolled: true, CodeShown: true, Passkey: true, PasskeyShown: true},
		{User: caller},
	}, ways)
	require.Len(t, ask(t, x, func(tx port.OrgTx) ([]domain.WayIn, error) {
		return tx.ImpactCounts().WaysIn(t.Context(), "", since, storeNow)
	}), 7, "nobody of the org asks")
}

func impactServiceAccounts(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	ids := func(now time.Time) (ids []domain.UserID) {
		for _, p := range ask(t, x, func(tx port.OrgTx) ([]domain.Principal, error) {
			return tx.ImpactCounts().ServiceAccounts(t.Context(), now)
		}) {
			standing := ask(t, x, func(tx port.OrgTx) (domain.Principal, error) {
				return tx.ServiceAccounts().Standing(t.Context(), domain.ServiceAccountID(p.User.ID))
			})
			samePrincipal(t, standing, p)
			ids = append(ids, p.User.ID)
		}
		return ids
	}
	require.Empty(t, ids(storeNow))
	granter := x.user(t)
	x.holds(t, granter.ID, x.roles[domain.RoleAuditor])
	bounded, key := x.granted(t, granter.ID, x.roles[domain.RoleAdmin], x.roles[domain.RoleAuditor])
	x.key(t, bounded.ID)
	suspended := newServiceAccount(x.roles[domain.RoleAdmin])
	suspended.Suspend(storeNow)
	require.NoError(t, x.insertService(t, suspended))
	short := newAPIKey(suspended.ID)
	short.ExpiresAt = storeNow.Add(time.Microsecond)
	require.NoError(t, x.insertKey(t, short))
	x.service(t, x.roles[domain.RoleAdmin]) // has no key
	y.granted(t, y.user(t).ID)
	want := []domain.UserID{domain.UserID(bounded.ID), domain.UserID(suspended.ID)}
	require.ElementsMatch(t, want, ids(storeNow))
	require.Equal(t, want[:1], ids(short.ExpiresAt), "a key that expires at this instant has expired")
	require.Empty(t, ids(key.ExpiresAt))
}
