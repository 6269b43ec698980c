package conformance

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var tenancyCases = []storeCase{
	{"shows nothing of one org to another", tenancyInvisible},
	{"does not let an org change rows of another org", tenancyUntouchable},
	{"does not let an org refer to rows of another org", tenancyNotReferable},
	{"keeps rows with the same name in two orgs apart", tenancySameNames},
	{"keeps two orgs apart in 200 interleaved units", tenancyInterleaved},
}

func tenancyInvisible(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	e := a.furnish(t)
	for what, question := range map[string]func(ctx context.Context, tx port.OrgTx) error{
		"account": func(ctx context.Context, tx port.OrgTx) error { _, err := tx.Users().Get(ctx, e.user.ID); return err },
		"address": func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Users().ByEmail(ctx, e.user.Email)
			return err
		},
		"session": func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Sessions().Lock(ctx, e.session.ID)
			return err
		},
		"device": func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Devices().Lock(ctx, e.device.ID)
			return err
		},
	} {
		mustBe(t, domain.ErrNotFound, b.unit(t, func(tx port.OrgTx) error { return question(t.Context(), tx) }), what)
	}
	b.do(t, func(tx port.OrgTx) error {
		org, err := tx.Org().Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, b.org, org)
		locked, err := tx.Attempts().Lock(t.Context(), estateKey)
		require.NoError(t, err)
		require.Zero(t, locked)
		return nil
	})
	for _, role := range listRoles(t, b) {
		require.Equal(t, b.roles[role.Name], role)
	}
	require.Len(t, listRoles(t, b), len(b.roles))
	require.Empty(t, rolesOf(t, b, e.user.ID))
	require.Empty(t, liveSessions(t, b, e.user.ID, storeNow))
	require.Empty(t, getAuthenticators(t, b, e.user.ID))
	require.False(t, codeUnused(t, b, e.user.ID, estateCode))
	require.Zero(t, codesLeft(t, b, e.user.ID))
	require.Empty(t, listDevices(t, b, e.user.ID))
	require.Zero(t, getAttempts(t, b, estateKey))
	require.Empty(t, newestEvents(t, b, 100))
	require.Empty(t, listEvents(t, b, domain.AuditFilter{Actor: e.user.ID}, domain.AuditPlace{}, 100))
	require.Empty(t, listEvents(t, b, domain.AuditFilter{}, domain.AuditPlace{At: storeNow.Add(time.Hour), ID: e.event.ID}, 100),
		"after a place of theirs")
	_, err := store.Principal(t.Context(), b.org.ID, e.session.ID)
	mustBe(t, domain.ErrTokenRevoked, err)
}

func tenancyUntouchable(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	e := a.furnish(t)
	before := a.inventory(t, e)
	for _, change := range e.changes(b) { // with b's roles
		_ = b.unit(t, func(tx port.OrgTx) error { return change.do(t.Context(), tx) })
		require.Equal(t, before, a.inventory(t, e), change.name)
	}
	session, device := e.session, e.device
	session.End(domain.EndRevoked, storeNow)
	for what, refused := range map[string]struct {
		as *domain.Error
		do func(ctx context.Context, tx port.OrgTx) error
	}{
		"session": {domain.ErrNotFound, func(ctx context.Context, tx port.OrgTx) error { return tx.Sessions().Update(ctx, session) }},
		"device":  {domain.ErrNotFound, func(ctx context.Context, tx port.OrgTx) error { return tx.Devices().Update(ctx, device) }},
		"forget": {domain.ErrNotFound, func(ctx context.Context, tx port.OrgTx) error {
			return tx.Devices().Forget(ctx, device.ID, domain.DeviceForgotten, storeNow)
		}},
		"step": {domain.ErrInvalidCode, func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().Use(ctx, useOf(e.authenticator, 1<<40))
		}},
		"code": {domain.ErrInvalidCode, func(ctx context.Context, tx port.OrgTx) error {
			return tx.RecoveryCodes().Use(ctx, e.user.ID, estateCode, storeNow)
		}},
	} {
		mustBe(t, refused.as, b.unit(t, func(tx port.OrgTx) error { return refused.do(t.Context(), tx) }), what)
	}
	require.Error(t, b.unit(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), e.user) }))
	theirs := getOrg(t, a)
	theirs.Status, theirs.Slug = domain.StatusSuspended, newSlug()
	_ = b.updateOrg(t, theirs)
	for what, count := range map[string]func(tx port.OrgTx) (int, error){
		"ended": func(tx port.OrgTx) (int, error) {
			return tx.Sessions().EndAll(t.Context(), e.user.ID, "", domain.EndRevoked, storeNow)
		},
		"forgotten": func(tx port.OrgTx) (int, error) {
			return tx.Devices().ForgetAll(t.Context(), e.user.ID, domain.DeviceForgotten, storeNow)
		},
		"ended of the org": func(tx port.OrgTx) (int, error) {
			return tx.Sessions().EndAllOfOrg(t.Context(), domain.EndRestored, storeNow)
		},
		"links of the org": func(tx port.OrgTx) (int, error) { return tx.Links().VoidAllOfOrg(t.Context()) },
		"forgotten of the org": func(tx port.OrgTx) (int, error) {
			return tx.Devices().ForgetAllOfOrg(t.Context(), domain.DeviceForgotten, storeNow)
		},
	} {
		require.Zero(t, lock(t, b, count), what)
	}
	require.Equal(t, before, a.inventory(t, e))
}

