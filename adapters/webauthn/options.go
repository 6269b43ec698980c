package webauthn

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The signature algorithms that are offered, the best one first (COSE numbers, RFC 9053 and RFC 8812). RS256 is for
// authenticators in the TPM of older Windows computers.
const (
	es256 = -7
	edDSA = -8
	rs256 = -257
)

const (
	minChallenge  = 16 // bytes, section 13.4.3
	maxUserHandle = 64 // bytes, section 5.4.3
	publicKeyType = "public-key"
)

// creationOptions is PublicKeyCredentialCreationOptionsJSON, section 5.1.8.
type creationOptions struct {
	RP        relyingParty `json:"rp"`
	User      user         `json:"user"`
	Challenge string       `json:"challenge"`
	Params    []parameter  `json:"pubKeyCredParams"`
	Timeout   int64        `json:"timeout"`
	Exclude   []descriptor `json:"excludeCredentials"`
	Selection selection    `json:"authenticatorSelection"`
	// Attestation is none: browsers then send no statement that tells the models of authenticators.
	Attestation string `json:"attestation"`
}

// requestOptions is PublicKeyCredentialRequestOptionsJSON, section 5.1.9.
type requestOptions struct {
	Challenge        string       `json:"challenge"`
	Timeout          int64        `json:"timeout"`
	RPID             string       `json:"rpId"`
	Allow            []descriptor `json:"allowCredentials,omitempty"`
	UserVerification string       `json:"userVerification"`
}

type relyingParty struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type user struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

type parameter struct {
	Type      string `json:"type"`
	Algorithm int    `json:"alg"`
}

type descriptor struct {
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// selection is AuthenticatorSelectionCriteria, section 5.4.4. requireResidentKey is for clients of level 1.
type selection struct {
	ResidentKey        string `json:"residentKey"`
	RequireResidentKey bool   `json:"requireResidentKey"`
	UserVerification   string `json:"userVerification"`
}

// CreationOptions returns the options that register a discoverable credential. It returns an error for a challenge
// under 16 bytes and for a user handle that does not have 1 to 64 bytes.
func (p *RelyingParty) CreationOptions(r port.PasskeyRegistration) (domain.Secret, error) {
	if len(r.UserHandle) == 0 || len(r.UserHandle) > maxUserHandle {
		return domain.Secret{}, errors.New("webauthn: a user handle has 1 to 64 bytes")
	}
	return encode(r.Challenge, creationOptions{
		RP:        relyingParty{ID: p.id, Name: p.id},
		User:      user{ID: encoding.EncodeToString(r.UserHandle), Name: string(r.Email), DisplayName: r.FullName},
		Challenge: encoding.EncodeToString(r.Challenge),
		Params:    []parameter{{publicKeyType, es256}, {publicKeyType, edDSA}, {publicKeyType, rs256}},
		Timeout:   domain.CeremonyTTL.Milliseconds(),
		Exclude:   descriptors(r.Exclude),
		Selection: selection{ResidentKey: "required", RequireResidentKey: true, UserVerification: "preferred"},

		Attestation: "none",
	})
}

// RequestOptions returns the options that use a passkey. It returns an error for a challenge under 16 bytes.
func (p *RelyingParty) RequestOptions(r port.PasskeyRequest) (domain.Secret, error) {
	verification := "preferred"
	if r.VerifiedUser {
		verification = "required"
	}
	return encode(r.Challenge, requestOptions{
		Challenge:        encoding.EncodeToString(r.Challenge),
		Timeout:          domain.CeremonyTTL.Milliseconds(),
		RPID:             p.id,
		Allow:            descriptors(r.Allow),
		UserVerification: verification,
	})
}

// encoding is the base64url of the JSON forms, without padding. Strict also refuses other spellings of the same bytes.
var encoding = base64.RawURLEncoding.Strict()

func descriptors(passkeys []port.Passkey) []descriptor {
	list := make([]descriptor, 0, len(passkeys))
	for _, passkey := range passkeys {
		list = append(list, descriptor{Type: publicKeyType, ID: passkey.ID, Transports: passkey.Transports})
	}
	return list
}

func encode(challenge []byte, options any) (domain.Secret, error) {
	if len(challenge) < minChallenge {
		return domain.Secret{}, errors.New("webauthn: a challenge has at least 16 bytes")
	}
	text, err := json.Marshal(options)
	if err != nil {
		return domain.Secret{}, fmt.Errorf("webauthn: encode options: %w", err)
	}
	return domain.NewSecret(string(text)), nil
}
