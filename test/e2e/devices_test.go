package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// remembered signs an enrolled account in and has the device remembered.
func (s *service) remembered(t *testing.T, who account) (account, string) {
	t.Helper()
	a := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0), "remember_device": true}, "").is(200, "")
	s.clock.Advance(30 * time.Second)
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who, a.text("device_token")
}

// withDevice signs in with the password and a device token.
func (s *service) withDevice(t *testing.T, who account, device string) answer {
	t.Helper()
	body := credentials(who.email, who.password)
	body["device_token"] = device
	return s.post(t, "/auth/login", body)
}

func (s *service) devices(t *testing.T, who account, query string) []any {
	t.Helper()
	return s.get(t, "/me/devices"+query, who.access).is(200, "").at("items").([]any)
}

func TestARememberedDeviceSkipsTheCodeAndItsTokenRotates(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		a := s.withDevice(t, who, device).is(200, "")
		require.Equal(t, "authenticated", a.text("status"))
		require.Equal(t, []any{"pwd", "dev"}, s.get(t, "/me", a.text("tokens.access_token")).is(200, "").at("session.amr"))
		next := a.text("device_token")
		require.NotEqual(t, device, next)
		shown := s.devices(t, who, "")[0].(map[string]any)
		require.EqualValues(t, 1, shown["skips"])
		require.Equal(t, "127.0.0.1", shown["ip"])
		require.Nil(t, shown["ended_at"])

		wrong := who
		wrong.password = "wrong"
		s.withDevice(t, wrong, next).is(401, "invalid_credentials")
		require.Equal(t, "authenticated", s.withDevice(t, who, next).is(200, "").text("status"), "a wrong password rotates nothing")

		repeated := s.withDevice(t, who, device).is(200, "")
		require.Equal(t, []any{"authenticated", next}, []any{repeated.text("status"), repeated.at("device_token")},
			"within the grace period: the same successor")
		s.clock.Advance(10 * time.Second)
		require.Equal(t, "mfa_required", s.withDevice(t, who, device).is(200, "").text("status"), "after the grace period: the token was copied")
		require.Equal(t, "mfa_required", s.withDevice(t, who, next).is(200, "").text("status"), "the device is forgotten")
		require.Empty(t, s.devices(t, who, ""))
		ended := s.devices(t, who, "?ended=true")[0].(map[string]any)
		require.Equal(t, "rotated_token_reused", ended["end_reason"])
		require.NotNil(t, ended["ended_at"])
		require.Contains(t, s.log.String(), "rotated token presented again")
	})
}

func TestDevicesAreRenamedAndForgotten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, first := s.remembered(t, s.enrolOwn(t, s.member(t)))
		_, second := s.remembered(t, who)
		_, third := s.remembered(t, who)
		listed := s.devices(t, who, "")
		require.Len(t, listed, 3)
		oldest := listed[2].(map[string]any)["id"].(string)
		renamed := s.as(t, who, "PATCH", "/me/devices/"+oldest, map[string]any{"name": "Work laptop"}).is(200, "")
		require.Equal(t, "Work laptop", renamed.text("name"))
		s.as(t, who, "PATCH", "/me/devices/"+oldest, map[string]any{"name": " "}).is(422, "invalid")
		owner := s.enroll(t)
		s.as(t, owner, "PATCH", "/me/devices/"+oldest, map[string]any{"name": "Mine"}).is(404, "not_found")
		s.as(t, owner, "DELETE", "/me/devices/"+oldest, nil).is(404, "not_found")
		s.as(t, who, "DELETE", "/me/devices/not-an-id", nil).is(404, "not_found")

		s.as(t, who, "DELETE", "/me/devices/"+oldest, nil).is(204, "")
		s.as(t, who, "DELETE", "/me/devices/"+oldest, nil).is(404, "not_found")
		s.as(t, who, "PATCH", "/me/devices/"+oldest, map[string]any{"name": "Gone"}).is(404, "not_found")
		require.Equal(t, "mfa_required", s.withDevice(t, who, first).is(200, "").text("status"))
		require.Equal(t, "authenticated", s.withDevice(t, who, second).is(200, "").text("status"))
		s.as(t, who, "DELETE", "/me/devices", nil).is(204, "")
		require.Empty(t, s.devices(t, who, ""))
		require.Len(t, s.devices(t, who, "?ended=true"), 3)
		require.Equal(t, "mfa_required", s.withDevice(t, who, third).is(200, "").text("status"))
	})
}

func TestRememberedDevicesEndForEachReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, s *service, who *account, owner account)
		reason string
	}{
		"a change of password": {func(t *testing.T, s *service, who *account, _ account) {
			body := map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}
			who.access = s.as(t, *who, "POST", "/me/password", body).is(200, "").text("access_token")
			who.password = "an entirely new phrase"
		}, "password_changed"},
		"the setting changed to 0": {func(t *testing.T, s *service, _ *account, owner account) {
			s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 0}).is(200, "")
			s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 30}).is(200, "")
		}, "remember_device_days_is_0"},
		"a lower setting": {func(t *testing.T, s *service, who *account, owner account) {
			s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 1}).is(200, "")
			s.clock.Advance(25 * time.Hour)
		}, ""},
		"age": {func(_ *testing.T, s *service, _ *account, _ account) { s.clock.Advance(31 * 24 * time.Hour) }, ""},
		"a second factor required at every sign-in": {func(t *testing.T, s *service, _ *account, owner account) {
			s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"login"}}).is(200, "")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *service) {
				owner := s.enroll(t)
				s.clock.Advance(30 * time.Second)
				who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
				c.change(t, s, &who, owner)
				require.Equal(t, "mfa_required", s.withDevice(t, who, device).is(200, "").text("status"))
				if c.reason != "" {
					require.Empty(t, s.devices(t, who, ""))
					require.Equal(t, c.reason, s.devices(t, who, "?ended=true")[0].(map[string]any)["end_reason"])
				}
			})
		})
	}
}

// TestADeviceTokenOfAnotherAccountDoesNotSkipTheCode: the other account has the same address and password, in another org.
func TestADeviceTokenOfAnotherAccountDoesNotSkipTheCode(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			s.newOrg(t, "acme-inc")
			here, there := s.enroll(t, "X-Org-Id", "default"), s.enroll(t, "X-Org-Id", "acme-inc")
			s.clock.Advance(30 * time.Second)
			body := map[string]any{
				"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "default"),
				"code":            s.code(t, here.secret, 0),
				"remember_device": true,
			}
			device := s.post(t, "/auth/login/mfa", body).is(200, "").text("device_token")
			login := credentials(there.email, there.password)
			login["device_token"] = device
			require.Equal(t, "mfa_required", s.post(t, "/auth/login", login, "X-Org-Id", "acme-inc").is(200, "").text("status"))
			require.Equal(t, "authenticated", s.post(t, "/auth/login", login, "X-Org-Id", "default").is(200, "").text("status"))
		})
	}
}

// TestFailedSignInsElsewhereDoNotLockARememberedDevice: a device that
// completed MFA has a counter of its own.
func TestFailedSignInsElsewhereDoNotLockARememberedDevice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		for range 5 {
			s.post(t, "/auth/login", credentials(who.email, "wrong")).is(401, "invalid_credentials")
		}
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(429, "account_locked")
		s.withDevice(t, who, "dt_made-up").is(429, "account_locked")

		a := s.withDevice(t, who, device).is(200, "")
		require.Equal(t, "authenticated", a.text("status"))
		device = a.text("device_token")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(429, "account_locked")

		s.settings(t, func(o *domain.OrgSettings) { o.MFARequiredActions = []domain.Action{domain.ActionLogin} })
		owed := s.withDevice(t, who, device).is(200, "")
		require.Equal(t, "mfa_required", owed.text("status"), "the device has its own counter even if it does not skip the code")
		proof := map[string]any{"challenge_token": owed.text("challenge.token"), "code": s.code(t, who.secret, 0)}
		s.post(t, "/auth/login/mfa", proof).is(200, "")

		wrong := who
		wrong.password = "wrong"
		for range 5 {
			s.withDevice(t, wrong, device).is(401, "invalid_credentials")
		}
		s.withDevice(t, who, device).is(429, "account_locked")
	})
}