func tenancyNotReferable(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	e, own := a.furnish(t), b.user(t)
	mine := b.roles[domain.RoleMember]
	before := a.inventory(t, e)
	theirs := a.roles[domain.RoleOwner]
	for what, err := range map[string]error{
		"their role for our account":   b.assign(t, own.ID, theirs),
		"their role beside ours":       b.assign(t, own.ID, mine, theirs),
		"our role for their account":   b.assign(t, e.user.ID, mine),
		"their role for their account": b.assign(t, e.user.ID, theirs),
		"no role for their account":    b.assign(t, e.user.ID),
		"a session of their account": b.unit(t,
			func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), newSession(e.user.ID)) }),
		"a device of their account": b.unit(t,
			func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), newDevice(e.user.ID)) }),
		"codes of their account":              b.giveCodes(t, e.user.ID, "planted"),
		"an authenticator of their account":   b.savePending(t, newTOTP(e.user.ID, "planted")),
		"an authenticator of their enrolling": b.savePending(t, newTOTP(e.enrolling.ID, "planted")),
	} {
		mustBe(t, domain.ErrNotFound, err, what)
	}
	require.Equal(t, before, a.inventory(t, e))
	require.Empty(t, rolesOf(t, b, own.ID))
	require.Empty(t, rolesOf(t, b, e.user.ID))
	require.Empty(t, liveSessions(t, b, e.user.ID, storeNow))
	require.Empty(t, listDevices(t, b, e.user.ID))
	require.Zero(t, codesLeft(t, b, e.user.ID))
	require.Empty(t, getAuthenticators(t, b, e.user.ID))
}

func tenancySameNames(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	inA, inB := a.user(t), b.user(t)
	require.NoError(t, a.giveCodes(t, inA.ID, "same"))
	require.NoError(t, b.giveCodes(t, inB.ID, "same"))
	require.NoError(t, a.useCode(t, inA.ID, "same"))
	require.True(t, codeUnused(t, b, inB.ID, "same"))
	for i, x := range []*tenant{a, b} {
		_, err := x.attempt(t, "same", func(a *domain.Attempts) { a.Failures += 5 - i })
		require.NoError(t, err)
	}
	require.Equal(t, 5, getAttempts(t, a, "same").Failures)
	require.Equal(t, 4, getAttempts(t, b, "same").Failures)
	_, err := b.attempt(t, "same", func(a *domain.Attempts) { *a = domain.Attempts{} })
	require.NoError(t, err)
	require.Equal(t, 5, getAttempts(t, a, "same").Failures)
	custom := a.customRole(t, "reader", domain.PermMemberRead)
	b.customRole(t, "reader", domain.PermMemberCreate)
	require.NoError(t, a.assign(t, inA.ID, custom))
	require.Equal(t, []domain.Role{custom}, rolesOf(t, a, inA.ID))
}

func tenancyInterleaved(t *testing.T, store port.Store) {
	const email = "same@example.org"
	tenants := []*tenant{newTenant(t, store), newTenant(t, store)}
	users, sessions := make([]domain.User, 2), make([]domain.Session, 2)
	for i, x := range tenants {
		users[i] = newUser()
		users[i].Email = email
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), users[i]) })
		sessions[i] = x.session(t, users[i].ID)
	}
	var mu sync.Mutex
	var leaks []string
	leak := func(ok bool, format string, args ...any) {
		if !ok {
			mu.Lock()
			defer mu.Unlock()
			leaks = append(leaks, fmt.Sprintf(format, args...))
		}
	}
	for _, err := range crowd(200, func(n int) error {
		ctx, i := t.Context(), n%2
		x, user, own, others := tenants[i], users[i], sessions[i], sessions[1-i]
		if n%10 > 6 { // as a request by session
			p, err := store.Principal(ctx, x.org.ID, own.ID)
			leak(p.Org.ID == x.org.ID && p.User.ID == user.ID, "principal: %v", p.User.ID)
			_, stolen := store.Principal(ctx, x.org.ID, others.ID)
			leak(stolen != nil, "principal of the other org's session")
			return err
		}
		open := store.InOrg
		if n%10 > 3 {
			open = store.ReadOrg
		}
		return open(ctx, x.org.ID, func(tx port.OrgTx) error {
			org, err := tx.Org().Get(ctx)
			if err != nil {
				return err
			}
			leak(org.ID == x.org.ID, "org: %v", org.ID)
			found, err := tx.Users().ByEmail(ctx, email)
			if err != nil {
				return err
			}
			leak(found.ID == user.ID, "account: %v", found.ID)
			live, err := tx.Sessions().Live(ctx, users[1-i].ID, storeNow)
			if err != nil {
				return err
			}
			leak(len(live) == 0, "sessions: %v", live)
			events, err := tx.Audit().Newest(ctx, 1000)
			if err != nil {
				return err
			}
			for _, event := range events {
				leak(event.Actor == user.ID, "event by %v", event.Actor)
			}
			if n%10 > 3 {
				return nil
			}
			if _, err := tx.Sessions().Lock(ctx, own.ID); err != nil {
				return err
			}
			event := newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(n)*time.Millisecond))
			event.Actor = user.ID
			return tx.Audit().Append(ctx, event)
		})
	}) {
		require.NoError(t, err)
	}
	require.Empty(t, leaks)
	require.Len(t, newestEvents(t, tenants[0], 1000), 40)
	require.Len(t, newestEvents(t, tenants[1], 1000), 40)
}
