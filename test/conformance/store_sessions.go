package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var sessionCases = []storeCase{
	{"keeps every field of a session", sessionsRoundTrip},
	{"refuses a session of an unknown account", sessionsOfNobody},
	{"returns ErrNotFound for an unknown session", sessionsUnknown},
	{"updates the fields that change while a session lives", sessionsUpdate},
	{"rotates the refresh tokens of a locked session", sessionsRotate},
	{"serialises 20 parallel changes of a locked session", sessionsLock},
	{"lists the live sessions of an account, newest first", sessionsLive},
	{"ends every live session of an account, or all but one", sessionsEndAll},
	{"ends every live session of an org, and none of another", sessionsEndAllOfOrg},
	{"moves the time of the last use forward, never back", sessionsTouch},
}

func getSession(t *testing.T, x *tenant, id domain.SessionID) domain.Session {
	t.Helper()
	return lock(t, x, func(tx port.OrgTx) (domain.Session, error) { return tx.Sessions().Lock(t.Context(), id) })
}

func liveSessions(t *testing.T, x *tenant, user domain.UserID, now time.Time) []domain.Session {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.Session, error) { return tx.Sessions().Live(t.Context(), user, now) })
}

// variedSessions differ from a plain session in one or all of their fields.
func variedSessions(user domain.UserID) []domain.Session {
	var varied []domain.Session
	add := func(change func(s *domain.Session)) {
		session := newSession(user)
		change(&session)
		varied = append(varied, session)
	}
	add(func(*domain.Session) {})
	add(func(s *domain.Session) { s.AMR = nil })
	add(func(s *domain.Session) {
		s.AMR = []domain.AMR{domain.AMRRememberedDevice, domain.AMRPassword, domain.AMROneTimeCode, domain.AMRRecoveryCode}
	})
	add(func(s *domain.Session) { s.Address, s.UserAgent = "2001:db8::1", oddText })
	add(func(s *domain.Session) { s.Address, s.UserAgent = "", longText() })
	add(func(s *domain.Session) { s.EndedAt, s.EndReason = storeNow, domain.EndRefreshReuse })
	add(func(s *domain.Session) { s.Refresh = domain.RefreshFamily{} })
	add(func(s *domain.Session) {
		s.Refresh.Spent = []domain.SpentToken{
			{Hash: "oldest", RotatedAt: storeNow, SealedSuccessor: []byte("\x00\xff\"'\\ sealed")},
			{Hash: "older", RotatedAt: storeNow.Add(time.Microsecond), SealedSuccessor: []byte(longText())},
			{Hash: "old", RotatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		}
	})
	for _, instant := range instants() {
		add(func(s *domain.Session) {
			s.AuthTime, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.EndedAt = instant, instant, instant, instant, instant
			s.Refresh.Spent = []domain.SpentToken{{RotatedAt: instant, SealedSuccessor: []byte{0}}}
		})
	}
	return varied
}

func sessionsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for _, session := range variedSessions(user.ID) {
		x.do(t, func(tx port.OrgTx) error {
			if err := tx.Sessions().Insert(t.Context(), session); err != nil {
				return err
			}
			own, err := tx.Sessions().Lock(t.Context(), session.ID)
			require.Equal(t, session, own, "before the unit ended")
			return err
		})
		require.Equal(t, session, getSession(t, x, session.ID))
		if before := session.ExpiresAt.Add(-time.Hour); session.EndedAt.IsZero() {
			require.Contains(t, liveSessions(t, x, user.ID, before), session)
		}
	}
}

func sessionsOfNobody(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	session := newSession(domain.UserID(newStoreID()))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) }))
}

func sessionsUnknown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	unknown := newSession(user.ID)
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Sessions().Lock(t.Context(), unknown.ID)
		return err
	}))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Sessions().LockPrincipal(t.Context(), unknown.ID)
		return err
	}))
	require.Error(t, x.unit(t, func(tx port.OrgTx) error { return tx.Sessions().Update(t.Context(), unknown) }))
	require.Empty(t, liveSessions(t, x, user.ID, storeNow))
}

