package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// explained reads a decision and requires its rules and its smallest change.
func (s *service) explained(t *testing.T, who account, id string) answer {
	t.Helper()
	a := s.get(t, "/decisions/"+id, who.access).is(200, "")
	require.NotEmpty(t, a.at("rules"), a.raw)
	require.NotEmpty(t, a.at("smallest_change"), a.raw)
	return a
}

// fact returns the value of the fact with a name.
func (a answer) fact(name string) any {
	a.t.Helper()
	for _, item := range a.at("facts").([]any) {
		if fact := item.(map[string]any); fact["name"] == name {
			return fact["value"]
		}
	}
	require.Fail(a.t, "no fact "+name, a.raw)
	return nil
}

func (a answer) lastRule() map[string]any {
	a.t.Helper()
	rules := a.at("rules").([]any)
	return rules[len(rules)-1].(map[string]any)
}

func TestAPromptIsExplainedByTheSettingThatCausedIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.addMember(t, memberEmail, memberPassword, false)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 7}).is(200, "")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}).is(200, "")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 8}).is(200, "")
		prompt := s.post(t, "/auth/login", credentials(memberEmail, memberPassword)).is(200, "")
		require.Equal(t, "mfa_enrollment_required", prompt.text("status"))

		explanation := s.explained(t, owner, prompt.text("decision_id"))
		require.Equal(t, "sign_in", explanation.at("kind"))
		require.Equal(t, "mfa_enrollment_required", explanation.at("verdict"))
		require.Equal(t, false, explanation.at("granted"))
		require.Equal(t, s.idOf(t, memberEmail), explanation.at("account_id"))
		require.EqualValues(t, 4, explanation.at("policy_version"))
		require.Equal(t, "require_two_factor", explanation.at("decider"))
		require.Equal(t, "require_two_factor", explanation.lastRule()["decider"])
		require.Equal(t, true, explanation.fact("require_two_factor"))
		require.Equal(t, false, explanation.fact("account.enrolled"))
		require.Equal(t, "org.settings_updated", explanation.at("last_change.action"))
		require.Equal(t, "false -> true", explanation.at("last_change.values"))
		require.Equal(t, s.idOf(t, ownerEmail), explanation.at("last_change.actor_id"))
		require.Equal(t, "turn require_two_factor off", explanation.at("smallest_change_by_others").([]any)[0].(map[string]any)["what"])

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": false}).is(200, "")
		require.Equal(t, "authenticated", s.post(t, "/auth/login", credentials(memberEmail, memberPassword)).is(200, "").text("status"),
			"as explained")
		require.Equal(t, "mfa_enrollment_required", s.explained(t, owner, prompt.text("decision_id")).at("verdict"), "a decision does not change")
		s.clock.Advance(30 * 24 * time.Hour)
		owner = s.signIn(t, owner)
		s.get(t, "/decisions/"+prompt.text("decision_id"), owner.access).is(404, "not_found")
	})
}

func TestAnAccountSeesOnlyItsOwnDecisionsAndRedacted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		denied := s.as(t, member, "GET", "/audit-events", nil).is(403, "permission_denied")
		explanation := s.explained(t, member, denied.text("decision_id"))
		require.Equal(t, true, explanation.at("redacted"))
		require.Nil(t, explanation.at("last_change"))
		require.Equal(t, "denied", explanation.at("verdict"))
		require.Equal(t, "account.roles", explanation.at("decider"))
		require.Equal(t, "audit.read", explanation.fact("permission"))
		require.Equal(t, "member", explanation.fact("account.roles"))
		require.Contains(t, explanation.raw, "such as auditor")

		whole := s.explained(t, owner, denied.text("decision_id"))
		require.Equal(t, false, whole.at("redacted"))
		require.Equal(t, "account.created", whole.at("last_change.action"))

		prompt := s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(200, "")
		s.get(t, "/decisions/"+prompt.text("decision_id"), member.access).is(404, "not_found")
		for _, id := range []string{"dec_AAAA", "x", strings.Repeat("a", 600), prompt.text("decision_id")[:200]} {
			s.get(t, "/decisions/"+id, owner.access).is(404, "not_found")
		}
		s.get(t, "/decisions/"+strings.Repeat("a", 601), owner.access).is(422, "invalid")
		s.get(t, "/decisions/"+denied.text("decision_id"), "").is(401, "unauthenticated")

		role := s.as(t, owner, "POST", "/roles", map[string]any{"name": "Reader", "permissions": []string{"audit.read"}}).is(201, "").text("id")
		s.as(t, owner, "PUT", "/members/"+s.idOf(t, memberEmail)+"/roles", map[string]any{"roles": []string{role}}).is(200, "")
		require.Equal(t, "account.roles_assigned", s.explained(t, owner, denied.text("decision_id")).at("last_change.action"))
		s.clock.Advance(time.Second)
		s.as(t, owner, "PATCH", "/roles/"+role, map[string]any{"permissions": []string{"member.read"}}).is(200, "")
		whole = s.explained(t, owner, denied.text("decision_id"))
		require.Equal(t, "role.updated", whole.at("last_change.action"), "the role was changed, not the account")
		require.Equal(t, "audit.read -> member.read", whole.at("last_change.values"))
	})
}

