package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	solejose "github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/inprocess"
)

// signsWith configures an algorithm and a new key for it.
func signsWith(t *testing.T, algorithm domain.SigningAlgorithm) func(*bootstrap.Config) {
	t.Helper()
	made, err := solejose.Maker{}.New(algorithm, 0)
	require.NoError(t, err)
	return func(c *bootstrap.Config) {
		c.Algorithm, c.PrivateKeyPEM, c.PublicKeyPEM = algorithm, made.PrivatePEM.Reveal(), made.PublicPEM
	}
}

func algorithm(t *testing.T, token string) string {
	t.Helper()
	return part(t, token, 0)["alg"].(string)
}

// verifyElsewhere verifies a token as a service with another library (golang-jwt) does. It reads the key set without a
// library, by RFC 7517 and RFC 7518 §6, and allows only the algorithm that the key set names.
func verifyElsewhere(t *testing.T, s *service, token string) jwt.MapClaims {
	t.Helper()
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.call(t, "GET", "/.well-known/jwks.json", nil).is(200, "").raw), &set))
	i := slices.IndexFunc(set.Keys, func(key map[string]string) bool { return key["kid"] == part(t, token, 0)["kid"] })
	require.GreaterOrEqual(t, i, 0, "the key is published")
	key := set.Keys[i]
	require.Equal(t, "sig", key["use"])
	number := func(name string) *big.Int {
		raw, err := base64.RawURLEncoding.DecodeString(key[name])
		require.NoError(t, err)
		return new(big.Int).SetBytes(raw)
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{key["alg"]}), jwt.WithIssuer(s.app.Config.Issuer),
		jwt.WithAudience(s.app.Config.Audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock.Now), jwt.WithStrictDecoding())
	_, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) {
		switch {
		case key["kty"] == "RSA" && key["alg"] == "RS256":
			return &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}, nil
		case key["kty"] == "EC" && key["alg"] == "ES256" && key["crv"] == "P-256":
			return ecdsa.ParseUncompressedPublicKey(elliptic.P256(),
				slices.Concat([]byte{4}, number("x").FillBytes(make([]byte, 32)), number("y").FillBytes(make([]byte, 32))))
		}
		return nil, fmt.Errorf("a key of the kind %q for %q", key["kty"], key["alg"])
	})
	require.NoError(t, err)
	return claims
}

func TestAccessTokensVerifyWithAnotherJOSELibrary(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		for _, want := range []domain.SigningAlgorithm{domain.RS256, domain.ES256} {
			if want != s.app.Config.Algorithm {
				s = s.restart(t, signsWith(t, want))
			}
			member := s.member(t)
			require.Equal(t, string(want), algorithm(t, member.access))
			require.Equal(t, "at+jwt", part(t, member.access, 0)["typ"])
			claims, me := verifyElsewhere(t, s, member.access), s.get(t, "/me", member.access)
			require.Equal(t, me.text("id"), claims["sub"])
			require.Equal(t, me.text("org.id"), claims["org"])
			require.Equal(t, me.text("session.id"), claims["sid"])
			for _, claim := range []string{"iss", "aud", "exp", "iat", "jti", "amr", "acr", "auth_time"} {
				require.NotEmpty(t, claims[claim], claim)
			}
		}
	})
}

// TestTheAlgorithmChangesWithoutRefusingATokenOfBefore restarts a deployment with ES256 and back. Each time the tokens of
// before still verify, here and elsewhere, and the new ones have the new algorithm, although the database holds a later
// key of the other algorithm.
func TestTheAlgorithmChangesWithoutRefusingATokenOfBefore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		before := s.member(t)
		first, back := kid(t, before.access), s.app.Config
		require.Equal(t, "RS256", algorithm(t, before.access))

		s = s.restart(t, signsWith(t, domain.ES256))
		during := s.again(t, before)
		require.Equal(t, "ES256", algorithm(t, during.access))
		stored := s.rotate(t, 0)
		require.Equal(t, domain.ES256, stored.Algorithm)
		s = s.restart(t, func(*bootstrap.Config) {})
		rotated := s.again(t, before)
		require.Equal(t, stored.ID, kid(t, rotated.access))
		require.Len(t, s.jwks(t).Keys, 3)
		require.ErrorIs(t, s.retire(t, first, false), domain.ErrKeyOtherAlgorithm)

		s = s.restart(t, func(c *bootstrap.Config) {
			c.Algorithm, c.PrivateKeyPEM, c.PublicKeyPEM = back.Algorithm, back.PrivateKeyPEM, ""
		})
		after := s.again(t, before)
		require.Equal(t, first, kid(t, after.access))
		for _, token := range []string{before.access, during.access, rotated.access, after.access} {
			s.get(t, "/me", token).is(200, "")
			verifyElsewhere(t, s, token)
		}
	})
}

