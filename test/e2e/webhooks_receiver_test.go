package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/bootstrap"
)

// toLoopback allows webhooks on this machine.
func toLoopback(c *bootstrap.Config) {
	c.WebhookNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// message is a delivery as a receiver gets it.
type message struct {
	header http.Header
	body   map[string]any
	raw    []byte
}

// signedWith reports whether one of the signatures is that of the secret.
func (m message) signedWith(t *testing.T, secret string) bool {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	return verifier.VerifyIgnoringTimestamp(m.raw, m.header) == nil
}

func (m message) signatures() int { return len(strings.Fields(m.header.Get("webhook-signature"))) }

// receiver is the receiver of a webhook.
type receiver struct {
	url string

	mu     sync.Mutex
	status int // of its answers
	got    []message
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusNoContent}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hooks?token=token-in-the-url"
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	m := message{header: request.Header}
	m.raw, _ = io.ReadAll(request.Body)
	_ = decode(string(m.raw), &m.body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, m)
	w.WriteHeader(r.status)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// message waits for the n-th message, from 1 on.
func (r *receiver) message(t *testing.T, n int) (got message) {
	t.Helper()
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.got) < n {
			return false
		}
		got = r.got[n-1]
		return true
	}, 30*time.Second, 20*time.Millisecond, "message %d does not arrive", n)
	return got
}

func TestAReceiverHearsOfASuspension(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, r := s.enroll(t), newReceiver(t)
		hook := s.webhook(t, owner, r.url, "account.suspended", "account.activated")
		path, first := "/webhooks/"+hook.text("id"), hook.text("secret")
		member := "/members/" + s.idOf(t, s.member(t).email)

		s.as(t, owner, "POST", member+"/suspend", nil).is(204, "")
		got := r.message(t, 1)
		require.True(t, got.signedWith(t, first))
		require.Equal(t, 1, got.signatures())
		event := s.auditEvents(t, owner, "account.suspended")[0]
		require.Equal(t, []any{"account.suspended", event["created_at"]}, []any{got.body["type"], got.body["timestamp"]})
		require.Equal(t, event["id"], got.header.Get("webhook-id"))
		require.Equal(t, "application/json", got.header.Get("Content-Type"))
		data := got.body["data"].(map[string]any)
		for _, name := range []string{"id", "outcome", "actor_id", "actor_type", "resource_type", "resource_id", "details"} {
			require.Equal(t, event[name], data[name], name)
		}
		require.Equal(t, string(s.app.Config.DefaultOrgID), data["org_id"])
		require.Len(t, data, 8)
		require.NotContains(t, string(got.raw), "127.0.0.1")

		second := s.as(t, owner, "POST", path+"/secret", nil).is(200, "").text("secret")
		require.NotEqual(t, first, second)
		s.as(t, owner, "POST", member+"/activate", nil).is(204, "")
		got = r.message(t, 2)
		require.Equal(t, []any{2, true, true}, []any{got.signatures(), got.signedWith(t, first), got.signedWith(t, second)})

		s.clock.Advance(24 * time.Hour)
		owner = s.signIn(t, owner)
		s.as(t, owner, "POST", member+"/suspend", nil).is(204, "")
		got = r.message(t, 3)
		require.Equal(t, []any{1, false, true}, []any{got.signatures(), got.signedWith(t, first), got.signedWith(t, second)})
		s.mustHide(t, owner, path, first, second, "token-in-the-url")
	})
}

// mustHide requires that texts are neither in the audit log, nor in the log, nor in what the API shows of the webhook, nor in
// clear in the database except for the URL.
func (s *service) mustHide(t *testing.T, owner account, path string, texts ...string) {
	t.Helper()
	shown := s.as(t, owner, "GET", path, nil).is(200, "").raw + s.as(t, owner, "GET", "/webhooks", nil).is(200, "").raw
	audit := s.as(t, owner, "GET", "/audit-events?limit=200", nil).is(200, "").raw
	dump := s.dump(t)
	for _, text := range texts {
		require.NotContains(t, audit, text)
		require.NotContains(t, s.log.String(), text)
		if strings.HasPrefix(text, "whsec_") {
			require.NotContains(t, shown, text)
			require.False(t, strings.Contains(dump, text) || strings.Contains(dump, strings.TrimPrefix(text, "whsec_")), "stored in clear")
		}
	}
}

// delivery waits until the delivery of an event has a status, and returns it.
func (s *service) delivery(t *testing.T, owner account, path, id, status string) (found map[string]any) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, item := range s.as(t, owner, "GET", path+"/deliveries?limit=200", nil).is(200, "").at("items").([]any) {
			if found = item.(map[string]any); found["id"] == id {
				return found["status"] == status
			}
		}
		return false
	}, 30*time.Second, 20*time.Millisecond, "the delivery %s is not %s", id, status)
	return found
}

