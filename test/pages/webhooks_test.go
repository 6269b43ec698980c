package pages

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// toLoopback lets webhooks lead to this machine over plain http.
func toLoopback(c *bootstrap.Config) {
	c.WebhookNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// received is a request of a webhook.
type received struct {
	signatures []string
	body       string
}

// receive starts a receiver of events, and returns its address and what it receives.
func receive(t *testing.T) (address string, all <-chan received) {
	t.Helper()
	got := make(chan received, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{signatures: strings.Fields(r.Header.Get("webhook-signature")), body: string(body)}
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// next returns the next event of a type, and skips others.
func next(t *testing.T, all <-chan received, kind domain.EventName) received {
	t.Helper()
	for {
		select {
		case got := <-all:
			if strings.Contains(got.body, `"`+string(kind)+`"`) {
				return got
			}
		case <-time.After(30 * time.Second):
			require.FailNow(t, "nothing was received", kind)
		}
	}
}

func TestAnOwnerLetsAnotherSystemHearOfASuspension(t *testing.T) {
	t.Parallel()
	onEachWith(t, toLoopback, func(t *testing.T, s *service) {
		owner, member := s.founder(), s.newPerson(t, "Max Member", domain.RoleMember)
		address, events := receive(t)
		b := s.tab(t, owner)
		b.Goto("/console/webhooks")
		require.Contains(t, b.Text(".empty"), "No webhooks yet")
		b.Click("text=New webhook")
		require.False(t, b.Shows(".events"), "all events are sent")
		b.Click("text=Only chosen events")
		b.Type("#url", "http://10.1.2.3/hooks")
		b.Click("text=Create the webhook")
		require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
		b.Type("#url", address)
		b.Check("#event-account\\.suspended", true)
		b.Click("text=Create the webhook")
		require.Equal(t, "Webhook created", b.Text("h1"))
		secret := b.Text("#secret")
		require.True(t, strings.HasPrefix(secret, "whsec_"))
		b.Accessible()
		b.Click("text=I have stored it")
		require.NotContains(t, b.Text("main"), secret, "it is shown once")
		require.Contains(t, b.Text("main"), "Nothing was sent yet")
		webhook := b.Path()

		s.as(t, owner, "POST", "/members/"+member.id+"/suspend", nil)
		require.Len(t, next(t, events, domain.EventAccountSuspended).signatures, 1)
		for range 100 {
			if b.Goto(webhook); strings.Contains(b.Text("main"), "Status 200") {
				break
			}
		}
		require.Contains(t, b.Text(".deliveries"), "Status 200", "the answer is stored soon after it was received")
		require.Contains(t, b.Text(".deliveries"), "Account suspended")

		b.Click("text=Replace the secret")
		b.Click("text=Replace now")
		require.Equal(t, "New secret", b.Text("h1"))
		require.NotEqual(t, secret, b.Text("#secret"))
		b.Click("text=I have stored it")
		require.Contains(t, b.Text("main"), "The secret before also signs until")
		b.Click("text=Send again: Account suspended")
		b.WaitForText("The event is being sent again.")
		require.Len(t, next(t, events, domain.EventAccountSuspended).signatures, 2, "both secrets sign")
		b.Click("text=Send test")
		b.WaitForText("The test event is on its way.")
		next(t, events, domain.EventWebhookTested)

		b.Click("text=Disable")
		b.Click("text=Disable now")
		b.WaitForText("The webhook is disabled.")
		require.False(t, b.Shows("text=Send test"))
		b.Click("text=Activate")
		b.WaitForText("The webhook is active.")
		b.Click("text=Remove")
		b.Click("text=Remove now")
		b.WaitForText("The webhook was removed.")
	})
}
