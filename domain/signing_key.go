package domain

import (
	"slices"
	"time"
)

// KeyID is the thumbprint of a signing key (RFC 7638), the "kid" of its tokens.
type KeyID string

// SigningAlgorithm is a signature algorithm of JSON Web Algorithms (RFC 7518 §3.1).
type SigningAlgorithm string

// RS256 is RSASSA-PKCS1-v1_5, ES256 is ECDSA on the curve P-256; both with SHA-256.
const (
	RS256 SigningAlgorithm = "RS256"
	ES256 SigningAlgorithm = "ES256"
)

// KeySource says where the private key comes from.
type KeySource string

// A private key is in the configuration of a process, or encrypted in the database for all processes.
const (
	KeyConfigured KeySource = "configured"
	KeyStored     KeySource = "database"
)

// SigningKey is a key that signs access tokens, or once did. Its public key verifies tokens until the key is
// retired.
type SigningKey struct {
	ID        KeyID
	Source    KeySource
	Algorithm SigningAlgorithm // the only one that the key is used with
	PublicPEM string
	Private   SealedSecret // empty for a configured key
	CreatedAt time.Time
	SignsFrom time.Time // the key is published earlier, so that every verifier has it by then
	RetiredAt time.Time // zero until it is retired
}

// KeyState says what a signing key is used for.
type KeyState string

// The states, in the order in which a key has them.
const (
	KeyNext      KeyState = "next"
	KeySigning   KeyState = "signing"
	KeyVerifying KeyState = "verifying"
	KeyRetired   KeyState = "retired"
)

// SigningKeys are the signing keys of a deployment. Each process signs with the latest key of the algorithm that it is
// configured for, and verifies with all keys. So processes with different algorithms agree on every token, in whatever order
// they start.
type SigningKeys []SigningKey

// At returns the state of a key at a time, in a process that signs with the algorithm. Of the keys of the algorithm that may
// sign and are not retired, the latest signs.
func (ks SigningKeys) At(id KeyID, algorithm SigningAlgorithm, now time.Time) KeyState {
	i := slices.IndexFunc(ks, func(k SigningKey) bool { return k.ID == id })
	switch {
	case i < 0 || !ks[i].RetiredAt.IsZero():
		return KeyRetired
	case ks[i].SignsFrom.After(now):
		return KeyNext
	case ks.signing(algorithm, now) == id:
		return KeySigning
	}
	return KeyVerifying
}

func (ks SigningKeys) signing(algorithm SigningAlgorithm, now time.Time) (id KeyID) {
	var latest time.Time
	for _, k := range ks {
		begun := k.Algorithm == algorithm && k.RetiredAt.IsZero() && !k.SignsFrom.After(now)
		if begun && (id == "" || k.SignsFrom.After(latest) || k.SignsFrom.Equal(latest) && k.ID < id) {
			id, latest = k.ID, k.SignsFrom
		}
	}
	return id
}

// tokenLeeway is how long after its expiry a token may still be accepted.
const tokenLeeway = 30 * time.Second

// Retirement is a request to retire a key.
type Retirement struct {
	Algorithm SigningAlgorithm // that the calling process signs with
	Lifetime  time.Duration    // of access tokens
	Forced    bool             // even if processes or valid tokens may still need the key
}

// MayRetire returns nil if a key can be retired at now. Otherwise it returns ErrKeyUnknown or ErrKeySigns. Unless forced, it also
// returns ErrKeyOtherAlgorithm for the key with which processes of another algorithm sign, and ErrKeyVerifies until the last token
// that the key signed has expired, with the time that is left.
func (ks SigningKeys) MayRetire(id KeyID, r Retirement, now time.Time) error {
	switch ks.At(id, r.Algorithm, now) {
	case KeySigning:
		return ErrKeySigns
	case KeyRetired:
		return ErrKeyUnknown
	case KeyNext:
		return nil
	case KeyVerifying:
	}
	key := ks[slices.IndexFunc(ks, func(k SigningKey) bool { return k.ID == id })]
	if r.Forced {
		return nil
	}
	if ks.signing(key.Algorithm, now) == id {
		return ErrKeyOtherAlgorithm
	}
	if until := ks.replacedAt(key, now).Add(r.Lifetime + tokenLeeway); now.Before(until) {
		return ErrKeyVerifies.RetryIn(until.Sub(now))
	}
	return nil
}

// replacedAt returns when the latest of the other keys of its algorithm began to sign.
func (ks SigningKeys) replacedAt(key SigningKey, now time.Time) (at time.Time) {
	for _, k := range ks {
		if k.ID != key.ID && k.Algorithm == key.Algorithm && k.RetiredAt.IsZero() && !k.SignsFrom.After(now) && k.SignsFrom.After(at) {
			at = k.SignsFrom
		}
	}
	return at
}
