package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Store checks every promise of port.Store and of its repositories. open returns an empty store
// with the newest schema. It is called once per group of cases, and for each case of a group that
// reaches across orgs.
func Store(t *testing.T, open func(t *testing.T) port.Store) {
	for _, group := range []struct {
		about string
		cases []storeCase
		fresh bool // whether each case needs a store of its own
	}{
		{about: "a unit", cases: unitCases},
		{about: "tenancy", cases: tenancyCases},
		{about: "orgs", cases: orgCases},
		{about: "a list of orgs", cases: orgListCases, fresh: true},
		{about: "users", cases: userCases},
		{about: "members", cases: memberCases},
		{about: "imports", cases: importCases, fresh: true},
		{about: "imports of other systems", cases: importAccountCases, fresh: true},
		{about: "files", cases: fileCases},
		{about: "roles", cases: roleCases},
		{about: "sessions", cases: sessionCases},
		{about: "authenticators", cases: authenticatorCases},
		{about: "recovery codes", cases: recoveryCodeCases},
		{about: "devices", cases: deviceCases},
		{about: "attempts", cases: attemptCases},
		{about: "links", cases: linkCases},
		{about: "email changes", cases: emailChangeCases},
		{about: "discovery", cases: discoveryCases},
		{about: "signing keys", cases: signingKeyCases},
		{about: "audit", cases: auditCases},
		{about: "audit seals", cases: auditSealCases},
		{about: "erased and expired audit events", cases: auditRemovalCases},
		{about: "impact counts", cases: impactCountCases},
		{about: "names", cases: nameCases},
		{about: "principal", cases: principalCases},
		{about: "service accounts", cases: serviceAccountCases},
		{about: "API keys", cases: apiKeyCases},
		{about: "principal by key", cases: keyPrincipalCases},
		{about: "webhooks", cases: webhookCases},
		{about: "sweep", cases: sweepCases, fresh: true},
		{about: "sealed secrets", cases: sealedCases, fresh: true},
	} {
		t.Run(group.about, func(t *testing.T) {
			store := open(t)
			for _, promise := range group.cases {
				t.Run(promise.must, func(t *testing.T) {
					if group.fresh {
						store = open(t)
					}
					promise.check(t, store)
				})
			}
		})
	}
}

type storeCase struct {
	must  string
	check func(*testing.T, port.Store)
}

// storeNow is the current time of the suite. Stores do not read a clock.
var storeNow = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func longText() string { return strings.Repeat("długi tekst ", 300) }

func newStoreID() string { return uuid.Must(uuid.NewV7()).String() }

// instants returns times that a store must keep to the microsecond.
func instants() []time.Time {
	return []time.Time{
		storeNow,
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 1, 1, 0, 0, 0, 1_000, time.UTC),
		time.Date(2026, 1, 1, 0, 0, 0, 100_000_000, time.UTC),
		time.Date(2026, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1969, 7, 20, 20, 17, 40, 120_000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
}

// newSlug returns a slug that no org has.
func newSlug() domain.Slug {
	return domain.Slug("org-" + strings.ReplaceAll(uuid.NewString(), "-", ""))
}

// tenant is one org of the store under test.
type tenant struct {
	store port.Store
	org   domain.Org
	roles map[string]domain.Role // the system roles by name
}

// newTenant creates an org with the system roles, as the service does.
func newTenant(t *testing.T, store port.Store) *tenant {
	t.Helper()
	id := newStoreID()
	org, err := domain.NewOrg(domain.OrgID(id), "Org "+id, newSlug(), storeNow)
	require.NoError(t, err)
	x := &tenant{store: store, org: org}
	x.found(t, domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow))
	return x
}

// found stores the tenant's org.
func (x *tenant) found(t *testing.T, settings domain.OrgSettings) {
	t.Helper()
	x.roles = map[string]domain.Role{}
	for _, name := range domain.SystemRoles() {
		x.roles[name] = domain.Role{ID: domain.RoleID(newStoreID()), Name: name, System: true, CreatedAt: storeNow, Version: 1}
	}
	require.NoError(t, x.store.Platform().CreateOrg(t.Context(), x.org, settings, func(tx port.OrgTx) error {
		for _, role := range x.roles {
			if err := tx.Roles().Insert(t.Context(), role); err != nil {
				return err
			}
		}
		return nil
	}))
}

