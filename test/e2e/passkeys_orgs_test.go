package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/authenticator"
)

// TestAPasskeyOfOneOrgNeverSignsInToAnother uses one credential id and one key in two orgs.
func TestAPasskeyOfOneOrgNeverSignsInToAnother(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		acmeID, acme := s.tenantOwner(t, "acme-inc")
		_, globex := s.tenantOwner(t, "globex")
		phone := s.phone()
		s.addPasskey(t, acme, phone).is(201, "")
		s.post(t, "/auth/passkey/options", nil).is(400, "org_required")
		s.post(t, "/auth/passkey/options", nil, "X-Org-Id", "nobody").is(404, "org_not_found")
		toAcme := []string{"X-Org-Id", "acme-inc"}
		require.Equal(t, string(acmeID), s.get(t, "/me", acme.holding(s.byPasskey(t, phone, toAcme).is(200, "")).access).text("org.id"))

		options := s.post(t, "/auth/passkey/options", nil, toAcme...)
		in := map[string]any{"challenge_token": options.text("challenge_token"), "credential": signed(t, phone, options)}
		s.post(t, "/auth/passkey", in, "X-Org-Id", "globex").is(403, "org_mismatch")
		s.post(t, "/auth/passkey", in).is(200, "") // the org is the challenge's

		// Globex has the same credential id, with another key.
		there := s.phone()
		id := phone.Passkeys()[0].ID
		s.addPasskey(t, globex, there, func(a *authenticator.Answer) { a.CredentialID = id }).is(201, "")
		s.byPasskey(t, phone, []string{"X-Org-Id", "globex"}).is(401, "invalid_credentials")
		s.byPasskey(t, there, toAcme).is(401, "invalid_credentials")
		s.byPasskey(t, phone, toAcme, func(a *authenticator.Answer) { a.UserHandle = there.Passkeys()[0].UserHandle }).
			is(401, "invalid_credentials")
		s.byPasskey(t, there, []string{"X-Org-Id", "globex"}).is(200, "")

		// Nor does a challenge of one org take the answer to a challenge of another.
		here, other := s.post(t, "/auth/passkey/options", nil, toAcme...), s.post(t, "/auth/passkey/options", nil, "X-Org-Id", "globex")
		crossed := map[string]any{"challenge_token": here.text("challenge_token"), "credential": signed(t, phone, other)}
		s.post(t, "/auth/passkey", crossed).is(401, "invalid_credentials")
		s.suspend(t, acmeID)
		s.post(t, "/auth/passkey/options", nil, toAcme...).is(403, "org_suspended")
		require.Len(t, s.passkeys(t, globex), 1)
		require.Empty(t, s.passkeys(t, operator))
	})
}

func TestRelatedOriginsAreServedAtTheRoot(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		require.Equal(t, []any{"http://localhost:8000"}, s.call(t, "GET", "/.well-known/webauthn", nil).is(200, "").at("origins"))
	})
	s := start(t, deployments[0], func(c *bootstrap.Config) {
		c.PasskeyOrigins = []string{"http://localhost:8000", "https://sole.example"}
	})
	listed := s.call(t, "GET", "/.well-known/webauthn", nil).is(200, "")
	require.Equal(t, []any{"http://localhost:8000", "https://sole.example"}, listed.at("origins"))
	require.Equal(t, "application/json", listed.header.Get("Content-Type"))
	_, phone := s.memberWithPasskey(t)
	s.byPasskey(t, phone, nil, data("origin", "https://sole.example")).is(200, "")
	s.byPasskey(t, phone, nil, data("origin", "https://evil.example")).is(401, "invalid_credentials")
}

// TestTheRPIDNeverComesFromARequest sends a request that names another host.
func TestTheRPIDNeverComesFromARequest(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	options := s.post(t, "/auth/passkey/options", nil, "X-Org-Id", "default", "Host", "evil.example", "Origin", "https://evil.example")
	require.Equal(t, "localhost", options.is(200, "").at("public_key.rpId"))
}