// TestReplicasWithDifferentAlgorithmsAcceptEachOthersTokens follows docs/operations.md: the new key is published before a
// replica signs with it. Then both settings run at the same time, with restarts in turns.
func TestReplicasWithDifferentAlgorithmsAcceptEachOthersTokens(t *testing.T) {
	t.Parallel()
	database, redis := onServers.URLs(t)
	old := configure(t, database, redis)
	changed := old
	signsWith(t, domain.ES256)(&changed)
	shared := &clock{}
	one := replica(t, old, shared)
	command, err := bootstrap.Build(changed, bootstrap.Environment{Log: io.Discard, Clock: shared.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	stored, err := command.Operations.RotateSigningKey.Execute(t.Context(), 0, 0)
	require.NoError(t, err)
	require.NoError(t, command.Close())
	require.Eventually(t, func() bool { return len(one.jwks(t).Keys) == 3 }, 10*time.Second, 50*time.Millisecond)
	two := replica(t, changed, shared)
	require.Equal(t, stored.ID, kid(t, two.member(t).access))
	var published []byte
	for turn := range 4 {
		signed := map[*service]account{one: one.member(t), two: two.member(t)}
		require.Equal(t, "RS256", algorithm(t, signed[one].access))
		require.Equal(t, "ES256", algorithm(t, signed[two].access))
		for _, a := range signed {
			for _, s := range []*service{one, two} {
				s.get(t, "/me", a.access).is(200, "")
				verifyElsewhere(t, s, a.access)
			}
		}
		keys := []byte(two.call(t, "GET", "/.well-known/jwks.json", nil).raw)
		if turn > 0 {
			require.JSONEq(t, string(published), string(keys), "turn %d", turn)
		}
		published = keys
		if turn%2 == 0 {
			one = one.restart(t, func(*bootstrap.Config) {})
		} else {
			two = two.restart(t, func(*bootstrap.Config) {})
		}
	}
}

// TestForgedTokensAreRefusedWhileBothAlgorithmsVerify signs with the right keys, but not with their algorithms.
func TestForgedTokensAreRefusedWhileBothAlgorithmsVerify(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		ring := map[string]bootstrap.Config{"RS256": s.app.Config}
		before := s.member(t)
		s = s.restart(t, signsWith(t, domain.ES256))
		ring["ES256"] = s.app.Config
		tokens := map[string]string{"RS256": before.access, "ES256": s.again(t, before).access}
		for alg, token := range tokens {
			s.get(t, "/me", token).is(200, "")
			claims, id := part(t, token, 1), part(t, token, 0)["kid"].(string)
			own, err := solejose.LoadPrivateKey([]byte(ring[alg].PrivateKeyPEM))
			require.NoError(t, err)
			otherAlg := map[string]string{"RS256": "ES256", "ES256": "RS256"}[alg]
			other, err := solejose.LoadPrivateKey([]byte(ring[otherAlg].PrivateKeyPEM))
			require.NoError(t, err)
			public, err := solejose.EncodePublicKey(own.Public())
			require.NoError(t, err)
			s.get(t, "/me", forge(t, jose.SignatureAlgorithm(alg), own, id, claims)).is(200, "")
			forged := map[string]string{
				"the other key under this kid": forge(t, jose.SignatureAlgorithm(otherAlg), other, id, claims),
				"HS256 by the PEM":             forge(t, jose.HS256, public, id, claims),
				"no signature":                 token[:strings.LastIndex(token, ".")+1],
			}
			header := maps.Clone(part(t, token, 0))
			for _, name := range []string{"none", otherAlg, "ES384", "PS256"} {
				header["alg"] = name
				raw, err := json.Marshal(header)
				require.NoError(t, err)
				forged["the header says "+name] = base64.RawURLEncoding.EncodeToString(raw) + token[strings.Index(token, "."):]
			}
			for name, token := range forged {
				a := s.get(t, "/me", token)
				require.Equal(t, 401, a.status, "%s, %s: %s", alg, name, a.raw)
			}
		}
	})
}
