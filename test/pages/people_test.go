package pages

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// person is somebody with an account. The password is the constant password.
type person struct {
	org             *org
	id, email, name string
	secret          string // of the authenticator app; empty: none yet
	recoveryCodes   []string
	step            int64 // of the last one-time code
	access, refresh string
}

// newPerson creates an account with a role. Their address is made of their name: ada.lovelace@example.org.
func (o *org) newPerson(t *testing.T, name, role string) *person {
	t.Helper()
	who := &person{org: o, id: uuid.NewString(), name: name}
	who.email = strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org"
	o.in(t, func(tx port.OrgTx) {
		now := o.service.clock.Now()
		user, err := domain.NewUser(domain.UserID(who.id), domain.Email(who.email), name, now)
		require.NoError(t, err)
		user.SetPassword(o.hash, false, now)
		require.NoError(t, tx.Users().Insert(t.Context(), user))
		roles, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		at := slices.IndexFunc(roles, func(r domain.Role) bool { return r.Name == role })
		require.GreaterOrEqual(t, at, 0, "a role %s", role)
		require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{roles[at].ID}))
	})
	return who
}

// newRole creates a role with permissions.
func (o *org) newRole(t *testing.T, name string, permissions ...domain.Permission) {
	t.Helper()
	role := domain.Role{ID: domain.RoleID(uuid.NewString()), Name: name, Granted: permissions, CreatedAt: o.service.clock.Now()}
	o.in(t, func(tx port.OrgTx) { require.NoError(t, tx.Roles().Insert(t.Context(), role)) })
}

// code returns a one-time code of the person that was not used before, and moves the clock if it has to.
func (o *org) code(t *testing.T, who *person) string {
	t.Helper()
	const seconds = 30
	now := o.service.clock.Now().Unix() / seconds
	who.step = max(who.step+1, now-1)
	for ; who.step > now+1; now++ {
		o.service.clock.Advance(seconds * time.Second)
	}
	code, err := totp.GenerateCode(who.secret, time.Unix(who.step*seconds, 0))
	require.NoError(t, err)
	return code
}

// answer is what the API answers.
type answer struct {
	t      *testing.T
	status int
	body   map[string]any
}

// text returns a text at a path, such as "tokens.access_token".
func (a answer) text(path string) string {
	a.t.Helper()
	var value any = a.body
	for part := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	text, ok := value.(string)
	require.True(a.t, ok, "%s is not a text in %v", path, a.body)
	return text
}

// call sends a request to the API for anyone, and requires that it succeeds.
func (o *org) call(t *testing.T, method, path string, body any, headers ...string) answer {
	t.Helper()
	var sent bytes.Buffer
	if text, raw := body.(string); raw {
		sent.WriteString(text)
	} else if body != nil {
		require.NoError(t, json.NewEncoder(&sent).Encode(body))
	}
	request, err := http.NewRequestWithContext(t.Context(), method, o.service.origin+"/api/v1"+path, &sent)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Org-Id", o.slug)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 300, "%s %s: %s", method, path, raw)
	a := answer{t: t, status: response.StatusCode}
	_ = json.Unmarshal(raw, &a.body)
	return a
}

// as sends a request to the API as a person who was signed in, and requires that it succeeds.
func (o *org) as(t *testing.T, who *person, method, path string, body any) answer {
	t.Helper()
	return o.call(t, method, path, body, "Authorization", "Bearer "+who.access)
}

// signIn signs a person in with what the org demands: a password, and a code of an authenticator app that is enrolled on the way.
func (o *org) signIn(t *testing.T, who *person) {
	t.Helper()
	result := o.call(t, "POST", "/auth/login", map[string]any{"email": who.email, "password": password})
	switch status := result.text("status"); status {
	case "mfa_enrollment_required":
		token := result.text("challenge.token")
		who.secret = o.call(t, "POST", "/auth/login/mfa/enroll", map[string]any{"challenge_token": token}).text("secret")
		proof := map[string]any{"challenge_token": token, "code": o.code(t, who)}
		result = o.call(t, "POST", "/auth/login/mfa/enroll/confirm", proof)
		who.keep(result)
	case "mfa_required":
		proof := map[string]any{"challenge_token": result.text("challenge.token"), "code": o.code(t, who)}
		result = o.call(t, "POST", "/auth/login/mfa", proof)
	default:
		require.Equal(t, "authenticated", status)
	}
	who.access, who.refresh = result.text("tokens.access_token"), result.text("tokens.refresh_token")
	who.id = o.as(t, who, "GET", "/me", nil).text("id")
}

// enrol gives a person who is signed in an authenticator app.
func (o *org) enrol(t *testing.T, who *person) {
	t.Helper()
	who.secret = o.as(t, who, "POST", "/me/mfa/totp", map[string]any{"current_password": password}).text("secret")
	who.keep(o.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": o.code(t, who)}))
}

func (who *person) keep(confirmed answer) {
	for _, code := range confirmed.body["recovery_codes"].([]any) {
		who.recoveryCodes = append(who.recoveryCodes, code.(string))
	}
}

// cookie is the session cookie of a person who was signed in.
func (who *person) cookie() (name, value string) {
	return "sole_session", who.access + "~" + who.refresh
}

// tab signs a person in and opens an empty tab for them.
func (o *org) tab(t *testing.T, who *person) *browser.Tab {
	t.Helper()
	b := o.visit(t)
	o.signIn(t, who)
	b.SetCookie(who.cookie())
	return b
}

// visit opens an empty tab that is not signed in.
func (o *org) visit(t *testing.T) *browser.Tab {
	t.Helper()
	return browser.Open(t, o.origin)
}