func TestAnEventIsTestedAndSentAgain(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, r := s.enroll(t), newReceiver(t)
		path := "/webhooks/" + s.webhook(t, owner, r.url, "account.suspended").text("id")
		tested := s.as(t, owner, "POST", path+"/test", nil).is(202, "").text("delivery_id")
		require.Equal(t, []any{"webhook.tested", tested}, []any{r.message(t, 1).body["type"], r.message(t, 1).header.Get("webhook-id")})
		delivered := s.delivery(t, owner, path, tested, "delivered")
		require.Equal(t, []any{"webhook.tested", 1.0, 204.0, nil, nil},
			[]any{delivered["type"], delivered["attempts"], delivered["answer"], delivered["failure"], delivered["due_at"]})
		require.NotNil(t, delivered["attempted_at"])

		require.Equal(t, tested, s.as(t, owner, "POST", path+"/deliveries/"+tested+"/resend", nil).is(202, "").text("delivery_id"))
		require.Equal(t, tested, r.message(t, 2).header.Get("webhook-id"), "the same id, so that the receiver can tell")
		s.delivery(t, owner, path, tested, "delivered")
		resent := s.auditEvents(t, owner, "webhook.delivery_resent")
		require.Len(t, resent, 1)
		require.Equal(t, map[string]any{"event": "webhook.tested", "event_id": tested}, resent[0]["details"])

		r.answers(500)
		failing := s.as(t, owner, "POST", path+"/test", nil).is(202, "").text("delivery_id")
		r.message(t, 3)
		require.Eventually(t, func() bool {
			return s.delivery(t, owner, path, failing, "pending")["attempts"] == 1.0
		}, 30*time.Second, 20*time.Millisecond)
		waiting := s.delivery(t, owner, path, failing, "pending")
		require.Equal(t, []any{500.0, "status"}, []any{waiting["answer"], waiting["failure"]})
		require.NotNil(t, waiting["due_at"])
		require.Eventually(t, func() bool { // when the job ends
			return s.as(t, owner, "GET", path, nil).is(200, "").at("failures") == 1.0
		}, 30*time.Second, 20*time.Millisecond)
		r.answers(204)
		s.clock.Advance(10 * time.Second)
		s.delivery(t, owner, path, failing, "delivered")
	})
}

func TestAReceiverThatIsGoneDisablesItsWebhook(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, r := s.enroll(t), newReceiver(t)
		path := "/webhooks/" + s.webhook(t, owner, r.url, "account.suspended").text("id")
		r.answers(http.StatusGone)
		tested := s.as(t, owner, "POST", path+"/test", nil).is(202, "").text("delivery_id")
		require.Eventually(t, func() bool {
			return s.as(t, owner, "GET", path, nil).is(200, "").at("disabled_reason") == "gone"
		}, 30*time.Second, 20*time.Millisecond)
		s.as(t, owner, "POST", path+"/test", nil).is(409, "conflict")
		s.as(t, owner, "POST", path+"/deliveries/"+tested+"/resend", nil).is(409, "conflict")
		disabled := s.auditEvents(t, owner, "webhook.disabled")
		require.Len(t, disabled, 1)
		require.Nil(t, disabled[0]["actor_id"])

		r.answers(204)
		require.Equal(t, true, s.as(t, owner, "PATCH", path, map[string]any{"active": true}).is(200, "").at("active"))
		s.as(t, owner, "POST", path+"/deliveries/"+tested+"/resend", nil).is(202, "")
		s.delivery(t, owner, path, tested, "delivered")
	})
}

func TestWebhooksSignAfterTheirSecretsWereReencrypted(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, r, key := s.enroll(t), newReceiver(t), s.app.Config.SecretKey
		hook := s.webhook(t, owner, r.url, "account.suspended")
		path, first := "/webhooks/"+hook.text("id"), hook.text("secret")
		second := s.as(t, owner, "POST", path+"/secret", nil).is(200, "").text("secret")
		s.awaitCanary(t)
		s = s.restart(t, secretKeys(nextKey, key))
		report, err := operations.SecretsStatus{Store: s.app.Store, Keys: s.app.SecretKeys}.Execute(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, report.Due(), "an authenticator, and the two secrets of a webhook")
		reencrypt := operations.Reencrypt{Store: s.app.Store, Keys: s.app.SecretKeys}
		result, err := reencrypt.Execute(t.Context(), func(operations.ReencryptResult) {})
		require.NoError(t, err)
		require.Equal(t, operations.ReencryptResult{Total: 3, Examined: 3, Reencrypted: 3, Canary: true}, result)

		s = s.restart(t, secretKeys(nextKey))
		s.as(t, owner, "POST", path+"/test", nil).is(202, "")
		got := r.message(t, 1)
		require.Equal(t, []any{2, true, true}, []any{got.signatures(), got.signedWith(t, first), got.signedWith(t, second)})

		s = s.restart(t, secretKeys(otherKey))
		waiting := s.as(t, owner, "POST", path+"/test", nil).is(202, "").text("delivery_id")
		s.says(t, "the secret of a webhook cannot be decrypted")
		require.Eventually(t, func() bool {
			return s.delivery(t, owner, path, waiting, "pending")["failure"] == "secret"
		}, 30*time.Second, 20*time.Millisecond)
	})
}
