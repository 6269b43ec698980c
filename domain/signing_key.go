package domain

import (
	"slices"
	"time"
)

// KeyID names a signing key by its thumbprint (RFC 7638); the "kid" of its tokens.
type KeyID string

// KeySource is where the private half of a signing key comes from.
type KeySource string

// A key stands in a process's configuration, or encrypted in the database for all of them.
const (
	KeyConfigured KeySource = "configured"
	KeyStored     KeySource = "database"
)

// SigningKey is a key that signs access tokens, or did. Its public half verifies until it
// is retired, whoever holds the private one.
type SigningKey struct {
	ID        KeyID
	Source    KeySource
	PublicPEM string
	Private   SealedSecret // empty for a configured key
	CreatedAt time.Time
	SignsFrom time.Time // published before, so that everybody knows it by then
	RetiredAt time.Time // zero while it verifies
}

// KeyState is what a signing key is good for.
type KeyState string

// The life of a signing key.
const (
	KeyNext      KeyState = "next"
	KeySigning   KeyState = "signing"
	KeyVerifying KeyState = "verifying"
	KeyRetired   KeyState = "retired"
)

// SigningKeys are all that a deployment has.
type SigningKeys []SigningKey

// At tells the state of a key at an instant: of those that have begun and are not retired
// the latest signs.
func (ks SigningKeys) At(id KeyID, now time.Time) KeyState {
	i := slices.IndexFunc(ks, func(k SigningKey) bool { return k.ID == id })
	switch {
	case i < 0 || !ks[i].RetiredAt.IsZero():
		return KeyRetired
	case ks[i].SignsFrom.After(now):
		return KeyNext
	case ks.signing(now) == id:
		return KeySigning
	}
	return KeyVerifying
}

func (ks SigningKeys) signing(now time.Time) (id KeyID) {
	var latest time.Time
	for _, k := range ks {
		begun := k.RetiredAt.IsZero() && !k.SignsFrom.After(now)
		if begun && (id == "" || k.SignsFrom.After(latest) || k.SignsFrom.Equal(latest) && k.ID < id) {
			id, latest = k.ID, k.SignsFrom
		}
	}
	return id
}

// tokenLeeway is how long past its expiry a token may still be accepted.
const tokenLeeway = 30 * time.Second

// MayRetire refuses to retire the key that signs, one that is not there, and, unless forced,
// one under which tokens of this lifetime may still be about.
func (ks SigningKeys) MayRetire(id KeyID, lifetime time.Duration, forced bool, now time.Time) error {
	switch ks.At(id, now) {
	case KeySigning:
		return &Error{Code: CodeConflict, Message: "This key signs now: run `sole keys rotate`, wait for the new key to sign, then retire this one."}
	case KeyRetired:
		return &Error{Code: CodeNotFound, Message: "There is no such key in use: see `sole keys list`."}
	case KeyNext:
		return nil
	case KeyVerifying:
	}
	if until := ks.replacedAt(id, now).Add(lifetime + tokenLeeway); now.Before(until) && !forced {
		return &Error{
			Code: CodeConflict, RetryAfter: until.Sub(now),
			Message: "Tokens under this key live until " + until.UTC().Format(time.RFC3339) + ": wait, or end them now with --force.",
		}
	}
	return nil
}

// replacedAt is when the last key that signs in the place of id began to.
func (ks SigningKeys) replacedAt(id KeyID, now time.Time) (at time.Time) {
	for _, k := range ks {
		if k.ID != id && k.RetiredAt.IsZero() && !k.SignsFrom.After(now) && k.SignsFrom.After(at) {
			at = k.SignsFrom
		}
	}
	return at
}
