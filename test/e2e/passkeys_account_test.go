package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestPasskeysAreRenamedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		spare := s.phone()
		s.addPasskey(t, who, spare).is(201, "")
		listed := s.passkeys(t, who)
		require.Len(t, listed, 2)
		first := listed[0]["id"].(string)
		rename := func(who account, name any) answer {
			return s.as(t, who, "PATCH", "/me/passkeys/"+first, map[string]any{"name": name})
		}
		require.Equal(t, "Work laptop", rename(who, "Work laptop").is(200, "").text("name"))
		for _, wrong := range []any{"", " ", strings.Repeat("x", 101), "a\u0007b", 1, nil} {
			rename(who, wrong).is(422, "invalid")
		}
		rename(who, strings.Repeat("é", 100)).is(200, "")
		require.Equal(t, 2, s.audited(t, domain.EventPasskeyRenamed))

		owner := s.enroll(t)
		s.advance()
		rename(owner, "Mine").is(404, "not_found")
		remove := func(who account, id string) answer { return s.as(t, who, "DELETE", "/me/passkeys/"+id, nil) }
		for _, id := range []string{first, nobody, "not-an-id"} { // the step-up is asked for before anything else
			remove(who, id).is(401, "step_up_required")
		}
		theirs := owner.with("X-Step-Up-Token", s.stepUp(t, owner, "passkey.remove"))
		remove(theirs, first).is(404, "not_found")
		stepped := s.steppedUp(t, who, "passkey.remove", phone)
		remove(stepped, nobody).is(404, "not_found")
		remove(stepped, "not-an-id").is(404, "not_found")
		remove(stepped, first).is(204, "")
		s.as(t, who, "PATCH", "/me/passkeys/"+first, map[string]any{"name": "Gone"}).is(404, "not_found")
		remove(s.steppedUp(t, who, "passkey.remove", spare), first).is(404, "not_found")
		require.Len(t, s.passkeys(t, who), 1)
		require.Equal(t, 1, s.audited(t, domain.EventPasskeyRemoved))
		require.EqualValues(t, 10, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
	})
}

func TestTheLastFactorTakesRecoveryCodesAndDevicesWithIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		who = s.passwordAndPasskey(t, who, phone)
		s.secondStepRemembered(t, who, phone)
		removed := s.passkeys(t, who)[0]["id"].(string)
		s.settings(t, func(o *domain.OrgSettings) { o.RequireTwoFactor = true })
		remove := func(with account) answer { return s.as(t, with, "DELETE", "/me/passkeys/"+removed, nil) }
		stepped := s.steppedUp(t, who, "passkey.remove", phone)
		remove(stepped).is(409, "conflict")
		require.Len(t, s.passkeys(t, who), 1)
		s.settings(t, func(o *domain.OrgSettings) { o.RequireTwoFactor = false })
		remove(stepped).is(204, "")
		require.Equal(t, []any{false, []any{}}, s.enrolment(t, who))
		require.EqualValues(t, 0, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
		require.Empty(t, s.devices(t, who, ""))
		s.again(t, who)
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
		s.addPasskey(t, who, phone).is(201, "")
		s.byPasskey(t, phone, nil).is(200, "")
	})
}

// secondStepRemembered signs in with the password and a passkey and has the device remembered.
func (s *service) secondStepRemembered(t *testing.T, who account, phone *authenticator.Authenticator) (device string) {
	t.Helper()
	token := s.challenged(t, who, "mfa_required").text("challenge.token")
	options := s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token})
	body := map[string]any{"challenge_token": token, "credential": signed(t, phone, options), "remember_device": true}
	return s.post(t, "/auth/login/mfa", body).is(200, "").text("device_token")
}

func TestParallelRemovalsLeaveTheLastFactor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		for range 3 {
			s.addPasskey(t, who, s.phone()).is(201, "")
		}
		who = s.passwordAndPasskey(t, who, phone)
		s.settings(t, func(o *domain.OrgSettings) { o.RequireTwoFactor = true })
		listed := s.passkeys(t, who)
		stepped := make([]account, len(listed))
		for i := range listed {
			stepped[i] = s.steppedUp(t, who, "passkey.remove", phone)
		}
		answers := parallel(len(listed), func(i int) answer {
			return s.as(t, stepped[i], "DELETE", "/me/passkeys/"+listed[i]["id"].(string), nil)
		})
		// A removal ends the step-ups that were made before it, so that a late request is refused for that reason.
		removed := count(answers, 204)
		require.Equal(t, len(listed)-removed, count(answers, 409)+count(answers, 401), "%v", answers)
		require.Contains(t, []int{1, 2, 3}, removed)
		require.Len(t, s.passkeys(t, who), len(listed)-removed)
	})
}

