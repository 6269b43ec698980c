package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func aSeal(events int) domain.Seal {
	seal := domain.Seal{
		Org: genuineClaims().Org, Number: 7, At: issuedAt, Previous: domain.SealToken("before").Digest(), First: 601,
		Until: issuedAt.Add(-1234567000), More: true,
	}
	for i := range events {
		id := domain.EventID(fmt.Sprintf("01890a5d-ac96-774b-bcce-%012x", i))
		seal.Entries = append(seal.Entries, domain.SealEntry{Event: id, Hash: domain.SealToken(id).Digest()})
	}
	return seal
}

func verifierOf(t *testing.T, keys ...crypto.Signer) jose.SealVerifier {
	t.Helper()
	var public []crypto.PublicKey
	for _, key := range keys {
		public = append(public, key.Public())
	}
	set, err := jose.EncodeKeySet(public)
	require.NoError(t, err)
	read, err := jose.ParseKeySet(set)
	require.NoError(t, err)
	verifier, err := jose.NewSealVerifier(read)
	require.NoError(t, err)
	return verifier
}

func TestSealVerifierConformance(t *testing.T) {
	conformance.SealVerifier(t, func(t *testing.T, key crypto.Signer) port.SealSigner {
		return jose.SealSigner{Keys: newKeys(t, key)}
	}, func(t *testing.T, trusted ...crypto.PublicKey) port.SealVerifier {
		verifier, err := jose.NewSealVerifier(trusted)
		require.NoError(t, err)
		return verifier
	})
}

func TestVerifyReturnsTheSignedSeal(t *testing.T) {
	key := newKey(t)
	signer, verifier := jose.SealSigner{Keys: newKeys(t, key)}, verifierOf(t, key)
	odd := aSeal(1)
	odd.Entries[0].Event = `no "id" at all`
	first := aSeal(2)
	first.Previous, first.Number, first.More = domain.Digest{}, 1, false
	for _, seal := range []domain.Seal{aSeal(domain.SealSize), first, odd} {
		token, err := signer.Sign(seal)
		require.NoError(t, err)
		require.Less(t, len(token), 16<<10, "a line of a log")
		read, err := verifier.Verify(token)
		require.NoError(t, err)
		require.Equal(t, seal, read)
	}
}

func TestASealIsSignedWithTheKeyOfItsTime(t *testing.T) {
	first, second := newKey(t), newKey(t)
	keys := newKeys(t, first)
	exchange(t, keys, signsFrom(first, issuedAt.AddDate(0, 0, -1)), signsFrom(second, issuedAt))
	token, err := jose.SealSigner{Keys: keys}.Sign(aSeal(1))
	require.NoError(t, err)
	_, err = verifierOf(t, second).Verify(token)
	require.NoError(t, err)
	_, err = verifierOf(t, first).Verify(token)
	require.ErrorContains(t, err, "not among the trusted")
}

// TestSealsVerifyOverAChangeOfTheAlgorithm: the key set of `sole audit keys` holds keys of both algorithms.
func TestSealsVerifyOverAChangeOfTheAlgorithm(t *testing.T) {
	first, second := newKeyFor(t, domain.RS256), newKeyFor(t, domain.ES256)
	verifier := verifierOf(t, first, second)
	for _, key := range []crypto.Signer{first, second} {
		token, err := jose.SealSigner{Keys: newKeys(t, key)}.Sign(aSeal(domain.SealSize))
		require.NoError(t, err)
		require.Less(t, len(token), 16<<10, "a line of a log")
		read, err := verifier.Verify(token)
		require.NoError(t, err)
		require.Equal(t, aSeal(domain.SealSize), read)
	}
}

func TestSealsAndAccessTokensAreNotInterchangeable(t *testing.T) {
	key := newKey(t)
	keys := newKeys(t, key)
	seal, err := jose.SealSigner{Keys: keys}.Sign(aSeal(1))
	require.NoError(t, err)
	tokens := tokensOf(t, keys)
	_, err = tokens.Verify(string(seal), issuedAt)
	require.ErrorIs(t, err, domain.ErrUnauthenticated)
	access, err := tokens.Sign(genuineClaims())
	require.NoError(t, err)
	_, err = verifierOf(t, key).Verify(domain.SealToken(access))
	require.ErrorContains(t, err, "not a seal")
}

func TestAnAlteredSealIsRefused(t *testing.T) {
	key := newKey(t)
	verifier := verifierOf(t, key)
	token, err := jose.SealSigner{Keys: newKeys(t, key)}.Sign(aSeal(2))
	require.NoError(t, err)
	parts := strings.Split(string(token), ".")
	for name, forged := range map[string]string{
		"nothing": "", "two parts": parts[0] + "." + parts[1], "no signature": parts[0] + "." + parts[1] + ".",
		"another payload": parts[0] + "." + parts[0] + "." + parts[2], "padded": string(token) + "=", "broken": string(token) + "\n",
		"long": parts[0] + "." + strings.Repeat("A", 100_000) + "." + parts[2],
	} {
		_, err := verifier.Verify(domain.SealToken(forged))
		require.Error(t, err, name)
	}
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	point, err := large.PublicKey.Bytes()
	require.NoError(t, err)
	p384 := fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-384","x":%q,"y":%q}]}`,
		base64.RawURLEncoding.EncodeToString(point[1:49]), base64.RawURLEncoding.EncodeToString(point[49:]))
	_, err = jose.NewSealVerifier(nil)
	require.Error(t, err)
	for _, set := range []string{"", "{}", `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"RSA"}]}`, p384} {
		_, err := jose.ParseKeySet([]byte(set))
		require.Error(t, err, set)
	}
}

func FuzzSealVerifier(f *testing.F) {
	key, err := jose.GenerateKey(domain.RS256, 0)
	require.NoError(f, err)
	verifier, err := jose.NewSealVerifier([]crypto.PublicKey{key.Public()})
	require.NoError(f, err)
	keys, err := jose.NewKeys(key)
	require.NoError(f, err)
	token, err := jose.SealSigner{Keys: keys}.Sign(aSeal(2))
	require.NoError(f, err)
	f.Add(string(token))
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := verifier.Verify(domain.SealToken(text)); err == nil && text != string(token) {
			t.Errorf("%q was taken for a seal", text)
		}
	})
}
