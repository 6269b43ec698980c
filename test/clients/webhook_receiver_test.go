package clients

import (
	"net/http"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
)

// webhookReceiver is the example receiver while it runs.
type webhookReceiver struct {
	command *exec.Cmd
	ended   <-chan struct{}
	printed *harness.Output
}

// receive starts the example receiver with a secret.
func (p program) receive(t *testing.T, port int, secret string) *webhookReceiver {
	t.Helper()
	r := &webhookReceiver{printed: &harness.Output{}}
	r.command = p.command(t.Context(), "PORT="+strconv.Itoa(port), "WEBHOOK_SECRET="+secret)
	r.command.Stdout, r.command.Stderr = r.printed, r.printed
	var err error
	r.ended, err = harness.Start(r.command)
	require.NoError(t, err)
	t.Cleanup(r.stop)
	require.Eventually(t, func() bool { return postTo(port, "") == http.StatusUnauthorized }, 30*time.Second, 20*time.Millisecond)
	return r
}

func (r *webhookReceiver) stop() {
	_ = r.command.Process.Kill()
	<-r.ended
}

// mustGet waits until the receiver has acted on an event once.
func (r *webhookReceiver) mustGet(t *testing.T, event string) {
	t.Helper()
	got := func() int { return strings.Count(r.printed.String(), event+"\n") }
	require.Eventually(t, func() bool { return got() > 0 }, 30*time.Second, 20*time.Millisecond, event)
	require.Equal(t, 1, got())
}

// postTo sends a delivery without a valid signature and returns the status; 0: there was no answer.
func postTo(port int, signature string) int {
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	forged := strings.NewReader(`{"type":"account.suspended","data":{"resource_id":"forged"}}`)
	request, err := http.NewRequest(http.MethodPost, url, forged)
	if err != nil {
		return 0
	}
	request.Header.Set("webhook-id", "0192d7a0-0000-7000-8000-000000000001")
	request.Header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix(), 10))
	request.Header.Set("webhook-signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// TestTheWebhookReceiverHearsOfASuspension also replaces the secret: the receiver still gets what is signed with the old one, and
// then what is signed with the new one.
func TestTheWebhookReceiverHearsOfASuspension(t *testing.T) {
	t.Parallel()
	example := goProgram(t, "webhook-receiver")
	s := serveWith(t, func(c *bootstrap.Config) { c.WebhookNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	port, err := harness.FreePort()
	require.NoError(t, err)
	created := s.call(t, s.owner.access, http.MethodPost, "/webhooks", body{
		"url": "http://127.0.0.1:" + strconv.Itoa(port) + "/", "events": []string{"account.suspended"},
	})
	webhook := "/webhooks/" + created["id"].(string)
	first, second, third := s.person(t, "member"), s.person(t, "member"), s.person(t, "member")

	receiver := example.receive(t, port, created["secret"].(string))
	s.suspend(t, first)
	receiver.mustGet(t, "account.suspended "+first.id)

	rotated := s.call(t, s.owner.access, http.MethodPost, webhook+"/secret", nil)
	s.suspend(t, second)
	receiver.mustGet(t, "account.suspended "+second.id)

	receiver.stop()
	receiver = example.receive(t, port, rotated["secret"].(string))
	s.suspend(t, third)
	receiver.mustGet(t, "account.suspended "+third.id)
	require.Equal(t, http.StatusUnauthorized, postTo(port, "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))
	require.NotContains(t, receiver.printed.String(), "forged")
}

// TestTheWebhookReceiverActsOnceOnAnEventThatIsSentAgain has the same event sent again.
func TestTheWebhookReceiverActsOnceOnAnEventThatIsSentAgain(t *testing.T) {
	t.Parallel()
	example := goProgram(t, "webhook-receiver")
	s := serveWith(t, func(c *bootstrap.Config) { c.WebhookNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	port, err := harness.FreePort()
	require.NoError(t, err)
	created := s.call(t, s.owner.access, http.MethodPost, "/webhooks", body{
		"url": "http://127.0.0.1:" + strconv.Itoa(port) + "/", "events": []string{"account.suspended"},
	})
	webhook := "/webhooks/" + created["id"].(string)
	person := s.person(t, "member")
	receiver := example.receive(t, port, created["secret"].(string))
	s.suspend(t, person)
	receiver.mustGet(t, "account.suspended "+person.id)

	delivered := func() body {
		items := s.call(t, s.owner.access, http.MethodGet, webhook+"/deliveries", nil)["items"].([]any)
		require.Len(t, items, 1)
		return items[0].(body)
	}
	require.Eventually(t, func() bool { return delivered()["status"] == "delivered" }, 30*time.Second, 50*time.Millisecond)
	sent := delivered()["attempted_at"]
	s.call(t, s.owner.access, http.MethodPost, webhook+"/deliveries/"+delivered()["id"].(string)+"/resend", nil)
	require.Eventually(t, func() bool {
		return delivered()["status"] == "delivered" && delivered()["attempted_at"] != sent
	}, 30*time.Second, 50*time.Millisecond)
	receiver.mustGet(t, "account.suspended "+person.id)
}
