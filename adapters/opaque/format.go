package opaque

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/domain"
)

// The sizes of what a token is made of, in bytes.
const (
	idBytes     = 16
	secretBytes = 32
)

var encoding = base64.RawURLEncoding.Strict()

// format is one kind of token: <prefix>_<base64url of size bytes>.
type format struct {
	prefix string
	size   int
}

func (f format) write(content []byte) domain.Secret {
	return domain.NewSecret(f.prefix + "_" + encoding.EncodeToString(content))
}

// read returns the content of a token of this kind. It accepts the one text that write
// makes of a content, of exactly the right length.
func (f format) read(token domain.Secret) ([]byte, error) {
	text, ours := strings.CutPrefix(token.Reveal(), f.prefix+"_")
	if !ours || len(text) != encoding.EncodedLen(f.size) {
		return nil, domain.ErrUnauthenticated
	}
	content, err := encoding.DecodeString(text)
	if err != nil || len(content) != f.size || encoding.EncodeToString(content) != text {
		return nil, domain.ErrUnauthenticated
	}
	return content, nil
}

// hash is what is kept of a token: the SHA-256 of its whole text, base64url. A fast hash
// is enough, for there is nothing to guess in 256 bits.
func hash(token domain.Secret) domain.TokenHash {
	return digest([]byte(token.Reveal()))
}

func digest(content []byte) domain.TokenHash {
	sum := sha256.Sum256(content)
	return domain.TokenHash(encoding.EncodeToString(sum[:]))
}

// idOf is the canonical form of the id that content starts with.
func idOf[T ~string](content []byte) T {
	return T(uuid.UUID(content[:idBytes]).String())
}

// bytesOf is an id as it stands in a token. It panics on what is no id: tokens are only
// made for what was found by its id before.
func bytesOf[T ~string](id T) []byte {
	if !domain.IsID(string(id)) {
		panic("opaque: a token for something that has no id")
	}
	parsed := uuid.MustParse(string(id))
	return parsed[:]
}

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
