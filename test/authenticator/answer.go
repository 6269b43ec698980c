package authenticator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"github.com/fxamacker/cbor/v2"
)

// Answer is the answer of a browser and an authenticator before it is signed and encoded. The functions, where set,
// replace encoded parts: of the client data and the authenticator data before they are signed, of the rest afterwards.
type Answer struct {
	ClientData map[string]any // type, challenge, origin, crossOrigin
	RPID       string         // only its hash is sent

	Present, Verified  bool // the flags UP and UV
	Eligible, BackedUp bool // the flags BE and BS
	Counter            uint32

	AAGUID       [16]byte
	CredentialID []byte
	Key          Key         // signs
	PublicKey    map[int]any // COSE_Key, of a registration

	Format    string         // of the attestation: "none", or "packed" for a statement signed by the key itself
	Statement map[string]any // nil: the one of the format

	UserHandle []byte
	Transports []string

	ReplaceClientData func([]byte) []byte
	ReplaceData       func([]byte) []byte // the authenticator data
	ReplaceObject     func([]byte) []byte // the attestation object
	ReplaceSignature  func([]byte) []byte
	ReplaceJSON       func(credential, response map[string]any)
}

// The flags of authenticator data, WebAuthn Level 3, section 6.1.
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagEligible = 1 << 3
	flagBackedUp = 1 << 4
	flagAttested = 1 << 6
)

func (a *Answer) registration() (json.RawMessage, error) {
	clientData, err := a.clientData()
	if err != nil {
		return nil, err
	}
	publicKey, err := cbor.Marshal(a.PublicKey)
	if err != nil {
		return nil, err
	}
	attested := append(a.AAGUID[:], binary.BigEndian.AppendUint16(nil, uint16(len(a.CredentialID)))...)
	attested = append(append(attested, a.CredentialID...), publicKey...)
	data := replaced(a.ReplaceData, append(a.head(flagAttested), attested...))
	statement := a.Statement
	if statement == nil {
		statement = map[string]any{}
		if a.Format == "packed" {
			signature, err := a.signature(data, clientData)
			if err != nil {
				return nil, err
			}
			statement = map[string]any{"alg": a.Key.Algorithm, "sig": signature}
		}
	}
	object, err := cbor.Marshal(map[string]any{"fmt": a.Format, "attStmt": statement, "authData": data})
	if err != nil {
		return nil, err
	}
	response := map[string]any{
		"clientDataJSON":     encoded(clientData),
		"attestationObject":  encoded(replaced(a.ReplaceObject, object)),
		"authenticatorData":  encoded(data),
		"publicKey":          encoded(a.Key.spki()),
		"publicKeyAlgorithm": a.Key.Algorithm,
		"transports":         a.Transports,
	}
	return a.credential(response)
}

func (a *Answer) assertion() (json.RawMessage, error) {
	clientData, err := a.clientData()
	if err != nil {
		return nil, err
	}
	data := replaced(a.ReplaceData, a.head(0))
	signature, err := a.signature(data, clientData)
	if err != nil {
		return nil, err
	}
	response := map[string]any{
		"clientDataJSON":    encoded(clientData),
		"authenticatorData": encoded(data),
		"signature":         encoded(signature),
	}
	if a.UserHandle != nil {
		response["userHandle"] = encoded(a.UserHandle)
	}
	return a.credential(response)
}

func (a *Answer) credential(response map[string]any) (json.RawMessage, error) {
	credential := map[string]any{
		"id":                      encoded(a.CredentialID),
		"rawId":                   encoded(a.CredentialID),
		"type":                    "public-key",
		"authenticatorAttachment": "platform",
		"clientExtensionResults":  map[string]any{},
		"response":                response,
	}
	if a.ReplaceJSON != nil {
		a.ReplaceJSON(credential, response)
	}
	return json.Marshal(credential)
}

func (a *Answer) clientData() ([]byte, error) {
	text, err := json.Marshal(a.ClientData)
	return replaced(a.ReplaceClientData, text), err
}

// head returns the part of authenticator data that both kinds of answers have.
func (a *Answer) head(flags byte) []byte {
	for flag, set := range map[byte]bool{
		flagPresent: a.Present, flagVerified: a.Verified, flagEligible: a.Eligible, flagBackedUp: a.BackedUp,
	} {
		if set {
			flags |= flag
		}
	}
	hash := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Answer) signature(data, clientData []byte) ([]byte, error) {
	hash := sha256.Sum256(clientData)
	signature, err := a.Key.sign(append(append([]byte{}, data...), hash[:]...))
	return replaced(a.ReplaceSignature, signature), err
}

func replaced(by func([]byte) []byte, part []byte) []byte {
	if by == nil {
		return part
	}
	return by(part)
}

func encoded(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

// RepeatKey returns an attestation object that has the key fmt twice, which canonical CBOR forbids.
func RepeatKey(object []byte) []byte {
	more := append([]byte{object[0] + 1}, object[1:]...) // the first byte holds the number of pairs
	return append(append(more, 0x63), "fmt\x64none"...)
}
