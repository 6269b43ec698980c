package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/authenticator"
)

// holder is an account with everything that its person has to sign in with.
type holder struct {
	account
	device string
	keys   *authenticator.Authenticator
}

// addKey adds a passkey from the profile.
func (s *service) addKey(t *testing.T, who *holder) {
	t.Helper()
	who.keys = s.phone()
	s.addPasskey(t, who.account, who.keys).is(201, "")
}

// way is how a person signs in.
type way string

const (
	byPassword   way = "password"
	byDevice     way = "remembered device"
	byCode       way = "code"
	byPasskey    way = "passkey after the password"
	byKeyAlone   way = "passkey alone"
	allItsProofs way = "whatever the sign-in lists"
)

// enter signs in by the way, as far as it leads, and returns the last answer.
func (s *service) enter(t *testing.T, who *holder, by way) answer {
	t.Helper()
	if by == byKeyAlone {
		return s.byPasskey(t, who.keys, nil)
	}
	body := credentials(who.email, who.password)
	if by == byDevice {
		body["device_token"] = who.device
	}
	a := s.post(t, "/auth/login", body).is(200, "")
	if by == byDevice && a.body["device_token"] != nil {
		who.device = a.text("device_token")
	}
	if a.text("status") != "mfa_required" || by == byPassword || by == byDevice {
		return a
	}
	token := a.text("challenge.token")
	if by == byPasskey || by == allItsProofs && slices.Contains(texts(a.at("challenge.methods")), "passkey") {
		return s.secondPasskey(t, token, who.keys)
	}
	s.clock.Advance(30 * time.Second)
	return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, who.secret, 0)})
}

func entered(a answer) bool { return a.status == http.StatusOK && a.text("status") == "authenticated" }

// signIns is a history of sign-ins.
type signIns struct {
	who     []*holder
	by      []way
	refresh []string
}

// add signs in completely and remembers it.
func (h *signIns) add(t *testing.T, s *service, who *holder, by way) {
	t.Helper()
	a := s.enter(t, who, by)
	require.True(t, entered(a), "%s by %s: %s", who.email, by, a.raw)
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	h.note(who, by)
}

// note remembers a sign-in that is complete.
func (h *signIns) note(who *holder, by way) {
	h.who, h.by, h.refresh = append(h.who, who), append(h.by, by), append(h.refresh, who.refresh)
}

// crew is an org with accounts of every kind, and their sign-ins.
func crew(t *testing.T, s *service) (owner *holder, all []*holder, past *signIns) {
	t.Helper()
	past = &signIns{}
	owner = &holder{account: s.enroll(t)}
	past.note(owner, byCode)
	s.addKey(t, owner)
	for _, by := range []way{byPasskey, byCode, byKeyAlone} {
		past.add(t, s, owner, by)
	}
	admin, device := s.administrator(t, "admin@example.org")
	both := &holder{account: admin, device: device}
	past.note(both, byCode)
	s.clock.Advance(30 * time.Second)
	past.add(t, s, both, byDevice)
	members := map[string]*holder{}
	for _, name := range []string{"plain", "key", "code"} {
		email := name + "@example.org"
		s.addMember(t, email, memberPassword, false)
		members[name] = &holder{account: account{email: email, password: memberPassword}}
		past.add(t, s, members[name], byPassword)
	}
	s.addKey(t, members["key"])
	past.add(t, s, members["key"], byPasskey)
	past.add(t, s, members["key"], byKeyAlone)
	members["code"].account = s.enrolOwn(t, members["code"].account)
	remembering := s.secondStep(t, members["code"].account,
		map[string]any{"code": s.code(t, members["code"].secret, 0), "remember_device": true}, "").is(200, "")
	members["code"].refresh, members["code"].device = remembering.text("tokens.refresh_token"), remembering.text("device_token")
	past.note(members["code"], byCode)
	past.add(t, s, members["code"], byDevice)
	for i, by := range past.by {
		if by == byPassword {
			past.who[i] = members["plain"] // the others have a factor by now, and had none at that sign-in
		}
	}
	return owner, []*holder{owner, both, members["plain"], members["key"], members["code"]}, past
}

// TestRequiringPasskeysHasThePreviewedEffects previews the change, makes it and counts its effects.
func TestRequiringPasskeysHasThePreviewedEffects(t *testing.T) {
	t.Parallel()
	for covers, want := range map[string][]int{"off": {0, 0, 0, 0}, "admins": {4, 1, 1, 4}, "everyone": {9, 3, 2, 9}} {
		t.Run(covers, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *service) {
				owner, all, past := crew(t, s)
				draft := map[string]any{"phishing_resistant": covers}
				told := s.as(t, owner.account, "POST", "/org/settings/preview", draft).is(200, "")
				require.Nil(t, told.at("refused"), told.raw)
				require.Equal(t, false, told.at("ends_own_session"))
				require.Equal(t, 0, number(told, "devices_forgotten"))
				foretold := []int{
					number(told, "sessions_ended"), number(told, "accounts_to_enroll"), number(told, "devices_no_longer_excusing"),
					number(told, "sign_ins.extra_prompts"),
				}
				s.as(t, owner.account, "PATCH", "/org/settings", draft).is(200, "")
				happened := make([]int, 4)
				for _, token := range past.refresh {
					if a := s.post(t, "/auth/refresh", map[string]any{"refresh_token": token}); a.status != http.StatusOK {
						a.is(401, "session_expired")
						happened[0]++
					}
				}
				for _, who := range all {
					if s.enter(t, who, allItsProofs).text("status") == "mfa_enrollment_required" {
						happened[1]++
					}
					if who.device != "" && !entered(s.enter(t, who, byDevice)) {
						happened[2]++
					}
				}
				for i, who := range past.who {
					if !entered(s.enter(t, who, past.by[i])) {
						happened[3]++
					}
				}
				require.Equal(t, foretold, happened, told.raw)
				require.Equal(t, want, happened)
			})
		})
	}
}

