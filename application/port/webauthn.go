package port

import "github.com/sole-platform/sole/domain"

// WebAuthn creates the options of passkey ceremonies and verifies their results (WebAuthn Level 3). Options and results are
// in the JSON forms of the specification, section 5.1. It stores nothing: the caller makes sure that each challenge is
// used once and belongs to the caller's session.
//
// Every verification must refuse: another challenge; another origin than those configured, compared whole; another RP ID;
// an answer from a frame of another origin; the answer of the other kind of ceremony; a missing user presence; the flag BS
// without BE; a signature by an algorithm that was not offered, or by an RSA key under 2048 bits.
type WebAuthn interface {
	// Available returns domain.ErrNoPasskeys if the RP ID is not a domain. The other methods must then not be called.
	Available() error
	// CreationOptions returns PublicKeyCredentialCreationOptionsJSON: a discoverable credential, attestation none, user
	// verification preferred.
	CreationOptions(r PasskeyRegistration) (domain.Secret, error)
	// RequestOptions returns PublicKeyCredentialRequestOptionsJSON.
	RequestOptions(r PasskeyRequest) (domain.Secret, error)
	// ParseRegistration reads RegistrationResponseJSON. It must return domain.CodeInvalid for text that is not one, that
	// has over 16 KiB, or that two parsers could understand differently. Unknown members are ignored.
	ParseRegistration(credential domain.Secret) (PasskeyAnswer, error)
	// ParseAssertion reads AuthenticationResponseJSON, with the same errors.
	ParseAssertion(credential domain.Secret) (PasskeyAnswer, error)
	// VerifyRegistration verifies a registration. The errors are those of ParseRegistration; the error of a refused one
	// wraps domain.ErrInvalidCode, and its text is the reason, without values from the client. It accepts attestation
	// statements of all formats and verifies none.
	VerifyRegistration(credential domain.Secret, r PasskeyRegistration) (Passkey, error)
	// VerifyAssertion verifies an assertion by the passkey, with errors of the same kinds. It must refuse a changed flag
	// BE, a passkey that the request does not allow, a user handle of another account, a missing user handle if the
	// request allows any passkey, and missing user verification if the request requires it. The counter is returned as it
	// was sent: the caller compares it. Of the result only Counter and BackedUp differ from the passkey.
	//
	// An empty passkey is refused in the same time as a real one. Callers use it for an unknown credential.
	VerifyAssertion(credential domain.Secret, passkey Passkey, r PasskeyRequest) (Passkey, error)
}

// Passkey is a credential record (WebAuthn Level 3, section 4). Nothing in it is secret.
type Passkey struct {
	ID             string // the credential id, base64url without padding
	PublicKey      []byte // COSE_Key
	UserHandle     []byte // random, the same for all passkeys of an account
	RPID           string
	AAGUID         string // the model of the authenticator, as a UUID; zeros: unknown
	Transports     []string
	BackupEligible bool // the flag BE: the credential may be synced between devices
	BackedUp       bool // the flag BS, as of the last answer
	Counter        int64
}

// PasskeyRecords converts passkeys to and from the form in which a live domain.Authenticator stores them: the credential id is
// its Handle, the counter its Counter, and everything else its Data.
type PasskeyRecords interface {
	// Encode returns the Data of a passkey.
	Encode(p Passkey) (string, error)
	// Decode returns the passkey of a live authenticator.
	Decode(a domain.Authenticator) (Passkey, error)
}

// PasskeyRegistration is a ceremony that registers a passkey.
type PasskeyRegistration struct {
	Challenge  []byte // 32 random bytes
	UserHandle []byte
	Email      domain.Email // what the authenticator shows to tell accounts apart
	FullName   string
	Exclude    []Passkey // of the account, which its authenticators must not register again
}

// PasskeyRequest is a ceremony that uses a passkey.
type PasskeyRequest struct {
	Challenge    []byte
	Allow        []Passkey // empty: any discoverable credential
	VerifiedUser bool      // user verification is required; otherwise it is preferred
}

// PasskeyAnswer is what an answer says of itself, before it is verified.
type PasskeyAnswer struct {
	Challenge  []byte
	Credential string // the credential id, base64url without padding
}
