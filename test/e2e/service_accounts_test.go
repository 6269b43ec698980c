package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// serviceAccount creates a service account with these roles and returns its id.
func (s *service) serviceAccount(t *testing.T, who account, name string, roles ...string) string {
	t.Helper()
	body := map[string]any{"name": name, "roles": append([]string{}, roles...)}
	return s.as(t, who, "POST", "/service-accounts", body).is(201, "").text("id")
}

// apiKey creates a key of a service account and returns the response.
func (s *service) apiKey(t *testing.T, who account, id string, members map[string]any) answer {
	t.Helper()
	body := map[string]any{"name": "Server"}
	for name, value := range members {
		body[name] = value
	}
	return s.as(t, who, "POST", "/service-accounts/"+id+"/keys", body).is(201, "")
}

func TestAKeyReachesWhatItsRolesPermitAndNothingElse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.serviceAccount(t, owner, "Nightly export", "auditor")
		made := s.apiKey(t, owner, id, nil)
		key := made.text("key")
		require.Regexp(t, `^sole_sk_[0-9A-Za-z]{65}_[0-9A-Za-z]{6}$`, key)

		me := s.get(t, "/me", key).is(200, "")
		require.Equal(t, []any{"service_account", id, "Nightly export"}, []any{me.at("type"), me.at("id"), me.at("name")})
		require.Equal(t, made.text("id"), me.text("key.id"))
		require.Contains(t, texts(me.at("permissions")), "audit.read")
		require.Equal(t, "person", s.get(t, "/me", owner.access).is(200, "").text("type"))
		s.get(t, "/members", key).is(200, "")
		s.get(t, "/org", key).is(200, "")
		s.as(t, account{access: key}, "POST", "/roles", map[string]any{"name": "x", "permissions": []string{}}).is(403, "permission_denied")

		s.get(t, "/audit-events?action=audit.read", key).is(200, "")
		s.auditEvents(t, owner, string(domain.EventAuditRead))
		listed := s.auditEvents(t, owner, string(domain.EventAuditRead))
		require.NotEmpty(t, listed)
		types := map[any]bool{}
		for _, event := range listed {
			types[event["actor_type"]] = true
			require.Equal(t, event["actor_id"] == id, event["actor_type"] == "service_account", event)
		}
		require.True(t, types["service_account"] && types["account"], listed)
		require.NotContains(t, s.dump(t), key[8:40], "only the hash is stored, also in the audit log")
	})
}

// TestNoRouteOfOnesOwnAccountIsForServiceAccounts calls every route that any account may call.
func TestNoRouteOfOnesOwnAccountIsForServiceAccounts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		key := s.apiKey(t, owner, s.serviceAccount(t, owner, "All routes", "admin"), nil).text("key")
		called := 0
		for path, item := range s.call(t, "GET", "/openapi.json", nil).at("paths").(map[string]any) {
			for method, described := range item.(map[string]any) {
				operation := described.(map[string]any)
				if !strings.Contains(operation["description"].(string), "any signed-in person; no service accounts") {
					continue
				}
				called++
				path := strings.TrimPrefix(strings.ReplaceAll(path, "{id}", nobody), "/api/v1")
				a := s.as(t, account{access: key}, strings.ToUpper(method), path, nil)
				require.Equal(t, []any{403, "forbidden"}, []any{a.status, a.body["code"]}, "%s %s: %s", method, path, a.raw)
			}
		}
		require.Greater(t, called, 25)
		s.get(t, "/me", key).is(200, "")
	})
}

func TestAServiceAccountEndsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.serviceAccount(t, owner, "Job", "auditor")
		path := "/service-accounts/" + id
		first := s.apiKey(t, owner, id, nil)
		second := s.apiKey(t, owner, id, nil).text("key")
		key := first.text("key")
		works := func(key string) { s.get(t, "/members", key).is(200, "") }
		works(key)

		s.as(t, owner, "POST", path+"/suspend", nil).is(204, "")
		s.get(t, "/members", key).is(403, "account_suspended")
		s.as(t, owner, "POST", path+"/activate", nil).is(204, "")
		works(key)
		s.as(t, owner, "DELETE", path+"/keys/"+first.text("id"), nil).is(204, "")
		s.get(t, "/members", key).is(401, "unauthenticated")
		works(second)

		s.as(t, owner, "PATCH", path, map[string]any{"roles": []string{}}).is(200, "")
		s.get(t, "/members", second).is(403, "permission_denied")
		s.as(t, owner, "PATCH", path, map[string]any{"roles": []string{"auditor"}}).is(200, "")
		works(second)
		s.as(t, owner, "DELETE", path, nil).is(204, "")
		s.get(t, "/me", second).is(401, "unauthenticated")
		s.as(t, owner, "GET", path, nil).is(404, "not_found")
	})
}

