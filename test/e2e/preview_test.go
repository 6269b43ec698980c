package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// population is an org with sessions, devices and a history of sign-ins of every kind.
type population struct {
	s        *service
	owner    account
	refresh  []string          // refresh tokens of the live sessions
	devices  map[string]string // the newest device token, by address
	plain    []string          // addresses of accounts without a second factor
	repeat   []string          // addresses that signed in without a code, in order
	password string
}

// administrator creates an administrator, who enrols at sign-in, and returns the token of the remembered device.
func (s *service) administrator(t *testing.T, email string) (account, string) {
	t.Helper()
	s.addMember(t, email, memberPassword, false)
	s.give(t, email, domain.RoleAdmin)
	challenge := s.post(t, "/auth/login", credentials(email, memberPassword)).is(200, "").text("challenge.token")
	who := account{email: email, password: memberPassword}
	who.secret = s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	proof := map[string]any{"challenge_token": challenge, "code": s.code(t, who.secret, 0), "remember_device": true}
	a := s.post(t, "/auth/login/mfa/enroll/confirm", proof).is(200, "")
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who, a.text("device_token")
}

func populate(t *testing.T, s *service) *population {
	t.Helper()
	p := &population{
		s:        s,
		owner:    s.enroll(t),
		devices:  map[string]string{},
		plain:    []string{"one@example.org", "two@example.org"},
		password: memberPassword,
	}
	for _, email := range p.plain {
		s.addMember(t, email, memberPassword, false)
		p.signIn(t, email)
	}
	_, p.devices["old@example.org"] = s.administrator(t, "old@example.org")
	s.clock.Advance(8 * 24 * time.Hour) // ends every session so far
	p.refresh = nil
	fresh, device := s.administrator(t, "new@example.org")
	p.devices["new@example.org"], p.refresh = device, append(p.refresh, fresh.refresh)
	for _, email := range []string{"old@example.org", "new@example.org", "one@example.org", "one@example.org", "two@example.org"} {
		p.signIn(t, email)
	}
	s.clock.Advance(6 * time.Minute)
	p.signIn(t, "two@example.org")
	p.signIn(t, "new@example.org")
	p.owner = s.signIn(t, p.owner)
	p.refresh = append(p.refresh, p.owner.refresh)
	return p
}

// try signs in without a code and returns the status.
func (p *population) try(t *testing.T, email string) (status string, a answer) {
	t.Helper()
	body := credentials(email, p.password)
	if device := p.devices[email]; device != "" {
		body["device_token"] = device
	}
	a = p.s.post(t, "/auth/login", body).is(200, "")
	if a.body["device_token"] != nil {
		p.devices[email] = a.text("device_token")
	}
	return a.text("status"), a
}

func (p *population) signIn(t *testing.T, email string) {
	t.Helper()
	status, a := p.try(t, email)
	require.Equal(t, "authenticated", status, email)
	p.refresh, p.repeat = append(p.refresh, a.text("tokens.refresh_token")), append(p.repeat, email)
}

// outcome counts the effects of a change, with the names that the preview uses.
func (p *population) outcome(t *testing.T) map[string]int {
	t.Helper()
	happened := map[string]int{}
	for _, token := range p.refresh {
		if p.s.post(t, "/auth/refresh", map[string]any{"refresh_token": token}).status != 200 {
			happened["sessions_ended"]++
		}
	}
	for _, email := range p.plain {
		if status, _ := p.try(t, email); status == "mfa_enrollment_required" {
			happened["accounts_to_enroll"]++
		}
	}
	for email := range p.devices {
		if status, _ := p.try(t, email); status == "mfa_required" {
			happened["devices"]++
		}
	}
	for _, email := range p.repeat {
		if status, _ := p.try(t, email); status != "authenticated" {
			happened["extra_prompts"]++
		}
	}
	return happened
}

func number(a answer, path string) int {
	a.t.Helper()
	value, ok := a.at(path).(float64)
	require.True(a.t, ok, "%s in %s", path, a.raw)
	return int(value)
}

