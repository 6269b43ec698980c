package factor

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/sole-platform/sole/domain"
)

const (
	challengeBytes  = 32
	userHandleBytes = 64 // WebAuthn Level 3, section 14.6.1
)

var base64url = base64.RawURLEncoding

// challengeHash is the hash under which the ceremony of a challenge is stored.
func challengeHash(challenge []byte) domain.TokenHash {
	digest := sha256.Sum256(challenge)
	return domain.TokenHash(base64url.EncodeToString(digest[:]))
}

// waiting is what a pending passkey stores: the challenge that its answer must contain, and the user
// handle of its account.
type waiting struct{ challenge, userHandle []byte }

// data returns the form in which a pending authenticator stores it.
func (w waiting) data() string {
	return base64url.EncodeToString(w.challenge) + "." + base64url.EncodeToString(w.userHandle)
}

var errPending = errors.New("the data of a pending passkey cannot be read")

func readWaiting(pending domain.Authenticator) (waiting, error) {
	first, second, _ := strings.Cut(pending.Data, ".")
	challenge, badChallenge := base64url.DecodeString(first)
	userHandle, badHandle := base64url.DecodeString(second)
	if badChallenge != nil || badHandle != nil || len(challenge) == 0 || len(userHandle) == 0 {
		return waiting{}, errPending
	}
	return waiting{challenge: challenge, userHandle: userHandle}, nil
}
