package fernet

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/fernet/fernet-go"

	"github.com/sole-platform/sole/application/port"
)

// noExpiry is the time to live with which fernet-go ignores a token's age.
const noExpiry = 0

// openToken decrypts a Fernet token with one of keys. It accepts only the canonical encoding of a token, because fernet-go
// ignores what follows the padding.
func openToken(token string, keys []*fernet.Key) ([]byte, bool) {
	raw, err := base64.URLEncoding.DecodeString(token)
	if err != nil || len(keys) == 0 || base64.URLEncoding.EncodeToString(raw) != token {
		return nil, false
	}
	content := fernet.VerifyAndDecrypt([]byte(token), noExpiry, keys)
	return content, content != nil
}

// label encodes a place. Each part is preceded by its length in four bytes, so that different places never have the same
// encoding.
func label(place port.Place) []byte {
	var b []byte
	for _, part := range []string{place.Purpose, string(place.Org), string(place.User)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}
