package webhook

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// private is a receiver on every address of this host. It counts connections.
type private struct {
	port  int
	tried atomic.Int64
}

func newPrivate(t *testing.T) *private {
	t.Helper()
	listener, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	p := &private{port: listener.Addr().(*net.TCPAddr).Port}
	server := &http.Server{ReadHeaderTimeout: time.Minute, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			p.tried.Add(1)
		}
	}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return p
}

func (p *private) url(host string) string {
	return "http://" + host + ":" + strconv.Itoa(p.port) + "/hook"
}

// message returns a delivery to a URL.
func message(url string) port.WebhookMessage {
	return port.WebhookMessage{
		URL: url, ID: "0192d7a0-0000-7000-8000-000000000001", At: time.Now(), Body: domain.WebhookBody{Type: domain.EventAccountSuspended},
		Secrets: []domain.Secret{domain.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
	}
}

func TestNoNotationOfAForbiddenAddressIsCalled(t *testing.T) {
	reached := newPrivate(t)
	names := newNameServer(t, map[string][][]string{
		"private.test":   {{"10.0.0.1"}},
		"loopback.test":  {{"127.0.0.1"}},
		"two.test":       {{"127.0.0.1", "10.1.2.3"}},
		"metadata.test":  {{"169.254.169.254"}},
		"localhost.test": {{"127.0.0.1"}},
	})
	for _, host := range []string{
		"127.0.0.1", "2130706433", "017700000001", "0x7f000001", "127.1", "127.0.1", "0x7f.0.0.1", "0177.0.0.1", "0", "0.0.0.0",
		"127.255.255.254",
		"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]",
		"[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
		"[fe80::1%25lo]", "[::1%25lo]", "[fc00::1]", "[fd12:3456::1]",
		"[fec0::1]", "[ff02::1]", "[fd00:ec2::254]", "[100::1]", "[2001:db8::1]",
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
		"100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.192", "168.63.129.16", "[::ffff:168.63.129.16]", "198.18.0.1", "224.0.0.1",
		"255.255.255.255", "240.0.0.1", "192.0.2.1",
		"１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ｌｏｃａｌｈｏｓｔ", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "foo.localhost",
		"private.test", "loopback.test", "loopback.test.", "two.test", "metadata.test", "ｌｏｏｐｂａｃｋ.test", "unknown.test",
	} {
		for name, resolver := range map[string]*net.Resolver{"system": nil, "go": {PreferGo: true}, "names of the test": names.resolver()} {
			t.Run(host+" "+name, func(t *testing.T) {
				t.Parallel()
				sender := newSender(Config{}, &net.Dialer{Timeout: time.Second, Control: newGuard(nil).control, Resolver: resolver})
				answer := sender.Send(t.Context(), message(reached.url(host)))
				require.Zero(t, answer.Status)
				require.Contains(t, []domain.DeliveryFault{domain.FaultForbidden, domain.FaultUnreachable, domain.FaultTimeout}, answer.Fault)
			})
		}
	}
	t.Cleanup(func() { require.Zero(t, reached.tried.Load(), "a forbidden address was called") })
}

// TestAnAddressIsForbidden lists addresses that need no name server, so that nothing but the guard can refuse them.
func TestAnAddressIsForbidden(t *testing.T) {
	sender := New(Config{})
	for _, host := range []string{
		"127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"[fe80::1%25lo]", "[fc00::1]", "[fd00:ec2::254]", "169.254.169.254", "100.64.0.1", "192.0.0.192", "168.63.129.16", "10.1.1.1",
		"localhost", "１２７.０.０.１", "224.0.0.1",
	} {
		answer := sender.Send(t.Context(), message("http://"+host+":9/"))
		require.Equal(t, port.WebhookAnswer{Fault: domain.FaultForbidden}, answer, host)
	}
}

func TestPublicAddressesAreAllowed(t *testing.T) {
	for _, address := range []string{
		"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1",
	} {
		require.True(t, newGuard(nil).allows(netip.MustParseAddr(address)), address)
	}
}

func TestAllowedNetworksAreCalled(t *testing.T) {
	reached := newPrivate(t)
	for _, c := range []struct{ allowed, host string }{
		{allowed: "127.0.0.0/8", host: "127.0.0.1"},
		{allowed: "127.0.0.0/8", host: "[::ffff:127.0.0.1]"},
		{allowed: "127.0.0.1/32", host: "127.0.0.1"},
		{allowed: "::1/128", host: "[::1]"},
	} {
		answer := New(Config{Allowed: []netip.Prefix{netip.MustParsePrefix(c.allowed)}}).Send(t.Context(), message(reached.url(c.host)))
		require.Equal(t, 404, answer.Status, c)
	}
	for _, c := range []struct{ allowed, host string }{
		{allowed: "127.0.0.2/32", host: "127.0.0.1"},
		{allowed: "10.0.0.0/8", host: "127.0.0.1"},
		{allowed: "127.0.0.1/32", host: "[::1]"},
		{allowed: "127.0.0.1/32", host: "0.0.0.0"},
	} {
		answer := New(Config{Allowed: []netip.Prefix{netip.MustParsePrefix(c.allowed)}}).Send(t.Context(), message(reached.url(c.host)))
		require.Equal(t, domain.FaultForbidden, answer.Fault, c)
	}
}

// TestANameThatIsBoundAgain resolves to an address that may be called at first, and to a private one later.
func TestANameThatIsBoundAgain(t *testing.T) {
	reached := newPrivate(t)
	names := newNameServer(t, map[string][][]string{"rebound.test": {{"127.0.0.2"}, {"127.0.0.1"}}})
	allowed := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	sender := newSender(Config{}, &net.Dialer{Control: newGuard(allowed).control, Resolver: names.resolver()})
	require.Equal(t, 404, sender.Send(t.Context(), message(reached.url("rebound.test"))).Status)
	sender.client.CloseIdleConnections()
	require.Equal(t, domain.FaultForbidden, sender.Send(t.Context(), message(reached.url("rebound.test"))).Fault)
	require.EqualValues(t, 1, reached.tried.Load())
}

// TestOnlyThePublicAddressesOfANameAreCalled has a name with a private address and one that may be called.
func TestOnlyThePublicAddressesOfANameAreCalled(t *testing.T) {
	reached := newPrivate(t)
	names := newNameServer(t, map[string][][]string{"several.test": {{"127.0.0.1", "127.0.0.2", "10.0.0.1"}}})
	allowed := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	sender := newSender(Config{}, &net.Dialer{Control: newGuard(allowed).control, Resolver: names.resolver()})
	require.Equal(t, 404, sender.Send(t.Context(), message(reached.url("several.test"))).Status)
	require.EqualValues(t, 1, reached.tried.Load())
}
