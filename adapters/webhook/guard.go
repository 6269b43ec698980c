package webhook

import (
	"errors"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// errForbidden is returned for an address that must not be called.
var errForbidden = errors.New("webhook: the address must not be called")

// metadata are addresses of cloud metadata services outside the ranges that are reserved for private use.
var metadata = []netip.Prefix{netip.MustParsePrefix("168.63.129.16/32")} // Azure

// guard decides which addresses may be called. Only globally reachable ones may: not this host, private and link-local
// networks, the shared address space of carriers (RFC 6598), multicast, tunnels that carry IPv4 inside IPv6, and metadata
// services.
type guard struct{ guardian *ssrf.Guardian }

// newGuard returns a guard that lets through the allowed networks, too.
func newGuard(allowed []netip.Prefix) guard {
	var v4, v6 []netip.Prefix
	for _, prefix := range allowed {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	return guard{ssrf.New(
		ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...), ssrf.WithDeniedV4Prefixes(metadata...),
	)}
}

// control implements net.Dialer.Control. It gets the address that is about to be connected to, after the name was resolved,
// so that nothing can change between the check and the connection.
func (g guard) control(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !g.allows(at.Addr()) {
		return errForbidden
	}
	return nil
}

// allows checks an IPv4 address inside of an IPv6 address as the IPv4 address.
func (g guard) allows(address netip.Addr) bool {
	return g.guardian.SafeAddr(address.Unmap().WithZone("")) == nil
}