// unit runs fn in a unit of the tenant and returns the unit's error.
func (x *tenant) unit(t *testing.T, fn func(tx port.OrgTx) error) error {
	return x.store.InOrg(t.Context(), x.org.ID, fn)
}

// do runs fn in a unit of the tenant, which must not fail.
func (x *tenant) do(t *testing.T, fn func(tx port.OrgTx) error) {
	t.Helper()
	require.NoError(t, x.unit(t, fn))
}

// look runs fn in a unit for reading, which must not fail.
func (x *tenant) look(t *testing.T, fn func(tx port.OrgTx) error) {
	t.Helper()
	require.NoError(t, x.store.ReadOrg(t.Context(), x.org.ID, fn))
}

// ask reads one value in a unit of its own.
func ask[T any](t *testing.T, x *tenant, question func(tx port.OrgTx) (T, error)) T {
	t.Helper()
	var answer T
	x.look(t, func(tx port.OrgTx) (err error) {
		answer, err = question(tx)
		return err
	})
	return answer
}

// lock reads one value by a method that locks, which needs a unit that can write.
func lock[T any](t *testing.T, x *tenant, question func(tx port.OrgTx) (T, error)) T {
	t.Helper()
	var answer T
	x.do(t, func(tx port.OrgTx) (err error) {
		answer, err = question(tx)
		return err
	})
	return answer
}

// newUser returns an account that is not stored yet.
func newUser() domain.User {
	id := newStoreID()
	return domain.User{
		ID: domain.UserID(id), Email: domain.Email("user-" + id + "@example.org"), FullName: "Someone", Status: domain.StatusActive,
		Password: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", PasswordChangedAt: storeNow, CreatedAt: storeNow, UpdatedAt: storeNow, Version: 1,
	}
}

// user stores a new account.
func (x *tenant) user(t *testing.T) domain.User {
	t.Helper()
	user := newUser()
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
	return user
}

// newSession returns a session of the account that is not stored yet.
func newSession(user domain.UserID) domain.Session {
	return domain.Session{
		ID: domain.SessionID(newStoreID()), User: user, AMR: []domain.AMR{domain.AMRPassword}, AuthTime: storeNow, CreatedAt: storeNow,
		LastSeenAt: storeNow, ExpiresAt: storeNow.Add(12 * time.Hour), Address: "192.0.2.1", UserAgent: "curl/8",
		Refresh: domain.RefreshFamily{FamilyHash: "family", CurrentHash: "current"},
	}
}

// session stores a new session of the account.
func (x *tenant) session(t *testing.T, user domain.UserID) domain.Session {
	t.Helper()
	session := newSession(user)
	x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
	return session
}

func newDevice(user domain.UserID) domain.Device {
	return domain.Device{
		ID: domain.DeviceID(newStoreID()), User: user, Name: "Firefox on Linux", TokenHash: "device", Address: "192.0.2.1",
		CreatedAt: storeNow, LastUsedAt: storeNow, ExpiresAt: storeNow.AddDate(0, 0, 30),
	}
}

func newEvent(name domain.EventName, at time.Time) domain.AuditEvent {
	return domain.AuditEvent{ID: domain.EventID(newStoreID()), At: at, Name: name, Outcome: domain.OutcomeSuccess}
}

// mustBe fails the test unless err is want; what is a format and its arguments.
func mustBe(t *testing.T, want *domain.Error, err error, what ...any) {
	t.Helper()
	if !isError(err, want) {
		require.Fail(t, fmt.Sprintf("got %v; want %v", err, want), what...)
	}
}

// oneOf makes n parallel calls, of which one must succeed and all others must return lost. It
// returns the index of the one that succeeded.
func oneOf(t *testing.T, n int, lost *domain.Error, act func(i int) error) int {
	t.Helper()
	errs := crowd(n, act)
	mustHaveOneWinner(t, errs, lost)
	return slices.Index(errs, nil)
}

// cancelled returns a context that has ended.
func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
