package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
	"github.com/sole-platform/sole/test/harness"
)

// fixture is the sign-in of one org with an owner, on a store of its own, with a clock
// that tests set and cryptography that costs nothing.
type fixture struct {
	t       *testing.T
	now     time.Time
	store   *bunstore.Store
	queue   *harness.Queue
	org     domain.OrgID
	visitor domain.Visitor
	flow    auth.Flow
	hasher  *plainHasher
}

const (
	email    = "owner@example.org"
	password = "the right password"
)

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{
		t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), org: domain.OrgID(uuid.NewString()),
		hasher: &plainHasher{}, queue: &harness.Queue{},
	}
	clock := func() time.Time { return f.now }
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	pause := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	limits := domain.ServerLimits{SessionTimeout: 30 * time.Minute, SessionLifetime: 24 * time.Hour, PasswordMinLength: 12}
	hooks := harness.Hooks()
	hooks.Queue = f.queue
	store := embedded.StoreWith(t, hooks)
	f.store, f.visitor = store, domain.Visitor{Origin: domain.Origin{Address: "192.0.2.1"}, Org: f.org}
	seed := platform.Seed{Store: store, Hasher: f.hasher, Clock: clock, NewID: newID, Limits: limits}
	_, err := seed.Execute(t.Context(), platform.SeedInput{
		OrgID: f.org, OrgName: "Acme", OrgSlug: "acme", Email: email, FullName: "Owner", Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	f.flow = auth.Flow{
		Store: store, Challenges: memory.NewChallenges(clock), ChallengeTokens: opaque.New("ch"), DeviceTokens: opaque.DeviceTokens{},
		Factors: f.factorsWith(openBox{}),
		Guesses: proof.Guesses{
			Store: store, Limiter: memory.NewLimiter(clock), Clock: clock, NewID: newID, Pause: pause,
			Limit: domain.AttemptLimit{Max: 3, Lockout: 15 * time.Minute}, PerNetwork: port.Rate{Max: 20, Per: 15 * time.Minute},
			Decisions: opaque.NewDecisions(),
		},
		Wrong:  proof.WrongTokens{Limiter: memory.NewLimiter(clock), PerNetwork: port.Rate{Max: 20, Per: 15 * time.Minute}},
		Issuer: auth.Issuer{Access: plainTokens{}, Refresh: opaque.RefreshTokens{}, NewID: newID, AccessTTL: 15 * time.Minute, Limits: limits},
		Clock:  clock, NewID: newID, BrowserName: func(string) string { return "a device" },
	}
	return f
}

// account changes the owner's account.
func (f *fixture) account(change func(*domain.User)) {
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

// plain removes the owner's roles, so that no second factor is required.
func (f *fixture) plain() {
	f.t.Helper()
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(f.t.Context(), email)
		if err != nil {
			return err
		}
		return tx.Roles().Assign(f.t.Context(), user.ID, nil)
	}))
}

func (f *fixture) newPassword() proof.NewPassword {
	return proof.NewPassword{Hasher: f.hasher, Judge: zxcvbn.Judge{}, Limits: f.flow.Issuer.Limits}
}

func (f *fixture) login(password string) (auth.LoginResult, error) {
	return auth.Login{Flow: f.flow, Hasher: f.hasher}.Execute(f.t.Context(), f.visitor,
		auth.LoginInput{Email: email, Password: domain.NewSecret(password)})
}

// challenge signs in with the right password and returns the challenge.
func (f *fixture) challenge() domain.Secret {
	f.t.Helper()
	result, err := f.login(password)
	require.NoError(f.t, err)
	require.NotNil(f.t, result.Challenge)
	return result.Challenge.Token
}

func (f *fixture) enroll() auth.LoginResult {
	f.t.Helper()
	token := f.challenge()
	_, err := f.startEnrollment(token)
	require.NoError(f.t, err)
	result, err := f.confirmEnrollment(token, f.code())
	require.NoError(f.t, err)
	return result
}

func (f *fixture) startEnrollment(token domain.Secret) (port.Prompt, error) {
	in := auth.StartEnrollmentInput{ChallengeToken: token, Kind: domain.FactorTOTP}
	return auth.StartEnrollment{Flow: f.flow}.Execute(f.t.Context(), f.visitor, in)
}