func sessionsUpdate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	untouched := x.session(t, user.ID)
	for _, wanted := range variedSessions(user.ID) {
		session := x.session(t, user.ID)
		wanted.ID, wanted.CreatedAt, wanted.ExpiresAt = session.ID, session.CreatedAt, session.ExpiresAt
		wanted.Refresh.FamilyHash = session.Refresh.FamilyHash
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Update(t.Context(), wanted) })
		require.Equal(t, wanted, getSession(t, x, session.ID))
	}
	require.Equal(t, untouched, getSession(t, x, untouched.ID))
}

func sessionsRotate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	untouched := x.session(t, user.ID)
	for _, wanted := range variedSessions(user.ID) {
		session := x.session(t, user.ID)
		session.LastSeenAt, session.Refresh.CurrentHash, session.Refresh.Spent = wanted.LastSeenAt, "next", wanted.Refresh.Spent
		x.do(t, func(tx port.OrgTx) error {
			locked, err := tx.Sessions().LockPrincipal(t.Context(), session.ID)
			require.NoError(t, err)
			locked.Session.LastSeenAt, locked.Session.Refresh = session.LastSeenAt, session.Refresh
			require.NoError(t, tx.Sessions().Rotate(t.Context(), locked.Session))
			rotated, err := tx.Sessions().LockPrincipal(t.Context(), session.ID)
			require.Equal(t, session, rotated.Session, "before the unit ended")
			return err
		})
		require.Equal(t, session, getSession(t, x, session.ID))
	}
	require.Equal(t, untouched, getSession(t, x, untouched.ID))
}

func sessionsLock(t *testing.T, store port.Store) {
	const parallel = 20
	x := newTenant(t, store)
	session := x.session(t, x.user(t).ID)
	for _, err := range crowd(parallel, func(i int) error {
		return x.unit(t, func(tx port.OrgTx) error {
			s, err := tx.Sessions().Lock(t.Context(), session.ID)
			if err != nil {
				return err
			}
			s.Refresh.Spent = append(s.Refresh.Spent, domain.SpentToken{Hash: s.Refresh.CurrentHash, RotatedAt: storeNow})
			s.Refresh.CurrentHash = domain.TokenHash(fmt.Sprintf("token %d", i))
			return tx.Sessions().Update(t.Context(), s)
		})
	}) {
		require.NoError(t, err)
	}
	after := getSession(t, x, session.ID)
	tokens := map[domain.TokenHash]bool{after.Refresh.CurrentHash: true}
	for _, spent := range after.Refresh.Spent {
		tokens[spent.Hash] = true
	}
	require.Len(t, after.Refresh.Spent, parallel)
	require.Len(t, tokens, parallel+1, "each unit saw the state that another left")
}

func sessionsLive(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	insert := func(user domain.UserID, change func(s *domain.Session)) domain.Session {
		session := newSession(user)
		change(&session)
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
		return session
	}
	middle := insert(user.ID, func(s *domain.Session) { s.CreatedAt = storeNow.Add(-time.Hour) })
	newest := insert(user.ID, func(s *domain.Session) { s.CreatedAt = storeNow.Add(-time.Hour + time.Microsecond) })
	oldest := insert(user.ID, func(s *domain.Session) { s.CreatedAt = storeNow.Add(-2 * time.Hour) })
	insert(user.ID, func(s *domain.Session) { s.EndedAt, s.EndReason = storeNow, domain.EndSignedOut })
	insert(user.ID, func(s *domain.Session) { s.ExpiresAt = storeNow })
	insert(user.ID, func(s *domain.Session) { s.ExpiresAt = storeNow.Add(-time.Microsecond) })
	brief := insert(user.ID, func(s *domain.Session) {
		s.CreatedAt, s.ExpiresAt = storeNow.Add(-3*time.Hour), storeNow.Add(time.Microsecond)
	})
	others := insert(other.ID, func(*domain.Session) {})
	require.Equal(t, []domain.Session{newest, middle, oldest, brief}, liveSessions(t, x, user.ID, storeNow))
	require.Equal(t, []domain.Session{newest, middle, oldest}, liveSessions(t, x, user.ID, storeNow.Add(time.Microsecond)))
	require.Equal(t, []domain.Session{others}, liveSessions(t, x, other.ID, storeNow))
}

