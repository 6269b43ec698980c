package webauthn

import (
	"bytes"
	"crypto/subtle"
	"slices"
)

// The types of client data, section 5.8.1.
const (
	typeCreate = "webauthn.create"
	typeGet    = "webauthn.get"
)

// clientData is CollectedClientData, section 5.8.1: what the browser says about the page that asked.
type clientData struct {
	kind        string
	challenge   []byte
	origin      string
	crossOrigin bool // the page was in a frame of another origin
	topOrigin   bool // the origin of the page around the frame is given
}

func parseClientData(text []byte) (clientData, error) {
	const byteOrderMark = "\xef\xbb\xbf" // which UTF-8 decode drops, section 7.1
	m := readMembers(bytes.TrimPrefix(text, []byte(byteOrderMark)), "response.clientDataJSON.")
	c := clientData{challenge: m.bytes("challenge", maxClientData), crossOrigin: m.flag("crossOrigin")}
	var typed, placed bool
	c.kind, typed = m.text("type")
	c.origin, placed = m.text("origin")
	_, c.topOrigin = m.text("topOrigin")
	if !typed || !placed {
		m.fail("", "has no type or no origin")
	}
	return c, m.fault
}

// checkClient checks the client data of both kinds of answers. An origin is compared whole, as browsers write it: the
// same host with another scheme or port is another site.
func (p *RelyingParty) checkClient(c clientData, kind string, challenge []byte) error {
	return firstFault(
		rule{c.kind == kind, "the answer is of another kind of ceremony"},
		rule{subtle.ConstantTimeCompare(c.challenge, challenge) == 1, "the answer is to another challenge"},
		rule{slices.Contains(p.origins, c.origin), "the answer is from another origin"},
		rule{!c.crossOrigin && !c.topOrigin, "the answer is from a frame of another origin"},
	)
}
