package domain

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// WebhookRules are what the deployment allows of the URLs of webhooks.
type WebhookRules struct {
	PlainHTTP bool           // http is allowed beside https
	Networks  []netip.Prefix // networks that are allowed although they are not public
}

// notPublic are the ranges of the special-purpose registries of IANA (RFC 6890) that are not globally reachable, and the ranges
// of tunnels and the metadata service of Azure. IPv6 addresses outside 2000::/3 are not public either.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("168.63.129.16/32"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	translated    = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last four bytes are an IPv4 address
)

// Permits reports whether a webhook may be called at the address: it is public, or the deployment allows its network. An IPv4
// address inside an IPv6 address counts as that IPv4 address. An address with a zone is never permitted.
func (r WebhookRules) Permits(address netip.Addr) bool {
	if !address.IsValid() || address.Zone() != "" {
		return false
	}
	address = address.Unmap()
	if translated.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	contains := func(network netip.Prefix) bool { return network.Contains(address) }
	if slices.ContainsFunc(r.Networks, contains) {
		return true
	}
	return (address.Is4() || globalUnicast.Contains(address)) && !slices.ContainsFunc(notPublic, contains)
}

// hostFault returns what is wrong with the host of a URL, or an empty text. It refuses addresses that Permits refuses, in every
// notation that a resolver could understand, so that the mistake is reported early. A name can lead to any address, so the
// address is checked again when the webhook is called.
func (r WebhookRules) hostFault(host string) string {
	const private = "must not lead to a private, local or reserved address"
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.Contains(name, ":") || strings.Contains(name, "%") {
		if address, err := netip.ParseAddr(name); err != nil || !r.Permits(address) {
			return private
		}
		return ""
	}
	if !isWebhookHost(name) {
		return "must name a host in ASCII letters, digits, dots and hyphens; write other letters as xn--"
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		if r.Permits(netip.AddrFrom4([4]byte{127, 0, 0, 1})) {
			return ""
		}
		return private
	}
	if !endsInNumber(name) {
		return ""
	}
	address, err := netip.ParseAddr(name)
	if err != nil {
		return "must write an IPv4 address as four decimal numbers"
	}
	if !r.Permits(address) {
		return private
	}
	return ""
}

// isWebhookHost reports whether the text consists of one or more labels of at most 63 characters (RFC 1123 §2.1), and underscores.
func isWebhookHost(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, isNotOfHost) {
			return false
		}
	}
	return len(name) <= 253
}

func isNotOfHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// endsInNumber reports whether resolvers could read the host as an IPv4 address: its last label is a decimal, octal or hexadecimal
// number.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if digits, hex := strings.CutPrefix(last, "0x"); hex {
		_, err := strconv.ParseUint(digits, 16, 64)
		return digits == "" || err == nil || len(digits) > 16 && strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
