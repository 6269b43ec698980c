package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// forge signs claims with any key and headers.
func forge(t *testing.T, algorithm jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("at+jwt")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	require.NoError(t, err)
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	signed, err := signer.Sign(payload)
	require.NoError(t, err)
	token, err := signed.CompactSerialize()
	require.NoError(t, err)
	return token
}

func part(t *testing.T, token string, i int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(raw, &object))
	return object
}

func with(claims map[string]any, name string, value any) map[string]any {
	changed := map[string]any{}
	for k, v := range claims {
		changed[k] = v
	}
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed
}

func TestForgedAccessTokensAreRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		claims, kid := part(t, owner.access, 1), part(t, owner.access, 0)["kid"].(string)
		block, _ := pem.Decode([]byte(s.app.Config.PrivateKeyPEM))
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		require.NoError(t, err)
		ours := parsed.(*rsa.PrivateKey)
		theirs, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		der, err := x509.MarshalPKIXPublicKey(&ours.PublicKey)
		require.NoError(t, err)
		public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		pieces := strings.Split(owner.access, ".")
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt","kid":"` + kid + `"}`))

		s.get(t, "/me", forge(t, jose.RS256, ours, kid, claims)).is(200, "")
		for name, token := range map[string]string{
			"alg none":                none + "." + pieces[1] + ".",
			"alg none, signed":        none + "." + pieces[1] + "." + pieces[2],
			"HS256 by the PEM":        forge(t, jose.HS256, public, kid, claims),
			"HS256 by the DER":        forge(t, jose.HS256, der, kid, claims),
			"RS512":                   forge(t, jose.RS512, ours, kid, claims),
			"PS256":                   forge(t, jose.PS256, ours, kid, claims),
			"their key, our kid":      forge(t, jose.RS256, theirs, kid, claims),
			"their key, their kid":    forge(t, jose.RS256, theirs, "theirs", claims),
			"our key, their kid":      forge(t, jose.RS256, ours, "theirs", claims),
			"our key, no kid":         forge(t, jose.RS256, ours, "", claims),
			"another issuer":          forge(t, jose.RS256, ours, kid, with(claims, "iss", "https://evil.example")),
			"another audience":        forge(t, jose.RS256, ours, kid, with(claims, "aud", "other")),
			"another account":         forge(t, jose.RS256, ours, kid, with(claims, "sub", "00000000-0000-4000-8000-00000000beef")),
			"no expiry":               forge(t, jose.RS256, ours, kid, with(claims, "exp", nil)),
			"no session":              forge(t, jose.RS256, ours, kid, with(claims, "sid", nil)),
			"issued in the future":    forge(t, jose.RS256, ours, kid, with(claims, "iat", time.Now().Add(time.Hour).Unix())),
			"cut short":               owner.access[:len(owner.access)-2],
			"without signature":       pieces[0] + "." + pieces[1] + ".",
			"with a fourth part":      owner.access + ".x",
			"padded":                  owner.access + "=",
			"a refresh token":         owner.refresh,
			"nothing but dots":        strings.Repeat(".", 9000),
			"something else entirely": "x",
		} {
			a := s.get(t, "/me", token)
			require.Equal(t, 401, a.status, "%s: %s", name, a.raw)
			a.is(401, "unauthenticated")
			require.Contains(t, a.header.Get("WWW-Authenticate"), "invalid_token", name)
		}
		s.get(t, "/me", forge(t, jose.RS256, ours, kid, with(claims, "exp", time.Now().Add(-time.Minute).Unix()))).is(401, "token_expired")
		s.call(t, "GET", "/api/v1/me", nil).is(401, "unauthenticated")
		s.call(t, "GET", "/api/v1/me", nil, "Authorization", "Basic "+owner.access).is(401, "unauthenticated")
		s.get(t, "/me", owner.access).is(200, "")
	})
}

func TestAlteredOpaqueTokensAreRefusedWithoutSideEffects(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		altered := func(token string) []string {
			middle := len(token) / 2
			flipped := token[:middle] + string(token[middle]^1) + token[middle+1:]
			return []string{
				"", "x", token[:len(token)-1], token + "A", token + "=", token + "\n", strings.ToUpper(token), "xx" + token[2:], flipped,
				owner.access,
			}
		}
		for _, token := range altered(owner.refresh) {
			a := s.post(t, "/auth/refresh", map[string]any{"refresh_token": token})
			require.Contains(t, []int{401, 422}, a.status, "%q: %s", token, a.raw)
		}
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
		challenge := s.challenge(t, "mfa_required")
		for _, token := range append(altered(challenge), owner.refresh) {
			a := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": "000000"})
			require.Contains(t, []int{401, 422}, a.status, "%q: %s", token, a.raw)
		}
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": challenge}).is(401, "unauthenticated")
	})
}
