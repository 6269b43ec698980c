package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var unitCases = []storeCase{
	{"is refused for a malformed org id", unitsMalformedOrg},
	{"finds nothing in an unknown org, and cannot add to it", unitsUnknownOrg},
	{"returns fn's error unchanged", unitsErrors},
	{"undoes every change of existing rows", unitsUndoChanges},
	{"undoes every new row", unitsUndoInserts},
	{"sees its own writes", unitsOwnWrites},
	{"is undone when one of its events cannot be stored", unitsEvents},
	{"shows nothing to other units before it ends", unitsIsolated},
	{"refuses every write in a unit for reading", unitsReadOnly},
	{"works after other units have failed", unitsGoOn},
	{"fails when its context has ended", unitsCancelled},
	{"is undone when its context ends before it does", unitsCancelledInside},
}

var errGivenUp = errors.New("given up")

// malformedOrgs returns org ids that are not UUIDs; none may reach a database.
func malformedOrgs() []domain.OrgID {
	id := newStoreID()
	return []domain.OrgID{
		"", " ", "0", "org", domain.OrgID(id[:35]), domain.OrgID(id + "0"), domain.OrgID("{" + id + "}"), domain.OrgID("urn:uuid:" + id),
		domain.OrgID(id[:35] + "G"), domain.OrgID(id[:35] + "A"), "' OR ''='", "*", "%", domain.OrgID(longText()),
		"00000000000000000000000000000000",
	}
}

func unitsMalformedOrg(t *testing.T, store port.Store) {
	newTenant(t, store)
	for _, id := range malformedOrgs() {
		run := func(port.OrgTx) error {
			t.Errorf("%.40q: the unit was opened", id)
			return nil
		}
		mustBe(t, domain.ErrOrgNotFound, store.InOrg(t.Context(), id, run), "%.40q", id)
		mustBe(t, domain.ErrOrgNotFound, store.ReadOrg(t.Context(), id, run), "%.40q", id)
	}
}

func unitsUnknownOrg(t *testing.T, store port.Store) {
	known := newTenant(t, store)
	user := known.user(t)
	x := &tenant{store: store, org: domain.Org{ID: domain.OrgID(newStoreID())}}
	for what, fn := range map[string]func(tx port.OrgTx) error{
		"the org":      func(tx port.OrgTx) error { _, err := tx.Org().Get(t.Context()); return err },
		"its settings": func(tx port.OrgTx) error { _, err := tx.Org().Settings(t.Context()); return err },
	} {
		mustBe(t, domain.ErrOrgNotFound, x.unit(t, fn), what)
		mustBe(t, domain.ErrOrgNotFound, store.ReadOrg(t.Context(), x.org.ID, fn), what)
	}
	for what, fn := range map[string]func(tx port.OrgTx) error{
		"settings": func(tx port.OrgTx) error {
			return tx.Org().SaveSettings(t.Context(), domain.OrgSettings{UpdatedAt: storeNow})
		},
		"an account": func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), newUser()) },
		"a role": func(tx port.OrgTx) error {
			return tx.Roles().Insert(t.Context(), domain.Role{ID: domain.RoleID(newStoreID()), Name: "x", CreatedAt: storeNow})
		},
		"a session": func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), newSession(user.ID)) },
		"a device":  func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), newDevice(user.ID)) },
		"a counter": func(tx port.OrgTx) error { return tx.Attempts().Save(t.Context(), "key", domain.Attempts{Failures: 1}) },
		"an event": func(tx port.OrgTx) error {
			return tx.Audit().Append(t.Context(), newEvent(domain.EventSignedIn, storeNow))
		},
	} {
		err := x.unit(t, fn)
		if what == "a counter" && err == nil {
			require.Zero(t, getAttempts(t, x, "key"), what)
			continue
		}
		require.Error(t, err, what)
	}
	require.Empty(t, listRoles(t, x))
	require.Empty(t, newestEvents(t, x, 10))
	require.Zero(t, getAttempts(t, x, "key"))
}

// ownError is an error type that no store knows.
type ownError struct{ cause error }

func (e *ownError) Error() string { return "own: " + e.cause.Error() }
func (e *ownError) Unwrap() error { return e.cause }

