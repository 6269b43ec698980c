package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// webhook creates a webhook and returns the response.
func (s *service) webhook(t *testing.T, who account, to string, events ...string) answer {
	t.Helper()
	return s.as(t, who, "POST", "/webhooks", map[string]any{"url": to, "events": events}).is(201, "")
}

func TestWebhooksAreManaged(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		require.Empty(t, s.as(t, owner, "GET", "/webhooks", nil).is(200, "").at("items"))
		made := s.webhook(t, owner, "https://example.com/hooks?token=token-in-the-url", "account.suspended", "session.signed_in")
		path, etag, secret := "/webhooks/"+made.text("id"), made.header.Get("ETag"), made.text("secret")
		require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, secret)
		require.Equal(t, []string{"session.signed_in", "account.suspended"}, texts(made.at("events")))
		require.Equal(t, []any{true, nil, 0.0, nil},
			[]any{made.at("active"), made.at("disabled_reason"), made.at("failures"), made.at("paused_until")})

		shown := s.as(t, owner, "GET", path, nil).is(200, "")
		require.Equal(t, etag, shown.header.Get("ETag"))
		delete(made.body, "secret")
		require.Equal(t, made.body, shown.body)
		require.Equal(t, []any{shown.body}, s.as(t, owner, "GET", "/webhooks", nil).is(200, "").at("items"))

		s.advance()
		moved := map[string]any{"url": "https://example.org/hooks", "events": []string{"*"}}
		s.as(t, owner.with("If-Match", `"none"`), "PATCH", path, moved).is(412, "precondition_failed")
		changed := s.as(t, owner.with("If-Match", etag), "PATCH", path, moved).is(200, "")
		require.Equal(t, []any{"https://example.org/hooks", []any{"*"}}, []any{changed.at("url"), changed.at("events")})
		require.NotEqual(t, etag, changed.header.Get("ETag"))
		require.NotEqual(t, made.at("updated_at"), changed.at("updated_at"))
		s.as(t, owner.with("If-Match", etag), "PATCH", path, moved).is(412, "precondition_failed")
		same := s.as(t, owner, "PATCH", path, moved).is(200, "")
		require.Equal(t, changed.header.Get("ETag"), same.header.Get("ETag"), "nothing changed")

		off := s.as(t, owner, "PATCH", path, map[string]any{"active": false}).is(200, "")
		require.Equal(t, []any{false, "disabled"}, []any{off.at("active"), off.at("disabled_reason")})
		s.as(t, owner, "POST", path+"/test", nil).is(409, "conflict")
		on := s.as(t, owner, "PATCH", path, map[string]any{"active": true}).is(200, "")
		require.Equal(t, []any{true, nil}, []any{on.at("active"), on.at("disabled_reason")})

		s.mustHide(t, owner, path, secret, "token-in-the-url")
		s.as(t, owner.with("If-Match", etag), "DELETE", path, nil).is(412, "precondition_failed")
		s.as(t, owner.with("If-Match", on.header.Get("ETag")), "DELETE", path, nil).is(204, "")
		for _, gone := range [][2]string{
			{"GET", path}, {"DELETE", path}, {"POST", path + "/test"}, {"POST", path + "/secret"}, {"GET", path + "/deliveries"},
			{"POST", path + "/deliveries/" + nobody + "/resend"},
		} {
			s.as(t, owner, gone[0], gone[1], nil).is(404, "not_found")
		}
		s.as(t, owner, "PATCH", path, moved).is(404, "not_found")
		var recorded []string
		for _, event := range s.as(t, owner, "GET", "/audit-events?limit=200&resource_type=webhook", nil).is(200, "").at("items").([]any) {
			recorded = append(recorded, event.(map[string]any)["action"].(string))
		}
		require.Equal(t, []string{"webhook.removed", "webhook.updated", "webhook.updated", "webhook.updated", "webhook.created"}, recorded)
	})
}

func TestBadWebhooksAreRefusedWithTheirField(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		path := "/webhooks/" + s.webhook(t, owner, "https://example.com", "*").text("id")
		refused := func(field string, body map[string]any) {
			t.Helper()
			for method, to := range map[string]string{"POST": "/webhooks", "PATCH": path} {
				a := s.as(t, owner, method, to, body).is(422, "invalid")
				require.Equal(t, field, a.at("errors").([]any)[0].(map[string]any)["location"], a.raw)
			}
		}
		for _, to := range []string{
			"https://127.0.0.1", "https://0x7f.1", "https://2130706433", "https://[::1]:8443/", "https://localhost/",
			"https://169.254.169.254/latest",
			"https://[::ffff:10.0.0.1]", "https://[64:ff9b::a9fe:a9fe]", "https://[fe80::1%25eth0]", "https://10.1.2.3",
			"https://user:word@example.com",
			"https://example.com/#x", "ftp://example.com", "example.com", "https://münchen.de",
			"https://example.com/a b", "https://example.com:0",
		} {
			refused("body.url", map[string]any{"url": to, "events": []string{"*"}})
		}
		refused("body.url", map[string]any{"url": "https://example.com/" + strings.Repeat("a", 2000), "events": []string{"*"}})
		for field, events := range map[string][]string{
			"body.events[0]": {"account.suspend"}, "body.events[1]": {"account.suspended", "*"}, "body.events": {},
		} {
			refused(field, map[string]any{"url": "https://example.com", "events": events})
		}
		s.as(t, owner, "POST", "/webhooks", map[string]any{"url": "https://example.com"}).is(422, "invalid")
		require.Len(t, s.as(t, owner, "GET", "/webhooks", nil).is(200, "").at("items"), 1)
	})
}

