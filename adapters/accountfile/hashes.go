package accountfile

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/bits"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// hashes says which password hashes of a file are accepted.
type hashes struct{ weakUntil time.Time }

func hashesOf(options port.AccountFileOptions) hashes { return hashes{options.WeakUntil} }

// read sets the password of an account from a hash in one of the usual texts.
func (h hashes) read(a *account, field, text string) {
	hash, err := readHash(text)
	h.set(a, field, hash, err)
}

// set sets the password of an account, unless the hash could not be read or is refused.
func (h hashes) set(a *account, field string, hash domain.ImportedHash, err error) {
	if err == nil {
		hash = hash.LapsingAt(h.weakUntil)
		err = hash.Check()
	}
	if err != nil {
		faults := domain.InColumn(field, err)
		if faults == nil {
			faults = []domain.FieldError{{Field: field, Message: "must be a password hash"}}
		}
		a.Faults = append(a.Faults, faults...)
		return
	}
	if !hash.LapsesAt.IsZero() {
		a.leave("its password hash is weak: the password cannot be used from %s on", hash.LapsesAt.Format(time.DateOnly))
	}
	a.Password = hash.Stored()
}

// withoutIt says what to do about a hash that cannot be imported.
const withoutIt = ": remove the hash from the file, then the account is imported without a password"

var errNotEncoded = errors.New("not encoded as it should be")

// base64Of decodes base64 or base64url, with or without padding.
func base64Of(written string) ([]byte, error) {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(written, "=")))
	if err != nil {
		return nil, errNotEncoded // the cause would repeat a character
	}
	return decoded, nil
}

// decoded returns a value that is encoded in base64, in hex, or as a text.
func decoded(encoding, value string) ([]byte, error) {
	switch encoding {
	case "base64":
		return base64Of(value)
	case "hex":
		bytes, err := hex.DecodeString(value)
		if err != nil {
			return nil, errNotEncoded
		}
		return bytes, nil
	case "utf8", "":
		return []byte(value), nil
	}
	return nil, errNotEncoded
}

// logarithm returns the base-2 logarithm of a power of two that is greater than one.
func logarithm(power int) (int, error) {
	if power < 2 || bits.OnesCount(uint(power)) != 1 {
		return 0, errNotEncoded
	}
	return bits.TrailingZeros(uint(power)), nil
}
