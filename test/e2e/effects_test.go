package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// effectRequest is a request that has an effect. In its path and body, {member}, {invited}, {service}, {webhook},
// {role} and {org} are replaced by what the test created.
type effectRequest struct {
	route string // as the OpenAPI document names it
	path  string // where it differs from the route
	body  string
	media string // of the body, when it is not JSON
}

// effects lists what an org can guard with a step-up, with every route that has the effect.
var effects = map[domain.Action][]effectRequest{
	domain.ActionRoleAssign: {
		{route: "PUT /members/{id}/roles", path: "/members/{member}/roles", body: `{"roles":["owner"]}`},
		{route: "POST /members", body: `{"email":"new@example.org","full_name":"New","roles":["owner"],"temporary_password":true}`},
		{route: "POST /members", body: `{"email":"new@example.org","full_name":"New","roles":["member","{role}"]}`},
		{route: "POST /members/import", body: "email,full_name,roles\nnew@example.org,New,owner\n", media: "text/csv"},
		{
			route: "POST /members/import",
			body:  "email,full_name,roles\nplain@example.org,Plain,\nnew@example.org,New,member {role}\n",
			media: "text/csv",
		},
		{
			route: "POST /members/imports", path: "/members/imports?format=sole",
			body: `{"email":"new@example.org","roles":["owner"]}`, media: "application/x-ndjson",
		},
		{
			route: "POST /members/imports", path: "/members/imports?format=sole&roles=boss%3D{role}",
			body: `{"email":"new@example.org","roles":["boss"]}`, media: "application/x-ndjson",
		},
		{route: "POST /members/{id}/invitation", path: "/members/{invited}/invitation"},
		{route: "POST /service-accounts", body: `{"name":"Another","roles":["owner"]}`},
		{route: "PATCH /service-accounts/{id}", path: "/service-accounts/{service}", body: `{"roles":["{role}"]}`},
	},
	domain.ActionRoleManage: {
		{route: "POST /roles", body: `{"name":"Another","permissions":["member.read"]}`},
		{route: "PATCH /roles/{id}", path: "/roles/{role}", body: `{"permissions":["member.read"]}`},
		{route: "DELETE /roles/{id}", path: "/roles/{role}"},
	},
	domain.ActionAccountUpdate: {
		{route: "PATCH /members/{id}", path: "/members/{member}", body: `{"email":"another@example.org"}`},
		{route: "PATCH /me", body: `{"full_name":"Another"}`},
		{route: "POST /me/email", body: `{"new_email":"another@example.org","current_password":"` + ownerPassword + `"}`},
	},
	domain.ActionAPIKeyCreate: {
		{route: "POST /service-accounts/{id}/keys", path: "/service-accounts/{service}/keys", body: `{"name":"Another"}`},
	},
	domain.ActionWebhookManage: {
		{route: "POST /webhooks", body: `{"url":"https://receiver.example.org/","events":["*"]}`},
		{route: "PATCH /webhooks/{id}", path: "/webhooks/{webhook}", body: `{"active":false}`},
		{route: "DELETE /webhooks/{id}", path: "/webhooks/{webhook}"},
		{route: "POST /webhooks/{id}/secret", path: "/webhooks/{webhook}/secret"},
		{route: "POST /webhooks/{id}/test", path: "/webhooks/{webhook}/test"},
		{route: "POST /webhooks/{id}/deliveries/{delivery_id}/resend", path: "/webhooks/{webhook}/deliveries/{role}/resend"},
	},
	domain.ActionMemberRemove:        {{route: "DELETE /members/{id}", path: "/members/{member}"}},
	domain.ActionMemberMFAReset:      {{route: "POST /members/{id}/mfa/reset", path: "/members/{member}/mfa/reset"}},
	domain.ActionMemberPasswordReset: {{route: "POST /members/{id}/password/reset", path: "/members/{member}/password/reset"}},
	domain.ActionMFADisable:          {{route: "DELETE /me/mfa"}},
	domain.ActionPasskeyRemove:       {{route: "DELETE /me/passkeys/{id}", path: "/me/passkeys/{role}"}},
	domain.ActionRecoveryCodesRegenerate: {
		{route: "POST /me/mfa/recovery-codes"},
	},
	domain.ActionOrgSettingsUpdate: {{route: "PATCH /org/settings", body: `{"mfa_required_actions":[]}`}},
	domain.ActionDataExport: {
		{route: "GET /me/export"},
		{route: "GET /members/export"},
		{route: "GET /audit-events/export", path: "/audit-events/export?format=csv"},
	},
	domain.ActionOrgManage: {
		{route: "POST /orgs", body: `{"name":"Acme","slug":"acme","owner":{"email":"o@acme.example","full_name":"O"}}`},
		{route: "PATCH /orgs/{id}", path: "/orgs/{org}", body: `{"name":"Another"}`},
		{route: "PATCH /org", body: `{"name":"Another"}`},
		{route: "POST /orgs/{id}/suspend", path: "/orgs/{org}/suspend"},
		{route: "POST /orgs/{id}/activate", path: "/orgs/{org}/activate"},
	},
}

