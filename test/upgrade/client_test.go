//go:build unix

package upgrade

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// router sends requests to replicas in turn, as a proxy does. A replica that is taken out gets no more requests, and has answered those
// that it got.
type router struct {
	mu       sync.RWMutex
	replicas []*replica
}

// use replaces the replicas, once all requests are answered.
func (r *router) use(replicas ...*replica) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replicas = slices.Clone(replicas)
}

// answer is the response to one request, or the error instead.
type answer struct {
	kind   string
	status int
	raw    string
	body   map[string]any
	took   time.Duration
	err    error
}

var client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// ask sends a request to the replica of a turn; body is nil or a value to encode as JSON.
func (r *router) ask(turn int, method, path, token string, body any) answer {
	r.mu.RLock()
	defer r.mu.RUnlock()
	a := answer{kind: method + " " + path}
	var text bytes.Buffer
	if body != nil {
		if a.err = json.NewEncoder(&text).Encode(body); a.err != nil {
			return a
		}
	}
	request, err := http.NewRequest(method, r.replicas[turn%len(r.replicas)].url+path, &text)
	if err != nil {
		a.err = err
		return a
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	a.status, a.raw, a.err, a.took = response.StatusCode, string(raw), err, time.Since(began)
	_ = json.Unmarshal(raw, &a.body)
	return a
}

// is requires a status.
func (a answer) is(t *testing.T, status int) answer {
	t.Helper()
	require.NoError(t, a.err, a.kind)
	require.Equal(t, status, a.status, "%s: %s", a.kind, a.raw)
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

func (r *router) post(path string, body any) answer { return r.ask(0, "POST", path, "", body) }

func (r *router) login(email, deviceToken string) answer {
	body := map[string]any{"email": email, "password": password}
	if deviceToken != "" {
		body["device_token"] = deviceToken
	}
	return r.post("/auth/login", body)
}

// session is the tokens of a session.
type session struct{ access, refresh string }

func (a answer) session() session {
	return session{access: a.text("tokens.access_token"), refresh: a.text("tokens.refresh_token")}
}

// renew refreshes a session.
func (r *router) renew(t *testing.T, s session) session {
	t.Helper()
	a := r.post("/auth/refresh", map[string]any{"refresh_token": s.refresh}).is(t, 200)
	return session{access: a.text("access_token"), refresh: a.text("refresh_token")}
}

// owner is the first account, with all that a person stores.
type owner struct {
	session
	codes  []string
	device string // token of a remembered device
}

// enrol signs the owner in for the first time, with an authenticator app, and remembers the device.
func (r *router) enrol(t *testing.T) owner {
	t.Helper()
	challenge := r.login(ownerEmail, "").is(t, 200).text("challenge.token")
	secret := r.post("/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(t, 200).text("secret")
	proof := map[string]any{"challenge_token": challenge, "code": codeOf(t, secret), "remember_device": true}
	a := r.post("/auth/login/mfa/enroll/confirm", proof).is(t, 200)
	o := owner{session: a.session(), device: a.text("device_token")}
	for _, code := range a.body["recovery_codes"].([]any) {
		o.codes = append(o.codes, code.(string))
	}
	require.NotEmpty(t, o.device)
	return o
}

// signIn signs the owner in with a second factor.
func (o *owner) signIn(t *testing.T, r *router, proof map[string]any) answer {
	t.Helper()
	proof["challenge_token"] = r.login(ownerEmail, "").is(t, 200).text("challenge.token")
	return r.post("/auth/login/mfa", proof).is(t, 200)
}

// recoveryCode returns an unused recovery code.
func (o *owner) recoveryCode() string {
	code := o.codes[0]
	o.codes = o.codes[1:]
	return code
}

func codeOf(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now())
	require.NoError(t, err)
	return code
}

// keeps requires that everything the owner stored still works: tokens, the remembered device, a recovery code.
func (o *owner) keeps(t *testing.T, r *router) {
	t.Helper()
	r.ask(0, "GET", "/me", o.access, nil).is(t, 200)
	o.session = r.renew(t, o.session)
	a := r.login(ownerEmail, o.device).is(t, 200)
	require.Equal(t, "authenticated", a.text("status"), "the device is still remembered")
	if renewed := a.text("device_token"); renewed != "" {
		o.device = renewed
	}
	o.signIn(t, r, map[string]any{"recovery_code": o.recoveryCode()})
}
