package clients

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestVerifiersInNode starts services that verify tokens and know the URL of their issuer only. Each accepts the token of a person and
// that of a machine, and refuses every other.
func TestVerifiersInNode(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"verify-jose", "verify-express"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifier := nodeProgram(t, name)
			s := serve(t)
			s.verified(t, verifier.listen(t, "ISSUER="+s.url, "AUDIENCE=sole"))
		})
	}
}

// verified checks that a service behind a verifier answers {"sub","org","machine"} to good tokens and 401 to others.
func (s *service) verified(t *testing.T, verifier string) {
	t.Helper()
	person, machine := s.person(t, "member"), s.machine(t, "member.read")
	org := s.call(t, s.owner.access, http.MethodGet, "/org", nil)["id"]
	require.Equal(t, body{"sub": person.id, "org": org, "machine": false}, ask(t, verifier, person.access, 200))
	token := s.token(t, machine)
	require.Equal(t, body{"sub": machine.id, "org": org, "machine": true}, ask(t, verifier, token, 200))
	for _, good := range []string{person.access, token} {
		for wrong, token := range s.refusedTokens(t, good) {
			t.Run(wrong, func(t *testing.T) { ask(t, verifier, token, 401) })
		}
	}
}

// ask sends a token to a service, requires the status and returns its JSON.
func ask(t *testing.T, url, token string, status int) body {
	t.Helper()
	response := send(t, url, token)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, status, response.StatusCode, "%s", raw)
	if status != http.StatusOK {
		require.Contains(t, response.Header.Get("WWW-Authenticate"), "Bearer")
		return nil
	}
	var received body
	require.NoError(t, json.Unmarshal(raw, &received))
	return received
}

func send(t *testing.T, url, token string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	return response
}

// refusedSoon requires that a service refuses a token within a second.
func refusedSoon(t *testing.T, url, token string) {
	t.Helper()
	answersSoon(t, url, token, http.StatusUnauthorized)
}

// answersSoon requires that a service answers a token with the status within a second.
func answersSoon(t *testing.T, url, token string, status int) {
	t.Helper()
	require.Eventually(t, func() bool {
		response := send(t, url, token)
		return response.Body.Close() == nil && response.StatusCode == status
	}, time.Second, 20*time.Millisecond)
}

func TestIntrospectionInNodeRefusesTokensThatEnded(t *testing.T) {
	t.Parallel()
	refusesEnded(t, nodeProgram(t, "verify-introspection"))
}

// refusesEnded checks a verifier that asks the issuer about each token: tokens of a suspended person, of a signed-out session and of a
// removed key are refused within a second, though their signatures are good.
func refusesEnded(t *testing.T, verifier program) {
	t.Helper()
	s := serve(t)
	asking := s.machine(t, "token.introspect")
	url := verifier.listen(t, "ISSUER="+s.url, "CLIENT_ID="+asking.id, "CLIENT_SECRET="+asking.key)
	s.verified(t, url)

	suspended, leaving := s.person(t, "member"), s.person(t, "member")
	stopped, revoked := s.machine(t, "member.read"), s.machine(t, "member.read")
	stoppedToken, revokedToken := s.token(t, stopped), s.token(t, revoked)
	for _, token := range []string{suspended.access, leaving.access, stoppedToken, revokedToken, revoked.key} {
		ask(t, url, token, 200)
	}
	s.suspend(t, suspended)
	refusedSoon(t, url, suspended.access)
	s.call(t, leaving.access, http.MethodPost, "/auth/logout", nil)
	refusedSoon(t, url, leaving.access)
	s.call(t, s.owner.access, http.MethodPost, "/service-accounts/"+stopped.id+"/suspend", nil)
	refusedSoon(t, url, stoppedToken)
	s.call(t, s.owner.access, http.MethodDelete, "/service-accounts/"+revoked.id+"/keys/"+revoked.keyID, nil)
	refusedSoon(t, url, revokedToken)
	refusedSoon(t, url, revoked.key)

	s.call(t, s.owner.access, http.MethodDelete, "/service-accounts/"+asking.id+"/keys/"+asking.keyID, nil)
	answersSoon(t, url, s.owner.access, http.StatusServiceUnavailable) // it can ask no more
}
