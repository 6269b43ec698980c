package opaque

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/domain"
)

// The sizes of the parts of a token, in bytes.
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

// read returns the content of a token of this kind. It accepts only the one text that write returns
// for a content, of exactly the right length.
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

// hash is the stored form of a token: the SHA-256 of its whole text, in base64url. A fast hash is
// enough, because nobody can guess 256 bits.
func hash(token domain.Secret) domain.TokenHash {
	return digest([]byte(token.Reveal()))
}

func digest(content []byte) domain.TokenHash {
	sum := sha256.Sum256(content)
	return domain.TokenHash(encoding.EncodeToString(sum[:]))
}

// idOf returns the canonical form of the id at the start of content.
func idOf[T ~string](content []byte) T {
	return T(uuid.UUID(content[:idBytes]).String())
}

// bytesOf returns the bytes of an id in a token. It panics on text that is no id, because tokens are
// created only for something that was found by its id.
func bytesOf[T ~string](id T) []byte {
	if !domain.IsID(string(id)) {
		panic("opaque: a token needs a valid id")
	}
	parsed := uuid.MustParse(string(id))
	return parsed[:]
}

// RandomBytes implements port.RandomBytes.
func RandomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
