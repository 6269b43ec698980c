//go:build unix

package faults

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// answer is the response to one request, or the error instead.
type answer struct {
	kind   string
	id     string // request id, as in the log
	status int
	code   string // of a problem
	raw    string
	body   map[string]any
	began  time.Time
	took   time.Duration
	err    error
}

// ask sends a request; body is nil or a value to encode as JSON.
func (s *service) ask(method, path string, body any, headers ...string) answer {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, s.url+path, reader)
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	a := answer{kind: method + " " + path, id: uuid.NewString(), began: time.Now()}
	if request.Header.Get("X-Request-Id") == "" {
		request.Header.Set("X-Request-Id", a.id)
	}
	response, err := cmp.Or(s.client, client).Do(request)
	if err != nil {
		a.err, a.took = err, time.Since(a.began)
		return a
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	a.status, a.raw, a.err, a.took = response.StatusCode, string(raw), err, time.Since(a.began)
	_ = json.Unmarshal(raw, &a.body)
	if err == nil && (s.client == nil || a.status < 500) { // a proxy has answers of its own
		harness.Documented(s.t, s.url, request, response, raw)
	}
	a.code, _ = a.body["code"].(string)
	return a
}

// client keeps a connection for each worker of the load, so that none is opened for each request.
var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func (s *service) get(path, token string) answer {
	return s.ask("GET", path, nil, "Authorization", "Bearer "+token)
}

func (s *service) post(path string, body any, headers ...string) answer {
	return s.ask("POST", path, body, headers...)
}

// is requires the status and, for a failure, the code.
func (a answer) is(t *testing.T, status int, code string) answer {
	t.Helper()
	require.NoError(t, a.err, a.kind)
	require.Equal(t, status, a.status, "%s: %s", a.kind, a.raw)
	require.Equal(t, code, a.code, "%s: %s", a.kind, a.raw)
	return a
}

// text returns the text at a path, such as "tokens.access_token", or "".
func (a answer) text(path string) string {
	var value any = a.body
	for part := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	text, _ := value.(string)
	return text
}

// account is an account with the tokens of its session.
type account struct {
	email, secret   string
	access, refresh string
	recoveryCodes   []string
}

func (s *service) login(email string) answer {
	return s.post("/auth/login", map[string]any{"email": email, "password": password})
}

// signIn signs in a member without a second factor.
func (s *service) signIn(t *testing.T, email string) account {
	t.Helper()
	a := s.login(email).is(t, 200, "")
	return account{email: email, access: a.text("tokens.access_token"), refresh: a.text("tokens.refresh_token")}
}

// enrol signs the owner in for the first time and enrols an authenticator.
func (s *service) enrol(t *testing.T) account {
	t.Helper()
	challenge := s.login(ownerEmail).is(t, 200, "").text("challenge.token")
	secret := s.post("/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(t, 200, "").text("secret")
	proof := map[string]any{"challenge_token": challenge, "code": code(t, secret, time.Now())}
	a := s.post("/auth/login/mfa/enroll/confirm", proof).is(t, 200, "")
	who := account{email: ownerEmail, secret: secret, access: a.text("tokens.access_token"), refresh: a.text("tokens.refresh_token")}
	for _, code := range a.body["recovery_codes"].([]any) {
		who.recoveryCodes = append(who.recoveryCodes, code.(string))
	}
	return who
}

// code returns the one-time code that an authenticator shows at a time.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	require.NoError(t, err)
	return code
}

// recoveryCode returns an unused recovery code.
func (a *account) recoveryCode() string {
	code := a.recoveryCodes[0]
	a.recoveryCodes = a.recoveryCodes[1:]
	return code
}
