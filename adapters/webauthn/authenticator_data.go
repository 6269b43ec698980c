package webauthn

import (
	"crypto/sha256"
	"encoding/binary"
)

// The flags of authenticator data, section 6.1.
const (
	flagUserPresent    = 1 << 0 // UP
	flagUserVerified   = 1 << 2 // UV
	flagBackupEligible = 1 << 3 // BE
	flagBackedUp       = 1 << 4 // BS
	flagAttested       = 1 << 6 // AT
	flagExtensions     = 1 << 7 // ED
)

// authenticatorData is what the authenticator signs, with the hash of the client data (section 6.1).
type authenticatorData struct {
	rpIDHash [sha256.Size]byte
	flags    byte
	counter  uint32

	// Attested credential data (section 6.5.1), of registrations only.
	aaguid       [16]byte
	credentialID []byte
	publicKey    []byte // COSE_Key
}

func (d authenticatorData) has(flag byte) bool { return d.flags&flag != 0 }

func (d authenticatorData) attested() bool { return d.has(flagAttested) }

// parseAuthenticatorData reads authenticator data to its end: the parts that the flags announce, and no more.
func parseAuthenticatorData(data []byte) (d authenticatorData, err error) {
	const headLength = sha256.Size + 1 + 4
	if len(data) < headLength {
		return d, malformed("the authenticator data is too short")
	}
	copy(d.rpIDHash[:], data)
	d.flags = data[sha256.Size]
	d.counter = binary.BigEndian.Uint32(data[sha256.Size+1:])
	rest := data[headLength:]
	if d.attested() {
		if rest, err = d.parseAttested(rest); err != nil {
			return d, err
		}
	}
	if d.has(flagExtensions) {
		if _, rest, err = cutMap(rest); err != nil {
			return d, malformed("the extensions in the authenticator data are not a canonical map")
		}
	}
	if len(rest) > 0 {
		return d, malformed("the authenticator data is too long")
	}
	return d, nil
}

// parseAttested reads attested credential data and returns what follows it.
func (d *authenticatorData) parseAttested(data []byte) (rest []byte, err error) {
	const headLength = len(d.aaguid) + 2
	if len(data) < headLength {
		return nil, malformed("the authenticator data is too short")
	}
	copy(d.aaguid[:], data)
	length := int(binary.BigEndian.Uint16(data[len(d.aaguid):]))
	data = data[headLength:]
	if length > maxCredentialID || length > len(data) {
		return nil, malformed("the credential id in the authenticator data is too long")
	}
	d.credentialID = data[:length]
	if d.publicKey, rest, err = cutMap(data[length:]); err != nil {
		return nil, malformed("the public key in the authenticator data is not a canonical map")
	}
	return rest, nil
}

// checkData checks the authenticator data of both kinds of answers.
func (p *RelyingParty) checkData(d authenticatorData, verifiedUser bool) error {
	return firstFault(
		rule{d.rpIDHash == p.idHash, "the answer is for another RP ID"},
		rule{d.has(flagUserPresent), "the user was not present"},
		rule{d.has(flagUserVerified) || !verifiedUser, "the user was not verified"},
		rule{d.has(flagBackupEligible) || !d.has(flagBackedUp), "the passkey is backed up without being eligible for backup"},
	)
}