// TestAChangeOfSettingsHasThePreviewedEffects previews each change, makes it and counts its
// effects.
func TestAChangeOfSettingsHasThePreviewedEffects(t *testing.T) {
	t.Parallel()
	login, export := []string{"login"}, []string{"data.export"}
	for name, c := range map[string]struct {
		draft    map[string]any
		sessions int // ended
		accounts int // that must enrol
		forgets  int // remembered devices
		stops    int // remembered devices that no longer skip the code
		prompts  int // more sign-ins with a code
	}{
		"a second factor required":    {draft: map[string]any{"require_two_factor": true}, sessions: 4, accounts: 2, prompts: 6},
		"no devices remembered":       {draft: map[string]any{"remember_device_days": 0}, forgets: 2, prompts: 3},
		"devices remembered for less": {draft: map[string]any{"remember_device_days": 7}, stops: 1, prompts: 1},
		"sign-in guarded":             {draft: map[string]any{"mfa_required_actions": login}, stops: 2, prompts: 3},
		"a shorter session timeout":   {draft: map[string]any{"session_timeout_minutes": 5}, sessions: 6},
		"several changes": {
			draft:    map[string]any{"require_two_factor": true, "session_timeout_minutes": 5, "remember_device_days": 7},
			sessions: 7, accounts: 2, stops: 1, prompts: 7,
		},
		"no change":            {draft: map[string]any{"remember_device_days": 30}},
		"no effect on sign-in": {draft: map[string]any{"allow_profile_edit": false, "mfa_required_actions": export}},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *service) {
				p := populate(t, s)
				before, events := s.as(t, p.owner, "GET", "/org/settings", nil), s.auditCount(t)
				forecast := s.as(t, p.owner, "POST", "/org/settings/preview", c.draft).is(200, "")
				require.Equal(t, before.raw, s.as(t, p.owner, "GET", "/org/settings", nil).raw, "a preview changes nothing")
				require.Equal(t, events, s.auditCount(t))
				require.Equal(t, []int{c.sessions, c.accounts, c.forgets, c.stops, c.prompts}, []int{
					number(forecast, "sessions_ended"), number(forecast, "accounts_to_enroll"), number(forecast, "devices_forgotten"),
					number(forecast, "devices_no_longer_excusing"), number(forecast, "sign_ins.extra_prompts"),
				}, forecast.raw)
				require.Nil(t, forecast.at("refused"))
				require.Equal(t, false, forecast.at("ends_own_session"))
				require.Equal(t, true, forecast.at("sign_ins.complete"))
				require.Equal(t, 0.0, forecast.at("sign_ins.undated"))

				s.as(t, p.owner.with("If-Match", before.header.Get("ETag")), "PATCH", "/org/settings", c.draft).is(200, "")
				if c.forgets > 0 {
					changed := s.auditEvents(t, p.owner, "org.settings_updated")[0]["details"].(map[string]any)
					require.Equal(t, "2", changed["devices_forgotten"])
				}
				happened := p.outcome(t)
				require.Equal(t, []int{c.sessions, c.accounts, c.forgets + c.stops, c.prompts},
					[]int{happened["sessions_ended"], happened["accounts_to_enroll"], happened["devices"], happened["extra_prompts"]})
			})
		})
	}
}

func TestAPreviewNeedsThePermissionAndAValidDraft(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.as(t, member, "POST", "/org/settings/preview", map[string]any{}).is(403, "permission_denied")
		s.as(t, owner, "POST", "/org/settings/preview", map[string]any{"remember_device_days": 366}).is(422, "invalid")
		s.as(t, owner, "POST", "/org/settings/preview", map[string]any{"made_up": 1}).is(422, "invalid")
		shown := s.as(t, owner, "POST", "/org/settings/preview", map[string]any{"require_two_factor": true}).is(200, "")
		require.Equal(t, map[string]any{"require_two_factor": "false -> true"}, shown.at("changes"))
		require.EqualValues(t, 1, shown.at("policy_version"))
		require.EqualValues(t, 1, shown.at("sessions_ended"))
		require.EqualValues(t, 2, shown.at("sign_ins.counted"))
	})
}

func TestSettingsThatLockOutTheLastOwnerAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 365}).is(200, "")
		s.clock.Advance(30 * time.Second)
		owner, device := s.remembered(t, owner)
		admin, adminsDevice := s.administrator(t, "admin@example.org")
		s.clock.Advance(31 * 24 * time.Hour)
		byDevice := func(who account, device *string) account {
			t.Helper()
			a := s.withDevice(t, who, *device).is(200, "")
			who.access, *device = a.text("tokens.access_token"), a.text("device_token")
			return who
		}
		owner = byDevice(owner, &device)
		refused := func(who account, draft map[string]any, detail string) {
			t.Helper()
			told := s.as(t, who, "POST", "/org/settings/preview", draft).is(200, "")
			require.Equal(t, "conflict", told.text("refused.code"))
			require.Contains(t, told.text("refused.detail"), detail)
			require.Contains(t, s.as(t, who, "PATCH", "/org/settings", draft).is(409, "conflict").text("detail"), detail)
		}
		none, guarded := map[string]any{"remember_device_days": 0}, map[string]any{"mfa_required_actions": []string{"login"}}
		refused(owner, none, "the last owner")
		refused(owner, guarded, "the last owner")
		refused(owner, map[string]any{"remember_device_days": 30}, "the last owner")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"remember_device_days": 300}).is(200, "")
		require.Equal(t, "authenticated", s.withDevice(t, owner, device).is(200, "").text("status"), "nothing was forgotten")

		owner = s.signIn(t, owner)
		admin = byDevice(admin, &adminsDevice)
		refused(admin, none, "lock you out")
		s.as(t, owner, "PATCH", "/org/settings", guarded).is(200, "")
	})
}
