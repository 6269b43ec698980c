package e2e

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

const (
	nextKey  = "the SECRET_KEY of the coming year, long enough"
	otherKey = "a SECRET_KEY that sealed nothing at all, ever"
)

// restart stops the service and starts it on the same stores with another configuration.
func (s *service) restart(t *testing.T, adjust func(*bootstrap.Config)) *service {
	t.Helper()
	s.stop()
	config := s.app.Config
	adjust(&config)
	return replica(t, config, s.clock)
}

// secretKeys configures the keys.
func secretKeys(current string, fallbacks ...string) func(*bootstrap.Config) {
	return func(c *bootstrap.Config) { c.SecretKey, c.SecretKeyFallbacks = current, fallbacks }
}

// says waits until the log contains the words.
func (s *service) says(t *testing.T, words string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), words) }, 10*time.Second, 10*time.Millisecond, words)
}

// db connects to the database itself, without row level security.
func (s *service) db(t *testing.T) *sql.DB {
	t.Helper()
	driver, source := "pgx", s.app.Config.DatabaseURL
	if path, ok := strings.CutPrefix(source, "sqlite://"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// exec runs a statement that must change one row.
func (s *service) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	result, err := s.db(t).ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
	changed, err := result.RowsAffected()
	require.NoError(t, err)
	require.EqualValues(t, 1, changed, statement)
}

// mfa answers a challenge of the owner; kind is code or recovery_code.
func (s *service) mfa(t *testing.T, kind, value string, headers ...string) answer {
	t.Helper()
	return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": s.challenge(t, "mfa_required", headers...), kind: value})
}

// refusedAs counts the events of sign-ins refused for a reason.
func (s *service) refusedAs(t *testing.T, org domain.OrgID, reason string) (n int) {
	t.Helper()
	require.NoError(t, s.app.Store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(t.Context(), 1000)
		for _, event := range events {
			if event.Name == domain.EventSignInRefused && event.Details["reason"] == reason {
				n++
			}
		}
		return err
	}))
	return n
}

func TestWithoutItsSecretKeyOnlyAuthenticatorCodesFail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		device := s.post(t, "/auth/login/mfa", map[string]any{
			"challenge_token": s.challenge(t, "mfa_required"), "code": s.code(t, owner.secret, 0), "remember_device": true,
		}).is(200, "").text("device_token")

		s.clock.Advance(time.Minute)
		s = s.restart(t, secretKeys(otherKey))
		s.says(t, "1 authenticators cannot be read")
		for range 2 * s.app.Config.Attempts.Max {
			a := s.mfa(t, "code", s.code(t, owner.secret, 0)).is(403, "mfa_secret_unreadable")
			require.Contains(t, a.text("detail"), "recovery code")
		}
		require.Equal(t, 2*s.app.Config.Attempts.Max, s.refusedAs(t, s.app.Config.DefaultOrgID, "authenticator unreadable"),
			"each is audited, none counts as an attempt")

		s.get(t, "/me", owner.access).is(200, "")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
		known := credentials(ownerEmail, ownerPassword)
		known["device_token"] = device
		require.Equal(t, "authenticated", s.post(t, "/auth/login", known).is(200, "").text("status"))
		owner.access = s.mfa(t, "recovery_code", owner.recoveryCodes[0]).is(200, "").text("tokens.access_token")
		s.as(t, owner, "POST", "/auth/step-up", map[string]any{"action": "mfa.disable", "code": s.code(t, owner.secret, 0)}).
			is(403, "mfa_secret_unreadable")
		proof := map[string]any{"action": "mfa.disable", "recovery_code": owner.recoveryCodes[1]}
		token := s.as(t, owner, "POST", "/auth/step-up", proof).is(200, "").text("step_up_token")
		s.as(t, owner.with("X-Step-Up-Token", token), "DELETE", "/me/mfa", nil).is(204, "")
		s.signIn(t, s.enroll(t))
	})
}