// factorRoutes add a factor. An account without a factor confirms with its password, which
// fresh_sign_in_test.go tests.
var factorRoutes = []string{"POST /me/mfa/totp", "POST /me/passkeys/options"}

// unguarded lists the routes that change something but have none of these effects, with the
// reason.
var unguarded = map[string]string{
	"POST /auth/login":                            "asks for the password",
	"POST /auth/login/mfa":                        "continues after the password",
	"POST /auth/login/password":                   "continues after the password",
	"POST /auth/login/mfa/passkey/options":        "continues after the password",
	"POST /auth/passkey/options":                  "stores nothing of an account",
	"POST /auth/passkey":                          "asks for the passkey",
	"POST /auth/login/mfa/enroll":                 "continues after the password",
	"POST /auth/login/mfa/enroll/confirm":         "continues after the password",
	"POST /auth/password/strength":                "changes nothing",
	"POST /auth/refresh":                          "continues a session",
	"POST /auth/org-discovery":                    "sends an email",
	"POST /auth/password/forgot":                  "sends an email",
	"POST /auth/password/reset":                   "asks for the link in that email",
	"POST /auth/email/confirm":                    "asks for the link that POST /me/email sent",
	"POST /auth/step-up":                          "asks for a code",
	"POST /auth/step-up/options":                  "stores nothing of an account",
	"POST /auth/logout":                           "ends sessions of its own",
	"POST /auth/logout-all":                       "ends sessions of its own",
	"DELETE /me/sessions/{id}":                    "ends sessions of its own",
	"POST /me/password":                           "asks for the password",
	"DELETE /me/devices":                          "forgets devices of its own",
	"DELETE /me/devices/{id}":                     "forgets devices of its own",
	"PATCH /me/devices/{id}":                      "renames a device of its own",
	"POST /me/mfa/totp/confirm":                   "continues after POST /me/mfa/totp",
	"POST /me/passkeys":                           "continues after POST /me/passkeys/options",
	"PATCH /me/passkeys/{id}":                     "renames a passkey of its own",
	"PUT /me/avatar":                              "changes a picture",
	"DELETE /me/avatar":                           "changes a picture",
	"PUT /org/logo":                               "changes a picture",
	"DELETE /org/logo":                            "changes a picture",
	"POST /org/settings/preview":                  "changes nothing",
	"POST /files":                                 "stores a file",
	"DELETE /files/{id}":                          "removes a file",
	"POST /members/{id}/suspend":                  "no action covers it",
	"POST /members/{id}/activate":                 "no action covers it",
	"POST /members/{id}/sign-out":                 "no action covers it",
	"DELETE /members/{id}/invitation":             "revokes an invitation that was not accepted",
	"POST /service-accounts/{id}/suspend":         "no action covers it",
	"POST /service-accounts/{id}/activate":        "no action covers it",
	"DELETE /service-accounts/{id}":               "only takes away",
	"DELETE /service-accounts/{id}/keys/{key_id}": "only takes away",
	"POST /oauth2/token":                          "asks for an API key",
	"POST /oauth2/introspect":                     "changes nothing",
	"POST /oauth2/revoke":                         "asks for an API key, and only takes away",
}

