package clients

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// body is a JSON object.
type body = map[string]any

// call sends JSON to the API as the holder of a token, requires a status of success and returns the JSON of the response.
func (s *service) call(t *testing.T, token, method, path string, sent any) body {
	t.Helper()
	text, err := json.Marshal(sent)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+"/api/v1"+path, bytes.NewReader(text))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 300, "%s %s: %s", method, path, raw)
	var received body
	if len(raw) > 0 {
		require.NoError(t, json.Unmarshal(raw, &received))
	}
	return received
}

// account is a person with the tokens of a session.
type account struct {
	id, email, password string
	secret              string // of the authenticator app; empty without
	access, refresh     string
}

// code returns the code that the authenticator app of an account shows. It works once.
func (s *service) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.clock.Now())
	require.NoError(t, err)
	return code
}

// person creates an account with roles in the org of the owner, and signs it in.
func (s *service) person(t *testing.T, roles ...string) account {
	t.Helper()
	s.clock.Advance(-time.Minute) // see serveWith
	defer s.clock.Advance(time.Minute)
	email := uuid.NewString() + "@example.org"
	created := s.call(t, s.owner.access, http.MethodPost, "/members", body{
		"email": email, "full_name": "Pat Person", "roles": roles, "temporary_password": true,
	})
	a := s.signIn(t, account{email: email, password: created["temporary_password"].(string)})
	a.id = created["id"].(string)
	return a
}

// signIn signs an account in that was not enrolled before, and does what the steps of the sign-in ask for.
func (s *service) signIn(t *testing.T, a account) account {
	t.Helper()
	login := s.call(t, "", http.MethodPost, "/auth/login", body{"email": a.email, "password": a.password})
	for login["status"] != "authenticated" {
		challenge := login["challenge"].(body)["token"]
		switch login["status"] {
		case "password_change_required":
			a.password = password
			login = s.call(t, "", http.MethodPost, "/auth/login/password", body{"challenge_token": challenge, "new_password": a.password})
		case "mfa_enrollment_required":
			enrolling := s.call(t, "", http.MethodPost, "/auth/login/mfa/enroll", body{"challenge_token": challenge})
			a.secret = enrolling["secret"].(string)
			login = s.call(t, "", http.MethodPost, "/auth/login/mfa/enroll/confirm",
				body{"challenge_token": challenge, "code": s.code(t, a.secret)})
		default:
			t.Fatalf("unexpected status %v", login["status"])
		}
	}
	tokens := login["tokens"].(body)
	a.access, a.refresh = tokens["access_token"].(string), tokens["refresh_token"].(string)
	return a
}

// suspend ends every session of a person.
func (s *service) suspend(t *testing.T, a account) {
	t.Helper()
	s.call(t, s.owner.access, http.MethodPost, "/members/"+a.id+"/suspend", nil)
}
