package platform_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
	"github.com/sole-platform/sole/test/harness"
)

// TestMain drops the databases of the tests at the end.
func TestMain(m *testing.M) { harness.Main(m) }

var migrated = harness.Template{Prepare: func(databaseURL string) error {
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: databaseURL}, harness.Hooks())
	if err != nil {
		return err
	}
	_, err = store.Migrate(context.Background())
	return errors.Join(err, store.Close())
}}

func postgres(t *testing.T, hooks port.DatabaseHooks) *bunstore.Store {
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: migrated.Postgres(t)}, hooks)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// plainHasher keeps passwords as they are.
type plainHasher struct{ port.PasswordHasher }

func (plainHasher) Hash(_ context.Context, password domain.Secret) (domain.PasswordHash, error) {
	return domain.PasswordHash(password.Reveal()), nil
}

func (plainHasher) Verify(_ context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	return string(hash) == password.Reveal(), false, nil
}

const (
	seededEmail = "owner@example.org"
	chosen      = "a password of seven quiet harbours"
	wrongLimit  = 5
)

// firstRun is an empty service with a clock that tests set.
type firstRun struct {
	t     *testing.T
	now   time.Time
	store *bunstore.Store
	queue *harness.Queue
	org   domain.OrgID
	seed  platform.Seed
	offer platform.OfferFirstRun
	platform.UseCases
}

// onEachStore runs a test on both databases.
func onEachStore(t *testing.T, test func(t *testing.T, f *firstRun)) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T, port.DatabaseHooks) *bunstore.Store{
		"sqlite": embedded.StoreWith, "postgres": postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hooks, queue := harness.Hooks(), &harness.Queue{}
			hooks.Queue = queue
			test(t, newFirstRun(t, open(t, hooks), queue))
		})
	}
}

func newFirstRun(t *testing.T, store *bunstore.Store, queue *harness.Queue) *firstRun {
	f := &firstRun{
		t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), store: store, queue: queue, org: domain.OrgID(uuid.NewString()),
	}
	clock := func() time.Time { return f.now }
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	limits := domain.ServerLimits{SessionTimeout: time.Hour, SessionLifetime: 24 * time.Hour, PasswordMinLength: 12}
	f.seed = platform.Seed{Store: store, Hasher: plainHasher{}, Clock: clock, NewID: newID, Limits: limits}
	f.offer = platform.OfferFirstRun{Seed: f.seed, Offers: store.FirstRuns(clock), Tokens: opaque.New("fr")}
	f.UseCases = platform.New(platform.Deps{
		Guard: proof.Guard{Store: store, Clock: clock, NewID: newID, Limits: limits, Wrong: proof.WrongTokens{
			Limiter: memory.NewLimiter(clock), PerNetwork: port.Rate{Max: wrongLimit, Per: time.Hour},
		}},
		Passwords:  proof.NewPassword{Hasher: plainHasher{}, Judge: zxcvbn.Judge{}, Limits: limits},
		DefaultOrg: f.org, FirstRuns: f.offer.Offers, FirstRunToken: f.offer.Tokens,
	})
	return f
}

func (f *firstRun) seedInput() platform.SeedInput {
	return platform.SeedInput{
		OrgID: f.org, OrgName: "Acme", OrgSlug: "acme", Email: seededEmail, FullName: "Owner",
		Password: domain.NewSecret("generated password"), Temporary: true, Generated: true,
	}
}

// seeded seeds an owner as sole seed does without SEED_ADMIN_PASSWORD, except for the change.
func (f *firstRun) seeded(change func(*platform.SeedInput)) platform.SeedResult {
	f.t.Helper()
	in := f.seedInput()
	change(&in)
	result, err := f.seed.Execute(f.t.Context(), in)
	require.NoError(f.t, err)
	return result
}

func unchanged(*platform.SeedInput) {}

// link returns the token of a new link.
func (f *firstRun) link() domain.Secret {
	f.t.Helper()
	token, err := f.offer.Execute(f.t.Context(), f.seedInput())
	require.NoError(f.t, err)
	return token
}

func (f *firstRun) complete(token domain.Secret, change func(*platform.CompleteFirstRunInput)) error {
	in := platform.CompleteFirstRunInput{
		Token: token, Email: "ada@example.org", FullName: "Ada Obi", Password: domain.NewSecret(chosen),
	}
	change(&in)
	return f.CompleteFirstRun.Execute(f.t.Context(), domain.Visitor{Origin: domain.Origin{Address: "192.0.2.1"}}, in)
}

func asTyped(*platform.CompleteFirstRunInput) {}

func (f *firstRun) hasOwner() bool {
	f.t.Helper()
	found, err := f.HasOwner.Execute(f.t.Context())
	require.NoError(f.t, err)
	return found
}

// owners returns the owners of the org.
func (f *firstRun) owners() (owners []domain.User) {
	f.t.Helper()
	require.NoError(f.t, f.store.ReadOrg(f.t.Context(), f.org, func(tx port.OrgTx) (err error) {
		owners, err = tx.Roles().Owners(f.t.Context())
		return err
	}))
	return owners
}

// change changes the account of an address.
func (f *firstRun) change(email domain.Email, change func(*domain.User)) {
	f.t.Helper()
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(f.t.Context(), email)
		if err != nil {
			return err
		}
		change(&user)
		return tx.Users().Update(f.t.Context(), user)
	}))
}

// events returns the events of the org with a name.
func (f *firstRun) events(name domain.EventName) (events []domain.AuditEvent) {
	f.t.Helper()
	require.NoError(f.t, f.store.ReadOrg(f.t.Context(), f.org, func(tx port.OrgTx) (err error) {
		events, err = tx.Audit().List(f.t.Context(), domain.AuditFilter{Action: name}, domain.AuditPlace{}, 50)
		return err
	}))
	return events
}
