package http

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// clientAddress returns the address of the client. Behind trusted proxies it is the entry of
// X-Forwarded-For that is ProxiesCount from the right, over all its lines. It is the address of the
// peer when the peer is no trusted proxy, or when the header has too few entries or no address there.
func (s *Server) clientAddress(c *fiber.Ctx) string {
	peer := c.Context().RemoteIP()
	if s.ProxiesCount == 0 || !contains(s.TrustedProxies, peer) {
		return peer.String()
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll("X-Forwarded-For") {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	if len(hops) < s.ProxiesCount {
		return peer.String()
	}
	address, ok := parseHop(hops[len(hops)-s.ProxiesCount])
	if !ok {
		return peer.String()
	}
	return address.String()
}

// parseHop reads one entry of X-Forwarded-For: an address, with or without a port, brackets
// (RFC 7239 section 6), double quotes, surrounding white space or a zone. Some load balancers add the port.
func parseHop(entry string) (netip.Addr, bool) {
	text := strings.TrimSpace(entry)
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return canonical(withPort.Addr()), true
	}
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		text = text[1 : len(text)-1]
		if !strings.Contains(text, ":") { // brackets are for IPv6 only
			return netip.Addr{}, false
		}
	}
	address, err := netip.ParseAddr(text)
	return canonical(address), err == nil
}

// canonical returns the address without its zone, and an IPv4-mapped IPv6 address as IPv4.
func canonical(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

func contains(networks []*net.IPNet, ip net.IP) bool {
	for _, network := range networks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}
