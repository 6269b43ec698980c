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

var unitSentences = []storeSentence{
	{"is refused on an org that cannot be one", unitsMalformedOrg},
	{"finds nothing in an org that does not exist, and cannot fill it", unitsUnknownOrg},
	{"returns fn's error unchanged", unitsErrors},
	{"undoes every change of existing rows", unitsUndoChanges},
	{"undoes every new row", unitsUndoInserts},
	{"sees its own writes", unitsOwnWrites},
	{"keeps nothing when one of its events cannot be kept", unitsEvents},
	{"shows nothing to others before it ends", unitsIsolated},
	{"for reading refuses every write", unitsReadOnly},
	{"goes on after another failed", unitsGoOn},
	{"fails when its context is over", unitsCancelled},
	{"undoes everything when its context ends on the way", unitsCancelledInside},
}

var errGivenUp = errors.New("given up")

// malformedOrgs name no org; none may reach a database.
func malformedOrgs() []domain.OrgID {
	id := newStoreID()
	return []domain.OrgID{
		"", " ", "0", "org", domain.OrgID(id[:35]), domain.OrgID(id + "0"), domain.OrgID("{" + id + "}"), domain.OrgID("urn:uuid:" + id),
		domain.OrgID(id[:35] + "G"), domain.OrgID(id[:35] + "A"), "' OR ''='", "*", "%", domain.OrgID(longText()), "00000000000000000000000000000000",
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
		for name, open := range map[string]func(context.Context, domain.OrgID, func(port.OrgTx) error) error{"InOrg": store.InOrg, "ReadOrg": store.ReadOrg} {
			runs := 0
			require.Same(t, want, open(t.Context(), x.org.ID, func(port.OrgTx) error {
				runs++
				return want
			}), "%s: %v", name, want)
			require.Equal(t, 1, runs, "%s: %v: it is of no use to run again", name, want)
		}
	}
}

// estate is one of everything that an org may hold.
type estate struct {
	user, enrolling                  domain.User
	session                          domain.Session
	device                           domain.Device
	authenticator, authenticatorToBe domain.Authenticator
	event                            domain.AuditEvent
}

const (
	estateCode domain.TokenHash = "estate code"
	estateKey  string           = "estate key"
)

// furnish stores one of everything.
func (x *tenant) furnish(t *testing.T) estate {
	t.Helper()
	e := estate{user: x.user(t), enrolling: x.user(t), event: newEvent(domain.EventSignedIn, storeNow)}
	e.session, e.device = x.session(t, e.user.ID), x.device(t, e.user.ID)
	e.authenticator, e.authenticatorToBe = x.enrolled(t, e.user.ID), x.pending(t, e.enrolling.ID, "estate pending")
	require.NoError(t, x.giveCodes(t, e.user.ID, estateCode, "another"))
	require.NoError(t, x.assign(t, e.user.ID, x.roles[domain.RoleOwner]))
	_, err := x.attempt(t, estateKey, func(a *domain.Attempts) { *a = domain.Attempts{Failures: 3, WindowEnd: storeNow.Add(time.Hour)} })
	require.NoError(t, err)
	e.event.Actor = e.user.ID
	x.append(t, e.event)
	return e
}

// holdings is all that a store tells of an estate.
type holdings struct {
	org            domain.Org
	settings       domain.OrgSettings
	users          []domain.User
	roles, held    []domain.Role
	session        domain.Session
	live           []domain.Session
	authenticators []domain.Authenticator
	left           int
	unused         bool
	devices        []domain.Device
	attempts       domain.Attempts
	events         []domain.AuditEvent
}

// holds reads all there is of an estate.
func holds(ctx context.Context, tx port.OrgTx, e estate) (h holdings, _ error) {
	var errs [15]error
	h.org, errs[0] = tx.Org().Get(ctx)
	h.settings, errs[1] = tx.Org().Settings(ctx)
	h.users = make([]domain.User, 3)
	h.users[0], errs[2] = tx.Users().Get(ctx, e.user.ID)
	h.users[1], errs[3] = tx.Users().Get(ctx, e.enrolling.ID)
	h.users[2], errs[4] = tx.Users().ByEmail(ctx, e.user.Email)
	h.roles, errs[5] = tx.Roles().List(ctx)
	h.held, errs[6] = tx.Roles().Of(ctx, e.user.ID)
	h.session, errs[7] = tx.Sessions().Lock(ctx, e.session.ID)
	h.live, errs[8] = tx.Sessions().Live(ctx, e.user.ID, storeNow)
	h.authenticators = make([]domain.Authenticator, 2)
	h.authenticators[0], errs[9] = tx.Authenticators().Get(ctx, e.user.ID)
	h.authenticators[1], errs[10] = tx.Authenticators().Get(ctx, e.enrolling.ID)
	var left, unused, devices, attempts, events error
	h.left, left = tx.RecoveryCodes().Left(ctx, e.user.ID)
	h.unused, unused = tx.RecoveryCodes().Unused(ctx, e.user.ID, estateCode)
	h.devices, devices = tx.Devices().List(ctx, e.user.ID)
	h.attempts, attempts = tx.Attempts().Get(ctx, estateKey)
	h.events, events = tx.Audit().Newest(ctx, 1000)
	return h, errors.Join(append(errs[:], left, unused, devices, attempts, events)...)
}