func TestDisablingAndResettingMFARemovesPasskeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		who, phone := s.memberWithPasskey(t)
		s.enrolTOTP(t, who)
		s.as(t, s.steppedUp(t, who, "mfa.disable", phone), "DELETE", "/me/mfa", nil).is(204, "")
		require.Equal(t, []any{false, []any{}}, s.enrolment(t, who))
		require.Empty(t, s.passkeys(t, who))
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
		who = s.again(t, who)

		s.addPasskey(t, who, phone).is(201, "")
		path := "/members/" + s.idOf(t, who.email) + "/mfa/reset"
		s.as(t, owner.with("X-Step-Up-Token", s.stepUp(t, owner, "member.mfa_reset")), "POST", path, nil).is(204, "")
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
		s.get(t, "/me", who.access).is(401, "token_revoked")
		require.Empty(t, s.passkeys(t, s.again(t, who)))
	})
}

func TestPasskeysAreExportedAndErased(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		who, phone := s.memberWithPasskey(t)
		data := s.as(t, who, "GET", "/me/export", nil).is(200, "")
		exported := data.at("passkeys").([]any)
		require.Len(t, exported, 1)
		require.Equal(t, "Phone", exported[0].(map[string]any)["name"])
		id := base64.RawURLEncoding.EncodeToString(phone.Passkeys()[0].ID)

		s.as(t, owner, "DELETE", "/members/"+s.idOf(t, who.email)+"?erase=true", nil).is(204, "")
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
		require.Eventually(t, func() bool { return len(s.auditEvents(t, owner, string(domain.EventAccountErased))) == 1 },
			20*time.Second, 100*time.Millisecond)
		if strings.HasPrefix(s.app.Config.DatabaseURL, "postgres") {
			dump := s.dump(t)
			require.NotContains(t, dump, id)
			require.NotContains(t, dump, base64.RawURLEncoding.EncodeToString(phone.Passkeys()[0].UserHandle))
		}
	})
}

func TestATemporaryPasswordIsReplacedAfterAPasskey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		who, phone := s.memberWithPasskey(t)
		reset := s.as(t, owner, "POST", "/members/"+s.idOf(t, who.email)+"/password/reset", nil)
		if reset.status == 401 {
			s.advance()
			stepped := owner.with("X-Step-Up-Token", s.stepUp(t, owner, "member.password_reset"))
			reset = s.as(t, stepped, "POST", "/members/"+s.idOf(t, who.email)+"/password/reset", nil)
		}
		reset.is(200, "")
		owed := s.byPasskey(t, phone, nil).is(200, "")
		require.Equal(t, "password_change_required", owed.text("status"))
		change := map[string]any{"challenge_token": owed.text("challenge.token"), "new_password": "an entirely new phrase"}
		s.session(t, who.holding(s.post(t, "/auth/login/password", change).is(200, "")), "aal2", "pop")
	})
}

// TestTheEventsOfAPasskeyNameIt and do not contain the credential.
func TestTheEventsOfAPasskeyNameIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		who, phone := s.memberWithPasskey(t)
		s.addPasskey(t, who, s.phone()).is(201, "")
		s.as(t, who, "PATCH", "/me/passkeys/"+s.passkeys(t, who)[0]["id"].(string), map[string]any{"name": "Renamed"}).is(200, "")
		s.byPasskey(t, phone, nil).is(200, "")
		enrolled := s.auditEvents(t, owner, "mfa.enrolled")
		details := enrolled[0]["details"].(map[string]any)
		require.Equal(t, []any{"passkey", "Phone"}, []any{details["kind"], details["name"]})
		renamed := s.auditEvents(t, owner, "passkey.renamed")[0]
		require.Equal(t, s.idOf(t, who.email), renamed["actor_id"])
		all := s.events(t, owner, "?limit=200").is(200, "").raw + s.log.String()
		for _, passkey := range phone.Passkeys() {
			require.NotContains(t, all, base64.RawURLEncoding.EncodeToString(passkey.UserHandle))
		}
	})
}