func TestEveryDenialIsExplained(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.clock.Advance(30 * time.Second)
		look := func(a answer, verdict, decider string) answer {
			t.Helper()
			explanation := s.explained(t, owner, a.text("decision_id"))
			require.Equal(t, []any{verdict, decider}, []any{explanation.at("verdict"), explanation.at("decider")}, explanation.raw)
			require.Equal(t, false, explanation.at("granted"))
			return explanation
		}
		look(s.as(t, member, "DELETE", "/me/mfa", nil).is(403, "mfa_enrollment_required"), "enroll_first", "service")
		look(s.as(t, owner, "DELETE", "/me/mfa", nil).is(401, "step_up_required"), "step_up", "service")
		look(s.as(t, owner.with("X-Step-Up-Token", "su_made-up"), "DELETE", "/me/mfa", nil).is(401, "step_up_required"), "step_up", "service")
		enrolFirst := s.as(t, member, "POST", "/auth/step-up", map[string]any{"action": "data.export", "code": "000000"})
		look(enrolFirst.is(403, "mfa_enrollment_required"), "enroll_first", "mfa_required_actions")
		look(s.as(t, owner, "POST", "/members/"+s.idOf(t, ownerEmail)+"/suspend", nil).is(403, "forbidden"), "denied", "service")
		look(s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(200, ""), "mfa_required", "account.mfa")

		strict := map[string]any{"allow_profile_edit": false, "mfa_required_actions": []string{"org_settings.update"}}
		s.as(t, owner, "PATCH", "/org/settings", strict).is(200, "")
		look(s.as(t, member, "PATCH", "/me", map[string]any{"full_name": "X"}).is(403, "forbidden"), "denied", "allow_profile_edit")
		required := map[string]any{"require_two_factor": true}
		refused := s.as(t, owner, "PATCH", "/org/settings", required).is(401, "step_up_required")
		guarded := look(refused, "step_up", "mfa_required_actions")
		require.Equal(t, "org.settings_updated", guarded.at("last_change.action"))
		require.Equal(t, "[] -> [org_settings.update]", guarded.at("last_change.values"))
		steppedUp := owner.with("X-Step-Up-Token", s.stepUp(t, owner, "org_settings.update"))
		s.as(t, steppedUp, "PATCH", "/org/settings", required).is(200, "")
		missing := look(s.get(t, "/me", member.access).is(401, "session_expired"), "second_factor_missing", "require_two_factor")
		require.Equal(t, []any{"pwd"}, missing.fact("session.amr"))
		refused = s.post(t, "/auth/refresh", map[string]any{"refresh_token": member.refresh}).is(401, "session_expired")
		look(refused, "second_factor_missing", "require_two_factor")

		s.change(t, memberEmail, func(u *domain.User) { u.Status = domain.StatusSuspended })
		look(s.get(t, "/me", member.access).is(403, "account_suspended"), "account_suspended", "account.status")
		s.as(t, owner, "POST", "/auth/logout", nil).is(204, "")
		ended := s.get(t, "/me", owner.access).is(401, "token_revoked")
		s.clock.Advance(30 * time.Second)
		owner = s.signIn(t, owner)
		require.Equal(t, "signed_out", look(ended, "ended", "session.ended_at").fact("session.end_reason"))
		s.clock.Advance(31 * time.Minute)
		idle := s.get(t, "/me", owner.access)
		if idle.body["code"] == "session_expired" { // otherwise the access token expired first
			owner = s.signIn(t, owner)
			look(idle, "idle", "SESSION_TIMEOUT_MINUTES")
		}
	})
}

func TestOnlyAuditorsSeeWhyASignInWasRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.addMember(t, memberEmail, memberPassword, false)
		s.addMember(t, "suspended@example.org", memberPassword, false)
		s.change(t, "suspended@example.org", func(u *domain.User) { u.Status = domain.StatusSuspended })
		for _, email := range []string{memberEmail, "nobody@example.org", "suspended@example.org"} {
			password := "wrong"
			if email == "suspended@example.org" {
				password = memberPassword
			}
			refused := s.post(t, "/auth/login", credentials(email, password)).is(401, "invalid_credentials")
			require.NotContains(t, refused.body, "decision_id", "only a signed-in account can read decisions")
		}
		events := s.auditEvents(t, owner, "session.sign_in_refused")
		require.Len(t, events, 3)
		var verdicts []any
		for _, event := range events {
			verdicts = append(verdicts, s.explained(t, owner, event["details"].(map[string]any)["decision_id"].(string)).at("verdict"))
		}
		require.ElementsMatch(t, []any{"refused", "refused", "suspended"}, verdicts)

		lengths := map[int]bool{}
		for _, email := range []string{memberEmail, "nobody@example.org"} {
			for range 5 {
				s.post(t, "/auth/login", credentials(email, "wrong"))
			}
			locked := s.post(t, "/auth/login", credentials(email, memberPassword)).is(429, "account_locked")
			lengths[len(locked.text("decision_id"))] = true
			explanation := s.explained(t, owner, locked.text("decision_id"))
			require.Equal(t, []any{"locked", "LOGIN_ATTEMPT_LIMIT"}, []any{explanation.at("verdict"), explanation.at("decider")})
			require.Equal(t, email == memberEmail, explanation.at("account_id") != nil)
		}
		require.Len(t, lengths, 1)
	})
}

