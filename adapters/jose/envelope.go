package jose

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// maxToken bounds what is looked at, in bytes. Our tokens have under 1,000.
const maxToken = 8 << 10

var onlyRS256 = []jose.SignatureAlgorithm{jose.RS256}

// open checks form, header and signature, in this order, so that nothing costly is done
// for a token that cannot be ours.
func (k *Keys) open(token string) (payload []byte, id string, ok bool) {
	header, canonical := split(token, maxToken)
	if !canonical {
		return nil, "", false
	}
	id = keyNamed(header, accessType)
	key := k.find(id)
	if key == nil {
		return nil, "", false
	}
	parsed, err := jose.ParseSignedCompact(token, onlyRS256)
	if err != nil || len(parsed.Signatures) != 1 {
		return nil, "", false
	}
	payload, err = parsed.Verify(key)
	return payload, id, err == nil
}

// isThumbprint tells whether an id can be one of ours: a SHA-256 in base64url.
func isThumbprint(id string) bool {
	sum, err := strict.DecodeString(id) // which overlooks line breaks
	return err == nil && len(sum) == sha256.Size && len(id) == strict.EncodedLen(sha256.Size)
}

// find looks a key up, in a fresh ring if need be.
func (k *Keys) find(id string) *rsa.PublicKey {
	key := k.verifying(id)
	if key == nil && k.Missing != nil && isThumbprint(id) {
		k.Missing()
		key = k.verifying(id)
	}
	return key
}

var strict = base64.RawURLEncoding.Strict()

// split decodes the header of a token of three parts and bounded length. Each part must
// be in the one canonical base64url spelling of its bytes (RFC 7515 §2), where go-jose
// would overlook line breaks and spare bits.
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

// keyNamed returns the key id of a header that says alg, typ and kid as ours do, and
// nothing else (RFC 8725 §3.1, §3.10, §3.11); otherwise nothing.
func keyNamed(header []byte, kind string) string {
	var said map[string]string
	if err := json.Unmarshal(header, &said); err != nil {
		return ""
	}
	if len(said) != 3 || said["alg"] != string(jose.RS256) || said["typ"] != kind {
		return ""
	}
	return said["kid"]
}
