package webauthn

import (
	"bytes"
	"crypto/sha256"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The limits of answers, in bytes. The largest honest registration has a credential id of 1023 bytes, an RSA key of 4096
// bits and a statement with a few certificates.
const (
	maxCredential   = 16 << 10
	maxClientData   = 4 << 10
	maxObject       = 8 << 10
	maxData         = 4 << 10
	maxSignature    = 1 << 10
	maxCredentialID = 1023 // section 7.1
	minCredentialID = 16   // section 6.5.1
)

// answer is what both kinds of answers have.
type answer struct {
	id             []byte
	client         clientData
	clientDataHash [sha256.Size]byte
	data           authenticatorData
}

// registration is RegistrationResponseJSON, section 5.1. What it repeats of the attestation object is ignored.
type registration struct {
	answer
	transports []string
}

// assertion is AuthenticationResponseJSON, section 5.1.
type assertion struct {
	answer
	rawData    []byte // the signed form of data
	signature  []byte
	userHandle []byte // nil: the authenticator sent none
}

// ParseRegistration reads RegistrationResponseJSON of at most 16 KiB.
func (p *RelyingParty) ParseRegistration(credential domain.Secret) (port.PasskeyAnswer, error) {
	r, err := parseRegistration(credential)
	return r.summary(), err
}

// ParseAssertion reads AuthenticationResponseJSON of at most 16 KiB.
func (p *RelyingParty) ParseAssertion(credential domain.Secret) (port.PasskeyAnswer, error) {
	a, err := parseAssertion(credential)
	return a.summary(), err
}

func (a answer) summary() port.PasskeyAnswer {
	return port.PasskeyAnswer{Challenge: a.client.challenge, Credential: encoding.EncodeToString(a.id)}
}

func parseRegistration(credential domain.Secret) (registration, error) {
	base, response, err := parseAnswer(credential)
	if err != nil {
		return registration{}, err
	}
	object, transports := response.bytes("attestationObject", maxObject), response.transports()
	if response.fault != nil {
		return registration{}, response.fault
	}
	rawData, err := parseAttestationObject(object)
	if err != nil {
		return registration{}, err
	}
	if base.data, err = parseAuthenticatorData(rawData); err != nil {
		return registration{}, err
	}
	if !base.data.attested() {
		return registration{}, malformed("the authenticator data of a registration has no public key")
	}
	return registration{answer: base, transports: transports}, nil
}

func parseAssertion(credential domain.Secret) (assertion, error) {
	base, response, err := parseAnswer(credential)
	if err != nil {
		return assertion{}, err
	}
	a := assertion{
		rawData:    response.bytes("authenticatorData", maxData),
		signature:  response.bytes("signature", maxSignature),
		userHandle: response.optionalBytes("userHandle", maxUserHandle),
	}
	if response.fault != nil {
		return assertion{}, response.fault
	}
	if base.data, err = parseAuthenticatorData(a.rawData); err != nil {
		return assertion{}, err
	}
	if base.data.attested() { // section 6.1: the flag AT is for registrations only
		return assertion{}, malformed("the authenticator data of an assertion has a public key")
	}
	a.answer = base
	return a, nil
}

// parseAnswer reads the members that both kinds of answers have, and returns those of the response.
func parseAnswer(credential domain.Secret) (answer, *members, error) {
	text := credential.Reveal()
	if len(text) > maxCredential {
		return answer{}, nil, malformed("it has more than 16 KiB")
	}
	outer := readMembers([]byte(text), "it")
	if outer.fault != nil {
		return answer{}, nil, outer.fault
	}
	outer.path = ""
	id, rawID := outer.bytes("id", maxCredentialID), outer.bytes("rawId", maxCredentialID)
	if kind, _ := outer.text("type"); kind != publicKeyType {
		outer.fail("type", "is not public-key")
	}
	if !bytes.Equal(id, rawID) {
		outer.fail("rawId", "differs from id")
	}
	response := readMembers(outer.value("response"), "response.")
	text64 := response.bytes("clientDataJSON", maxClientData)
	for _, m := range []*members{outer, response} {
		if m.fault != nil {
			return answer{}, nil, m.fault
		}
	}
	client, err := parseClientData(text64)
	return answer{id: id, client: client, clientDataHash: sha256.Sum256(text64)}, response, err
}
