package opaque

import (
	"hash/crc32"
	"math/big"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	keyDigits   = 65 // of the org and the secret, 48 bytes, in base62
	checkDigits = 6  // of a CRC-32 in base62
	keyLength   = len(domain.APIKeyPrefix) + keyDigits + 1 + checkDigits
	base62      = 62
)

// APIKeyTokens implements port.APIKeyTokens. Its checksum lets scanners of leaked secrets, and the parser, tell a key from
// other text without asking anybody. It protects nothing.
type APIKeyTokens struct{}

var _ port.APIKeyTokens = APIKeyTokens{}

// New implements port.APIKeyTokens. It panics for an org that is not an id.
func (APIKeyTokens) New(org domain.OrgID) domain.OpaqueToken {
	content := slices.Concat(bytesOf(org), RandomBytes(secretBytes))
	text := domain.APIKeyPrefix + digits(new(big.Int).SetBytes(content), keyDigits)
	secret := domain.NewSecret(text + "_" + checksum(text))
	return domain.OpaqueToken{Org: org, Hash: hash(secret), Secret: secret}
}

// Parse implements port.APIKeyTokens.
func (APIKeyTokens) Parse(key domain.Secret) (domain.OpaqueToken, error) {
	text := key.Reveal()
	if len(text) != keyLength || !strings.HasPrefix(text, domain.APIKeyPrefix) {
		return domain.OpaqueToken{}, domain.ErrUnauthenticated
	}
	checked := text[:keyLength-checkDigits-1]
	if text[len(checked):] != "_"+checksum(checked) {
		return domain.OpaqueToken{}, domain.ErrUnauthenticated
	}
	content, ok := bytesOfDigits(checked[len(domain.APIKeyPrefix):])
	if !ok {
		return domain.OpaqueToken{}, domain.ErrUnauthenticated
	}
	return domain.OpaqueToken{Org: idOf[domain.OrgID](content), Hash: hash(key), Secret: key}, nil
}

func checksum(text string) string {
	return digits(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(text)))), checkDigits)
}

// digits returns a number in base62 with at least count digits: 0-9, a-z, A-Z.
func digits(number *big.Int, count int) string {
	text := number.Text(base62)
	return strings.Repeat("0", max(0, count-len(text))) + text
}

// bytesOfDigits returns the org and the secret. ok is false for text that is not a number in base62, and for a larger one.
func bytesOfDigits(text string) (content []byte, ok bool) {
	if strings.ContainsFunc(text, func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }) {
		return nil, false
	}
	number, ok := new(big.Int).SetString(text, base62)
	if !ok || number.BitLen() > 8*(idBytes+secretBytes) {
		return nil, false
	}
	return number.FillBytes(make([]byte, idBytes+secretBytes)), true
}
