package e2e

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// machine is a service account with a key.
type machine struct{ id, keyID, key string }

// machine creates a service account with the permissions, and a key of it.
func (s *service) machine(t *testing.T, owner account, name string, permissions ...string) machine {
	t.Helper()
	bearer := "Bearer " + owner.access
	role := s.post(t, "/roles", map[string]any{"name": name + " role", "permissions": permissions}, "Authorization", bearer).is(201, "")
	body := map[string]any{"name": name, "roles": []string{role.text("id")}}
	made := s.post(t, "/service-accounts", body, "Authorization", bearer).is(201, "")
	p := machine{id: made.text("id")}
	p.keyID, p.key = s.newKey(t, owner, p.id)
	return p
}

func (s *service) newKey(t *testing.T, owner account, id string) (keyID, key string) {
	t.Helper()
	made := s.post(t, "/service-accounts/"+id+"/keys", map[string]any{"name": "key"}, "Authorization", "Bearer "+owner.access).is(201, "")
	return made.text("id"), made.text("key")
}

// form sends a form, with Basic unless the program is zero.
func (s *service) form(t *testing.T, path string, by machine, fields url.Values, headers ...string) answer {
	t.Helper()
	return s.rawForm(t, path, by, fields.Encode(), headers...)
}

func (s *service) rawForm(t *testing.T, path string, by machine, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if by.id != "" {
		request.SetBasicAuth(by.id, by.key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := httpClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{t: t, status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"), path)
	require.Equal(t, "no-cache", a.header.Get("Pragma"), path)
	harness.Documented(t, s.url, request, response, raw)
	return a
}

// fails requires an error of OAuth 2.0.
func (a answer) fails(status int, name string) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.raw)
	require.Equal(a.t, name, a.body["error"], a.raw)
	require.NotEmpty(a.t, a.body["error_description"], a.raw)
	require.Equal(a.t, "application/json;charset=UTF-8", a.header.Get("Content-Type"))
	if status == 401 {
		require.Equal(a.t, `Basic realm="sole", charset="UTF-8"`, a.header.Get("WWW-Authenticate"))
	}
	return a
}

var grant = url.Values{"grant_type": {"client_credentials"}}

func (s *service) programToken(t *testing.T, p machine) string {
	t.Helper()
	return s.form(t, "/oauth2/token", p, grant).is(200, "").text("access_token")
}

func (s *service) introspect(t *testing.T, by machine, token string) answer {
	t.Helper()
	return s.form(t, "/oauth2/introspect", by, url.Values{"token": {token}}).is(200, "")
}

func (s *service) inactive(t *testing.T, by machine, token string) {
	t.Helper()
	require.JSONEq(t, `{"active": false}`, s.introspect(t, by, token).raw)
}

func TestAProgramGetsATokenAndUsesIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		p := s.machine(t, owner, "deploy", "member.read", "role.read")
		issued := s.form(t, "/oauth2/token", p, grant).is(200, "")
		require.Equal(t, "Bearer", issued.text("token_type"))
		require.Equal(t, "member.read role.read", issued.text("scope"))
		require.EqualValues(t, s.app.Config.AccessTTL/time.Second, issued.at("expires_in"))
		s.get(t, "/members", issued.text("access_token")).is(200, "")

		narrow := s.form(t, "/oauth2/token", machine{}, url.Values{
			"grant_type": {"client_credentials"}, "scope": {"role.read"}, "client_id": {p.id}, "client_secret": {p.key},
		}).is(200, "")
		require.Equal(t, "role.read", narrow.text("scope"))
		s.get(t, "/roles", narrow.text("access_token")).is(200, "")
		s.get(t, "/members", narrow.text("access_token")).is(403, "permission_denied")
	})
}

