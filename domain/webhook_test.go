package domain_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var webhookNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newWebhook(t *testing.T, url string, rules domain.WebhookRules, events ...domain.EventName) (domain.Webhook, error) {
	t.Helper()
	return domain.NewWebhook("w", domain.WebhookDraft{URL: url, Events: events}, rules, webhookNow)
}

func TestURLsThatAWebhookMayHave(t *testing.T) {
	for _, url := range []string{
		"https://example.com", "https://example.com/", "https://EXAMPLE.com:8443/hooks?token=a%20b", "https://a.b-c.example.com.",
		"https://xn--mnchen-3ya.de/x", "https://8.8.8.8/", "https://[2606:4700:4700::1111]:65535/", "https://[::ffff:8.8.8.8]/",
		"https://[64:ff9b::808:808]/", "https://my_service.example.com/", "https://1.example/", "https://0xyz/", "https://a:1",
		"https://example.com/" + strings.Repeat("a", 1980),
	} {
		webhook, err := newWebhook(t, url, domain.WebhookRules{}, domain.AllEvents)
		require.NoError(t, err, url)
		require.Equal(t, url, webhook.URL)
	}
	for _, url := range []string{"http://example.com", "http://8.8.8.8"} {
		_, err := newWebhook(t, url, domain.WebhookRules{}, domain.AllEvents)
		require.ErrorIs(t, err, domain.ErrInvalid, url)
		_, err = newWebhook(t, url, domain.WebhookRules{PlainHTTP: true}, domain.AllEvents)
		require.NoError(t, err, url)
	}
}

func TestURLsThatAWebhookMayNotHave(t *testing.T) {
	for _, url := range []string{
		"", "example.com", "/hooks", "//example.com", "https:", "https://", "https:///x", "https:example.com", "ftp://example.com",
		"file:///etc/passwd", "javascript:alert(1)", "gopher://example.com", "unix:/run/x.sock", "https://:443", "https://?x",
		"https://user@example.com", "https://user:word@example.com", "https://@example.com", "https://example.com/#x",
		"https://example.com#",
		"https://example.com:0", "https://example.com:", "https://example.com:65536", "https://example.com:080", "https://example.com:x",
		"https://example.com/a b", "https://example.com/\n", "https://example.com/\x00", "https://example.com/\x7f",
		"https://example.com/\xff", "https://example.com/" + strings.Repeat("a", 1981), "https://münchen.de", "https://exa mple.com",
		"https://example..com", "https://.example.com", "https://..", "https://.", "https://ex%61mple.com", "https://ex%2fample.com",
		"https://a,b",
		"https://ｅxample.com", "https://" + strings.Repeat("a", 64) + ".com", "https://" + strings.Repeat("a.", 127) + "com", "https://%zz",
		"https://example.com\\@127.0.0.1", "https://[::1", "https://[example.com]", "https://a]",
	} {
		_, err := newWebhook(t, url, domain.WebhookRules{PlainHTTP: true}, domain.AllEvents)
		require.ErrorIs(t, err, domain.ErrInvalid, "%q", url)
		require.Equal(t, "url", faultOf(t, err), url)
	}
}

// notPublic are hosts that lead to this machine, to private networks or to metadata services, in every notation.
var notPublic = []string{
	"127.0.0.1", "127.255.255.254", "127.1", "127.0.1", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "017700000001", "0177.0.0.1", "2130706433",
	"127.0.0.1.", "127.0.0.01", "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost.", "0x", "1.0x",
	"0x7f00000100000000000000000000", "a.1", "1.2.3.4.5", "256.1.1.1", "999999999999",
	"10.0.0.1", "10.255.255.255", "012.0.0.1", "100.64.0.1", "100.127.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
	"192.168.1",
	"169.254.169.254", "0xa9fea9fe", "2852039166", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1",
	"198.51.100.1",
	"203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]",
	"[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[100::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fc00::1]",
	"[fd00:ec2::254]", "[ff02::1]", "[2001::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[3fff::1]", "[4000::1]",
}

