package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/sole-platform/sole/domain"
)

// maxToken is the maximum size of a token in bytes. A larger one is refused before it is parsed. Our tokens have less than
// 1,500.
const maxToken = 8 << 10

// open checks the form, the header and the signature, in this order, so that nothing costly is done for a token that
// cannot be ours.
func (k *Keys) open(token string) (payload []byte, id string, ok bool) {
	header, canonical := split(token, maxToken)
	if !canonical {
		return nil, "", false
	}
	named := parseHeader(header, accessType)
	key, known := k.find(named.KeyID)
	if !known {
		return nil, "", false
	}
	payload, err := verify(token, named, key)
	return payload, named.KeyID, err == nil
}

// verify returns the payload of a token if it is signed with the key, by the algorithm of the key.
func verify(token string, named tokenHeader, key jose.JSONWebKey) ([]byte, error) {
	if named.Algorithm != key.Algorithm {
		return nil, errors.New("jose: the algorithm is not that of the key")
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)})
	if err != nil {
		return nil, err
	}
	return parsed.Verify(key.Key)
}

// isThumbprint reports whether an id has the form of ours: a SHA-256 in base64url.
func isThumbprint(id string) bool {
	sum, err := strict.DecodeString(id) // ignores line breaks
	return err == nil && len(sum) == sha256.Size && len(id) == strict.EncodedLen(sha256.Size)
}

// find returns the key with the id. If it is missing, the ring is reloaded once.
func (k *Keys) find(id string) (key jose.JSONWebKey, known bool) {
	key, known = k.verifying(id)
	if !known && k.Missing != nil && isThumbprint(id) {
		k.Missing()
		key, known = k.verifying(id)
	}
	return key, known
}

var strict = base64.RawURLEncoding.Strict()

// split decodes the header of a token with three parts and a bounded length. Each part must be in canonical base64url
// (RFC 7515 §2), because go-jose ignores line breaks and unused bits.
func split(token string, longest int) (header []byte, canonical bool) {
	if len(token) > longest || strings.Count(token, ".") != 2 || strings.ContainsAny(token, "\r\n") {
		return nil, false
	}
	first, rest, _ := strings.Cut(token, ".")
	second, third, _ := strings.Cut(rest, ".")
	for _, part := range []string{second, third} {
		if _, err := strict.DecodeString(part); err != nil {
			return nil, false
		}
	}
	header, err := strict.DecodeString(first)
	return header, err == nil
}

// tokenHeader holds the fields of the header of a token. Only the algorithm of the key with this id is accepted; see verify.
type tokenHeader struct {
	KeyID     string
	Algorithm string
}

// parseHeader reads a header that has one of our algorithms, the type, a kid, and nothing else (RFC 8725 §3.1, §3.10, §3.11).
// For any other header it returns an empty key id.
func parseHeader(header []byte, kind string) tokenHeader {
	var fields map[string]string
	if err := json.Unmarshal(header, &fields); err != nil {
		return tokenHeader{}
	}
	algorithm := domain.SigningAlgorithm(fields["alg"])
	if len(fields) != 3 || algorithm != domain.RS256 && algorithm != domain.ES256 || fields["typ"] != kind {
		return tokenHeader{}
	}
	return tokenHeader{KeyID: fields["kid"], Algorithm: fields["alg"]}
}
