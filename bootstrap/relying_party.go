package bootstrap

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/sole-platform/sole/adapters/webauthn"
)

// relyingParty sets for which site passkeys are: the RP ID and the origins of the pages that may use them (WebAuthn Level 3,
// sections 4 and 13.4.9). Neither is ever read from a request. The RP ID is empty if the host of PUBLIC_URL, which is the
// default, is neither a domain nor an address.
func (p *parser) relyingParty(c *Config) {
	public, err := url.Parse(c.PublicURL)
	if err != nil {
		return // it has been reported
	}
	c.RPID = p.rpID("WEBAUTHN_RP_ID")
	if host := strings.ToLower(public.Hostname()); c.RPID == "" && (webauthn.IsAddress(host) || isDomain(host)) {
		c.RPID = host
	}
	c.PasskeyOrigins = p.passkeyOrigins("WEBAUTHN_ORIGINS")
	if own, ok := canonicalOrigin(c.PublicURL); ok && len(c.PasskeyOrigins) == 0 {
		c.PasskeyOrigins = []string{own}
	}
}

// rpID returns the domain that passkeys are for. An address is accepted, so that the service starts: passkeys are then
// unavailable, and `sole doctor` says why.
func (p *parser) rpID(key string) string {
	value := strings.ToLower(p.text(key))
	if host := unbracketed(value); webauthn.IsAddress(host) {
		return host
	}
	switch {
	case value == "":
	case !isDomain(value):
		p.fault("%s: write a domain such as example.org, without a scheme, a port or *, and with other letters than a-z in the xn-- form", key)
	case isPublicSuffix(value):
		p.fault("%s: write a domain of your own, such as example.org: browsers refuse one under which others can register names", key)
	}
	return value
}

// passkeyOrigins returns the origins of the pages that may use passkeys, each once, in the form that browsers send.
func (p *parser) passkeyOrigins(key string) []string {
	var origins []string
	for _, written := range p.list(key) {
		origin, ok := canonicalOrigin(written)
		scheme, _, _ := strings.Cut(origin, "://")
		switch host := hostOf(origin); {
		case !ok || scheme != "https" && scheme != "http" || !hasUsualPort(origin):
			p.fault(`%s: write exact origins such as ["https://app.example.org"]: scheme, host and port, without a path or *, `+
				"and hosts with other letters than a-z in their xn-- form", key)
			return nil
		case webauthn.IsAddress(host) || !isDomain(host):
			p.fault("%s: write origins whose host is a domain: browsers have no passkeys for addresses", key)
			return nil
		case scheme == "http" && !isLocalhost(host):
			p.fault("%s: write https:// origins: browsers have no passkeys on pages without https, except at localhost", key)
			return nil
		case !slices.Contains(origins, origin):
			origins = append(origins, origin)
		}
	}
	return origins
}

// hasUsualPort reports whether the port of an origin, if there is one, is written as browsers write it: from 1 to 65535.
func hasUsualPort(origin string) bool {
	parsed, err := url.Parse(origin)
	if err != nil || parsed.Port() == "" {
		return err == nil
	}
	number, err := strconv.ParseUint(parsed.Port(), 10, 16)
	return err == nil && number > 0 && strconv.FormatUint(number, 10) == parsed.Port()
}

// isDomain reports whether a host in lower case is a domain in ASCII. It must be checked for an address first.
func isDomain(host string) bool {
	return domainName.MatchString(host) && !strings.HasSuffix(host, ".") && len(host) <= 253
}

func isLocalhost(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isPublicSuffix reports whether the public suffix list has the domain. A name without a dot that the list does not have, such as
// localhost, is not a public suffix.
func isPublicSuffix(name string) bool {
	suffix, icann := publicsuffix.PublicSuffix(name)
	return suffix == name && (icann || strings.Contains(name, "."))
}

// hostOf returns the host of an origin, without its port.
func hostOf(origin string) string {
	parsed, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Hostname())
}

// isWithin reports whether a host is the domain or below it.
func isWithin(host, domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