// TestEveryRouteWithAGuardedEffectNeedsItsStepUp requires the step-up on every route that has the effect.
func TestEveryRouteWithAGuardedEffectNeedsItsStepUp(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.MultiTenant = true })
	org := []string{"X-Org-Id", "default"}
	owner := s.enroll(t, org...)
	made := map[string]string{"{org}": string(s.app.Config.DefaultOrgID)}
	made["{member}"] = s.create(t, owner, "member@example.org", nil).is(201, "").text("id")
	made["{invited}"] = s.create(t, owner, "invited@example.org", map[string]any{"roles": []string{"admin"}}).is(201, "").text("id")
	made["{service}"] = s.serviceAccount(t, owner, "Job", "member")
	made["{webhook}"] = s.as(t, owner, "POST", "/webhooks", map[string]any{
		"url": "https://receiver.example.org/", "events": []string{"*"},
	}).is(201, "").text("id")
	made["{role}"] = s.role(t, owner, "Readers", "member.read").is(201, "").text("id")
	s.settings(t, func(o *domain.OrgSettings) {
		o.MFARequiredActions = domain.Actions()[1:] // all but login
	})
	fill := func(text string) string {
		for name, id := range made {
			text = strings.ReplaceAll(text, name, id)
		}
		return text
	}
	for action, requests := range effects {
		for _, d := range requests {
			method, path, _ := strings.Cut(d.route, " ")
			if d.path != "" {
				path = fill(d.path)
			}
			t.Run(string(action)+" by "+d.route, func(t *testing.T) {
				var body any
				headers := []string{}
				if d.body != "" {
					body = fill(d.body)
				}
				if d.media != "" {
					headers = append(headers, "Content-Type", d.media)
				}
				refused := s.as(t, owner.with(headers...), method, path, body).is(401, "step_up_required")
				require.EqualValues(t, action, refused.text("action"))
				require.Contains(t, refused.header.Get("WWW-Authenticate"), "insufficient_user_authentication")
			})
		}
	}
	t.Run("for an account with only the role member it needs none", func(t *testing.T) {
		s.create(t, owner, "plain@example.org", map[string]any{"roles": []string{"member"}}).is(201, "")
		plain := s.idOf(t, "plain@example.org")
		s.as(t, owner, "POST", "/members/"+plain+"/invitation", nil).is(202, "")
		s.importFile(t, owner, "email,full_name,roles\nimported@example.org,Imported,member\nother@example.org,Other,\n").is(202, "")
		s.importAccounts(t, owner, "", `{"email":"moved@example.org"}`).is(202, "")
		s.importAccounts(t, owner, "&dry_run=true", `{"email":"boss@example.org","roles":["owner"]}`).is(200, "")
	})
}

// TestEveryRouteIsInTheTableOfEffects fails for a new route or action that the table does not
// list, and when the OpenAPI document disagrees with the table.
func TestEveryRouteIsInTheTableOfEffects(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	known := map[string]domain.Action{}
	for action, requests := range effects {
		for _, d := range requests {
			known[d.route] = action
		}
	}
	for _, route := range factorRoutes {
		known[route] = domain.ActionPasskeyAdd
	}
	paths := s.call(t, http.MethodGet, "/openapi.json", nil).is(200, "").at("paths").(map[string]any)
	for path, item := range paths {
		for method, operation := range item.(map[string]any) {
			route := strings.ToUpper(method) + " " + strings.TrimPrefix(path, "/api/v1")
			action, effect := known[route]
			declared, _ := operation.(map[string]any)["x-step-up"].(string)
			require.EqualValues(t, action, declared, "the action that %s declares", route)
			_, harmless := unguarded[route]
			require.False(t, effect && harmless, "%s is listed twice", route)
			require.True(t, effect || harmless || method == "get", "%s is new: list it under the effect it has, or in unguarded", route)
			delete(known, route)
		}
	}
	require.Empty(t, known, "routes that do not exist")
	for _, action := range domain.Actions() {
		switch action {
		case domain.ActionLogin, domain.ActionPasskeyAdd:
		default:
			require.NotEmpty(t, effects[action], "no route has the effect %s", action)
		}
	}
}

// TestEveryRouteThatAssignsARoleNeedsThePermission: the permission to create accounts does not
// include the permission to assign roles.
func TestEveryRouteThatAssignsARoleNeedsThePermission(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	s.advance()
	clerk := s.clerk(t, owner, "member.create", "member.read")
	own := s.as(t, clerk, "GET", "/me", nil).is(200, "").at("roles").([]any)[0].(map[string]any)["id"].(string)
	invited := s.create(t, owner, "invited@example.org", map[string]any{"roles": []string{own}}).is(201, "").text("id")

	s.create(t, clerk, "a@example.org", map[string]any{"roles": []string{own}}).is(403, "permission_denied")
	s.create(t, clerk, "a@example.org", map[string]any{"roles": []string{own}, "temporary_password": true}).is(403, "permission_denied")
	done := s.imported(t, clerk, s.importFile(t, clerk, "email,full_name,roles\na@example.org,A,"+own+"\nb@example.org,B,\n"))
	require.Equal(t, []any{1.0, 1.0}, []any{done.at("created"), done.at("refused")})
	file := `{"email":"c@example.org","roles":["` + own + `"]}` + "\n" + `{"email":"d@example.org"}`
	done = s.imported(t, clerk, s.importAccounts(t, clerk, "", file))
	require.Equal(t, []any{1.0, 1.0}, []any{done.at("created"), done.at("refused")})
	s.as(t, clerk, "POST", "/members/"+invited+"/invitation", nil).is(403, "permission_denied")
	s.as(t, clerk, "PUT", "/members/"+invited+"/roles", map[string]any{"roles": []string{own}}).is(403, "permission_denied")

	s.create(t, clerk, "a@example.org", map[string]any{"roles": []string{"member"}}).is(201, "")
}
