package http

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

func networks(t *testing.T, texts ...string) (parsed []*net.IPNet) {
	t.Helper()
	for _, text := range texts {
		_, network, err := net.ParseCIDR(text)
		require.NoError(t, err)
		parsed = append(parsed, network)
	}
	return parsed
}

func TestTheClientsAddress(t *testing.T) {
	t.Parallel()
	local, elsewhere := networks(t, "127.0.0.0/8"), networks(t, "10.0.0.0/8")
	for name, c := range map[string]struct {
		proxies int
		trusted []*net.IPNet
		lines   string
		want    string
	}{
		"no proxies":              {0, local, "X-Forwarded-For: 203.0.113.1\r\n", "127.0.0.1"},
		"a peer that is no proxy": {1, elsewhere, "X-Forwarded-For: 203.0.113.1\r\n", "127.0.0.1"},
		"nobody trusted":          {1, nil, "X-Forwarded-For: 203.0.113.1\r\n", "127.0.0.1"},
		"one proxy":               {1, local, "X-Forwarded-For: 203.0.113.1\r\n", "203.0.113.1"},
		"one proxy, one forged":   {1, local, "X-Forwarded-For: 6.6.6.6, 203.0.113.1\r\n", "203.0.113.1"},
		"forged in another line":  {1, local, "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.1\r\n", "203.0.113.1"},
		"two proxies":             {2, local, "X-Forwarded-For: 6.6.6.6, 203.0.113.1, 10.0.0.1\r\n", "203.0.113.1"},
		"two proxies, two lines":  {2, local, "X-Forwarded-For: 6.6.6.6,203.0.113.1\r\nX-Forwarded-For: 10.0.0.1\r\n", "203.0.113.1"},
		"too few hops":            {2, local, "X-Forwarded-For: 203.0.113.1\r\n", "127.0.0.1"},
		"no header":               {1, local, "", "127.0.0.1"},
		"an empty header":         {1, local, "X-Forwarded-For: \r\n", "127.0.0.1"},
		"no address":              {1, local, "X-Forwarded-For: unknown\r\n", "127.0.0.1"},
		"markup":                  {1, local, "X-Forwarded-For: <script>\r\n", "127.0.0.1"},
		"with a port":             {1, local, "X-Forwarded-For: 203.0.113.1:99\r\n", "203.0.113.1"},
		"IPv6 with a port":        {1, local, "X-Forwarded-For: 6.6.6.6, [2001:db8::7]:443\r\n", "2001:db8::7"},
		"IPv6":                    {1, local, "X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1"},
		"IPv6 with a zone":        {1, local, "X-Forwarded-For: fe80::1%eth0\r\n", "fe80::1"},
		"IPv4 in IPv6":            {1, local, "X-Forwarded-For: ::ffff:203.0.113.1\r\n", "203.0.113.1"},
		"other headers": {1, local,
			"X-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Client-IP: 6.6.6.6\r\nCF-Connecting-IP: 6.6.6.6\r\n", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(s *Server) {
				s.ProxiesCount, s.TrustedProxies = c.proxies, c.trusted
				s.app.Get("/address", func(c *fiber.Ctx) error { return c.SendString(requestOf(c.UserContext()).origin.Address) })
			})
			replies := s.send(t, "GET /address HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+c.lines+"\r\n")
			require.Len(t, replies, 1)
			require.Equal(t, c.want, replies[0].raw)
		})
	}
}

func TestParseHop(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"203.0.113.7":             "203.0.113.7",
		" 203.0.113.7\t":          "203.0.113.7",
		"203.0.113.7:51234":       "203.0.113.7",
		`"203.0.113.7:51234"`:     "203.0.113.7",
		"2001:db8::7":             "2001:db8::7",
		"[2001:db8::7]":           "2001:db8::7",
		"[2001:db8::7]:443":       "2001:db8::7",
		`"[2001:db8::7]:443"`:     "2001:db8::7",
		"fe80::1%eth0":            "fe80::1",
		"[fe80::1%eth0]:443":      "fe80::1",
		"::ffff:203.0.113.7":      "203.0.113.7",
		"[::ffff:203.0.113.7]:80": "203.0.113.7",
	} {
		address, ok := parseHop(entry)
		require.True(t, ok, entry)
		require.Equal(t, want, address.String(), entry)
	}
	for _, entry := range []string{
		"", " ", `"`, `""`, "unknown", "_hidden", "203.0.113.7:", "203.0.113.7:x", "203.0.113.7:70000", "203.0.113", "203.0.113.7 203.0.113.8",
		"[203.0.113.7]", "[203.0.113.7]:443", "[2001:db8::7", "2001:db8::7]", "[]", "[]:443", ":443", "example.org", "example.org:443",
	} {
		_, ok := parseHop(entry)
		require.False(t, ok, "%q", entry)
	}
}

// FuzzParseHop requires that the result is a plain address that reads back the same, whatever the
// entry is.
func FuzzParseHop(f *testing.F) {
	for _, entry := range []string{"203.0.113.7:51234", "[2001:db8::7]:443", `"[fe80::1%eth0]"`, "::ffff:203.0.113.7", "_hidden"} {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		address, ok := parseHop(entry)
		if !ok {
			return
		}
		again, err := netip.ParseAddr(address.String())
		require.NoError(t, err)
		require.Equal(t, address, again)
		require.Empty(t, address.Zone())
		require.False(t, address.Is4In6())
	})
}