func TestAFallbackKeyDecryptsUntilEverythingIsReencrypted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, first := s.enroll(t), s.app.Config.SecretKey
		s.awaitCanary(t)
		s = s.restart(t, secretKeys(nextKey, otherKey, first))
		s.says(t, "sole secrets reencrypt")
		owner = s.signIn(t, owner)

		result, err := operations.Reencrypt{Store: s.app.Store, Keys: s.app.SecretKeys}.Execute(t.Context(), func(operations.ReencryptResult) {})
		require.NoError(t, err)
		require.Equal(t, operations.ReencryptResult{Total: 1, Examined: 1, Reencrypted: 1, Canary: true}, result)
		owner = s.signIn(t, owner)

		s = s.restart(t, secretKeys(nextKey))
		s.awaitCanary(t)
		s.signIn(t, owner)
		require.NotContains(t, s.log.String(), "SECRET_KEY")
	})
}

// awaitCanary waits until a canary of the current key is stored.
func (s *service) awaitCanary(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		report, err := operations.SecretsStatus{Store: s.app.Store, Keys: s.app.SecretKeys}.Execute(t.Context())
		return err == nil && report.Canary == operations.CanaryCurrent
	}, 10*time.Second, 10*time.Millisecond)
}

func TestAnEnrolmentEncryptedWithALostKeyIsStartedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		begin := func(challenge string) string {
			return s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
		}
		secret := begin(s.challenge(t, "mfa_enrollment_required"))
		s = s.restart(t, secretKeys(otherKey))
		challenge := s.challenge(t, "mfa_enrollment_required")
		confirm := func(secret string) answer {
			return s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "code": s.code(t, secret, 0)})
		}
		confirm(secret).is(409, "conflict")
		confirm(begin(challenge)).is(200, "")
	})
}

func TestAnEncryptedSecretDecryptsOnlyInItsOwnRow(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			acme, globex := s.newOrg(t, "acme-inc"), s.newOrg(t, "globex")
			owner := s.enroll(t, "X-Org-Id", "acme-inc")
			s.enroll(t, "X-Org-Id", "globex")
			s.clock.Advance(time.Minute)
			own := s.sealedOf(t, globex)
			s.exec(t, "UPDATE authenticators SET secret = $1 WHERE org_id = $2", s.sealedOf(t, acme), string(globex))
			s.mfa(t, "code", s.code(t, owner.secret, 0), "X-Org-Id", "globex").is(403, "mfa_secret_unreadable")
			require.Equal(t, 1, s.refusedAs(t, globex, "authenticator unreadable"))
			require.Contains(t, s.log.String(), "authenticator unreadable")

			s.exec(t, "UPDATE authenticators SET secret = $1 WHERE org_id = $2", own, string(globex))
			member := s.neighbour(t, globex)
			s.exec(t, "UPDATE authenticators SET user_id = $1 WHERE org_id = $2", string(member), string(globex))
			login := s.post(t, "/auth/login", credentials("neighbour@example.org", ownerPassword), "X-Org-Id", "globex").is(200, "")
			s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": login.text("challenge.token"), "code": "123456"}).
				is(403, "mfa_secret_unreadable")
			require.Equal(t, 2, s.refusedAs(t, globex, "authenticator unreadable"))

			result, err := operations.Reencrypt{Store: s.app.Store, Keys: s.app.SecretKeys}.Execute(t.Context(), func(operations.ReencryptResult) {})
			require.NoError(t, err)
			require.Equal(t, 1, result.Unreadable, "encrypted with the current key, but for another row")
		})
	}
}

// sealedOf returns the only encrypted secret of an org.
func (s *service) sealedOf(t *testing.T, org domain.OrgID) (sealed string) {
	t.Helper()
	require.NoError(t, s.db(t).QueryRowContext(t.Context(), "SELECT secret FROM authenticators WHERE org_id = $1", string(org)).Scan(&sealed))
	return sealed
}

// neighbour creates a second account in an org.
func (s *service) neighbour(t *testing.T, org domain.OrgID) (id domain.UserID) {
	t.Helper()
	_, err := s.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: org, OrgName: "x", OrgSlug: "x-x", Email: "neighbour@example.org", FullName: "Neighbour",
		Password: domain.NewSecret(ownerPassword),
	})
	require.NoError(t, err)
	require.NoError(t, s.app.Store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(t.Context(), "neighbour@example.org")
		id = user.ID
		return err
	}))
	return id
}