func TestAnOrgHasAtMost20Webhooks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		for i := range 18 {
			s.webhook(t, owner, fmt.Sprintf("https://example.com/%d", i), "mfa.reset")
		}
		another := map[string]any{"url": "https://example.com/more", "events": []string{"mfa.reset"}}
		answers := parallel(6, func(int) answer { return s.as(t, owner, "POST", "/webhooks", another) })
		require.Equal(t, []int{2, 4}, []int{count(answers, 201), count(answers, 409)})
		require.Len(t, s.as(t, owner, "GET", "/webhooks", nil).is(200, "").at("items"), 20)
	})
}

// webhookCalls are the calls on one webhook that change something.
func webhookCalls(path string) [][2]string {
	return [][2]string{
		{"POST", "/webhooks"}, {"PATCH", path}, {"DELETE", path}, {"POST", path + "/test"}, {"POST", path + "/secret"},
		{"POST", path + "/deliveries/" + nobody + "/resend"},
	}
}

func bodyOfCall(call [2]string) any {
	switch {
	case call[1] == "/webhooks":
		return map[string]any{"url": "https://example.com", "events": []string{"*"}}
	case call[0] == "PATCH":
		return map[string]any{"active": false}
	}
	return nil
}

func TestWebhooksNeedThePermissionAndTheStepUpOfTheOrg(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		path := "/webhooks/" + s.webhook(t, owner, "https://example.com", "*").text("id")
		reads := [][2]string{{"GET", "/webhooks"}, {"GET", path}, {"GET", path + "/deliveries"}}
		for _, call := range append(webhookCalls(path), reads...) {
			s.as(t, member, call[0], call[1], bodyOfCall(call)).is(403, "permission_denied")
			s.call(t, call[0], "/api/v1"+call[1], bodyOfCall(call)).is(401, "unauthenticated")
		}
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"webhook.manage"}}).is(200, "")
		for _, call := range webhookCalls(path) {
			require.Equal(t, "webhook.manage", s.as(t, owner, call[0], call[1], bodyOfCall(call)).is(401, "step_up_required").text("action"))
		}
		for _, call := range reads {
			s.as(t, owner, call[0], call[1], nil).is(200, "")
		}
		s.advance()
		proven := owner.with("X-Step-Up-Token", s.stepUp(t, owner, "webhook.manage"))
		require.NotEmpty(t, s.as(t, proven, "POST", path+"/secret", nil).is(200, "").text("secret"))
		s.as(t, proven, "POST", path+"/secret", nil).is(401, "step_up_required")
	})
}

func TestWebhooksOfAnotherOrgAreUnknown(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, _ account) {
		_, acme := s.tenantOwner(t, "acme-inc")
		_, globex := s.tenantOwner(t, "globex")
		path := "/webhooks/" + s.webhook(t, acme, "https://example.com", "webhook.delivery_resent").text("id")
		delivery := s.as(t, acme, "POST", path+"/test", nil).is(202, "").text("delivery_id")
		own := "/webhooks/" + s.webhook(t, globex, "https://example.com", "webhook.delivery_resent").text("id")
		calls := append(webhookCalls(path)[1:], [2]string{"GET", path}, [2]string{"GET", path + "/deliveries"},
			[2]string{"POST", path + "/deliveries/" + delivery + "/resend"}, [2]string{"POST", own + "/deliveries/" + delivery + "/resend"})
		for _, call := range calls {
			s.as(t, globex, call[0], call[1], bodyOfCall(call)).is(404, "not_found")
		}
		require.Len(t, s.as(t, globex, "GET", "/webhooks", nil).is(200, "").at("items"), 1)
		require.Equal(t, true, s.as(t, acme, "GET", path, nil).is(200, "").at("active"))
		s.as(t, acme, "GET", own, nil).is(404, "not_found")
	})
}

func TestDeliveriesAreListedByStatusAndPage(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, r := s.enroll(t), newReceiver(t)
		path := "/webhooks/" + s.webhook(t, owner, r.url, "mfa.reset").text("id")
		test := func() string { return s.as(t, owner, "POST", path+"/test", nil).is(202, "").text("delivery_id") }
		list := func(query string) (ids []string, next any) {
			a := s.as(t, owner, "GET", path+"/deliveries?"+query, nil).is(200, "")
			for _, item := range a.at("items").([]any) {
				ids = append(ids, item.(map[string]any)["id"].(string))
			}
			return ids, a.at("next_cursor")
		}
		var newest []string
		for range 3 {
			id := test()
			s.delivery(t, owner, path, id, "delivered")
			newest = append([]string{id}, newest...)
		}
		s.exec(t, "UPDATE webhook_deliveries SET status = 'failed' WHERE event_id = $1", newest[1])
		all, next := list("limit=200")
		require.Equal(t, newest, all)
		require.Nil(t, next)
		for status, want := range map[string][]string{
			"failed": {newest[1]}, "delivered": {newest[0], newest[2]}, "pending": nil,
		} {
			found, _ := list("status=" + status)
			require.Equal(t, want, found, status)
		}
		first, cursor := list("limit=2")
		require.Equal(t, newest[:2], first)
		rest, end := list("limit=2&cursor=" + url.QueryEscape(cursor.(string)))
		require.Equal(t, newest[2:], rest)
		require.Nil(t, end)
		s.as(t, owner, "GET", path+"/deliveries?status=lost", nil).is(422, "invalid")
		s.as(t, owner, "GET", path+"/deliveries?status=failed&cursor="+url.QueryEscape(cursor.(string)), nil).is(422, "invalid")

		s.as(t, owner, "POST", path+"/deliveries/"+newest[1]+"/resend", nil).is(202, "")
		s.delivery(t, owner, path, newest[1], "delivered")
		s.as(t, owner, "POST", path+"/deliveries/"+nobody+"/resend", nil).is(404, "not_found")
	})
}
