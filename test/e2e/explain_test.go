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

// explained looks a decision up and demands that its smallest change is named.
func (s *service) explained(t *testing.T, who account, id string) answer {
	t.Helper()
	a := s.get(t, "/decisions/"+id, who.access).is(200, "")
	require.NotEmpty(t, a.at("rules"), a.raw)
	require.NotEmpty(t, a.at("smallest_change"), a.raw)
	return a
}

// named finds a fact by its name.
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

func TestAPromptTellsWhoseSettingAskedForIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.addMember(t, memberEmail, memberPassword, false)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 7}).is(200, "")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}).is(200, "")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 8}).is(200, "")
		prompt := s.post(t, "/auth/login", credentials(memberEmail, memberPassword)).is(200, "")
		require.Equal(t, "mfa_enrollment_required", prompt.text("status"))

		told := s.explained(t, owner, prompt.text("decision_id"))
		require.Equal(t, "sign_in", told.at("kind"))
		require.Equal(t, "mfa_enrollment_required", told.at("verdict"))
		require.Equal(t, false, told.at("granted"))
		require.Equal(t, s.idOf(t, memberEmail), told.at("account_id"))
		require.EqualValues(t, 4, told.at("policy_version"))
		require.Equal(t, "require_two_factor", told.at("decider"))
		require.Equal(t, "require_two_factor", told.lastRule()["decider"])
		require.Equal(t, true, told.fact("require_two_factor"))
		require.Equal(t, false, told.fact("account.enrolled"))
		require.Equal(t, "org.settings_updated", told.at("last_change.action"))
		require.Equal(t, "false -> true", told.at("last_change.values"))
		require.Equal(t, s.idOf(t, ownerEmail), told.at("last_change.actor_id"))
		require.Equal(t, "turn require_two_factor off", told.at("smallest_change_by_others").([]any)[0].(map[string]any)["what"])

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": false}).is(200, "")
		require.Equal(t, "authenticated", s.post(t, "/auth/login", credentials(memberEmail, memberPassword)).is(200, "").text("status"), "as was said")
		require.Equal(t, "mfa_enrollment_required", s.explained(t, owner, prompt.text("decision_id")).at("verdict"), "as it was then")
		s.clock.Advance(30 * 24 * time.Hour)
		owner = s.signIn(t, owner)
		s.get(t, "/decisions/"+prompt.text("decision_id"), owner.access).is(404, "not_found")
	})
}

func TestAnAccountIsToldOfItselfOnlyAndWithoutTheAuditorsPart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		denied := s.as(t, member, "GET", "/audit-events", nil).is(403, "permission_denied")
		told := s.explained(t, member, denied.text("decision_id"))
		require.Equal(t, true, told.at("redacted"))
		require.Nil(t, told.at("last_change"))
		require.Equal(t, "denied", told.at("verdict"))
		require.Equal(t, "account.roles", told.at("decider"))
		require.Equal(t, "audit.read", told.fact("permission"))
		require.Equal(t, "member", told.fact("account.roles"))
		require.Contains(t, told.raw, "such as auditor")

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
		require.Equal(t, "role.updated", whole.at("last_change.action"), "it is the role that was changed")
		require.Equal(t, "audit.read -> member.read", whole.at("last_change.values"))
	})
}

func TestEveryDenialCanBeLookedUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.clock.Advance(30 * time.Second)
		look := func(a answer, verdict, decider string) answer {
			t.Helper()
			told := s.explained(t, owner, a.text("decision_id"))
			require.Equal(t, []any{verdict, decider}, []any{told.at("verdict"), told.at("decider")}, told.raw)
			require.Equal(t, false, told.at("granted"))
			return told
		}
		look(s.as(t, member, "DELETE", "/me/mfa", nil).is(403, "mfa_enrollment_required"), "enroll_first", "service")
		look(s.as(t, owner, "DELETE", "/me/mfa", nil).is(401, "step_up_required"), "step_up", "service")
		look(s.as(t, owner, "DELETE", "/me/mfa", nil, "X-Step-Up-Token", "su_made-up").is(401, "step_up_required"), "step_up", "service")
		look(s.as(t, member, "POST", "/auth/step-up", map[string]any{"action": "data.export", "code": "000000"}).is(403, "mfa_enrollment_required"), "enroll_first", "mfa_required_actions")
		look(s.as(t, owner, "POST", "/members/"+s.idOf(t, ownerEmail)+"/suspend", nil).is(403, "forbidden"), "denied", "service")
		look(s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(200, ""), "mfa_required", "account.mfa")

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": false, "mfa_required_actions": []string{"org_settings.update"}}).is(200, "")
		look(s.as(t, member, "PATCH", "/me", map[string]any{"full_name": "X"}).is(403, "forbidden"), "denied", "allow_profile_edit")
		guarded := look(s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}).is(401, "step_up_required"), "step_up", "mfa_required_actions")
		require.Equal(t, "org.settings_updated", guarded.at("last_change.action"))
		require.Equal(t, "[] -> [org_settings.update]", guarded.at("last_change.values"))
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}, "X-Step-Up-Token", s.stepUp(t, owner, "org_settings.update")).is(200, "")
		missing := look(s.get(t, "/me", member.access).is(401, "session_expired"), "second_factor_missing", "require_two_factor")
		require.Equal(t, []any{"pwd"}, missing.fact("session.amr"))
		look(s.post(t, "/auth/refresh", map[string]any{"refresh_token": member.refresh}).is(401, "session_expired"), "second_factor_missing", "require_two_factor")

		s.change(t, memberEmail, func(u *domain.User) { u.Status = domain.StatusSuspended })
		look(s.get(t, "/me", member.access).is(403, "account_suspended"), "account_suspended", "account.status")
		s.as(t, owner, "POST", "/auth/logout", nil).is(204, "")
		ended := s.get(t, "/me", owner.access).is(401, "token_revoked")
		s.clock.Advance(30 * time.Second)
		owner = s.signIn(t, owner)
		require.Equal(t, "signed_out", look(ended, "ended", "session.ended_at").fact("session.end_reason"))
		s.clock.Advance(31 * time.Minute)
		idle := s.get(t, "/me", owner.access)
		if idle.body["code"] == "session_expired" { // else the token went first
			owner = s.signIn(t, owner)
			look(idle, "idle", "SESSION_TIMEOUT_MINUTES")
		}
	})
}

