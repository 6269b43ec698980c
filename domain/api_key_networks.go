package domain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// MaxKeyNetworks is the largest number of networks of an API key.
const MaxKeyNetworks = 20

// parseNetworks returns networks in their canonical form, each once. A single address is the network of that address. An
// IPv4 network that is written as IPv6 (RFC 4291 §2.5.5.2) becomes the IPv4 network.
func parseNetworks(raw []string) (networks []netip.Prefix, err error) {
	var faults []FieldError
	for i, text := range raw {
		network, fault := parseNetwork(strings.TrimSpace(text))
		switch {
		case fault != "":
			faults = append(faults, FieldError{fmt.Sprintf("allowed_networks[%d]", i), fault})
		case !slices.Contains(networks, network):
			networks = append(networks, network)
		}
	}
	if faults != nil {
		return nil, ErrInvalid.In(faults...)
	}
	if len(networks) > MaxKeyNetworks {
		return nil, Invalid("allowed_networks", "must be at most 20 networks")
	}
	return networks, nil
}

// parseNetwork returns what is wrong with the text, or "".
func parseNetwork(text string) (network netip.Prefix, fault string) {
	const form = "must be a network such as 10.1.0.0/16 or 2001:db8::/32, or a single IP address without a zone"
	address, err := netip.ParseAddr(text)
	if network = netip.PrefixFrom(address, address.BitLen()); err != nil {
		network, err = netip.ParsePrefix(text)
	}
	if err != nil || address.Zone() != "" {
		return network, form
	}
	if network.Addr().Is4In6() {
		if network.Bits() < mappedBits {
			return network, form
		}
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-mappedBits)
	}
	if network != network.Masked() {
		return network, "must be the first address of its network: all bits after the prefix must be zero"
	}
	return network, ""
}

// mappedBits is how many bits precede the IPv4 address in an IPv6 address.
const mappedBits = 96
