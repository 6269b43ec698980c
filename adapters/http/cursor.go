package http

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"github.com/sole-platform/sole/domain"
)

// CursorKey seals cursors; replicas that share it take one another's. The zero key stands
// for a random one, whose cursors end with the process.
type CursorKey [32]byte

// cursors seals places in lists, so that a client can neither read them, make them up nor
// take them to another list (AES-256-GCM, the list as additional data). They do not age.
type cursors struct{ cipher.AEAD }

// cursorScope is the one list that a cursor is good for. Filter is anything that JSON
// writes the same way each time.
type cursorScope struct {
	List   string // the operation's id
	Org    domain.OrgID
	Filter any
}

func newCursors(key CursorKey) cursors {
	if key == (CursorKey{}) {
		_, _ = rand.Read(key[:]) // never fails since Go 1.24
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has the length it must have
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size it must have
	}
	return cursors{box}
}

// sealCursor writes the place after which the list goes on.
func sealCursor[K any](c cursors, scope cursorScope, place K) (string, error) {
	text, err := json.Marshal(place)
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(scope)
	return cursorText.EncodeToString(c.Seal(nil, nil, text, list)), err //nolint:gosec // the box makes its own nonce
}

// openCursor reads a place back; no cursor is the zero place. One that is altered, or of
// another list, org or filter, is domain.CodeInvalid.
func openCursor[K any](c cursors, scope cursorScope, cursor string) (place K, err error) {
	if cursor == "" {
		return place, nil
	}
	list, err := json.Marshal(scope)
	if err != nil {
		return place, err
	}
	sealed, err := cursorText.DecodeString(cursor)
	if err != nil || cursorText.EncodeToString(sealed) != cursor { // decoding passes over line breaks
		return place, errCursor
	}
	text, err := c.Open(nil, nil, sealed, list)
	if err != nil || json.Unmarshal(text, &place) != nil {
		return place, errCursor
	}
	return place, nil
}

var cursorText = base64.RawURLEncoding.Strict()

var errCursor = domain.Invalid("query.cursor", "must be the next_cursor of this very list and filter: leave it out to begin anew")

// page is a stretch of a list; NextCursor is null at its end.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Send it as ?cursor= to get the next page; null on the last page."`
}

// Paging is which stretch of a list is asked for.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The maximum number of items."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next_cursor of the previous page, with the same filter."`
}

// pageOf shows a stretch that was found, with the cursor of its last place when there is more.
func pageOf[E, T, K any](c cursors, scope cursorScope, found []E, more bool, show func(E) T, place func(E) K) (page[T], error) {
	shown := page[T]{Items: make([]T, len(found))}
	for i, element := range found {
		shown.Items[i] = show(element)
	}
	if !more {
		return shown, nil
	}
	next, err := sealCursor(c, scope, place(found[len(found)-1]))
	shown.NextCursor = &next
	return shown, err
}
