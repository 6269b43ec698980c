package proof

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/sole-platform/sole/domain"
)

// Guess is one guess at the password or at a code of an account. It names the counter of the guess
// and the other counter of the account: while either is locked, the guess is refused.
type Guess struct {
	key, other string
	secret     string // what is guessed: "password", or "code" for the answer of a second factor
	user       domain.UserID
	email      domain.Email
}

// Password is a guess at the password of the account. When the address has no account, the guess is
// counted for the address, so that both lock alike. The device, if any, has proven itself by its
// token.
func Password(email domain.Email, user domain.User, device domain.DeviceID) Guess {
	if user.ID == "" {
		digest := sha256.Sum256([]byte(email.Key()))
		return Guess{key: "password:" + hex.EncodeToString(digest[:]), secret: "password", email: email}
	}
	return Guess{
		key: "password:" + scope(user.ID, device), other: "code:" + scope(user.ID, device),
		secret: "password", user: user.ID, email: user.Email,
	}
}

// PasskeyAlone is an answer of the passkey with the handle, by which the account signs in without a password. It is
// counted like a code of the account. When no account has the passkey, it is counted for the handle, so that both
// lock alike.
func PasskeyAlone(handle string, user domain.User) Guess {
	if user.ID == "" {
		digest := sha256.Sum256([]byte(handle))
		return Guess{key: "passkey:" + hex.EncodeToString(digest[:]), secret: "code"}
	}
	return CodeAtSignIn(user, "")
}

// PasswordAgain is a guess at the password by a signed-in account. It is counted for the session, so
// that strangers who lock the account cannot keep its owner from changing the password.
func PasswordAgain(p domain.Principal) Guess {
	return Guess{key: "password:" + scope(p.User.ID, p.Session.ID), secret: "password", user: p.User.ID, email: p.User.Email}
}

// CodeAtSignIn is a guess at a code during sign-in. It is counted for the account over all its
// challenges and endpoints, or for the remembered device that has proven itself.
func CodeAtSignIn(user domain.User, device domain.DeviceID) Guess {
	return Guess{
		key: "code:" + scope(user.ID, device), other: "password:" + scope(user.ID, device),
		secret: "code", user: user.ID, email: user.Email,
	}
}

// Code is a guess at a code by a signed-in account. Wrong passwords do not lock it, because anybody
// can enter those.
func Code(user domain.User) Guess {
	return Guess{key: "code:" + string(user.ID), secret: "code", user: user.ID, email: user.Email}
}

// wrong names wrong guesses in an email.
func (g Guess) wrong() string {
	if g.secret == "password" {
		return "passwords"
	}
	return "codes or passkey answers"
}

// scope names a counter of the account. Within a session or a remembered device, which only its
// owner can use, guesses are counted apart from those of strangers.
func scope[T ~string](user domain.UserID, within T) string {
	if within == "" {
		return string(user)
	}
	return string(user) + "@" + string(within)
}