func TestTheErrorsOfOAuth(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		p := s.machine(t, owner, "deploy", "member.read")
		other := s.machine(t, owner, "other", "role.read")
		basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
		inBody := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.id}, "client_secret": {p.key}}
		for name, c := range map[string]struct {
			by      machine
			body    string
			headers []string
			status  int
			fault   string
		}{
			"no grant":              {p, "scope=member.read", nil, 400, "invalid_request"},
			"an unknown grant":      {p, "grant_type=password", nil, 400, "unsupported_grant_type"},
			"a parameter twice":     {p, "grant_type=client_credentials&grant_type=client_credentials", nil, 400, "invalid_request"},
			"an unknown one twice":  {p, "grant_type=client_credentials&x=1&x=2", nil, 400, "invalid_request"},
			"broken encoding":       {p, "grant_type=%zz", nil, 400, "invalid_request"},
			"no UTF-8":              {p, "grant_type=%ff", nil, 400, "invalid_request"},
			"more than it has":      {p, "grant_type=client_credentials&scope=member.read+role.read", nil, 400, "invalid_scope"},
			"an unknown permission": {p, "grant_type=client_credentials&scope=everything", nil, 400, "invalid_scope"},
			"a malformed scope":     {p, "grant_type=client_credentials&scope=member.read++x", nil, 400, "invalid_scope"},
			"no client":             {machine{}, grant.Encode(), nil, 401, "invalid_client"},
			"an id alone":           {machine{}, grant.Encode() + "&client_id=" + p.id, nil, 401, "invalid_client"},
			"another client's key":  {machine{id: p.id, key: other.key}, grant.Encode(), nil, 401, "invalid_client"},
			"a token as secret":     {machine{id: p.id, key: s.programToken(t, p)}, grant.Encode(), nil, 401, "invalid_client"},
			"a mistyped key":        {machine{id: p.id, key: p.key[:len(p.key)-1] + "!"}, grant.Encode(), nil, 401, "invalid_client"},
			"two ways":              {p, inBody.Encode(), nil, 400, "invalid_request"},
			"a bearer token":        {machine{}, grant.Encode(), []string{"Authorization", "Bearer " + p.key}, 401, "invalid_client"},
			"no colon":              {machine{}, grant.Encode(), []string{"Authorization", basic(p.id)}, 401, "invalid_client"},
			"no base64":             {machine{}, grant.Encode(), []string{"Authorization", "Basic ~"}, 401, "invalid_client"},
			"JSON":                  {p, `{}`, []string{"Content-Type", "application/json"}, 415, "invalid_request"},
			"too much":              {p, "grant_type=" + strings.Repeat("x", 40<<10), nil, 413, "invalid_request"},
		} {
			t.Run(name, func(t *testing.T) {
				a := s.rawForm(t, "/oauth2/token", c.by, c.body, c.headers...)
				a.t = t
				a.fails(c.status, c.fault)
			})
		}
		s.rawForm(t, "/oauth2/token?grant_type=client_credentials", p, "").fails(400, "invalid_request")
		s.form(t, "/oauth2/introspect", p, url.Values{"token": {"x"}}).fails(403, "unauthorized_client")
		s.form(t, "/oauth2/revoke", p, url.Values{}).fails(400, "invalid_request")
	})
}

