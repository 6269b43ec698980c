package argon2

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// phc is a hash in the PHC string format: $argon2id$v=19$m=..,t=..,p=..$salt$key, with salt and key in base64 without
// padding.
type phc struct {
	Params
	salt, key []byte
}

// The limits of the length of a stored salt and key, in bytes.
const (
	minSalt, maxSalt = 8, 64
	minKey, maxKey   = 16, 64
	maxPHC           = 256 // characters; a string within the limits is never longer
)

var errMalformed = errors.New("argon2: the stored password hash cannot be read")

func (h phc) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.MemoryKiB, h.Time, h.Threads, encode(h.salt), encode(h.key))
}

// madeWith reports whether a new hash would have the same parameters and sizes.
func (h phc) madeWith(p Params) bool {
	return h.Params == p && len(h.salt) == saltBytes && len(h.key) == keyBytes
}

// parsePHC parses exactly what String returns. It returns an error, which contains no part of the text, for anything else
// and for parameters that exceed the limits.
func parsePHC(text string) (phc, error) {
	parts := strings.SplitN(text, "$", 7)
	if len(text) > maxPHC || len(parts) != 6 {
		return phc{}, errMalformed
	}
	var h phc
	_, badParams := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.MemoryKiB, &h.Time, &h.Threads)
	salt, badSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, badKey := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(badParams, badSalt, badKey); err != nil {
		return phc{}, errMalformed
	}
	h.salt, h.key = salt, key
	if h.Validate() != nil || !h.sized() || h.String() != text {
		return phc{}, errMalformed
	}
	return h, nil
}

func (h phc) sized() bool {
	return len(h.salt) >= minSalt && len(h.salt) <= maxSalt && len(h.key) >= minKey && len(h.key) <= maxKey
}