func (f *fixture) confirmEnrollment(token, code domain.Secret) (auth.LoginResult, error) {
	in := auth.ConfirmEnrollmentInput{ChallengeToken: token, Kind: domain.FactorTOTP, Answer: code}
	return auth.ConfirmEnrollment{Flow: f.flow}.Execute(f.t.Context(), f.visitor, in)
}

// factorsWith returns the factor TOTP, with secrets that the box seals.
func (f *fixture) factorsWith(secrets port.SecretBox) proof.Factors {
	return proof.Factors{
		Store: f.store, Recovery: totp.RecoveryCodes{}, NewID: uuid.NewString, BrowserName: func(string) string { return "a browser" },
		Offered: []port.SecondFactor{factor.TOTP{Codes: stepCodes{}, Secrets: secrets}},
	}
}

func (f *fixture) mfa(token, code domain.Secret) (auth.LoginResult, error) {
	return auth.CompleteMFA{Flow: f.flow}.Execute(
		f.t.Context(), f.visitor, auth.CompleteMFAInput{ChallengeToken: token, Answer: proof.Answer{Kind: domain.FactorTOTP, Text: code}})
}

// code returns the one-time code of the current time.
func (f *fixture) code() domain.Secret {
	return domain.NewSecret(codeOf(f.now.Unix() / 30))
}

// events returns the names of the audit events since the fixture was created, oldest first.
func (f *fixture) events() []domain.EventName {
	f.t.Helper()
	var names []domain.EventName
	require.NoError(f.t, f.store.ReadOrg(f.t.Context(), f.org, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(f.t.Context(), 1000)
		for i := len(events) - 1; i >= 0; i-- {
			if events[i].Name != domain.EventOrgCreated && events[i].Name != domain.EventAccountCreated {
				names = append(names, events[i].Name)
			}
		}
		return err
	}))
	return names
}

// plainHasher stores passwords unchanged, with its strength as a prefix. It can be set to be busy.
type plainHasher struct {
	busy     bool
	strength string
	asked    int
}

func (h *plainHasher) Hash(_ context.Context, password domain.Secret) (domain.PasswordHash, error) {
	h.asked++
	return domain.PasswordHash(h.strength + password.Reveal()), nil
}

func (h *plainHasher) Verify(_ context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	h.asked++
	if h.busy {
		return false, false, domain.ErrBusy
	}
	current := domain.PasswordHash(h.strength + password.Reveal())
	match = hash != "" && (hash == current || string(hash) == password.Reveal())
	return match, match && hash != current, nil
}

// stepCodes are one-time codes that are the number of their time step.
type stepCodes struct{}

func (stepCodes) New() domain.Secret { return domain.NewSecret("secret " + uuid.NewString()) }

func (stepCodes) Show(secret domain.Secret, issuer, account string) (port.Enrollment, error) {
	return port.Enrollment{Secret: secret, URI: domain.NewSecret(account + " at " + issuer)}, nil
}

func (stepCodes) Match(_ domain.Secret, code string, now time.Time) (int64, bool) {
	current := now.Unix() / 30
	for step := current - 1; step <= current+1; step++ {
		if code == codeOf(step) {
			return step, true
		}
	}
	return 0, false
}

func codeOf(step int64) string { return fmt.Sprintf("%06d", step%1_000_000) }

// openBox stores secrets unencrypted, with their place.
type openBox struct{}

func (openBox) Seal(secret domain.Secret, place port.Place) (domain.SealedSecret, error) {
	return domain.SealedSecret(fmt.Sprint(place, "|", secret.Reveal())), nil
}

func (openBox) Open(sealed domain.SealedSecret, place port.Place) (domain.Secret, error) {
	prefix := fmt.Sprint(place, "|")
	if len(sealed) < len(prefix) || string(sealed[:len(prefix)]) != prefix {
		return domain.Secret{}, domain.ErrSecretUnreadable
	}
	return domain.NewSecret(string(sealed[len(prefix):])), nil
}

// plainTokens are access tokens that these tests do not verify.
type plainTokens struct{}

func (plainTokens) Sign(c port.AccessClaims) (string, error) { return string(c.Session), nil }

func (plainTokens) Verify(string, time.Time) (port.AccessClaims, error) {
	return port.AccessClaims{}, domain.ErrUnauthenticated
}