// inventory reads all there is of the tenant's estate in a unit of its own.
func (x *tenant) inventory(t *testing.T, e estate) holdings {
	t.Helper()
	return lock(t, x, func(tx port.OrgTx) (holdings, error) { return holds(t.Context(), tx, e) })
}

// write is one way to change an estate.
type write struct {
	name string
	do   func(ctx context.Context, tx port.OrgTx) error
}

// changes of an estate that its own org may make, each on rows that exist.
func (e estate) changes(x *tenant) []write {
	user, session, device, live := e.user, e.session, e.device, e.authenticatorToBe
	user.FullName = "Changed"
	session.Address = "198.51.100.1"
	device.Skips = 99
	live.Confirm(5, storeNow)
	return []write{
		{"org", func(ctx context.Context, tx port.OrgTx) error {
			org, err := tx.Org().Lock(ctx)
			if err != nil {
				return err
			}
			org.Name = "Changed"
			return tx.Org().Update(ctx, org)
		}},
		{"settings", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Org().SaveSettings(ctx, domain.OrgSettings{RequireTwoFactor: true, UpdatedAt: storeNow})
		}},
		{"roles held", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Roles().Assign(ctx, e.user.ID, []domain.RoleID{x.roles[domain.RoleMember].ID})
		}},
		{"no roles held", func(ctx context.Context, tx port.OrgTx) error { return tx.Roles().Assign(ctx, e.user.ID, nil) }},
		{"account", func(ctx context.Context, tx port.OrgTx) error { return tx.Users().Update(ctx, user) }},
		{"sign-in", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Users().SignedIn(ctx, e.user.ID, storeNow.Add(time.Hour))
		}},
		{"rehash", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Users().Rehash(ctx, e.user.ID, e.user.Password, "$new$")
		}},
		{"session", func(ctx context.Context, tx port.OrgTx) error { return tx.Sessions().Update(ctx, session) }},
		{"use of the session", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Sessions().Touch(ctx, e.session.ID, storeNow.Add(time.Hour))
		}},
		{"end of the sessions", func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Sessions().EndAll(ctx, e.user.ID, "", domain.EndRevoked, storeNow)
			return err
		}},
		{"pending secret", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().SavePending(ctx, domain.Authenticator{User: e.enrolling.ID, Pending: "replaced", PendingExpiry: storeNow})
		}},
		{"confirmation", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().Confirm(ctx, live, e.authenticatorToBe.Pending)
		}},
		{"time step", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().UseStep(ctx, e.user.ID, e.authenticator.LastStep+1)
		}},
		{"use of a code", func(ctx context.Context, tx port.OrgTx) error {
			return tx.RecoveryCodes().Use(ctx, e.user.ID, estateCode, storeNow)
		}},
		{"other codes", func(ctx context.Context, tx port.OrgTx) error {
			return tx.RecoveryCodes().Replace(ctx, e.user.ID, []domain.RecoveryCode{{User: e.user.ID, Hash: "new"}})
		}},
		{"no codes", func(ctx context.Context, tx port.OrgTx) error { return tx.RecoveryCodes().Replace(ctx, e.user.ID, nil) }},
		{"device", func(ctx context.Context, tx port.OrgTx) error { return tx.Devices().Update(ctx, device) }},
		{"forgotten device", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Devices().Forget(ctx, e.device.ID, domain.DeviceForgotten, storeNow)
		}},
		{"forgotten devices of the org", func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Devices().ForgetAllOfOrg(ctx, domain.DeviceForgotten, storeNow)
			return err
		}},
		{"removed authenticator", func(ctx context.Context, tx port.OrgTx) error { return tx.Authenticators().Remove(ctx, e.user.ID) }},
		{"forgotten devices", func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Devices().ForgetAll(ctx, e.user.ID, domain.DeviceForgotten, storeNow)
			return err
		}},
		{"counter", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Attempts().Save(ctx, estateKey, domain.Attempts{Failures: 9})
		}},
		{"emptied counter", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Attempts().Save(ctx, estateKey, domain.Attempts{})
		}},
	}
}

// additions to an estate, each a new row.
func (e estate) additions() []write {
	user := newUser()
	return []write{
		{"new account", func(ctx context.Context, tx port.OrgTx) error { return tx.Users().Insert(ctx, user) }},
		{"new role", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Roles().Insert(ctx, domain.Role{ID: domain.RoleID(newStoreID()), Name: "new", CreatedAt: storeNow})
		}},
		{"new session", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Sessions().Insert(ctx, newSession(e.user.ID))
		}},
		{"new device", func(ctx context.Context, tx port.OrgTx) error { return tx.Devices().Insert(ctx, newDevice(e.user.ID)) }},
		{"new counter", func(ctx context.Context, tx port.OrgTx) error {
			_, err := tx.Attempts().Lock(ctx, "new key")
			return err
		}},
		{"new event", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Audit().Append(ctx, newEvent(domain.EventSignedIn, storeNow))
		}},
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
		require.NoError(t, tx.Authenticators().SavePending(ctx, domain.Authenticator{User: e.enrolling.ID, Pending: "p", PendingExpiry: storeNow}))
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