// TestTheWaysInOfAnAccountThatNeedsAPasskey follows the owner through every step of sign-in and step-up.
func TestTheWaysInOfAnAccountThatNeedsAPasskey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := &holder{account: s.enroll(t)}
		s.addKey(t, owner)
		s.as(t, owner.account, "PATCH", "/org/settings", map[string]any{"phishing_resistant": "admins"}).is(200, "")
		ended := s.get(t, "/me", owner.access).is(401, "session_expired")
		require.Contains(t, ended.text("detail"), "passkey")

		s.clock.Advance(30 * time.Second)
		login := s.post(t, "/auth/login", credentials(owner.email, owner.password)).is(200, "")
		require.Equal(t, []string{"passkey", "recovery_code"}, texts(login.at("challenge.methods")))
		require.EqualValues(t, 0, login.at("challenge.remember_device_days"))
		challenge := map[string]any{"challenge_token": login.text("challenge.token")}
		byCode := map[string]any{"challenge_token": login.text("challenge.token"), "code": s.code(t, owner.secret, 0)}
		refused := s.post(t, "/auth/login/mfa", byCode).is(401, "invalid_code")
		require.Contains(t, refused.text("detail"), "passkey")
		challenge["recovery_code"] = owner.recoveryCodes[0]
		recovered := s.post(t, "/auth/login/mfa", challenge).is(200, "")
		require.Equal(t, "mfa_enrollment_required", recovered.text("status"))
		require.Equal(t, []string{"passkey"}, texts(recovered.at("challenge.methods")))
		enrolling := map[string]any{"challenge_token": recovered.text("challenge.token")}
		s.post(t, "/auth/login/mfa/enroll", enrolling).is(422, "invalid")
		owner.keys = s.phone()
		owner.account = owner.holding(s.enrolAtSignIn(t, recovered.text("challenge.token"), owner.keys).is(200, ""))

		step := map[string]any{"action": "mfa.disable", "code": s.code(t, owner.secret, 0)}
		told := s.as(t, owner.account, "POST", "/auth/step-up", step).is(401, "invalid_code")
		require.Contains(t, told.text("detail"), "passkey")
		s.as(t, owner.account, "DELETE", "/me/mfa", nil).is(401, "step_up_required")
		s.as(t, s.steppedUp(t, owner.account, "mfa.disable", owner.keys), "DELETE", "/me/mfa", nil).is(204, "")

		login = s.post(t, "/auth/login", credentials(owner.email, owner.password)).is(200, "")
		require.Equal(t, "mfa_enrollment_required", login.text("status"))
		require.Equal(t, []string{"passkey"}, texts(login.at("challenge.methods")))
		explanation := s.explained(t, account{access: owner.access}, login.text("decision_id"))
		require.Equal(t, "phishing_resistant", explanation.at("decider"))
		require.Equal(t, "admins", explanation.fact("phishing_resistant"))
		require.Equal(t, "off -> admins", explanation.at("last_change.values"))
		smallest := explanation.at("smallest_change").([]any)[0].(map[string]any)
		require.Equal(t, "add a passkey during sign-in", smallest["what"])
	})
}

func TestRequiringPasskeysIsRefusedIfItCouldLockOutTheOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := &holder{account: s.enroll(t)}
		s.addKey(t, owner)
		s.clock.Advance(31 * 24 * time.Hour)
		owner.account = s.signIn(t, owner.account) // by a code: the passkey may be lost
		draft := map[string]any{"phishing_resistant": "everyone"}
		told := s.as(t, owner.account, "POST", "/org/settings/preview", draft).is(200, "")
		require.Equal(t, "conflict", told.text("refused.code"))
		require.Equal(t, true, told.at("ends_own_session"))
		refused := s.as(t, owner.account, "PATCH", "/org/settings", draft).is(409, "conflict")
		require.Contains(t, refused.text("detail"), "last owner")
		require.Equal(t, told.text("refused.detail"), refused.text("detail"))

		a := s.enter(t, owner, byKeyAlone).is(200, "")
		owner.access = a.text("tokens.access_token")
		require.Nil(t, s.as(t, owner.account, "POST", "/org/settings/preview", draft).is(200, "").at("refused"))
		s.as(t, owner.account, "PATCH", "/org/settings", draft).is(200, "")
		require.Equal(t, "everyone", s.as(t, owner.account, "GET", "/org/policy", nil).is(200, "").text("phishing_resistant"))
	})
}

func TestPasskeysAreNotRequiredWhereTheServiceCannotUseThem(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.RPID = "192.0.2.1" })
	owner := s.enroll(t)
	for _, path := range []string{"PATCH /org/settings", "POST /org/settings/preview"} {
		method, path, _ := strings.Cut(path, " ")
		for _, covers := range []string{"admins", "everyone"} {
			refused := s.as(t, owner, method, path, map[string]any{"phishing_resistant": covers}).is(422, "invalid")
			require.Contains(t, refused.raw, "must be off, because this deployment cannot use passkeys")
		}
		s.as(t, owner, method, path, map[string]any{"phishing_resistant": "some"}).is(422, "invalid")
		s.as(t, owner, method, path, map[string]any{"phishing_resistant": "off"}).is(200, "")
	}
}
