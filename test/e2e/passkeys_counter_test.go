package e2e

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func counter(n uint32) bend { return func(a *authenticator.Answer) { a.Counter = n } }

// storedCounter returns the counter of the account's only passkey.
func (s *service) storedCounter(t *testing.T, who account) (stored int64) {
	t.Helper()
	id := domain.UserID(s.idOf(t, who.email))
	s.inOrg(t, func(tx port.OrgTx) {
		held, err := tx.Authenticators().Of(t.Context(), id)
		require.NoError(t, err)
		for _, a := range held {
			if a.Kind == domain.FactorPasskey && a.Live() {
				stored = a.Counter
			}
		}
	})
	return stored
}

// TestACounterThatDoesNotRiseIsRefused: the passkey may have been copied.
func TestACounterThatDoesNotRiseIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		s.byPasskey(t, phone, nil, counter(10)).is(200, "")
		require.EqualValues(t, 10, s.storedCounter(t, who))
		token := s.challenged(t, who, "mfa_required").text("challenge.token")
		s.byPasskey(t, phone, nil, counter(10)).is(401, "invalid_credentials")
		s.secondPasskey(t, token, phone, counter(9)).is(401, "invalid_code")
		s.tryStepUp(t, who, "mfa.disable", phone, counter(0)).is(401, "invalid_code")
		require.EqualValues(t, 10, s.storedCounter(t, who), "the stored counter stays")
		require.Equal(t, 3, s.audited(t, domain.EventPasskeyCounterRefused))
		s.secondPasskey(t, token, phone, counter(11)).is(200, "")
		s.byPasskey(t, phone, nil, counter(4_294_967_295)).is(200, "")

		notices := s.emails(t, domain.EmailPasskeyCounterRefused, 3)
		require.Len(t, notices, 3, "one email for each refusal")
		require.Contains(t, notices[0].to, who.email)
		owner := s.enroll(t)
		event := s.auditEvents(t, owner, string(domain.EventPasskeyCounterRefused))[0]
		require.Equal(t, "failure", event["outcome"])
	})
}

func TestASyncedPasskeyHasNoCounter(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		phone := &authenticator.Authenticator{Origin: s.app.Config.PublicURL, Synced: true}
		s.addPasskey(t, who, phone).is(201, "")
		for range 3 {
			s.byPasskey(t, phone, nil).is(200, "")
		}
		require.Equal(t, true, s.passkeys(t, who)[0]["synced"])
		s.byPasskey(t, phone, nil, func(a *authenticator.Answer) { a.BackedUp = false }).is(200, "")
		require.Equal(t, 0, s.audited(t, domain.EventPasskeyCounterRefused))
		s.byPasskey(t, phone, nil, counter(1)).is(200, "")
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
	})
}

// TestWrongAssertionsLockTheAccountAtEveryStep: they count like wrong codes.
func TestWrongAssertionsLockTheAccountAtEveryStep(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		in := s.passwordAndPasskey(t, who, phone)
		token := s.challenged(t, who, "mfa_required").text("challenge.token")
		elsewhere := data("origin", "https://evil.example")
		for range 2 {
			s.byPasskey(t, phone, nil, elsewhere).is(401, "invalid_credentials")
		}
		s.secondPasskey(t, token, phone, elsewhere).is(401, "invalid_code")
		s.tryStepUp(t, in, "mfa.disable", phone, elsewhere).is(401, "invalid_code")
		s.addPasskey(t, in, s.phone(), elsewhere).is(401, "invalid_code")

		s.byPasskey(t, phone, nil).is(429, "account_locked")
		s.byPasskey(t, phone, nil, elsewhere).is(429, "account_locked")
		s.secondPasskey(t, token, phone).is(429, "account_locked")
		s.tryStepUp(t, in, "mfa.disable", phone).is(429, "account_locked")
		s.addPasskey(t, in, s.phone()).is(429, "account_locked")
		require.Len(t, s.emails(t, domain.EmailAccountLocked, 1), 1)
		s.clock.Advance(15 * time.Minute)
		s.byPasskey(t, phone, nil).is(200, "")
	})
}

// TestUnknownCredentialsAreLimitedByNetwork: there is no account to count them for.
func TestUnknownCredentialsAreLimitedByNetwork(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s = s.restart(t, func(c *bootstrap.Config) { c.Attempts.Max = 2 })
		_, phone := s.memberWithPasskey(t)
		unknown := func(a *authenticator.Answer) { a.CredentialID = []byte(uuid.NewString()) }
		refused := s.audited(t, domain.EventSignInRefused)
		const perNetwork = 40
		for range perNetwork {
			require.Contains(t, []int{401, 429}, s.byPasskey(t, phone, nil, unknown).status)
		}
		require.GreaterOrEqual(t, s.audited(t, domain.EventSignInRefused), refused+perNetwork/2)
		s.byPasskey(t, phone, nil, unknown).is(429, "rate_limited")
	})
}