// TestFailedSignInsDoNotLockASignedInSession: the account can still step up and
// change its password.
func TestFailedSignInsDoNotLockASignedInSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		for range 5 {
			s.post(t, "/auth/login", credentials(who.email, "wrong")).is(401, "invalid_credentials")
		}
		s.stepUp(t, who, "mfa.disable")
		change := func(current, next string) answer {
			return s.as(t, who, "POST", "/me/password", map[string]any{"current_password": current, "new_password": next})
		}
		for range 4 {
			change("wrong", "an entirely new phrase").is(401, "invalid_credentials")
		}
		change(who.password, "short").is(422, "invalid")
		change(who.password, who.password).is(422, "invalid")
		change("wrong", "an entirely new phrase").is(401, "invalid_credentials")
		change(who.password, "an entirely new phrase").is(429, "account_locked")
		s.clock.Advance(15 * time.Minute)
		who.access = s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(200, "").text("access_token")
		change(who.password, "an entirely new phrase").is(200, "")
	})
}

func TestAChangedPasswordEndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		other := s.again(t, who)
		body := map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}
		a := s.as(t, who, "POST", "/me/password", body).is(200, "")
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
		s.get(t, "/me", other.access).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": other.refresh}).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(401, "unauthenticated")
		s.get(t, "/me", a.text("access_token")).is(200, "")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": a.text("refresh_token")}).is(200, "")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		s.post(t, "/auth/login", credentials(who.email, "an entirely new phrase")).is(200, "")
	})
}

func TestSettingsAreReadAndChangedWithIfMatch(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, plain := s.enroll(t), s.member(t)
		s.get(t, "/org/settings", plain.access).is(403, "permission_denied")
		s.as(t, plain, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}).is(403, "permission_denied")
		policy := s.get(t, "/org/policy", plain.access).is(200, "")
		require.Nil(t, policy.body["audit_log_retention_days"])
		require.EqualValues(t, 12, policy.at("password_min_length"))

		before := s.get(t, "/org/settings", owner.access).is(200, "")
		require.Equal(t, `"1"`, before.header.Get("ETag"))
		change := func(body map[string]any, match ...string) answer {
			headers := []string{}
			if match != nil {
				headers = []string{"If-Match", match[0]}
			}
			return s.as(t, owner.with(headers...), "PATCH", "/org/settings", body)
		}
		after := change(map[string]any{"session_timeout_minutes": 5, "default_locale": "pt-BR"}, `"1"`).is(200, "")
		require.Equal(t, `"2"`, after.header.Get("ETag"))
		require.EqualValues(t, 2, after.at("policy_version"))
		require.EqualValues(t, 5, after.at("session_timeout_minutes"))
		require.Equal(t, true, after.at("allow_profile_edit"), "other settings do not change")
		change(map[string]any{"session_timeout_minutes": 6}, `"1"`).is(412, "precondition_failed")
		change(map[string]any{"session_timeout_minutes": 6}, "2").is(412, "precondition_failed")
		require.Equal(t, `"2"`, change(map[string]any{"session_timeout_minutes": 5}).is(200, "").header.Get("ETag"), "nothing changed")
		wrong := change(map[string]any{
			"session_timeout_minutes": 0, "remember_device_days": 366, "password_min_length": 11, "mfa_required_actions": []string{"nonsense"},
		}).is(422, "invalid")
		require.Len(t, wrong.at("errors"), 4)
		change(map[string]any{"policy_version": 9}).is(422, "invalid")
		require.EqualValues(t, 2, s.get(t, "/org/settings", owner.access).is(200, "").at("policy_version"))
		require.Contains(t, s.log.String(), "30 -> 5")

		s.clock.Advance(5 * time.Minute)
		s.get(t, "/me", plain.access).is(401, "session_expired")
	})
}

func TestTheSessionTimeoutOfAnOrgNeverExceedsTheServers(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.SessionTimeout = 10 * time.Minute })
	owner, plain := s.enroll(t), s.member(t)
	s.as(t, owner, "PATCH", "/org/settings", map[string]any{"session_timeout_minutes": 60}).is(200, "")
	require.EqualValues(t, 10, s.get(t, "/org/policy", plain.access).is(200, "").at("session_timeout_minutes"))
	s.clock.Advance(10 * time.Minute)
	s.get(t, "/me", plain.access).is(401, "session_expired")
}

func TestOneOfManyChangesOfTheSameVersionSucceeds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		answers := parallel(20, func(i int) answer {
			return s.as(t, owner.with("If-Match", `"1"`), "PATCH", "/org/settings", map[string]any{"session_timeout_minutes": i + 1})
		})
		require.Equal(t, 1, count(answers, 200))
		require.Equal(t, 19, count(answers, 412))
	})
}

