package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestAPasskeyIsRegisteredFromTheProfile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		other := s.again(t, who)
		phone := &authenticator.Authenticator{Origin: s.app.Config.PublicURL, Synced: true}
		require.Empty(t, s.passkeys(t, who))
		first := s.addPasskey(t, who, phone).is(201, "")
		require.Equal(t, "no-store", first.header.Get("Cache-Control"))
		require.Len(t, texts(first.at("recovery_codes")), 10)
		require.Equal(t, []any{"Phone", true, []any{"internal"}}, []any{first.at("name"), first.at("synced"), first.at("transports")})
		s.get(t, "/me", other.access).is(401, "token_revoked")

		require.Equal(t, []any{true, []any{"passkey"}}, s.enrolment(t, who))
		listed := s.passkeys(t, who)
		require.Len(t, listed, 1)
		require.Equal(t, first.at("id"), listed[0]["id"])
		require.NotContains(t, first.raw, base64.RawURLEncoding.EncodeToString(phone.Passkeys()[0].ID), "the id is ours")
		at, err := time.Parse(time.RFC3339Nano, listed[0]["created_at"].(string))
		require.NoError(t, err)
		require.WithinDuration(t, s.clock.Now(), at, time.Minute)

		second := s.addPasskey(t, who, s.phone()).is(201, "")
		require.Nil(t, second.body["recovery_codes"], "only the first factor gets recovery codes")
		require.Equal(t, false, second.at("synced"))
		require.Len(t, s.passkeys(t, who), 2)
		for _, email := range s.emails(t, domain.EmailPasskeyAdded, 2) {
			require.Equal(t, who.email, strings.Trim(email.to, "<>"))
			require.Contains(t, email.text, "passkey")
		}

		third := s.enrolTOTP(t, who)
		require.Empty(t, third.body["recovery_codes"])
		me := s.get(t, "/me", who.access).is(200, "")
		require.ElementsMatch(t, []any{"totp", "passkey"}, me.at("mfa.methods"))
		require.EqualValues(t, 10, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
		s.challenged(t, who, "mfa_required").methods("totp", "passkey", "recovery_code")
	})
}

// enrolment returns what GET /me says of the factors.
func (s *service) enrolment(t *testing.T, who account) []any {
	t.Helper()
	me := s.get(t, "/me", who.access).is(200, "")
	return []any{me.at("mfa.enabled"), me.at("mfa.methods")}
}

// enrolTOTP enrols an authenticator app in a fresh session, whatever else the account has.
func (s *service) enrolTOTP(t *testing.T, who account) answer {
	t.Helper()
	secret := s.as(t, who, "POST", "/me/mfa/totp", nil).is(200, "").text("secret")
	return s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, secret, 0)}).is(200, "")
}

func TestCreationOptionsFollowTheContract(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.member(t), s.phone()
		start := func() answer { return s.as(t, who, "POST", "/me/passkeys/options", nil).is(200, "") }
		options := start()
		require.Equal(t, "required", options.at("public_key.authenticatorSelection.residentKey"))
		require.Equal(t, true, options.at("public_key.authenticatorSelection.requireResidentKey"))
		require.Equal(t, "preferred", options.at("public_key.authenticatorSelection.userVerification"))
		require.Contains(t, []any{"none", nil}, options.at("public_key.attestation"))
		require.Equal(t, "localhost", options.at("public_key.rp.id"))
		require.Equal(t, who.email, options.at("public_key.user.name"))
		algorithms := map[any]bool{}
		for _, parameter := range options.at("public_key.pubKeyCredParams").([]any) {
			algorithms[parameter.(map[string]any)["alg"]] = true
		}
		require.True(t, algorithms[-7.0], "ES256 is offered")
		require.Empty(t, options.body["public_key"].(map[string]any)["excludeCredentials"])
		challenge, err := base64.RawURLEncoding.DecodeString(options.text("public_key.challenge"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(challenge), 16)
		handle, err := base64.RawURLEncoding.DecodeString(options.text("public_key.user.id"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(handle), 32)
		require.LessOrEqual(t, len(handle), 64)
		id := s.get(t, "/me", who.access).text("id")
		require.NotContains(t, string(handle), id)
		require.NotContains(t, string(handle), who.email)

		again := start()
		require.NotEqual(t, options.at("public_key.challenge"), again.at("public_key.challenge"))
		require.Equal(t, options.at("public_key.user.id"), again.at("public_key.user.id"), "one user handle per account")
		// The second start does not void the first.
		credential := registered(t, phone, options)
		s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": credential}).is(201, "")
		after := start()
		require.Equal(t, options.at("public_key.user.id"), after.at("public_key.user.id"))
		excluded := after.at("public_key.excludeCredentials").([]any)
		require.Len(t, excluded, 1)
		require.Equal(t, base64.RawURLEncoding.EncodeToString(phone.Passkeys()[0].ID), excluded[0].(map[string]any)["id"])
		_, err = phone.Register(after.publicKey())
		require.ErrorIs(t, err, authenticator.ErrExcluded)

		another := account{email: "another@example.org", password: memberPassword}
		s.addMember(t, another.email, another.password, false)
		another = s.again(t, another)
		theirs := s.as(t, another, "POST", "/me/passkeys/options", nil).is(200, "")
		require.NotEqual(t, options.at("public_key.user.id"), theirs.at("public_key.user.id"))
		require.Empty(t, theirs.body["public_key"].(map[string]any)["excludeCredentials"])
	})
}

func TestAPasskeyIsEnrolledDuringSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		phone := s.phone()
		a := s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(200, "")
		require.Equal(t, "mfa_enrollment_required", a.text("status"))
		token := a.methods("totp", "passkey").text("challenge.token")
		wrong := s.enrolAtSignIn(t, token, phone, func(a *authenticator.Answer) { a.ClientData["origin"] = "https://evil.example" })
		wrong.is(401, "invalid_code")
		enrolled := s.enrolAtSignIn(t, token, s.phone(), func(a *authenticator.Answer) { a.Verified = false })
		owner := account{email: ownerEmail, password: ownerPassword}.holding(enrolled.is(200, ""))
		require.Len(t, texts(enrolled.at("recovery_codes")), 10)
		s.session(t, owner, "aal2", "pwd", "pop")
		require.Equal(t, "Key", s.passkeys(t, owner)[0]["name"])
		s.enrolTry(t, token, "passkey").is(401, "unauthenticated")

		refreshed := s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
		s.session(t, account{access: refreshed.text("access_token")}, "aal2", "pwd", "pop")
		s.challenged(t, owner, "mfa_required").methods("passkey", "recovery_code")
	})
}

func (s *service) enrolTry(t *testing.T, token, kind string) answer {
	t.Helper()
	return s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": token, "kind": kind})
}

func TestTheKindOfAnEnrolmentIsChosen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		token := s.challenge(t, "mfa_enrollment_required")
		s.enrolTry(t, token, "sms").is(422, "invalid")
		require.NotNil(t, s.enrolTry(t, token, "totp").is(200, "").at("secret"))
		require.NotNil(t, s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": token}).is(200, "").at("secret"))
		confirm := func(members map[string]any) answer {
			members["challenge_token"] = token
			return s.post(t, "/auth/login/mfa/enroll/confirm", members)
		}
		confirm(map[string]any{}).is(422, "invalid")
		credential := registered(t, s.phone(), s.enrolTry(t, token, "passkey"))
		confirm(map[string]any{"code": "123456", "credential": credential}).is(422, "invalid")
		confirm(map[string]any{"credential": credential, "name": strings.Repeat("x", 101)}).is(422, "invalid")
		confirm(map[string]any{"credential": credential, "name": strings.Repeat("é", 100)}).is(200, "")
	})
}

func TestOneOfManyFirstPasskeysBringsRecoveryCodes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		started := make([]answer, 8)
		for i := range started {
			started[i] = s.as(t, who, "POST", "/me/passkeys/options", nil).is(200, "")
		}
		answers := parallel(len(started), func(i int) answer {
			return s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": registered(t, s.phone(), started[i])})
		})
		codes := 0
		for _, a := range answers {
			if a.is(201, "").body["recovery_codes"] != nil {
				codes++
			}
		}
		require.Equal(t, 1, codes)
		require.EqualValues(t, 10, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
	})
}

func TestAnAccountHasAtMostTwentyPasskeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		for range 10 {
			s.addPasskey(t, who, s.phone()).is(201, "")
		}
		started := make([]answer, 14)
		for i := range started {
			started[i] = s.as(t, who, "POST", "/me/passkeys/options", nil).is(200, "")
		}
		answers := parallel(len(started), func(i int) answer {
			return s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": registered(t, s.phone(), started[i])})
		})
		require.Equal(t, []int{10, 4}, []int{count(answers, 201), count(answers, 409)}, "%v", answers)
		require.Len(t, s.passkeys(t, who), 20)
		s.as(t, who, "POST", "/me/passkeys/options", nil).is(409, "conflict")
	})
}

