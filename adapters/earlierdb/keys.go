package earlierdb

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/fernet/fernet-go"

	"github.com/sole-platform/sole/domain"
)

// DefaultRounds is how often the later key was derived there unless configured otherwise.
const DefaultRounds = 210_000

// maxRounds bounds the time that the derivation takes, which is about a second for a million.
const maxRounds = 10_000_000

// Secrets are the settings of the earlier service that its encrypted secrets need.
type Secrets struct {
	Key    domain.Secret // its SECRET_KEY
	Salt   domain.Secret // its FERNET_KDF_SALT; zero at the older generation
	Rounds int           // 0: DefaultRounds
}

// keys open the secrets of authenticator apps.
type keys struct{ older, later *fernet.Key }

// derive derives both keys. Without a secret key there are none.
func (s Secrets) derive() (found keys, err error) {
	if s.Key.IsZero() {
		return keys{}, nil
	}
	older := fernet.Key(sha256.Sum256([]byte(s.Key.Reveal())))
	found.older = &older
	if s.Salt.IsZero() {
		return found, nil
	}
	rounds := s.Rounds
	if rounds == 0 {
		rounds = DefaultRounds
	}
	if rounds < 1 || rounds > maxRounds {
		return keys{}, fmt.Errorf("the rounds of PBKDF2 must be 1 to %d, as the earlier service has them", maxRounds)
	}
	derived, err := pbkdf2.Key(sha256.New, s.Key.Reveal(), []byte(s.Salt.Reveal()), rounds, sha256.Size)
	if err != nil {
		return keys{}, errors.New("the salt of the earlier service cannot be used")
	}
	later := fernet.Key(derived)
	found.later = &later
	return found, nil
}

// opener is the key that opened a token.
type opener int

const (
	openedByNone opener = iota
	openedByOlder
	openedByLater
)

// open decrypts a token by the later key, or else by the older one, as the earlier service does.
func (k keys) open(token string) (domain.Secret, opener) {
	const noExpiry = 0
	for _, try := range []struct {
		key *fernet.Key
		by  opener
	}{{k.later, openedByLater}, {k.older, openedByOlder}} {
		if try.key == nil {
			continue
		}
		if content := fernet.VerifyAndDecrypt([]byte(token), noExpiry, []*fernet.Key{try.key}); content != nil {
			return domain.NewSecret(string(content)), try.by
		}
	}
	return domain.Secret{}, openedByNone
}
