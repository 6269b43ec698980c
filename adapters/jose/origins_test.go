package jose_test

import (
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func newOriginKey(t *testing.T) (crypto.Signer, domain.SealOrigin) {
	t.Helper()
	key, err := jose.GenerateKey(domain.ES256, 0)
	require.NoError(t, err)
	id, err := jose.KeyID(key.Public())
	require.NoError(t, err)
	pem, err := jose.EncodePublicKey(key.Public())
	require.NoError(t, err)
	return key, domain.SealOrigin{Key: domain.KeyID(id), PublicPEM: string(pem)}
}

func ringOf(t *testing.T, key crypto.Signer) *jose.Keys {
	t.Helper()
	keys, err := jose.NewKeys(key)
	require.NoError(t, err)
	return keys
}

func TestTheKeyOfAnOriginVerifiesOnlyItsSeals(t *testing.T) {
	t.Parallel()
	ours, _ := newOriginKey(t)
	theirs, origin := newOriginKey(t)
	verifier := verifierOf(t, ours)
	sign := func(seal domain.Seal) domain.SealToken {
		token, err := jose.SealSigner{Keys: ringOf(t, theirs)}.Sign(seal)
		require.NoError(t, err)
		return token
	}
	seal := aSeal(2)
	_, err := verifier.Verify(sign(seal))
	require.Error(t, err, "without the origin")

	origin.Org, origin.Through = seal.Org, seal.Number
	trusting, err := verifier.Trusting(domain.SealOrigins{origin})
	require.NoError(t, err)
	read, err := trusting.Verify(sign(seal))
	require.NoError(t, err)
	require.Equal(t, seal, read)

	later, other := seal, seal
	later.Number++
	other.Org = "01890a5d-ac96-774b-bcce-b302099a8059"
	for what, refused := range map[string]domain.Seal{"a later seal": later, "a seal of another org": other} {
		_, err := trusting.Verify(sign(refused))
		require.ErrorContains(t, err, "another deployment", what)
	}
	_, err = verifier.Verify(sign(seal))
	require.Error(t, err, "the verifier itself trusts nothing more")

	origin.Key = "x"
	_, err = verifier.Trusting(domain.SealOrigins{origin})
	require.Error(t, err, "an id that is not that of the key")
	origin.PublicPEM = "x"
	_, err = verifier.Trusting(domain.SealOrigins{origin})
	require.Error(t, err)
}

func TestAManifestIsVerifiedByAKeyOfItsFileOnly(t *testing.T) {
	t.Parallel()
	key, origin := newOriginKey(t)
	_, stranger := newOriginKey(t)
	keys := ringOf(t, key)
	manifests := jose.OrgManifests{Keys: keys, Clock: time.Now}
	manifest := port.OrgManifest{
		Org: genuineClaims().Org, Issuer: "https://example.org", Recipient: "age1x", CreatedAt: issuedAt,
		Rows: map[port.OrgSection]int{"accounts": 3}, Digest: domain.SealToken("x").Digest(),
	}
	signed, by, err := manifests.Sign(manifest)
	require.NoError(t, err)
	require.Equal(t, origin.Key, by)
	read, by, err := manifests.Verify(signed, domain.SealOrigins{stranger, origin})
	require.NoError(t, err)
	require.Equal(t, origin.Key, by)
	require.Equal(t, manifest, read)

	seal, err := jose.SealSigner{Keys: keys}.Sign(aSeal(1))
	require.NoError(t, err)
	stranger.Key = origin.Key
	for what, c := range map[string]struct {
		signed string
		keys   domain.SealOrigins
	}{
		"without the key":             {signed, nil},
		"another key under its name":  {signed, domain.SealOrigins{stranger}},
		"a seal":                      {string(seal), domain.SealOrigins{origin}},
		"changed":                     {signed[:len(signed)-8] + strings.Repeat("A", 8), domain.SealOrigins{origin}},
		"empty":                       {"", domain.SealOrigins{origin}},
		"huge":                        {strings.Repeat("a", 1<<20), domain.SealOrigins{origin}},
		"with another key after ours": {signed + ".x", domain.SealOrigins{origin}},
	} {
		_, _, err := manifests.Verify(c.signed, c.keys)
		require.Error(t, err, what)
	}
	_, err = verifierOf(t, key).Verify(domain.SealToken(signed))
	require.Error(t, err, "a manifest is no seal")
	access, err := jose.NewAccessTokens(keys, "https://example.org", "aud")
	require.NoError(t, err)
	_, err = access.Verify(signed, time.Now())
	require.Error(t, err, "a manifest is no access token")
}
