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
	refresh  []string          // of every session that lives
	devices  map[string]string // the newest token by address
	plain    []string          // addresses of accounts without a second factor
	repeat   []string          // whose sign-ins without a code to do once more, in order
	password string
}

// administrator enrols at sign-in and has the device remembered.
func (s *service) administrator(t *testing.T, email string) (account, string) {
	t.Helper()
	s.addMember(t, email, memberPassword, false)
	s.give(t, email, domain.RoleAdmin)
	challenge := s.post(t, "/auth/login", credentials(email, memberPassword)).is(200, "").text("challenge.token")
	who := account{email: email, password: memberPassword}
	who.secret = s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	a := s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "code": s.code(t, who.secret, 0), "remember_device": true}).is(200, "")
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who, a.text("device_token")
}

func populate(t *testing.T, s *service) *population {
	t.Helper()
	p := &population{s: s, owner: s.enroll(t), devices: map[string]string{}, plain: []string{"one@example.org", "two@example.org"}, password: memberPassword}
	for _, email := range p.plain {
		s.addMember(t, email, memberPassword, false)
		p.signIn(t, email)
	}
	_, p.devices["old@example.org"] = s.administrator(t, "old@example.org")
	s.clock.Advance(8 * 24 * time.Hour) // every session until here has ended
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

// try signs in without a code and says how that stands.
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

// outcome is what came about, named as it was forecast.
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

// TestWhatIsForecastComesAbout makes each change after it was rehearsed, and counts what it did.
func TestWhatIsForecastComesAbout(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		draft    map[string]any
		sessions int
		accounts int
		forgets  int
		stops    int
		prompts  int
	}{
		"a second factor required":     {map[string]any{"require_two_factor": true}, 4, 2, 0, 0, 6},
		"no devices remembered":        {map[string]any{"remember_device_days": 0}, 0, 0, 2, 0, 3},
		"devices remembered for less":  {map[string]any{"remember_device_days": 7}, 0, 0, 0, 1, 1},
		"sign-in guarded":              {map[string]any{"mfa_required_actions": []string{"login"}}, 0, 0, 0, 2, 3},
		"a shorter rest":               {map[string]any{"session_timeout_minutes": 5}, 6, 0, 0, 0, 0},
		"several at once":              {map[string]any{"require_two_factor": true, "session_timeout_minutes": 5, "remember_device_days": 7}, 7, 2, 0, 1, 7},
		"nothing":                      {map[string]any{"remember_device_days": 30}, 0, 0, 0, 0, 0},
		"what concerns nobody's entry": {map[string]any{"allow_profile_edit": false, "mfa_required_actions": []string{"data.export"}}, 0, 0, 0, 0, 0},
	} {
		t.Run(what, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *service) {
				p := populate(t, s)
				before, events := s.as(t, p.owner, "GET", "/org/settings", nil), s.auditCount(t)
				forecast := s.as(t, p.owner, "POST", "/org/settings/preview", c.draft).is(200, "")
				require.Equal(t, before.raw, s.as(t, p.owner, "GET", "/org/settings", nil).raw, "only rehearsed")
				require.Equal(t, events, s.auditCount(t))
				require.Equal(t, []int{c.sessions, c.accounts, c.forgets, c.stops, c.prompts}, []int{
					number(forecast, "sessions_ended"), number(forecast, "accounts_to_enroll"), number(forecast, "devices_forgotten"),
					number(forecast, "devices_no_longer_excusing"), number(forecast, "sign_ins.extra_prompts"),
				}, forecast.raw)
				require.Equal(t, []any{nil, false, true, 0.0}, []any{forecast.at("refused"), forecast.at("ends_own_session"), forecast.at("sign_ins.complete"), forecast.at("sign_ins.undated")})

				s.as(t, p.owner, "PATCH", "/org/settings", c.draft, "If-Match", before.header.Get("ETag")).is(200, "")
				if c.forgets > 0 {
					changed := s.happened(t, p.owner, "org.settings_updated")[0]["details"].(map[string]any)
					require.Equal(t, "2", changed["devices_forgotten"])
				}
				happened := p.outcome(t)
				require.Equal(t, []int{c.sessions, c.accounts, c.forgets + c.stops, c.prompts},
					[]int{happened["sessions_ended"], happened["accounts_to_enroll"], happened["devices"], happened["extra_prompts"]})
			})
		})
	}
}

func TestADraftIsCheckedAndForThoseWhoMayChangeIt(t *testing.T) {
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

func TestNobodyLocksTheLastOwnerOut(t *testing.T) {
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