func TestProfilesAreEditedIfTheOrgAllowsIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		before := s.get(t, "/me", who.access).is(200, "").header.Get("ETag")
		renamed := s.as(t, who.with("If-Match", before), "PATCH", "/me", map[string]any{"full_name": " New Name "}).is(200, "")
		require.Equal(t, "New Name", renamed.text("full_name"))
		require.NotEqual(t, before, renamed.header.Get("ETag"))
		s.as(t, who.with("If-Match", before), "PATCH", "/me", map[string]any{"full_name": "Late"}).is(412, "precondition_failed")
		require.Equal(t, renamed.header.Get("ETag"), s.get(t, "/me", who.access).is(200, "").header.Get("ETag"))
		for _, body := range []map[string]any{
			{"email": "x@example.org"}, {"status": "active"}, {"roles": []string{"owner"}}, {"full_name": ""}, {"full_name": "\u0000"},
		} {
			a := s.as(t, who, "PATCH", "/me", body)
			require.Contains(t, []int{400, 422}, a.status, a.raw)
		}
		s.settings(t, func(o *domain.OrgSettings) { o.AllowProfileEdit = false })
		s.as(t, who, "PATCH", "/me", map[string]any{"full_name": "Third"}).is(403, "forbidden")
		require.Equal(t, "New Name", s.get(t, "/me", who.access).is(200, "").text("full_name"))
	})
}

func TestAChangeWithoutIfMatchIsNeverRefusedAsStale(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		id := s.get(t, "/me", who.access).is(200, "").text("id")
		changes := []func(i int) answer{
			func(i int) answer {
				return s.as(t, who, "PATCH", "/me", map[string]any{"full_name": "Own " + strconv.Itoa(i)})
			},
			func(i int) answer {
				return s.as(t, owner, "PATCH", "/members/"+id, map[string]any{"full_name": "Theirs " + strconv.Itoa(i)})
			},
			func(i int) answer {
				return s.as(t, owner, "PUT", "/members/"+id+"/roles", map[string]any{"roles": []string{[]string{"member", "auditor"}[i/3%2]}})
			},
		}
		answers := parallel(30, func(i int) answer { return changes[i%len(changes)](i) })
		require.Equal(t, len(answers), count(answers, 200), answers)
	})
}

// TestETagsChangedByAProxyAreAccepted covers lists of tags, and tags that a compressing proxy made weak
// or gave a suffix.
func TestETagsChangedByAProxyAreAccepted(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	for i, sent := range []string{`"%s", "99"`, `W/"%s"`, `"%s-gzip"`, `W/"98" , W/"%s"`, `*`} {
		tag := strings.Trim(s.get(t, "/org", owner.access).is(200, "").header.Get("ETag"), `"`)
		s.as(t, owner.with("If-Match", `W/"98", "99"`), "PATCH", "/org", map[string]any{"name": "Late"}).is(412, "precondition_failed")
		conditional := owner.with("If-Match", strings.ReplaceAll(sent, "%s", tag))
		s.as(t, conditional, "PATCH", "/org", map[string]any{"name": strings.Repeat("x", i+1)}).is(200, "")
	}
}

// TestADeviceTokenSentTwiceIsNotTreatedAsStolen: a browser sends it again after a double
// click or a lost response.
func TestADeviceTokenSentTwiceIsNotTreatedAsStolen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		answers := parallel(4, func(int) answer { return s.withDevice(t, who, device) })
		next := answers[0].is(200, "").text("device_token")
		for _, a := range answers {
			require.Equal(t, []any{"authenticated", next}, []any{a.is(200, "").at("status"), a.at("device_token")})
		}
		require.EqualValues(t, 4, s.devices(t, who, "")[0].(map[string]any)["skips"])
		require.Equal(t, 0, strings.Count(s.log.String(), string(domain.EventDeviceForgotten)))
		for range 5 { // locks the account but not the remembered device
			s.post(t, "/auth/login", credentials(who.email, "wrong")).is(401, "invalid_credentials")
		}
		require.Equal(t, next, s.withDevice(t, who, device).is(200, "").text("device_token"))
		require.Equal(t, "authenticated", s.withDevice(t, who, next).is(200, "").text("status"))
		s.clock.Advance(10 * time.Second)
		s.withDevice(t, who, device).is(429, "account_locked")
	})
}
