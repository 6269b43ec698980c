package clients

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refusedTokens returns tokens that a verifier must refuse, by what is wrong with them. Each but the garbage is made of a good token.
func (s *service) refusedTokens(t *testing.T, good string) map[string]string {
	t.Helper()
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	own := s.signingKey(t)
	past := time.Now().Add(-time.Hour).Unix()
	return map[string]string{
		"nothing":            "",
		"garbage":            "garbage",
		"three empty parts":  "..",
		"expired":            forge(t, good, own, nil, body{"iat": past - 900, "exp": past}),
		"another issuer":     forge(t, good, own, nil, body{"iss": "https://id.example.com"}),
		"another audience":   forge(t, good, own, nil, body{"aud": "other"}),
		"a foreign key":      forge(t, good, foreign, nil, nil),
		"an unknown key":     forge(t, good, foreign, body{"kid": "unknown"}, nil),
		"another type":       forge(t, good, own, body{"typ": "JWT"}, nil),
		"no signature":       forge(t, good, nil, body{"alg": "none"}, nil),
		"a changed account":  swapClaims(t, good, body{"sub": "somebody else"}),
		"a refresh token":    s.owner.refresh,
		"a key of a machine": "sole_sk_" + strings.Repeat("0", 72),
	}
}

// forge signs a token with changes of its header and claims; without a key its signature is empty.
func forge(t *testing.T, token string, key *rsa.PrivateKey, header, claims body) string {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	signed := changed(t, parts[0], header) + "." + changed(t, parts[1], claims)
	if key == nil {
		return signed + "."
	}
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// swapClaims changes claims of a token and keeps its signature.
func swapClaims(t *testing.T, token string, claims body) string {
	t.Helper()
	parts := strings.Split(token, ".")
	return parts[0] + "." + changed(t, parts[1], claims) + "." + parts[2]
}

// changed changes members of an encoded JSON object.
func changed(t *testing.T, part string, changes body) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	require.NoError(t, err)
	var members body
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&members))
	maps.Copy(members, changes)
	text, err = json.Marshal(members)
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(text)
}

// signingKey returns the key with which the service signs tokens.
func (s *service) signingKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(s.app.Config.PrivateKeyPEM))
	require.NotNil(t, block)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey)
}