// TestAddingAFactorNeedsAFreshSignIn covers both kinds of factors and each of the proofs.
func TestAddingAFactorNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		start := func(who account, body any) answer { return s.as(t, who, "POST", "/me/passkeys/options", body) }
		start(who, nil).is(200, "")
		s.clock.Advance(domain.FreshSignInAge)
		stale := start(who, nil).is(401, "reauthentication_required")
		require.Equal(t, `Bearer error="insufficient_user_authentication", max_age=300`, stale.header.Get("WWW-Authenticate"))
		s.as(t, who, "POST", "/me/mfa/totp", nil).is(401, "reauthentication_required")
		start(who, map[string]any{"current_password": "wrong"}).is(401, "invalid_credentials")
		start(who, map[string]any{"current_password": who.password}).is(200, "")
		start(s.steppedUp(t, who, "passkey.remove", phone), nil).is(401, "step_up_required")

		stepped := s.steppedUp(t, who, "passkey.add", phone)
		options := start(stepped, nil).is(200, "")
		start(stepped, nil).is(401, "step_up_required")
		s.clock.Advance(4 * time.Minute) // the step-up was used at the first call
		credential := registered(t, s.phone(), options)
		s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": credential}).is(201, "")
		s.as(t, s.steppedUp(t, who, "passkey.add", phone), "POST", "/me/mfa/totp", nil).is(200, "")
		moved := map[string]any{"new_email": "moved@example.org"}
		s.as(t, who, "POST", "/me/email", moved).is(401, "reauthentication_required")
		s.as(t, s.steppedUp(t, who, "account.update", phone), "POST", "/me/email", moved).is(202, "")

		fresh := s.passwordAndPasskey(t, who, phone)
		start(fresh, nil).is(200, "")
		s.settings(t, func(o *domain.OrgSettings) { o.MFARequiredActions = []domain.Action{domain.ActionPasskeyAdd} })
		start(fresh, nil).is(401, "step_up_required")
		start(fresh, map[string]any{"current_password": who.password}).is(401, "step_up_required")
		start(s.steppedUp(t, fresh, "passkey.add", phone), nil).is(200, "")
	})
}

// TestATakenCredentialEndsNoSignIn: the enrolment fails, and the sign-in goes on.
func TestATakenCredentialEndsNoSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		fixed := func(a *authenticator.Answer) { a.CredentialID = []byte("a fixed credential id") }
		s.addPasskey(t, who, s.phone(), fixed).is(201, "")
		token := s.challenge(t, "mfa_enrollment_required")
		s.enrolAtSignIn(t, token, s.phone(), fixed).is(409, "conflict")
		require.Equal(t, "authenticated", s.enrolAtSignIn(t, token, s.phone()).is(200, "").text("status"))
	})
}

// TestARestartDuringACeremony: what was in the memory of the process is lost, and nothing else.
func TestARestartDuringACeremony(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		registration, alone := s.as(t, who, "POST", "/me/passkeys/options", nil), s.post(t, "/auth/passkey/options", nil)
		in := map[string]any{"challenge_token": alone.text("challenge_token"), "credential": signed(t, phone, alone)}
		s = s.restart(t, func(*bootstrap.Config) {})
		s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": registered(t, s.phone(), registration)}).is(201, "")
		answered := s.post(t, "/auth/passkey", in)
		if s.app.Config.RedisURL == "memory://" {
			answered.is(401, "invalid_credentials")
		} else {
			answered.is(200, "")
		}
		s.byPasskey(t, phone, nil).is(200, "")
	})
}

func TestACredentialIsRegisteredOncePerOrg(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		_, acme := s.tenantOwner(t, "acme-inc")
		phone, fixed := s.phone(), func(a *authenticator.Answer) { a.CredentialID = []byte("a fixed credential id") }
		s.addPasskey(t, operator, phone, fixed).is(201, "")
		s.addPasskey(t, operator, s.phone(), fixed).is(409, "conflict")
		s.addMember(t, memberEmail, memberPassword, false)
		colleague := account{email: memberEmail, password: memberPassword}
		login := s.post(t, "/auth/login", credentials(memberEmail, memberPassword), "X-Org-Id", "default").is(200, "")
		colleague = colleague.holding(login)
		s.addPasskey(t, colleague, s.phone(), fixed).is(409, "conflict")
		require.Empty(t, s.passkeys(t, colleague))
		s.addPasskey(t, colleague, s.phone()).is(201, "")

		there := s.phone()
		s.addPasskey(t, acme, there, fixed).is(201, "")
		home := []string{"X-Org-Id", "default"}
		s.byPasskey(t, there, home).is(401, "invalid_credentials")
		for _, c := range []struct {
			phone *authenticator.Authenticator
			who   account
			org   string
		}{{phone, operator, "default"}, {there, acme, "acme-inc"}} {
			a := s.byPasskey(t, c.phone, []string{"X-Org-Id", c.org})
			require.Equal(t, s.get(t, "/me", c.who.access).text("id"), s.get(t, "/me", c.who.holding(a).access).text("id"))
		}
	})
}