func TestPermissionsAreExplainedInAdvance(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		id := s.idOf(t, memberEmail)
		ask := func(who account, query string) answer {
			return s.get(t, "/authz/explain?permission="+query, who.access)
		}
		require.Equal(t, "denied", ask(member, "member.read").is(200, "").at("verdict"))
		require.Equal(t, true, ask(member, "member.read&account="+id).is(200, "").at("redacted"))
		refused := ask(member, "member.read&account="+s.idOf(t, ownerEmail)).is(403, "permission_denied")
		require.Equal(t, "audit.read", s.explained(t, member, refused.text("decision_id")).fact("permission"))
		before := ask(owner, "member.read&account="+id).is(200, "")
		require.Equal(t, "denied", before.at("verdict"))
		require.Contains(t, before.raw, "such as auditor")
		s.give(t, memberEmail, domain.RoleAuditor)
		require.Equal(t, "allowed", ask(owner, "member.read&account="+id).is(200, "").at("verdict"))
		require.Equal(t, 200, s.as(t, member, "GET", "/audit-events", nil).status, "as explained")
		require.Equal(t, id, ask(owner, "member.read&account="+url.QueryEscape(strings.ToUpper(memberEmail))).is(200, "").at("account_id"),
			"by address")
		require.Equal(t, id, ask(member, "member.read&account="+url.QueryEscape(memberEmail)).is(200, "").at("account_id"))
		ask(owner, "member.read&account=nobody@example.org").is(404, "not_found")
		ask(owner, "member.read&account="+nobody).is(404, "not_found")
		ask(owner, "member.read&account=x").is(404, "not_found")
		ask(owner, "fly").is(422, "invalid")
		ask(owner, "").is(422, "invalid")
	})
}

func TestAuditorsSeeDecisionsOfTheirOwnOrgOnly(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		acme, owner := s.tenantOwner(t, "acme")
		_, other := s.tenantOwner(t, "other")
		denied := s.as(t, owner, "DELETE", "/me/mfa", nil).is(401, "step_up_required").text("decision_id")
		s.explained(t, owner, denied)
		s.get(t, "/decisions/"+denied, other.access).is(404, "not_found")
		s.get(t, "/decisions/"+denied, operator.access).is(404, "not_found")
		acting := s.as(t, operator.with("X-Org-Id", string(acme)), "GET", "/decisions/"+denied, nil).is(200, "")
		require.Equal(t, "step_up", acting.at("verdict"))
		id := s.as(t, owner, "GET", "/me", nil).text("id")
		s.get(t, "/authz/explain?permission=member.read&account="+id, other.access).is(404, "not_found")

		s.suspend(t, acme)
		for _, refused := range []answer{
			s.as(t, operator.with("X-Org-Id", string(acme)), "GET", "/org", nil).is(403, "org_suspended"),
			s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Org-Id", "acme").is(403, "org_suspended"),
		} {
			require.NotEmpty(t, refused.text("decision_id"))
		}
	})
}

// TestTheExplainCommand explains a decision of a running service.
func TestTheExplainCommand(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	running, stop := dev(t, path, folder)
	password := regexp.MustCompile(`Password +(\S+)`).FindStringSubmatch(running.greeting)[1]
	prompt := running.post(t, "/auth/login", credentials(ownerEmail, password)).is(200, "")
	output, code := sole(t, path, folder, "explain", prompt.text("decision_id"))
	require.Equal(t, 0, code, output)
	for _, said := range []string{
		"sign_in: " + prompt.text("status"), "decided by account.", "the org is active", "smallest change that reverses the result\n  account: ",
	} {
		require.Contains(t, output, said)
	}
	output, code = sole(t, path, folder, "explain", "--permission", "platform.manage", "--account", ownerEmail, "--org", "acme")
	require.Equal(t, 0, code, output)
	require.Contains(t, output, "permission: allowed")
	require.Contains(t, output, "remove the roles that grant it from the account")
	for says, args := range map[string][]string{
		"not the id of a decision of this service": {"dec_AAAA"},
		"no such account":                          {"--permission", "member.read", "--account", "nobody@example.org"},
		"no such org":                              {"--permission", "member.read", "--account", ownerEmail, "--org", "nowhere"},
		"--permission must be":                     {"--permission", "fly", "--account", ownerEmail},
	} {
		output, code = sole(t, path, folder, append([]string{"explain"}, args...)...)
		require.Equal(t, 1, code, output)
		require.Contains(t, output, says)
	}
	require.Equal(t, 0, stop())
}
