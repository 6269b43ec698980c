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

// Store checks every promise of port.Store and of the repositories it opens. open gives
// an empty store with the newest schema; it is called once per chapter, and for each
// sentence of a chapter that reaches across orgs.
func Store(t *testing.T, open func(t *testing.T) port.Store) {
	for _, chapter := range []struct {
		about     string
		sentences []storeSentence
		fresh     bool // whether each sentence wants a store of its own
	}{
		{about: "a unit", sentences: unitSentences},
		{about: "tenancy", sentences: tenancySentences},
		{about: "orgs", sentences: orgSentences},
		{about: "a list of orgs", sentences: orgListSentences, fresh: true},
		{about: "users", sentences: userSentences},
		{about: "members", sentences: memberSentences},
		{about: "imports", sentences: importSentences, fresh: true},
		{about: "files", sentences: fileSentences},
		{about: "roles", sentences: roleSentences},
		{about: "sessions", sentences: sessionSentences},
		{about: "authenticators", sentences: authenticatorSentences},
		{about: "recovery codes", sentences: recoveryCodeSentences},
		{about: "devices", sentences: deviceSentences},
		{about: "attempts", sentences: attemptSentences},
		{about: "links", sentences: linkSentences},
		{about: "email changes", sentences: emailChangeSentences},
		{about: "discovery", sentences: discoverySentences},
		{about: "signing keys", sentences: signingKeySentences},
		{about: "audit", sentences: auditSentences},
		{about: "audit seals", sentences: auditSealSentences},
		{about: "census", sentences: censusSentences},
		{about: "principal", sentences: principalSentences},
		{about: "sweep", sentences: sweepSentences, fresh: true},
		{about: "sealed secrets", sentences: sealedSentences, fresh: true},
	} {
		t.Run(chapter.about, func(t *testing.T) {
			store := open(t)
			for _, sentence := range chapter.sentences {
				t.Run(sentence.must, func(t *testing.T) {
					if chapter.fresh {
						store = open(t)
					}
					sentence.check(t, store)
				})
			}
		})
	}
}

type storeSentence struct {
	must  string
	check func(*testing.T, port.Store)
}

// storeNow is the instant at which the suite happens; no store asks its own clock.
var storeNow = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func longText() string { return strings.Repeat("długi tekst ", 300) }

func newStoreID() string { return uuid.Must(uuid.NewV7()).String() }

// instants are what a store must keep to the microsecond.
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

// newSlug is a slug that no org has.
func newSlug() domain.Slug {
	return domain.Slug("org-" + strings.ReplaceAll(uuid.NewString(), "-", ""))
}

// tenant is one org of the store under test.
type tenant struct {
	store port.Store
	org   domain.Org
	roles map[string]domain.Role // the system roles by name
}

// newTenant makes an org with the system roles, as the product does.
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

// unit runs fn in a unit of the tenant and returns what the unit says.
func (x *tenant) unit(t *testing.T, fn func(tx port.OrgTx) error) error {
	return x.store.InOrg(t.Context(), x.org.ID, fn)
}

// do is unit where nothing may go wrong.
func (x *tenant) do(t *testing.T, fn func(tx port.OrgTx) error) {
	t.Helper()
	require.NoError(t, x.unit(t, fn))
}

// look is do in a unit for reading.
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

// lock reads one value by a method that locks, for which a unit must be able to write.
func lock[T any](t *testing.T, x *tenant, question func(tx port.OrgTx) (T, error)) T {
	t.Helper()
	var answer T
	x.do(t, func(tx port.OrgTx) (err error) {
		answer, err = question(tx)
		return err
	})
	return answer
}

// newUser is an account that was not stored yet.
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

// newSession is a session of the account that was not stored yet.
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

// enrolled gives the account a live authenticator.
func (x *tenant) enrolled(t *testing.T, user domain.UserID) domain.Authenticator {
	t.Helper()
	a := domain.Authenticator{User: user}
	require.NoError(t, a.Begin("sealed pending", "", storeNow))
	x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().SavePending(t.Context(), a) })
	a.Confirm(1000, storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().Confirm(t.Context(), a, "sealed pending") })
	return a
}

func newEvent(name domain.EventName, at time.Time) domain.AuditEvent {
	return domain.AuditEvent{ID: domain.EventID(newStoreID()), At: at, Name: name, Outcome: domain.OutcomeSuccess}
}

// mustBe demands this very failure; what is a format and what goes into it.
func mustBe(t *testing.T, want *domain.Error, err error, what ...any) {
	t.Helper()
	if !isError(err, want) {
		require.Fail(t, fmt.Sprintf("got %v; want %v", err, want), what...)
	}
}

// oneOf demands that of n parallel calls one succeeds and all others fail with lost. It
// says which one won.
func oneOf(t *testing.T, n int, lost *domain.Error, act func(i int) error) int {
	t.Helper()
	errs := crowd(n, act)
	mustHaveOneWinner(t, errs, lost)
	return slices.Index(errs, nil)
}

// cancelled is a context that is over.
func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
