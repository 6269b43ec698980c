package factors

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	otp "github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
	"github.com/sole-platform/sole/test/harness"
)

const (
	ownerEmail = "owner@example.org"
	password   = "the right password"
)

// service holds the use cases on one store, with TOTP and another kind as second factors.
type service struct {
	t       *testing.T
	now     time.Time
	store   *bunstore.Store
	queue   *harness.Queue
	visitor domain.Visitor
	newID   port.NewID
	auth    auth.UseCases
	mfa     mfa.UseCases
	members members.UseCases
	export  account.Export
}

// onEach runs the test on SQLite and on PostgreSQL, with keys as the other kind.
func onEach(t *testing.T, test func(s *service)) {
	onEachWith(t, func(*service) port.SecondFactor { return &keys{challenges: map[string]string{}} }, test)
}

// onEachWith is onEach with another kind.
func onEachWith(t *testing.T, kind func(*service) port.SecondFactor, test func(s *service)) {
	stores := map[string]func(*testing.T, port.DatabaseHooks) *bunstore.Store{"sqlite": embedded.StoreWith, "postgres": postgres}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hooks, queue := harness.Hooks(), &harness.Queue{}
			hooks.Queue = queue
			s := &service{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), store: open(t, hooks), queue: queue}
			s.start(kind(s))
			test(s)
		})
	}
}

func postgres(t *testing.T, hooks port.DatabaseHooks) *bunstore.Store {
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: migrated.Postgres(t)}, hooks)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

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