func sessionsEndAll(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	kept, ended, others := x.session(t, user.ID), x.session(t, user.ID), x.session(t, other.ID)
	before := newSession(user.ID)
	before.EndedAt, before.EndReason = storeNow.Add(-time.Hour), domain.EndSignedOut
	expired := newSession(user.ID)
	expired.ExpiresAt = storeNow
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Sessions().Insert(t.Context(), before); err != nil {
			return err
		}
		return tx.Sessions().Insert(t.Context(), expired)
	})
	endAll := func(keep domain.SessionID, now time.Time) int {
		return lock(t, x, func(tx port.OrgTx) (int, error) {
			return tx.Sessions().EndAll(t.Context(), user.ID, keep, domain.EndPasswordChanged, now)
		})
	}

	require.Equal(t, 1, endAll(kept.ID, storeNow))
	require.Equal(t, kept, getSession(t, x, kept.ID))
	ended.End(domain.EndPasswordChanged, storeNow)
	require.Equal(t, ended, getSession(t, x, ended.ID))
	require.Equal(t, 1, endAll("", storeNow.Add(time.Minute)))
	kept.End(domain.EndPasswordChanged, storeNow.Add(time.Minute))
	require.Equal(t, kept, getSession(t, x, kept.ID))
	require.Zero(t, endAll("", storeNow.Add(time.Hour)))

	for _, untouched := range []domain.Session{ended, before, expired, others} {
		require.Equal(t, untouched, getSession(t, x, untouched.ID))
	}
}

func sessionsEndAllOfOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	one, two, theirs := x.session(t, x.user(t).ID), x.session(t, x.user(t).ID), y.session(t, y.user(t).ID)
	before := newSession(one.User)
	before.EndedAt, before.EndReason = storeNow.Add(-time.Hour), domain.EndSignedOut
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), before) })
	for _, want := range []int{2, 0} {
		require.Equal(t, want, lock(t, x, func(tx port.OrgTx) (int, error) {
			return tx.Sessions().EndAllOfOrg(t.Context(), domain.EndRestored, storeNow)
		}))
	}
	one.End(domain.EndRestored, storeNow)
	two.End(domain.EndRestored, storeNow)
	stored := []domain.Session{getSession(t, x, one.ID), getSession(t, x, two.ID), getSession(t, x, before.ID)}
	require.Equal(t, []domain.Session{one, two, before}, stored)
	require.Equal(t, theirs, getSession(t, y, theirs.ID))
}

func sessionsTouch(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	session, other := x.session(t, user.ID), x.session(t, user.ID)
	touch := func(at time.Time) {
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Touch(t.Context(), session.ID, at) })
	}
	for _, step := range []struct{ at, want time.Time }{
		{storeNow.Add(time.Microsecond), storeNow.Add(time.Microsecond)},
		{storeNow, storeNow.Add(time.Microsecond)},
		{storeNow.Add(500 * time.Millisecond), storeNow.Add(500 * time.Millisecond)},
		{storeNow.Add(90 * time.Millisecond), storeNow.Add(500 * time.Millisecond)},
		{storeNow.Add(-time.Hour), storeNow.Add(500 * time.Millisecond)},
	} {
		touch(step.at)
		session.LastSeenAt = step.want
		require.Equal(t, session, getSession(t, x, session.ID))
	}
	latest := storeNow.Add(20 * time.Second)
	for _, err := range crowd(20, func(i int) error {
		return x.unit(t, func(tx port.OrgTx) error {
			return tx.Sessions().Touch(t.Context(), session.ID, latest.Add(-time.Duration(i)*time.Second))
		})
	}) {
		require.NoError(t, err)
	}
	require.Equal(t, latest, getSession(t, x, session.ID).LastSeenAt)
	require.Equal(t, other, getSession(t, x, other.ID))
}