func TestALockAndARefusedPasswordLookAlikeButNotToAnAuditor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.addMember(t, memberEmail, memberPassword, false)
		s.addMember(t, "gone@example.org", memberPassword, false)
		s.change(t, "gone@example.org", func(u *domain.User) { u.Status = domain.StatusSuspended })
		for _, email := range []string{memberEmail, "nobody@example.org", "gone@example.org"} {
			password := "wrong"
			if email == "gone@example.org" {
				password = memberPassword
			}
			refused := s.post(t, "/auth/login", credentials(email, password)).is(401, "invalid_credentials")
			require.NotContains(t, refused.body, "decision_id", "nobody who cannot sign in could look it up")
		}
		events := s.happened(t, owner, "session.sign_in_refused")
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
			told := s.explained(t, owner, locked.text("decision_id"))
			require.Equal(t, []any{"locked", "LOGIN_ATTEMPT_LIMIT"}, []any{told.at("verdict"), told.at("decider")})
			require.Equal(t, email == memberEmail, told.at("account_id") != nil)
		}
		require.Len(t, lengths, 1)
	})
}

func TestWhatWouldBeDecidedIsToldBeforehand(t *testing.T) {
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
		require.Equal(t, 200, s.as(t, member, "GET", "/audit-events", nil).status, "as was said")
		require.Equal(t, id, ask(owner, "member.read&account="+url.QueryEscape(strings.ToUpper(memberEmail))).is(200, "").at("account_id"), "by address")
		require.Equal(t, id, ask(member, "member.read&account="+url.QueryEscape(memberEmail)).is(200, "").at("account_id"))
		ask(owner, "member.read&account=nobody@example.org").is(404, "not_found")
		ask(owner, "member.read&account="+nobody).is(404, "not_found")
		ask(owner, "member.read&account=x").is(404, "not_found")
		ask(owner, "fly").is(422, "invalid")
		ask(owner, "").is(422, "invalid")
	})
}

func TestAnAuditorOpensDecisionsOfTheirOwnOrgOnly(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		acme, owner := s.tenantOwner(t, "acme")
		_, other := s.tenantOwner(t, "other")
		denied := s.as(t, owner, "DELETE", "/me/mfa", nil).is(401, "step_up_required").text("decision_id")
		s.explained(t, owner, denied)
		s.get(t, "/decisions/"+denied, other.access).is(404, "not_found")
		s.get(t, "/decisions/"+denied, operator.access).is(404, "not_found")
		acting := s.as(t, operator, "GET", "/decisions/"+denied, nil, "X-Org-Id", string(acme)).is(200, "")
		require.Equal(t, "step_up", acting.at("verdict"))
		id := s.as(t, owner, "GET", "/me", nil).text("id")
		s.get(t, "/authz/explain?permission=member.read&account="+id, other.access).is(404, "not_found")

		s.suspend(t, acme)
		gone := s.as(t, operator, "GET", "/org", nil, "X-Org-Id", string(acme)).is(403, "org_suspended")
		require.NotEmpty(t, gone.text("decision_id"))
		require.NotEmpty(t, s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Org-Id", "acme").is(403, "org_suspended").text("decision_id"))
	})
}

// TestTheCommandLineExplains asks beside the running service, which told the decision.
func TestTheCommandLineExplains(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	running, stop := dev(t, path, folder)
	password := regexp.MustCompile(`Password +(\S+)`).FindStringSubmatch(running.greeting)[1]
	prompt := running.post(t, "/auth/login", credentials(ownerEmail, password)).is(200, "")
	output, code := sole(t, path, folder, "explain", prompt.text("decision_id"))
	require.Equal(t, 0, code, output)
	for _, said := range []string{"sign_in: " + prompt.text("status"), "decided by account.", "a suspended org admits nobody", "smallest change that reverses the result\n  account: "} {
		require.Contains(t, output, said)
	}
	output, code = sole(t, path, folder, "explain", "--permission", "platform.manage", "--account", ownerEmail, "--org", "acme")
	require.Equal(t, 0, code, output)
	require.Contains(t, output, "permission: allowed")
	require.Contains(t, output, "take the roles that grant it from the account")
	for says, args := range map[string][]string{
		"no decision of this service": {"dec_AAAA"},
		"no such account":             {"--permission", "member.read", "--account", "nobody@example.org"},
		"no such org":                 {"--permission", "member.read", "--account", ownerEmail, "--org", "nowhere"},
		"--permission must be":        {"--permission", "fly", "--account", ownerEmail},
	} {
		output, code = sole(t, path, folder, append([]string{"explain"}, args...)...)
		require.Equal(t, 1, code, output)
		require.Contains(t, output, says)
	}
	require.Equal(t, 0, stop())
}
