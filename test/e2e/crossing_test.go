package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// auditEvents returns the events of an action that the account can read.
func (s *service) auditEvents(t *testing.T, who account, action string) (events []map[string]any) {
	t.Helper()
	for _, item := range s.as(t, who, "GET", "/audit-events?limit=200&action="+action, nil).is(200, "").at("items").([]any) {
		events = append(events, item.(map[string]any))
	}
	return events
}

// exampleOf returns a path of the route with an unknown id.
func exampleOf(path string) string { return strings.ReplaceAll(path, "{id}", nobody) }

func TestAnOperatorsActionsInAnotherOrgAreAuditedInBothOrgs(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		id, owner := s.tenantOwner(t, "acme-inc")
		there := func(method, path string, body any, headers ...string) answer {
			return s.as(t, operator.with(append(headers, "X-Org-Id", "acme-inc")...), method, path, body)
		}
		require.Equal(t, "acme-inc", there("GET", "/org", nil).is(200, "").text("slug"))
		require.Equal(t, string(id), s.as(t, operator.with("X-Tenant-ID", string(id)), "GET", "/org", nil).is(200, "").text("id"))
		require.Equal(t, "Renamed", there("PATCH", "/org", map[string]any{"name": "Renamed"}).is(200, "").text("name"))
		there("PATCH", "/org/settings", map[string]any{"remember_device_days": 7}).is(200, "")
		require.EqualValues(t, 7, s.as(t, owner, "GET", "/org/settings", nil).is(200, "").at("remember_device_days"))
		require.Equal(t, "default", s.as(t, operator, "GET", "/org", nil).is(200, "").text("slug"), "without the header, the own org")
		s.as(t, operator.with("X-Org-Id", "default"), "GET", "/org", nil).is(200, "")

		operatorID, home := s.get(t, "/me", operator.access).text("id"), string(s.app.Config.DefaultOrgID)
		crossed, entered := s.auditEvents(t, operator, "platform.crossed"), s.auditEvents(t, owner, "platform.entered")
		calls := []string{"PATCH /api/v1/org/settings", "PATCH /api/v1/org", "GET /api/v1/org", "GET /api/v1/org"}
		require.Len(t, crossed, len(calls))
		require.Len(t, entered, len(calls))
		for i, call := range calls {
			for _, event := range []map[string]any{crossed[i], entered[i]} {
				require.Equal(t, map[string]any{"call": call}, event["details"])
				require.Equal(t, operatorID, event["actor_id"])
				require.Equal(t, string(id), event["resource_id"])
			}
			require.Nil(t, crossed[i]["actor_org_id"])
			require.Equal(t, home, entered[i]["actor_org_id"])
			require.Equal(t, crossed[i]["request_id"], entered[i]["request_id"])
		}
		for _, action := range []string{"org.updated", "org.settings_updated"} {
			events := s.auditEvents(t, owner, action)
			require.Len(t, events, 1, action)
			require.Equal(t, []any{operatorID, home}, []any{events[0]["actor_id"], events[0]["actor_org_id"]}, action)
			require.Empty(t, s.auditEvents(t, operator, action), action)
		}
		s.as(t, owner, "PATCH", "/org", map[string]any{"name": "Acme"}).is(200, "")
		require.Nil(t, s.auditEvents(t, owner, "org.updated")[0]["actor_org_id"], "an administrator of the org itself has no actor_org_id")
	})
}

func TestAnOperatorIsAnAdministratorOfOtherOrgsButNotAnOwner(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		_, owner := s.tenantOwner(t, "acme-inc")
		ownerID := s.get(t, "/me", owner.access).text("id")
		reset := func(id string) answer {
			there := operator.with("X-Org-Id", "acme-inc", "X-Step-Up-Token", s.stepUp(t, operator, "member.mfa_reset"))
			return s.as(t, there, "POST", "/members/"+id+"/mfa/reset", nil)
		}
		above := reset(ownerID).is(403, "permission_denied")
		require.Contains(t, above.text("detail"), "above")
		reset(nobody).is(404, "not_found")
		s.get(t, "/me", owner.access).is(200, "")
		require.Len(t, s.auditEvents(t, operator, "platform.crossed"), 2, "refused requests are audited too")
	})
}

func TestAnOperatorFollowsTheSettingsOfTheOtherOrg(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		_, owner := s.tenantOwner(t, "acme-inc")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"org_settings.update"}}).is(200, "")
		change := func(token string) answer {
			there := operator.with("X-Org-Id", "acme-inc", "X-Step-Up-Token", token)
			return s.as(t, there, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": false})
		}
		change("").is(401, "step_up_required")
		change(s.stepUp(t, operator, "org.manage")).is(401, "step_up_required")
		token := s.stepUp(t, operator, "org_settings.update")
		change(token).is(200, "")
		change(token).is(401, "step_up_required")
		s.as(t, operator, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": true}).is(200, "") // their own org does not guard it
	})
}

