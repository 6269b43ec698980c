// Package webauthn creates the options of passkey ceremonies and verifies their results (WebAuthn Level 3). It stores
// nothing and never uses the network.
//
// The rules of sections 7.1 and 7.2 are checked here, with the cryptography of the standard library and a decoder for
// CBOR, which add 0.3 MB to the program. The usual library, go-webauthn, would add 2 MB and parse certificates at every
// start. It would decide little: it tolerates repeated JSON members, compares origins without their paths, does not bound
// RSA keys, and leaves most of the rules of port.WebAuthn to its caller.
//
// Attestation is not requested. A statement is accepted and not verified, whatever its format: it could only prove the
// model of an authenticator, which no rule depends on, and an attacker would send none.
package webauthn

import (
	"crypto/sha256"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Config says for which site passkeys are. It comes from the operator and never from a request.
type Config struct {
	RPID    string   // a domain; browsers offer its passkeys to its pages and to those of its subdomains
	Origins []string // of the pages that may use passkeys, as browsers write them: https://example.org
}

// RelyingParty implements port.WebAuthn for one RP ID.
type RelyingParty struct {
	id      string
	idHash  [sha256.Size]byte
	origins []string
}

var _ port.WebAuthn = (*RelyingParty)(nil)

// New returns the relying party. Its name, which few clients show, is its RP ID: section 5.4.1 calls that a safe default.
func New(c Config) *RelyingParty {
	id := strings.ToLower(c.RPID)
	return &RelyingParty{id: id, idHash: sha256.Sum256([]byte(id)), origins: slices.Clone(c.Origins)}
}

// Available returns domain.ErrNoPasskeys if the RP ID is an IP address or empty (section 5.1.2: it is a valid domain).
func (p *RelyingParty) Available() error {
	if p.id == "" || IsAddress(strings.Trim(p.id, "[]")) {
		return domain.ErrNoPasskeys
	}
	return nil
}

var numericLabel = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)\.?$`)

// IsAddress reports whether browsers read a host, in lower case, as an IP address. They do so with every host whose last
// label is a number: 127.1 and 0x7f000001 are 127.0.0.1 (URL Standard, section 3.5).
func IsAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || numericLabel.MatchString(host)
}
