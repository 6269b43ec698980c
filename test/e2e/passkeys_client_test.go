package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// bend changes an answer of an authenticator.
type bend = func(*authenticator.Answer)

// phone returns a new authenticator that a person uses on the pages of the service.
func (s *service) phone() *authenticator.Authenticator {
	return &authenticator.Authenticator{Origin: s.app.Config.PublicURL}
}

// publicKey returns the options of a passkey ceremony in the answer.
func (a answer) publicKey() []byte {
	a.t.Helper()
	require.Equal(a.t, "no-store", a.header.Get("Cache-Control"))
	options, err := json.Marshal(a.is(200, "").at("public_key"))
	require.NoError(a.t, err)
	return options
}

// registered answers creation options with a new passkey of the phone.
func registered(t *testing.T, phone *authenticator.Authenticator, options answer, bends ...bend) json.RawMessage {
	t.Helper()
	credential, err := phone.Register(options.publicKey(), bends...)
	require.NoError(t, err)
	return credential
}

// signed answers request options with a passkey of the phone.
func signed(t *testing.T, phone *authenticator.Authenticator, options answer, bends ...bend) json.RawMessage {
	t.Helper()
	credential, err := phone.Sign(options.publicKey(), bends...)
	require.NoError(t, err)
	return credential
}

// addPasskey registers a passkey of the phone from the profile, in a fresh session.
func (s *service) addPasskey(t *testing.T, who account, phone *authenticator.Authenticator, bends ...bend) answer {
	t.Helper()
	credential := registered(t, phone, s.as(t, who, "POST", "/me/passkeys/options", nil), bends...)
	return s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": credential, "name": "Phone"})
}

// memberWithPasskey creates an account whose only factor is a passkey.
func (s *service) memberWithPasskey(t *testing.T) (account, *authenticator.Authenticator) {
	t.Helper()
	who, phone := s.member(t), s.phone()
	added := s.addPasskey(t, who, phone).is(201, "")
	who.recoveryCodes = texts(added.at("recovery_codes"))
	require.Len(t, who.recoveryCodes, 10)
	return who, phone
}

// byPasskey signs in with a passkey alone; the headers choose the org.
func (s *service) byPasskey(t *testing.T, phone *authenticator.Authenticator, headers []string, bends ...bend) answer {
	t.Helper()
	options := s.post(t, "/auth/passkey/options", nil, headers...)
	require.EqualValues(t, 300, options.is(200, "").at("expires_in"))
	body := map[string]any{"challenge_token": options.text("challenge_token"), "credential": signed(t, phone, options, bends...)}
	return s.post(t, "/auth/passkey", body, headers...)
}

// challenged signs in with the password and returns the challenge, which must have the status.
func (s *service) challenged(t *testing.T, who account, status string) answer {
	t.Helper()
	a := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
	require.Equal(t, status, a.text("status"), a.raw)
	return a
}

// secondPasskey answers the challenge of a sign-in with a passkey.
func (s *service) secondPasskey(t *testing.T, token string, phone *authenticator.Authenticator, bends ...bend) answer {
	t.Helper()
	options := s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token})
	body := map[string]any{"challenge_token": token, "credential": signed(t, phone, options, bends...)}
	return s.post(t, "/auth/login/mfa", body)
}

// passwordAndPasskey signs in with the password and a passkey.
func (s *service) passwordAndPasskey(t *testing.T, who account, phone *authenticator.Authenticator) account {
	t.Helper()
	token := s.challenged(t, who, "mfa_required").text("challenge.token")
	return who.holding(s.secondPasskey(t, token, phone).is(200, ""))
}

// enrolAtSignIn answers a challenge that demands an enrolment with a new passkey.
func (s *service) enrolAtSignIn(t *testing.T, token string, phone *authenticator.Authenticator, bends ...bend) answer {
	t.Helper()
	options := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": token, "kind": "passkey"})
	body := map[string]any{"challenge_token": token, "credential": registered(t, phone, options, bends...), "name": "Key"}
	return s.post(t, "/auth/login/mfa/enroll/confirm", body)
}

// tryStepUp steps up for the action with a passkey.
func (s *service) tryStepUp(
	t *testing.T, who account, action string, phone *authenticator.Authenticator, bends ...bend,
) answer {
	t.Helper()
	options := s.as(t, who, "POST", "/auth/step-up/options", map[string]any{"action": action})
	return s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": action, "credential": signed(t, phone, options, bends...)})
}

// steppedUp returns the account with a step-up for the action, by a passkey.
func (s *service) steppedUp(t *testing.T, who account, action string, phone *authenticator.Authenticator) account {
	t.Helper()
	return who.with("X-Step-Up-Token", s.tryStepUp(t, who, action, phone).is(200, "").text("step_up_token"))
}

// holding returns the account with the tokens of a completed sign-in.
func (who account) holding(a answer) account {
	a.t.Helper()
	require.Equal(a.t, "authenticated", a.text("status"), a.raw)
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who
}

// methods requires that the challenge offers these methods.
func (a answer) methods(want ...string) answer {
	a.t.Helper()
	require.ElementsMatch(a.t, want, texts(a.at("challenge.methods")), a.raw)
	return a
}

// passkeys returns the passkeys of the account.
func (s *service) passkeys(t *testing.T, who account) (list []map[string]any) {
	t.Helper()
	for _, item := range s.get(t, "/me/passkeys", who.access).is(200, "").at("items").([]any) {
		list = append(list, item.(map[string]any))
	}
	return list
}

// audited counts the events of the default org with a name.
func (s *service) audited(t *testing.T, name domain.EventName) (count int) {
	t.Helper()
	require.NoError(t, s.app.Store.ReadOrg(t.Context(), s.app.Config.DefaultOrgID, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(t.Context(), 10_000)
		for _, event := range events {
			if event.Name == name {
				count++
			}
		}
		return err
	}))
	return count
}

// session requires how the session has signed in.
func (s *service) session(t *testing.T, who account, acr string, amr ...any) {
	t.Helper()
	me := s.get(t, "/me", who.access).is(200, "")
	require.Equal(t, amr, me.at("session.amr"))
	require.Equal(t, acr, me.at("session.acr"))
}