func unitsErrors(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, want := range []error{
		errGivenUp,
		&ownError{domain.ErrInvalidCredentials},
		&ownError{fmt.Errorf("deep: %w", errGivenUp)},
		&ownError{context.DeadlineExceeded},
		&ownError{io.ErrUnexpectedEOF},
		domain.ErrAccountLocked,
		domain.ErrAccountLocked.RetryIn(time.Minute),
		domain.Invalid("body.email", "is wrong"),
	} {
		for name, open := range map[string]func(context.Context, domain.OrgID, func(port.OrgTx) error) error{"InOrg": store.InOrg,
			"ReadOrg": store.ReadOrg} {
			runs := 0
			require.Same(t, want, open(t.Context(), x.org.ID, func(port.OrgTx) error {
				runs++
				return want
			}), "%s: %v", name, want)
			require.Equal(t, 1, runs, "%s: %v: it is of no use to run again", name, want)
		}
	}
}

func unitsUndoChanges(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	e := x.furnish(t)
	before := x.inventory(t, e)
	for _, change := range e.changes(x) {
		require.Same(t, errGivenUp, x.unit(t, func(tx port.OrgTx) error {
			if err := change.do(t.Context(), tx); err != nil {
				return err
			}
			during, err := holds(t.Context(), tx, e)
			require.NoError(t, err)
			require.NotEqual(t, before, during, "%s: nothing changed", change.name)
			return errGivenUp
		}), change.name)
		require.Equal(t, before, x.inventory(t, e), change.name)
	}
}

func unitsUndoInserts(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	e := x.furnish(t)
	before := x.inventory(t, e)
	user, session := newUser(), newSession(e.user.ID)
	require.Same(t, errGivenUp, x.unit(t, func(tx port.OrgTx) error {
		for _, addition := range e.additions() {
			require.NoError(t, addition.do(t.Context(), tx), addition.name)
		}
		require.NoError(t, tx.Users().Insert(t.Context(), user))
		require.NoError(t, tx.Sessions().Insert(t.Context(), session))
		return errGivenUp
	}))
	require.Equal(t, before, x.inventory(t, e))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Users().Get(t.Context(), user.ID)
		return err
	}))
	x.do(t, func(tx port.OrgTx) error { // all of it is still free
		if err := tx.Users().Insert(t.Context(), user); err != nil {
			return err
		}
		return tx.Sessions().Insert(t.Context(), session)
	})
}

func unitsOwnWrites(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	var during holdings
	var e estate
	e.event = newEvent(domain.EventSignedIn, storeNow)
	e.user, e.enrolling = newUser(), newUser()
	e.session, e.device = newSession(e.user.ID), newDevice(e.user.ID)
	x.do(t, func(tx port.OrgTx) (err error) {
		ctx := t.Context()
		require.NoError(t, tx.Users().Insert(ctx, e.user))
		require.NoError(t, tx.Users().Insert(ctx, e.enrolling))
		require.NoError(t, tx.Sessions().Insert(ctx, e.session))
		require.NoError(t, tx.Devices().Insert(ctx, e.device))
		require.NoError(t, tx.Audit().Append(ctx, e.event))
		require.NoError(t, tx.Authenticators().SavePending(ctx, newTOTP(e.enrolling.ID, "p")))
		require.NoError(t, tx.RecoveryCodes().Replace(ctx, e.user.ID, []domain.RecoveryCode{{User: e.user.ID, Hash: estateCode}}))
		require.NoError(t, tx.Roles().Assign(ctx, e.user.ID, []domain.RoleID{x.roles[domain.RoleMember].ID}))
		_, err = tx.Attempts().Lock(ctx, estateKey)
		require.NoError(t, err)
		require.NoError(t, tx.Attempts().Save(ctx, estateKey, domain.Attempts{Failures: 1}))
		during, err = holds(ctx, tx, e)
		return err
	})
	require.Equal(t, []domain.User{e.user, e.enrolling, e.user}, during.users)
	require.Equal(t, []domain.Session{e.session}, during.live)
	require.Equal(t, []domain.Device{e.device}, during.devices)
	require.Equal(t, []domain.AuditEvent{e.event}, during.events)
	require.Equal(t, domain.Attempts{Failures: 1}, during.attempts)
	require.Equal(t, []domain.Role{x.roles[domain.RoleMember]}, during.held)
	require.True(t, during.unused)
	require.Equal(t, during, x.inventory(t, e), "what the unit saw is what it left")
}