// start opens an org with an owner and wires the use cases.
func (s *service) start(other port.SecondFactor) {
	first, _ := other.(port.FirstFactor)
	t, store := s.t, s.store
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	s.newID = newID
	clock := func() time.Time { return s.now }
	limits := domain.ServerLimits{SessionTimeout: time.Hour, SessionLifetime: 24 * time.Hour, PasswordMinLength: 12}
	seed := platform.Seed{Store: store, Hasher: plainHasher{}, Clock: clock, NewID: newID, Limits: limits}
	s.visitor = domain.Visitor{Origin: domain.Origin{Address: "192.0.2.1"}, Org: domain.OrgID(uuid.NewString())}
	_, err := seed.Execute(t.Context(), platform.SeedInput{
		OrgID: s.visitor.Org, OrgName: "Acme", OrgSlug: "acme", Email: ownerEmail, FullName: "Owner", Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	secrets, err := fernet.New("the secret key of this test, kept", nil)
	require.NoError(t, err)

	limiter := memory.NewLimiter(clock)
	browserName := func(string) string { return "a browser" }
	factors := proof.Factors{
		Store: store, Recovery: totp.RecoveryCodes{}, NewID: newID, BrowserName: browserName,
		Offered: []port.SecondFactor{factor.TOTP{Codes: totp.Codes{}, Secrets: secrets}, other},
	}
	guesses := proof.Guesses{
		Store: store, Limiter: limiter, Clock: clock, NewID: newID, Decisions: opaque.NewDecisions(),
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Limit: domain.AttemptLimit{Max: 5, Lockout: 15 * time.Minute}, PerNetwork: port.Rate{Max: 100, Per: 15 * time.Minute},
	}
	wrong := proof.WrongTokens{Limiter: limiter, PerNetwork: guesses.PerNetwork}
	guard := proof.Guard{
		Store: store, StepUps: memory.NewStepUps(clock), Tokens: opaque.New("su"), Wrong: wrong, Clock: clock, NewID: newID, Limits: limits,
	}
	s.auth = auth.New(auth.Deps{
		Guard: guard, Access: sessionTokens{}, AccessTTL: 15 * time.Minute, Refresh: opaque.RefreshTokens{},
		Challenges: memory.NewChallenges(clock), ChallengeTokens: opaque.New("ch"),
		DeviceTokens: opaque.DeviceTokens{}, BrowserName: browserName,
		Hasher: plainHasher{}, Guesses: guesses, Factors: factors, Passkey: first,
	})
	s.mfa = mfa.New(mfa.Deps{
		Guard: guard, Guesses: guesses, Factors: factors, Records: webauthn.Records{},
		Fresh: proof.FreshSignIn{Guard: guard, Guesses: guesses, Hasher: plainHasher{}},
	})
	s.members = members.New(members.Deps{Guard: guard})
	s.export = account.Export{Guard: guard, Records: webauthn.Records{}}
}

// caller reads the session of a sign-in, as every request does.
func (s *service) caller(tokens *auth.Tokens) domain.Caller {
	s.t.Helper()
	require.NotNil(s.t, tokens)
	p, err := s.store.Principal(s.t.Context(), s.visitor.Org, domain.SessionID(tokens.Access.Reveal()))
	require.NoError(s.t, err)
	return domain.Caller{Origin: s.visitor.Origin, Principal: p}
}

// login signs in with the password and returns the challenge.
func (s *service) login(email string) *auth.IssuedChallenge {
	s.t.Helper()
	result, err := s.auth.Login.Execute(s.t.Context(), s.visitor, auth.LoginInput{Email: email, Password: domain.NewSecret(password)})
	require.NoError(s.t, err)
	require.NotNil(s.t, result.Challenge)
	return result.Challenge
}

// enrolInSignIn enrols a key in a sign-in that requires a second factor.
func (s *service) enrolInSignIn(email, name string) auth.LoginResult {
	s.t.Helper()
	token := s.login(email).Token
	prompt, err := s.auth.StartEnrollment.Execute(s.t.Context(), s.visitor, auth.StartEnrollmentInput{ChallengeToken: token, Kind: kindKey})
	require.NoError(s.t, err)
	result, err := s.auth.ConfirmEnrollment.Execute(s.t.Context(), s.visitor, auth.ConfirmEnrollmentInput{
		ChallengeToken: token, Kind: kindKey, Answer: answerOf(name, prompt),
	})
	require.NoError(s.t, err)
	return result
}

// challenged returns the challenge for a key in the sign-in.
func (s *service) challenged(token domain.Secret) port.Prompt {
	s.t.Helper()
	in := auth.ChallengeFactorInput{ChallengeToken: token, Kind: kindKey}
	prompt, err := s.auth.ChallengeFactor.Execute(s.t.Context(), s.visitor, in)
	require.NoError(s.t, err)
	return prompt
}

// answer sends the answer of a second factor in the sign-in.
func (s *service) answer(token domain.Secret, kind domain.FactorKind, text domain.Secret) (auth.LoginResult, error) {
	return s.auth.CompleteMFA.Execute(s.t.Context(), s.visitor, auth.CompleteMFAInput{
		ChallengeToken: token, Answer: proof.Answer{Kind: kind, Text: text},
	})
}

// begin starts to enrol a factor from the profile, with the password as proof of a fresh sign-in.
func (s *service) begin(caller domain.Caller, kind domain.FactorKind) (port.Prompt, error) {
	return s.mfa.Begin.Execute(s.t.Context(), caller, mfa.BeginInput{Kind: kind, CurrentPassword: domain.NewSecret(password)})
}

// enrolTOTP enrols an authenticator app from the profile.
func (s *service) enrolTOTP(caller domain.Caller) (secret domain.Secret, recoveryCodes []domain.Secret) {
	s.t.Helper()
	prompt, err := s.begin(caller, domain.FactorTOTP)
	require.NoError(s.t, err)
	secret = prompt[factor.TOTPSecret]
	added, err := s.mfa.Confirm.Execute(s.t.Context(), caller, mfa.ConfirmInput{Kind: domain.FactorTOTP, Answer: s.code(secret)})
	require.NoError(s.t, err)
	return secret, added.RecoveryCodes
}

// code returns the current code of an authenticator app.
func (s *service) code(secret domain.Secret) domain.Secret {
	s.t.Helper()
	code, err := otp.GenerateCode(secret.Reveal(), s.now)
	require.NoError(s.t, err)
	return domain.NewSecret(code)
}

func (s *service) stepUp(caller domain.Caller, action domain.Action, answer domain.Secret) (auth.StepUpResult, error) {
	return s.auth.StepUp.Execute(s.t.Context(), caller, auth.StepUpInput{Action: action, Answer: proof.Answer{Kind: kindKey, Text: answer}})
}

// challengedFor returns the challenge for a key before a step-up.
func (s *service) challengedFor(caller domain.Caller, action domain.Action) port.Prompt {
	s.t.Helper()
	in := auth.ChallengeStepUpInput{Action: action, Kind: kindKey}
	prompt, err := s.auth.ChallengeStepUp.Execute(s.t.Context(), caller, in)
	require.NoError(s.t, err)
	return prompt
}

// answerOf returns the answer of the key with a name.
func answerOf(name string, prompt port.Prompt) domain.Secret {
	return domain.NewSecret(name + ":" + prompt["challenge"].Reveal())
}

// plainHasher stores passwords in clear.
type plainHasher struct{}

func (plainHasher) Hash(_ context.Context, password domain.Secret) (domain.PasswordHash, error) {
	return domain.PasswordHash(password.Reveal()), nil
}

func (plainHasher) Verify(_ context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	return string(hash) == password.Reveal(), false, nil
}

// sessionTokens are access tokens that name their session.
type sessionTokens struct{}

func (sessionTokens) Sign(c port.AccessClaims) (string, error) { return string(c.Session), nil }

func (sessionTokens) Verify(string, time.Time) (port.AccessClaims, error) {
	return port.AccessClaims{}, domain.ErrUnauthenticated
}