func TestHostsThatAreNotPublic(t *testing.T) {
	for _, host := range notPublic {
		for _, url := range []string{"https://" + host, "https://" + host + ":8443/x?y"} {
			_, err := newWebhook(t, url, domain.WebhookRules{}, domain.AllEvents)
			require.ErrorIs(t, err, domain.ErrInvalid, url)
			require.Equal(t, "url", faultOf(t, err), url)
		}
	}
}

func TestNetworksThatTheDeploymentAllows(t *testing.T) {
	loopback := domain.WebhookRules{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	for host, permitted := range map[string]bool{
		"127.0.0.1": true, "127.8.8.8": true, "localhost": true, "a.localhost": true, "[::ffff:127.0.0.1]": true,
		"[64:ff9b::127.0.0.1]": true,
		"0x7f000001":           false, "127.1": false, "0177.0.0.1": false,
		"[::1]": false, "10.0.0.1": false, "0.0.0.0": false, "[fe80::1%25lo]": false,
	} {
		_, err := newWebhook(t, "https://"+host, loopback, domain.AllEvents)
		require.Equal(t, permitted, err == nil, "%s: %v", host, err)
	}
	v6 := domain.WebhookRules{Networks: []netip.Prefix{netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fd00::/8")}}
	require.True(t, v6.Permits(netip.MustParseAddr("::1")))
	require.True(t, v6.Permits(netip.MustParseAddr("fd12::1")))
	require.False(t, v6.Permits(netip.MustParseAddr("fd12::1%eth0")), "a zone")
	require.False(t, v6.Permits(netip.MustParseAddr("127.0.0.1")))
	require.False(t, v6.Permits(netip.Addr{}))
	require.True(t, v6.Permits(netip.MustParseAddr("8.8.8.8")), "public ones stay allowed")
}

func TestEventsOfAWebhook(t *testing.T) {
	suspended, signedIn := domain.EventAccountSuspended, domain.EventSignedIn
	for _, c := range []struct{ chosen, kept []domain.EventName }{
		{[]domain.EventName{domain.AllEvents}, []domain.EventName{domain.AllEvents}},
		{[]domain.EventName{suspended}, []domain.EventName{suspended}},
		{[]domain.EventName{suspended, signedIn, suspended}, []domain.EventName{signedIn, suspended}},
	} {
		webhook, err := newWebhook(t, "https://example.com", domain.WebhookRules{}, c.chosen...)
		require.NoError(t, err)
		require.Equal(t, c.kept, webhook.Events)
	}
	for member, chosen := range map[string][]domain.EventName{
		"events":    {},
		"events[0]": {"account.suspend"},
		"events[1]": {suspended, "Account.Suspended"},
		"events[2]": {suspended, signedIn, domain.AllEvents},
	} {
		_, err := newWebhook(t, "https://example.com", domain.WebhookRules{}, chosen...)
		require.ErrorIs(t, err, domain.ErrInvalid)
		require.Equal(t, member, faultOf(t, err))
	}
	tooMany := make([]domain.EventName, 101)
	for i := range tooMany {
		tooMany[i] = suspended
	}
	_, err := newWebhook(t, "https://example.com", domain.WebhookRules{}, tooMany...)
	require.Equal(t, "events", faultOf(t, err))
}

// faultOf returns the first member that the error complains about.
func faultOf(t *testing.T, err error) string {
	t.Helper()
	failure := &domain.Error{}
	require.ErrorAs(t, err, &failure)
	require.NotEmpty(t, failure.Fields)
	return failure.Fields[0].Field
}

func TestAWebhookIsDisabledAndEnabled(t *testing.T) {
	webhook, err := newWebhook(t, "https://example.com/a?token=t", domain.WebhookRules{}, domain.AllEvents)
	require.NoError(t, err)
	require.True(t, webhook.Active())
	later, on, off := webhookNow.Add(time.Hour), true, false
	change := func(w domain.Webhook, active *bool) domain.Webhook {
		next, err := w.Changed(domain.WebhookChange{Active: active}, domain.WebhookRules{}, later)
		require.NoError(t, err)
		return next
	}
	require.Equal(t, webhook, change(webhook, nil))
	require.Equal(t, webhook, change(webhook, &on), "nothing changes")
	disabled := change(webhook, &off)
	require.Equal(t, []any{domain.WebhookDisabled, later}, []any{disabled.Disabled, disabled.UpdatedAt})
	require.Equal(t, domain.Details{"status": "active -> disabled"}, webhook.Differences(disabled))
	gone := webhook.Gone(later)
	require.Equal(t, gone, change(gone, &off), "the reason stays")
	require.True(t, change(gone, &on).Active())
}

func TestDifferencesHideTheURL(t *testing.T) {
	before, _ := newWebhook(t, "https://example.com/a?token=first", domain.WebhookRules{}, domain.AllEvents)
	same, _ := newWebhook(t, "https://example.com/a?token=second", domain.WebhookRules{}, domain.AllEvents)
	other, _ := newWebhook(t, "https://example.org:8443/", domain.WebhookRules{}, domain.EventSignedIn)
	require.Equal(t, domain.Details{"url": "changed"}, before.Differences(same))
	require.Equal(t, domain.Details{
		"url": "changed", "host": "example.com -> example.org:8443", "events": "* -> session.signed_in",
	}, before.Differences(other))
	require.Equal(t, domain.Details{"host": "example.com", "events": "*"}, before.Details())
	require.Empty(t, before.Differences(before))
}

func TestTwoSecretsSignForADayAfterARotation(t *testing.T) {
	webhook := domain.Webhook{Secret: "first"}
	require.Equal(t, []domain.SealedSecret{"first"}, webhook.Secrets(webhookNow))
	rotated := webhook.Rotated("second", webhookNow)
	for after, signing := range map[time.Duration][]domain.SealedSecret{
		0: {"second", "first"}, 24*time.Hour - time.Nanosecond: {"second", "first"}, 24 * time.Hour: {"second"}, 100 * time.Hour: {"second"},
	} {
		require.Equal(t, signing, rotated.Secrets(webhookNow.Add(after)), after)
	}
	again := rotated.Rotated("third", webhookNow.Add(time.Hour))
	require.Equal(t, []domain.SealedSecret{"third", "second"}, again.Secrets(webhookNow.Add(time.Hour)), "the first signs no more")
	require.Equal(t, []domain.SealedSecret{"third", "second"}, again.Secrets(webhookNow.Add(24*time.Hour)), "a day from the last rotation")
	require.Equal(t, []domain.SealedSecret{"third"}, again.Secrets(webhookNow.Add(25*time.Hour)))
}

func TestADeliveryThatIsSentAgainBeginsAnew(t *testing.T) {
	failed := domain.Delivery{
		Webhook: "w", Event: "e", Type: domain.EventSignedIn, Status: domain.DeliveryFailed, Attempts: 17, CreatedAt: webhookNow,
		DueAt: webhookNow.Add(time.Hour), AttemptedAt: webhookNow.Add(time.Minute), Answer: 500, Failure: domain.FaultStatus,
	}
	later := webhookNow.Add(1000 * time.Hour)
	want := failed
	want.Status, want.Attempts, want.DueAt, want.CreatedAt = domain.DeliveryPending, 0, later, later
	require.Equal(t, want, failed.Resent(later))
	refused := failed.Resent(later).Refused(later.Add(domain.DeliveryLifetime-48*time.Hour), 500, domain.FaultStatus, 0)
	require.Equal(t, domain.DeliveryPending, refused.Status, "its three days are new")
}
