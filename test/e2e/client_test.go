package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// answer is a response: its status, headers and JSON.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// call sends one request; body is JSON text or a value to encode as JSON.
func (s *service) call(t *testing.T, method, path string, body any, headers ...string) answer {
	t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		require.NoError(t, err)
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, reader)
	require.NoError(t, err)
	if reader != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	request.Host = cmp.Or(request.Header.Get("Host"), request.Host)
	request.Header.Del("Host")
	response, err := httpClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{t: t, status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	harness.Documented(t, s.url, request, response, raw)
	return a
}

var httpClient = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func (s *service) post(t *testing.T, path string, body any, headers ...string) answer {
	t.Helper()
	return s.call(t, http.MethodPost, "/api/v1"+path, body, headers...)
}

func (s *service) get(t *testing.T, path, token string) answer {
	t.Helper()
	return s.call(t, http.MethodGet, "/api/v1"+path, nil, "Authorization", "Bearer "+token)
}

// at returns the value at a path, such as "tokens.access_token".
func (a answer) at(path string) any {
	a.t.Helper()
	var value any = a.body
	for part := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		require.True(a.t, ok, "no %s in %s", path, a.raw)
		value = object[part]
	}
	return value
}

func (a answer) text(path string) string {
	a.t.Helper()
	text, ok := a.at(path).(string)
	require.True(a.t, ok, "%s is not a text in %s", path, a.raw)
	return text
}

// is requires the status and, for failures, the code and a complete problem document.
func (a answer) is(status int, code string) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.raw)
	if code == "" {
		return a
	}
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(a.t, code, a.body["code"], a.raw)
	require.EqualValues(a.t, status, a.body["status"])
	for _, member := range []string{"type", "title", "detail", "instance", "request_id"} {
		require.NotEmpty(a.t, a.body[member], "%s in %s", member, a.raw)
	}
	require.Equal(a.t, a.header.Get("X-Request-Id"), a.body["request_id"])
	return a
}

// account is an account with the tokens of its session.
type account struct {
	email, password, secret string
	access, refresh         string
	recoveryCodes           []string
	headers                 []string // sent with each request of the account, as names and values in turn
}

// with returns the account with more headers on its requests.
func (who account) with(headers ...string) account {
	who.headers = append(slices.Clone(who.headers), headers...)
	return who
}

func credentials(email, password string) map[string]any {
	return map[string]any{"email": email, "password": password}
}

// challenge signs the owner in with the password, requires the status and returns the challenge token.
func (s *service) challenge(t *testing.T, status string, headers ...string) string {
	t.Helper()
	a := s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), headers...).is(200, "")
	require.Equal(t, status, a.text("status"))
	return a.text("challenge.token")
}

// enroll signs the owner in for the first time and enrols an authenticator.
func (s *service) enroll(t *testing.T, headers ...string) account {
	t.Helper()
	challenge := s.challenge(t, "mfa_enrollment_required", headers...)
	secret := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	a := s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "code": s.code(t, secret, 0)}).is(200, "")
	require.Equal(t, "authenticated", a.text("status"))
	who := account{
		email:    ownerEmail,
		password: ownerPassword,
		secret:   secret,
		access:   a.text("tokens.access_token"),
		refresh:  a.text("tokens.refresh_token"),
	}
	for _, code := range a.at("recovery_codes").([]any) {
		who.recoveryCodes = append(who.recoveryCodes, code.(string))
	}
	require.Len(t, who.recoveryCodes, 10)
	return who
}

// code returns the one-time code that an authenticator shows so many time steps from now.
func (s *service) code(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.clock.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(t, err)
	return code
}

// signIn signs an enrolled account in with the code of the next time step.
func (s *service) signIn(t *testing.T, who account) account {
	t.Helper()
	s.clock.Advance(30 * time.Second)
	challenge := s.challenge(t, "mfa_required")
	a := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": challenge, "code": s.code(t, who.secret, 0)}).is(200, "")
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who
}

func decode(text string, into any) error { return json.Unmarshal([]byte(text), into) }
