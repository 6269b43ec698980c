package http

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// clientAddress is the peer, or what our own proxies saw: the entry ProxiesCount from the
// right over all X-Forwarded-For lines. The header counts only when the peer is a trusted
// proxy; when it is too short or no address, the peer stands.
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
	address, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-s.ProxiesCount]))
	if err != nil {
		return peer.String()
	}
	return address.Unmap().WithZone("").String()
}

func contains(networks []*net.IPNet, ip net.IP) bool {
	for _, network := range networks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}