func TestIntrospectionKnowsWhatIsInForce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		asks := s.machine(t, owner, "gateway", "token.introspect")
		p := s.machine(t, owner, "deploy", "member.read")
		token := s.programToken(t, p)

		person := s.introspect(t, asks, owner.access)
		require.Equal(t, true, person.body["active"])
		require.Equal(t, "person", person.text("type"))
		require.NotEmpty(t, person.text("sid"))
		require.NotContains(t, person.raw, ownerEmail)
		service := s.introspect(t, asks, token)
		require.Equal(t, "service_account", service.text("type"))
		require.Equal(t, p.id, service.text("sub"))
		require.Equal(t, p.id, service.text("client_id"))
		require.Equal(t, "member.read", service.text("scope"))
		require.Equal(t, p.keyID, service.text("key_id"))
		require.Nil(t, service.body["sid"])
		require.Equal(t, p.keyID, s.introspect(t, asks, p.key).text("jti"))
		for _, other := range []string{owner.refresh, "x", token + "x", p.key[:len(p.key)-1], "sole_sk_"} {
			s.inactive(t, asks, other)
		}

		bearer := "Bearer " + owner.access
		s.post(t, "/service-accounts/"+p.id+"/suspend", nil, "Authorization", bearer).is(204, "")
		s.inactive(t, asks, token)
		s.inactive(t, asks, p.key)
		s.get(t, "/members", token).is(403, "account_suspended")
		s.form(t, "/oauth2/token", p, grant).fails(401, "invalid_client")
		s.post(t, "/service-accounts/"+p.id+"/activate", nil, "Authorization", bearer).is(204, "")
		require.Equal(t, true, s.introspect(t, asks, token).body["active"])
		s.call(t, "DELETE", "/api/v1/service-accounts/"+p.id+"/keys/"+p.keyID, nil, "Authorization", bearer).is(204, "")
		s.inactive(t, asks, token)
		s.inactive(t, asks, p.key)
		s.post(t, "/auth/logout", nil, "Authorization", bearer).is(204, "")
		s.inactive(t, asks, owner.access)
	})
}

func TestAClientRevokesTokens(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		asks := s.machine(t, owner, "gateway", "token.introspect")
		p := s.machine(t, owner, "deploy", "member.read")
		first, second := s.programToken(t, p), s.programToken(t, p)
		revoke := func(by machine, token string) answer {
			return s.form(t, "/oauth2/revoke", by, url.Values{"token": {token}})
		}
		revoke(asks, first).fails(400, "unauthorized_client")
		revoke(asks, p.key).fails(400, "unauthorized_client")
		s.get(t, "/members", first).is(200, "")

		var crowd sync.WaitGroup
		for range 8 {
			crowd.Go(func() { revoke(p, first).is(200, "") })
			crowd.Go(func() { require.Contains(t, []int{200, 401}, s.get(t, "/members", first).status) })
		}
		crowd.Wait()
		require.Empty(t, revoke(p, first).is(200, "").raw)
		require.Len(t, s.get(t, "/audit-events?action=token.revoked", owner.access).is(200, "").body["items"], 1, "once, as it changed once")
		s.get(t, "/members", first).is(401, "token_revoked")
		s.inactive(t, asks, first)
		s.get(t, "/members", second).is(200, "")
		s.clock.Advance(s.app.Config.AccessTTL - time.Second)
		s.get(t, "/members", first).is(401, "token_revoked")

		for _, unknown := range []string{"x", "sole_sk_x"} {
			revoke(p, unknown).is(200, "")
		}
		revoke(p, p.key).is(200, "")
		s.inactive(t, asks, p.key)
		s.get(t, "/members", p.key).is(401, "unauthenticated")
		revoke(p, "x").fails(401, "invalid_client")

		s.inactive(t, asks, owner.refresh)
		revoke(asks, owner.refresh).is(200, "")
		s.get(t, "/me", owner.access).is(401, "token_revoked")
	})
}

func TestDiscoveryNamesTheEndpoints(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		found := s.call(t, "GET", path, nil).is(200, "")
		require.Equal(t, s.app.Config.Issuer, found.text("issuer"))
		require.Equal(t, s.app.Config.PublicURL+"/oauth2/token", found.text("token_endpoint"))
		require.Equal(t, s.app.Config.PublicURL+"/.well-known/jwks.json", found.text("jwks_uri"))
		require.Equal(t, []any{"RS256"}, found.at("id_token_signing_alg_values_supported"))
		require.Nil(t, found.body["authorization_endpoint"])
		require.Regexp(t, "^public, max-age=", found.header.Get("Cache-Control"))
	}
}
