package e2e

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnAccountExportsItsOwnData(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		s.as(t, owner, "PATCH", "/members/"+s.idOf(t, who.email), map[string]any{"full_name": "Ada Lovelace"}).is(200, "")
		s.upload(t, who, "PUT /me/avatar", "a.png", picture(t, 9, 9, color.White)).is(200, "")
		stored := s.upload(t, owner, "POST /files", "a.png", aPNG).is(201, "").text("id")
		owned := s.as(t, owner, "GET", "/me/export", nil).is(200, "")
		require.Equal(t, []string{stored}, ids(owned.at("files")))
		require.Nil(t, owned.at("avatar"))
		data := s.as(t, who, "GET", "/me/export", nil).is(200, "")
		require.Equal(t, "application/json", data.header.Get("Content-Type"))
		require.Contains(t, data.header.Get("Content-Disposition"), "attachment")
		require.Equal(t, []any{who.email, "Ada Lovelace", true, 10.0},
			[]any{data.at("account.email"), data.at("account.full_name"), data.at("mfa.enabled"), data.at("recovery_codes_left")})
		require.NotEmpty(t, data.at("sessions"))
		require.Len(t, data.at("devices"), 1)
		require.Equal(t, "image/jpeg", data.text("avatar.content_type"))
		require.Empty(t, data.at("files"))
		told := map[any]int{}
		for _, each := range data.at("audit_events").([]any) {
			event := each.(map[string]any)
			told[event["action"]]++
			if event["actor_id"] != data.at("account.id") {
				require.Equal(t, []any{"", ""}, []any{event["ip"], event["user_agent"]}, "the origin of an administrator is not exported")
			}
		}
		require.Equal(t, 1, told[string(domain.EventAccountUpdated)], "what others did to the account")
		require.Equal(t, 1, told[string(domain.EventMFAEnrolled)], "what the account did")
		for _, secret := range []string{who.secret, who.recoveryCodes[0], who.password, device, "argon2", owner.email} {
			require.NotContains(t, data.raw, secret)
		}
		require.Len(t, s.auditEvents(t, owner, string(domain.EventDataExported)), 2)

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_user_data_export": false}).is(200, "")
		s.as(t, who, "GET", "/me/export", nil).is(403, "forbidden")
	})
}

func TestErasingAnAccountRemovesItsPersonalDataFromTheAuditLog(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		id := s.idOf(t, who.email)
		s.as(t, owner, "PATCH", "/members/"+id, map[string]any{"full_name": "Augusta Ada King"}).is(200, "")
		require.Contains(t, s.events(t, owner, "").raw, "Augusta Ada King")
		s.as(t, owner, "DELETE", "/members/"+id+"?erase=true", nil).is(204, "")
		erased := func() bool { return len(s.auditEvents(t, owner, string(domain.EventAccountErased))) == 1 }
		require.Eventually(t, erased, 20*time.Second, 100*time.Millisecond)
		left := s.events(t, owner, "?resource_id="+id)
		require.NotContains(t, left.raw, "Augusta")
		require.Contains(t, left.raw, string(domain.EventAccountUpdated), "the event itself remains")
		for _, each := range left.at("items").([]any) {
			event := each.(map[string]any)
			require.Equal(t, event["actor_id"] == s.idOf(t, owner.email), event["ip"] != "", "the address of the administrator remains")
		}
		if strings.HasPrefix(s.app.Config.DatabaseURL, "postgres") { // freed pages of a SQLite file hold old text for a while
			require.False(t, strings.Contains(s.dump(t), "Augusta Ada King"))
		}
	})
}
