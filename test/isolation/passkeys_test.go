package isolation

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// aRegistration and anAssertion are well-formed credentials that answer no challenge of the service.
var aRegistration, anAssertion = credentials()

func credentials() (registration, assertion json.RawMessage) {
	const challenge = `{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",`
	phone := &authenticator.Authenticator{Origin: "http://localhost:8000"}
	registration, err := phone.Register([]byte(challenge + `"rp":{"id":"localhost"},"user":{"id":"AAAA"},"pubKeyCredParams":[{"alg":-7}]}`))
	if err != nil {
		panic(err)
	}
	if assertion, err = phone.Sign([]byte(challenge + `"rpId":"localhost"}`)); err != nil {
		panic(err)
	}
	return registration, assertion
}

// options returns the options of a passkey ceremony.
func (a answer) options() []byte {
	a.t.Helper()
	require.Equal(a.t, 200, a.status, a.raw)
	encoded, err := json.Marshal(a.body["public_key"])
	require.NoError(a.t, err)
	return encoded
}

// addPasskey registers a passkey of a signed-in account and returns its id.
func (w *world) addPasskey(t *testing.T, who *account) (id string, phone *authenticator.Authenticator) {
	t.Helper()
	phone = &authenticator.Authenticator{Origin: w.app.Config.PublicURL}
	begun := request{method: "POST", path: "/me/passkeys/options", token: who.access, body: fields{"current_password": password}}
	credential, err := phone.Register(w.send(t, begun).options())
	require.NoError(t, err)
	body := fields{"credential": credential, "name": "Phone of " + who.email}
	added := w.send(t, request{method: "POST", path: "/me/passkeys", token: who.access, body: body})
	require.Equal(t, 201, added.status, added.raw)
	return added.text("id"), phone
}

// passkeyOptions begins a sign-in with a passkey in an org.
func (w *world) passkeyOptions(t *testing.T, o *org) answer {
	t.Helper()
	return w.send(t, request{method: "POST", path: "/auth/passkey/options", org: o.id})
}

// TestAPasskeyOfAnotherOrgIsUnknown: the answer is that to a passkey that nobody has, and nothing of the other org changes.
func TestAPasskeyOfAnotherOrgIsUnknown(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		settled()
		before := w.database.dump(t, w.theirs.id)
		enter := func(phone *authenticator.Authenticator, bends ...func(*authenticator.Answer)) answer {
			options := w.passkeyOptions(t, w.ours)
			credential, err := phone.Sign(options.options(), bends...)
			require.NoError(t, err)
			body := fields{"challenge_token": options.text("challenge_token"), "credential": credential}
			return w.send(t, request{method: "POST", path: "/auth/passkey", org: w.ours.id, body: body})
		}
		unknown := enter(w.theirs.phone, func(a *authenticator.Answer) { a.CredentialID = []byte("an unknown credential id") })
		require.Equal(t, []any{401, "invalid_credentials"}, []any{unknown.status, unknown.code()}, unknown.raw)
		theirs := enter(w.theirs.phone)
		require.Equal(t, unknown.wording(), theirs.wording())
		ours := w.ours.phone.Passkeys()[0]
		forOurs := enter(w.theirs.phone, func(a *authenticator.Answer) { a.CredentialID, a.UserHandle = ours.ID, ours.UserHandle })
		require.Equal(t, unknown.wording(), forOurs.wording())
		require.Equal(t, 200, enter(w.ours.phone).status)

		// A challenge of theirs is not answered in our org, and one of ours not with an answer to theirs.
		foreign := w.passkeyOptions(t, w.theirs)
		credential, err := w.theirs.phone.Sign(foreign.options())
		require.NoError(t, err)
		body := fields{"challenge_token": foreign.text("challenge_token"), "credential": credential}
		a := w.send(t, request{method: "POST", path: "/auth/passkey", org: w.ours.id, body: body})
		require.Equal(t, []any{403, "org_mismatch"}, []any{a.status, a.code()}, a.raw)
		body["challenge_token"] = w.passkeyOptions(t, w.ours).text("challenge_token")
		a = w.send(t, request{method: "POST", path: "/auth/passkey", org: w.ours.id, body: body})
		require.Equal(t, unknown.wording(), a.wording())
		require.Equal(t, before, w.database.dump(t, w.theirs.id))
	})
}

// TestTheStoreFindsPasskeysOfTheOwnOrgOnly asks the repositories themselves, with the handle and the ceremony of another org.
func TestTheStoreFindsPasskeysOfTheOwnOrgOnly(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		handle := base64.RawURLEncoding.EncodeToString(w.theirs.phone.Passkeys()[0].ID)
		find := func(o *org) (err error) {
			w.in(t, o, func(tx port.OrgTx) { _, err = tx.Authenticators().ByHandle(t.Context(), domain.FactorPasskey, handle) })
			return err
		}
		require.NoError(t, find(w.theirs))
		require.ErrorIs(t, find(w.ours), domain.ErrNotFound)

		ceremonies, hash := w.app.Store.Ceremonies(w.clock.Now), domain.TokenHash("hash of a challenge")
		theirs := domain.Ceremony{Org: domain.OrgID(w.theirs.id), By: "a session", ExpiresAt: w.clock.Now().Add(time.Hour)}
		require.NoError(t, ceremonies.Put(t.Context(), theirs.Org, hash, theirs, time.Hour))
		_, err := ceremonies.Take(t.Context(), domain.OrgID(w.ours.id), hash)
		require.ErrorIs(t, err, domain.ErrCeremonyGone)
		_, err = ceremonies.Get(t.Context(), domain.OrgID(w.ours.id), hash)
		require.ErrorIs(t, err, domain.ErrCeremonyGone)
		_, err = ceremonies.Take(t.Context(), theirs.Org, hash)
		require.NoError(t, err)
	})
}