func TestAServiceAccountLosesWhatItsGranterLoses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		granter := s.clerk(t, owner, "service_account.manage", "service_account.read", "member.read", "file.read")
		reader := s.role(t, owner, "Reader", "member.read", "file.read").is(201, "").text("id")
		id := s.serviceAccount(t, granter, "Job", reader)
		key := s.apiKey(t, granter, id, nil).text("key")
		s.get(t, "/members", key).is(200, "")
		s.as(t, granter, "PATCH", "/service-accounts/"+id, map[string]any{"roles": []string{"admin"}}).is(403, "permission_denied")
		s.as(t, granter, "PATCH", "/service-accounts/"+id, map[string]any{"roles": []string{"owner"}}).is(403, "permission_denied")
		s.as(t, owner, "POST", "/service-accounts", map[string]any{"name": "x", "roles": []string{"owner"}}).is(422, "invalid")

		member := "/members/" + s.idOf(t, granter.email)
		s.as(t, owner, "POST", member+"/suspend", nil).is(204, "")
		s.get(t, "/members", key).is(403, "permission_denied")
		require.Empty(t, s.get(t, "/me", key).is(200, "").at("permissions"))
		s.as(t, owner, "POST", member+"/activate", nil).is(204, "")
		s.get(t, "/members", key).is(200, "")
		s.as(t, owner, "PUT", member+"/roles", map[string]any{"roles": []string{"member"}}).is(200, "")
		s.get(t, "/members", key).is(403, "permission_denied")
		s.as(t, owner, "DELETE", member, nil).is(204, "")
		s.get(t, "/members", key).is(403, "permission_denied")
		s.as(t, owner, "PATCH", "/service-accounts/"+id, map[string]any{"roles": []string{reader}}).is(200, "")
		s.get(t, "/members", key).is(200, "")
		s.as(t, owner, "DELETE", "/roles/"+reader, nil).is(409, "conflict")
	})
}

func TestAGuardedActionIsRefusedToServiceAccounts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.serviceAccount(t, owner, "Job", "admin")
		key := account{access: s.apiKey(t, owner, id, nil).text("key")}
		s.apiKey(t, key, id, nil)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"api_key.create"}}).is(200, "")
		refused := s.as(t, key, "POST", "/service-accounts/"+id+"/keys", map[string]any{"name": "Another"}).is(403, "forbidden")
		require.Contains(t, refused.text("detail"), "step-up")
		explained := s.explained(t, owner, refused.text("decision_id")).is(200, "")
		require.Equal(t, "person_only", explained.text("verdict"))
		s.as(t, owner, "POST", "/service-accounts/"+id+"/keys", map[string]any{"name": "Another"}).is(401, "step_up_required")
		s.as(t, key, "POST", "/service-accounts", map[string]any{"name": "Child"}).is(403, "forbidden")
		s.as(t, key, "POST", "/service-accounts/"+id+"/suspend", nil).is(403, "forbidden")
	})
}

func TestAKeyIsRefusedWhereAndWhenItMustNotBeUsed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.serviceAccount(t, owner, "Job", "auditor")
		elsewhere := s.apiKey(t, owner, id, map[string]any{"allowed_networks": []string{"203.0.113.0/24"}})
		for range 3 {
			refused := s.get(t, "/members", elsewhere.text("key")).is(403, "forbidden")
			require.Equal(t, "network_refused", s.explained(t, owner, refused.text("decision_id")).text("verdict"))
		}
		here := s.apiKey(t, owner, id, map[string]any{"allowed_networks": []string{"127.0.0.0/8", "::1"}, "expires_in_days": 1}).text("key")
		s.get(t, "/members", here).is(200, "")

		s.clock.Advance(24 * time.Hour)
		for range 3 {
			s.get(t, "/members", here).is(401, "token_expired")
		}
		owner = s.signIn(t, owner)
		reasons := map[any]int{}
		for _, event := range s.auditEvents(t, owner, string(domain.EventAPIKeyRefused)) {
			require.Equal(t, []any{"service_account", id, "failure"}, []any{event["actor_type"], event["actor_id"], event["outcome"]})
			reasons[event["details"].(map[string]any)["reason"]]++
		}
		require.Equal(t, map[any]int{"network_refused": 1, "expired": 1}, reasons, "once an hour for each reason")
	})
}

func TestWrongKeysAreLimitedAndValidOnesAreNot(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.Attempts.Max = 1 })
	owner := s.enroll(t)
	key := s.apiKey(t, owner, s.serviceAccount(t, owner, "Job", "auditor"), nil).text("key")
	unknown := func(i int) string {
		if i%2 == 0 {
			return "sole_sk_" + strings.Repeat("x", 72)
		}
		return opaque.APIKeyTokens{}.New(s.app.Config.DefaultOrgID).Secret.Reveal()
	}
	for i := range 20 {
		s.get(t, "/members", unknown(i)).is(401, "unauthenticated")
	}
	for i := range 2 {
		s.get(t, "/members", unknown(i)).is(429, "rate_limited")
	}
	s.get(t, "/members", key).is(200, "")
	foreign := opaque.APIKeyTokens{}.New("0190d5a0-0000-7000-8000-000000000009").Secret.Reveal()
	s.get(t, "/members", foreign).is(403, "org_mismatch")
}
