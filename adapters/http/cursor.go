package http

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"github.com/sole-platform/sole/domain"
)

// CursorKey encrypts cursors. Replicas that share it accept each other's cursors. The zero key is
// replaced by a random one, whose cursors are valid until the process ends.
type CursorKey [32]byte

// Cursors encrypts places in lists (AES-256-GCM with the list as additional data), so that a client
// can neither read nor forge them nor use them for another list. They do not expire.
type Cursors struct{ cipher.AEAD }

// CursorScope is the list for which a cursor is valid. The JSON of equal filters must be equal.
type CursorScope struct {
	List   string // the operation's id
	Org    domain.OrgID
	Filter any
}

// NewCursors returns cursors of the key.
func NewCursors(key CursorKey) Cursors {
	if key == (CursorKey{}) {
		_, _ = rand.Read(key[:]) // never fails since Go 1.24
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // cannot happen: the key has 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // cannot happen: AES has the block size of GCM
	}
	return Cursors{aead}
}

// Seal returns the cursor of a place in a list.
func (c Cursors) Seal(scope CursorScope, place any) (string, error) {
	text, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(scope)
	return cursorText.EncodeToString(c.AEAD.Seal(nil, nil, text, list)), err //nolint:gosec // the AEAD generates its nonce
}

// Open sets the place to that of a cursor, and leaves it unchanged for no cursor. It returns errCursor for a
// cursor that was changed or that belongs to another list, org or filter.
func (c Cursors) Open(scope CursorScope, cursor string, place any) error {
	if cursor == "" {
		return nil
	}
	list, err := json.Marshal(scope)
	if err != nil {
		return err
	}
	sealed, err := cursorText.DecodeString(cursor)
	if err != nil || cursorText.EncodeToString(sealed) != cursor { // decoding ignores line breaks
		return errCursor
	}
	text, err := c.AEAD.Open(nil, nil, sealed, list)
	if err != nil || json.Unmarshal(text, place) != nil {
		return errCursor
	}
	return nil
}

var cursorText = base64.RawURLEncoding.Strict()

var errCursor = domain.Invalid("cursor", "must be the next_cursor of the same list and filter; leave it out to start from the beginning")
