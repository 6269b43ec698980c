package jose_test

import (
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/domain"
)

func aSeal(events int) domain.Seal {
	seal := domain.Seal{
		Org: genuineClaims().Org, Number: 7, At: issuedAt, Previous: domain.SealToken("before").Digest(), First: 601, Until: issuedAt.Add(-1234567000), More: true,
	}
	for i := range events {
		id := domain.EventID(fmt.Sprintf("01890a5d-ac96-774b-bcce-%012x", i))
		seal.Entries = append(seal.Entries, domain.SealEntry{Event: id, Hash: domain.SealToken(id).Digest()})
	}
	return seal
}

func verifierOf(t *testing.T, keys ...*rsa.PrivateKey) jose.SealVerifier {
	t.Helper()
	var public []*rsa.PublicKey
	for _, key := range keys {
		public = append(public, &key.PublicKey)
	}
	set, err := jose.EncodeKeySet(public)
	require.NoError(t, err)
	read, err := jose.ParseKeySet(set)
	require.NoError(t, err)
	verifier, err := jose.NewSealVerifier(read)
	require.NoError(t, err)
	return verifier
}

func TestASealIsReadAsItWasSigned(t *testing.T) {
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

func TestASealIsSignedByTheKeyOfItsTime(t *testing.T) {
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

func TestSealsAndAccessTokensAreNeverTakenForOneAnother(t *testing.T) {
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
	require.ErrorContains(t, err, "no seal")
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
	_, err = jose.NewSealVerifier(nil)
	require.Error(t, err)
	for _, set := range []string{"", "{}", `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"RSA"}]}`} {
		_, err := jose.ParseKeySet([]byte(set))
		require.Error(t, err, set)
	}
}

func FuzzSealVerifier(f *testing.F) {
	key, err := jose.GenerateKey(0)
	require.NoError(f, err)
	verifier, err := jose.NewSealVerifier([]*rsa.PublicKey{&key.PublicKey})
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