func TestOwnAccountRoutesRefuseAnotherOrg(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		s.newOrg(t, "acme-inc")
		asked := 0
		for path, methods := range s.description(t).Paths {
			for method, o := range methods {
				if o.Access == "account" &&
					(path == "/api/v1/me" || strings.HasPrefix(path, "/api/v1/me/") || strings.HasPrefix(path, "/api/v1/auth/")) {
					s.call(t, strings.ToUpper(method), exampleOf(path), nil, "Authorization", "Bearer "+operator.access, "X-Org-Id", "acme-inc").
						is(403, "org_mismatch")
					asked++
				}
			}
		}
		require.Greater(t, asked, 15)
		s.get(t, "/me", operator.access).is(200, "")
		require.Empty(t, s.auditEvents(t, operator, "platform.crossed"))
	})
}

func TestOnlyOperatorsReachOtherOrgs(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		_, acme := s.tenantOwner(t, "acme-inc")
		_, globex := s.tenantOwner(t, "globex")
		s.addMember(t, memberEmail, memberPassword, false)
		colleague := account{email: memberEmail, password: memberPassword}
		signedIn := s.post(t, "/auth/login", credentials(memberEmail, memberPassword), "X-Org-Id", "default").is(200, "")
		colleague.access = signedIn.text("tokens.access_token")
		for path, methods := range s.description(t).Paths {
			for method, o := range methods {
				if o.Access != "account" {
					continue
				}
				for _, who := range []account{acme, colleague} {
					for _, header := range []string{"X-Org-Id", "X-Tenant-ID"} {
						s.call(t, strings.ToUpper(method), exampleOf(path), nil, "Authorization", "Bearer "+who.access, header, "globex").
							is(403, "org_mismatch")
					}
				}
				s.call(t, strings.ToUpper(method), exampleOf(path), nil, "Authorization", "Bearer "+acme.access, "X-Org-Id", "default").
					is(403, "org_mismatch")
			}
		}
		require.Empty(t, s.auditEvents(t, globex, "platform.entered"))
		require.Empty(t, s.auditEvents(t, operator, "platform.entered"))

		s.give(t, memberEmail, domain.RoleAuditor) // can read everything in the own org
		s.as(t, colleague.with("X-Org-Id", "globex"), "GET", "/org/settings", nil).is(403, "org_mismatch")
		s.as(t, operator.with("Host", "globex.sole.example"), "GET", "/org", nil).is(403, "org_mismatch")
		s.as(t, operator.with("X-Org-Id", "nobody"), "GET", "/org", nil).is(404, "org_not_found")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": operator.refresh}, "X-Org-Id", "globex").is(403, "org_mismatch")
		require.Empty(t, s.auditEvents(t, globex, "platform.entered"))
		s.as(t, operator, "POST", "/auth/logout", nil).is(204, "")
		s.as(t, operator.with("X-Org-Id", "globex"), "GET", "/org", nil).is(401, "token_revoked")
	})
}

func TestAnIDOfAnotherOrgIsTreatedAsUnknown(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		_, acme := s.tenantOwner(t, "acme-inc")
		_, globex := s.tenantOwner(t, "globex")
		foreign := s.get(t, "/me", globex.access).text("id")
		reset := func(id string) answer {
			return s.as(t, acme.with("X-Step-Up-Token", s.stepUp(t, acme, "member.mfa_reset")), "POST", "/members/"+id+"/mfa/reset", nil).
				is(404, "not_found")
		}
		require.Equal(t, reset(nobody).wording(), reset(foreign).wording())
		for _, filter := range []string{"actor_id=", "resource_id="} {
			list := func(id string) answer {
				return s.as(t, acme, "GET", "/audit-events?"+filter+id, nil).is(200, "")
			}
			require.Equal(t, list(nobody).raw, list(foreign).raw, filter)
			require.Empty(t, list(foreign).at("items"))
		}
		cursor := s.as(t, globex, "GET", "/audit-events?limit=1", nil).is(200, "").text("next_cursor")
		a := s.as(t, acme, "GET", "/audit-events?limit=1&cursor="+cursor, nil).is(422, "invalid")
		require.Equal(t, "query.cursor", a.at("errors").([]any)[0].(map[string]any)["location"])
		s.as(t, operator, "GET", "/audit-events?limit=1&cursor="+cursor, nil).is(422, "invalid")
		s.as(t, operator.with("X-Org-Id", "globex"), "GET", "/audit-events?limit=1&cursor="+cursor, nil).is(200, "")
	})
}