func unitsEvents(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, event := newUser(), newEvent(domain.EventSignedIn, storeNow)
	require.Error(t, x.unit(t, func(tx port.OrgTx) error {
		require.NoError(t, tx.Users().Insert(t.Context(), user))
		if err := tx.Audit().Append(t.Context(), event); err != nil {
			return err
		}
		return tx.Audit().Append(t.Context(), event)
	}))
	x.do(t, func(tx port.OrgTx) error {
		_, err := tx.Users().Get(t.Context(), user.ID)
		require.ErrorIs(t, err, domain.ErrNotFound)
		events, err := tx.Audit().Newest(t.Context(), 1)
		require.Empty(t, events)
		return err
	})
}

func unitsIsolated(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	before := x.user(t)
	changed := before
	changed.FullName = "Changed"
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Users().Update(t.Context(), changed); err != nil {
			return err
		}
		seen := make(chan domain.User, 1)
		go func() { // as another request would
			var user domain.User
			_ = store.ReadOrg(t.Context(), x.org.ID, func(tx port.OrgTx) (err error) {
				user, err = tx.Users().Get(t.Context(), before.ID)
				return err
			})
			seen <- user
		}()
		require.Equal(t, before, <-seen)
		return nil
	})
	changed.Version++
	require.Equal(t, changed, getUser(t, x, before.ID))
}

func unitsReadOnly(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	e := x.furnish(t)
	before := x.inventory(t, e)
	for _, write := range append(e.changes(x), e.additions()...) {
		err := store.ReadOrg(t.Context(), x.org.ID, func(tx port.OrgTx) error { return write.do(t.Context(), tx) })
		require.Error(t, err, write.name)
		require.Equal(t, before, x.inventory(t, e), write.name)
	}
}

func unitsGoOn(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for range 50 { // more than any pool has connections
		require.Error(t, x.unit(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) }))
		require.Error(t, store.ReadOrg(t.Context(), x.org.ID, func(port.OrgTx) error { return errGivenUp }))
		func() {
			defer func() { require.Equal(t, "a fault in fn", recover()) }()
			_ = x.unit(t, func(tx port.OrgTx) error {
				require.NoError(t, tx.Users().SignedIn(t.Context(), user.ID, storeNow))
				panic("a fault in fn")
			})
		}()
	}
	require.Equal(t, user, getUser(t, x, user.ID))
	x.user(t)
}

func unitsCancelled(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	session := x.session(t, user.ID)
	over := cancelled(t)
	org, err := domain.NewOrg(domain.OrgID(newStoreID()), "New", newSlug(), storeNow)
	require.NoError(t, err)
	write := func(tx port.OrgTx) error { return tx.Users().SignedIn(over, user.ID, storeNow) }
	require.Error(t, store.InOrg(over, x.org.ID, write))
	require.Error(t, store.InOrg(over, x.org.ID, func(port.OrgTx) error { return nil }))
	require.Error(t, store.ReadOrg(over, x.org.ID, func(port.OrgTx) error { return nil }))
	require.Error(t, store.Platform().CreateOrg(over, org, domain.OrgSettings{UpdatedAt: storeNow}, func(port.OrgTx) error { return nil }))
	_, err = store.Principal(over, x.org.ID, session.ID)
	require.Error(t, err)
	require.NotErrorIs(t, err, domain.ErrTokenRevoked)
	_, err = store.Platform().FindOrg(over, string(x.org.ID))
	require.Error(t, err)
	require.NotErrorIs(t, err, domain.ErrOrgNotFound)
	_, err = store.Platform().Sweep(over, storeNow.AddDate(1, 0, 0))
	require.Error(t, err)
	require.Equal(t, user, getUser(t, x, user.ID))
	require.Equal(t, session, getSession(t, x, session.ID))
}

func unitsCancelledInside(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		require.Error(t, store.InOrg(ctx, x.org.ID, func(tx port.OrgTx) error {
			err := tx.Users().SignedIn(ctx, user.ID, storeNow)
			cancel()
			return err
		}))
	}
	require.Equal(t, user, getUser(t, x, user.ID))
}
