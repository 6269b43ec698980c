package conformance

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// estate is a row of every kind that an org can have.
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

// furnish stores a row of every kind.
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

// holdings is everything that a store returns about an estate.
type holdings struct {
	org            domain.Org
	settings       domain.OrgSettings
	users          []domain.User
	roles, held    []domain.Role
	session        domain.Session
	live           []domain.Session
	authenticators [][]domain.Authenticator
	left           int
	unused         bool
	devices        []domain.Device
	attempts       domain.Attempts
	events         []domain.AuditEvent
}

// holds reads everything that the store returns about an estate.
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
	h.authenticators = make([][]domain.Authenticator, 2)
	h.authenticators[0], errs[9] = tx.Authenticators().Of(ctx, e.user.ID)
	h.authenticators[1], errs[10] = tx.Authenticators().Of(ctx, e.enrolling.ID)
	var left, unused, devices, attempts, events error
	h.left, left = tx.RecoveryCodes().Left(ctx, e.user.ID)
	h.unused, unused = tx.RecoveryCodes().Unused(ctx, e.user.ID, estateCode)
	h.devices, devices = tx.Devices().List(ctx, e.user.ID)
	h.attempts, attempts = tx.Attempts().Get(ctx, estateKey)
	h.events, events = tx.Audit().Newest(ctx, 1000)
	return h, errors.Join(append(errs[:], left, unused, devices, attempts, events)...)
}

// inventory calls holds in a unit of its own.
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
			return tx.Authenticators().SavePending(ctx, newTOTP(e.enrolling.ID, "replaced"))
		}},
		{"confirmation", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().Confirm(ctx, live, e.authenticatorToBe)
		}},
		{"time step", func(ctx context.Context, tx port.OrgTx) error {
			return tx.Authenticators().Use(ctx, useOf(e.authenticator, e.authenticator.Counter+1))
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
		{"removed authenticator", func(ctx context.Context, tx port.OrgTx) error { return tx.Authenticators().RemoveAll(ctx, e.user.ID) }},
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
