package conformance

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// SealVerifier checks every promise of port.SealVerifier; signer is the port.SealSigner beside it.
// The suite holds the signing key, so that each forgery differs from a genuine seal in one thing only.
func SealVerifier(t *testing.T, signer func(t *testing.T, key crypto.Signer) port.SealSigner,
	verifier func(t *testing.T, trusted ...crypto.PublicKey) port.SealVerifier) {
	seals := sealsUnderTest{signer: signer, verifier: verifier}
	for _, promise := range []struct {
		must  string
		check func(*testing.T, sealsUnderTest)
	}{
		{"returns the seal that was signed", sealRoundTrip},
		{"accepts the keys that it was given and no others", sealKeys},
		{"refuses every other algorithm", sealAlgorithms},
		{"verifies seals of both algorithms, each with its own key only", sealBothAlgorithms},
		{"refuses every other type of token", sealTypes},
		{"refuses a seal that was changed, shortened or lengthened", sealChanges},
		{"refuses huge input at once", sealHuge},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, seals) })
	}
}

type sealsUnderTest struct {
	signer   func(t *testing.T, key crypto.Signer) port.SealSigner
	verifier func(t *testing.T, trusted ...crypto.PublicKey) port.SealVerifier
}

// own returns a verifier that trusts the suite's key alone.
func (s sealsUnderTest) own(t *testing.T) port.SealVerifier {
	t.Helper()
	return s.verifier(t, &accessKey().PublicKey)
}

func (s sealsUnderTest) sign(t *testing.T, key crypto.Signer, seal domain.Seal) domain.SealToken {
	t.Helper()
	token, err := s.signer(t, key).Sign(seal)
	require.NoError(t, err)
	return token
}

func newSeal(events int) domain.Seal {
	seal := domain.Seal{
		Org: tokenOrg, Number: 7, At: accessNow, Previous: domain.SealToken("before").Digest(), First: 601,
		Until: accessNow.Add(-1234567 * time.Microsecond), More: true,
	}
	for i := range events {
		id := domain.EventID(fmt.Sprintf("01890a5d-ac96-774b-bcce-%012x", i))
		seal.Entries = append(seal.Entries, domain.SealEntry{Event: id, Hash: domain.SealToken(id).Digest()})
	}
	return seal
}

// mustBeNoSeal requires an error with a message, and no seal.
func mustBeNoSeal(t *testing.T, verifier port.SealVerifier, token, what string) {
	t.Helper()
	seal, err := verifier.Verify(domain.SealToken(token))
	require.Error(t, err, what)
	require.NotEmpty(t, err.Error(), what)
	require.Zero(t, seal, what)
}

func sealRoundTrip(t *testing.T, seals sealsUnderTest) {
	first := newSeal(2)
	first.Previous, first.Number, first.More = domain.Digest{}, 1, false
	for _, seal := range []domain.Seal{newSeal(domain.SealSize), newSeal(1), first} {
		read, err := seals.own(t).Verify(seals.sign(t, accessKey(), seal))
		require.NoError(t, err)
		require.Equal(t, seal, read)
	}
}

func sealKeys(t *testing.T, seals sealsUnderTest) {
	ours, foreign := seals.sign(t, accessKey(), newSeal(1)), seals.sign(t, foreignKey(), newSeal(1))
	both := seals.verifier(t, &accessKey().PublicKey, &foreignKey().PublicKey)
	for _, token := range []domain.SealToken{ours, foreign} {
		_, err := both.Verify(token)
		require.NoError(t, err)
	}
	mustBeNoSeal(t, seals.own(t), string(foreign), "a foreign key")
	forge := newForger(t, string(ours))
	forge.key = foreignKey()
	mustBeNoSeal(t, seals.own(t), forge.token(nil, nil), "a foreign key under the name of ours")
	forge.key = accessKey()
	for _, kid := range []any{gone, nil, "", "unknown", 7, "../../../../dev/null"} {
		mustBeNoSeal(t, seals.own(t), forge.token(edits{"kid": kid}, nil), fmt.Sprintf("kid %v", kid))
	}
}

func sealAlgorithms(t *testing.T, seals sealsUnderTest) {
	verifier := seals.own(t)
	forge := newForger(t, string(seals.sign(t, accessKey(), newSeal(1))))
	_, err := verifier.Verify(domain.SealToken(forge.token(nil, nil)))
	require.NoError(t, err, "the genuine seal, signed by hand")
	payload := forge.edited(forge.payload, nil)
	withAlg := func(alg string) string { return forge.edited(forge.header, edits{"alg": alg}) }
	for _, alg := range []string{"none", "None", "", "RS256"} {
		unsigned := forge.signed(withAlg(alg), payload, func([]byte) []byte { return nil })
		mustBeNoSeal(t, verifier, unsigned, "unsigned, alg "+alg)
	}
	for what, secret := range publicKeyForms(t, forge.key.Public()) {
		mustBeNoSeal(t, verifier, forge.signed(withAlg("HS256"), payload, func(input []byte) []byte {
			mac := hmac.New(sha256.New, secret)
			mac.Write(input)
			return mac.Sum(nil)
		}), "HS256 with the public key as secret, "+what)
	}
	for alg, hash := range map[string]crypto.Hash{"RS384": crypto.SHA384, "RS512": crypto.SHA512} {
		sign := func(input []byte) []byte { return forge.rsaSign(hash, input) }
		mustBeNoSeal(t, verifier, forge.signed(withAlg(alg), payload, sign), alg)
		mustBeNoSeal(t, verifier, forge.signed(withAlg("RS256"), payload, sign), alg+" that says RS256")
	}
	mustBeNoSeal(t, verifier, forge.signed(withAlg("PS256"), payload, func(input []byte) []byte {
		signature, err := rsa.SignPSS(rand.Reader, accessKey(), crypto.SHA256, digest(crypto.SHA256, input), nil)
		require.NoError(t, err)
		return signature
	}), "PS256")
}

func sealTypes(t *testing.T, seals sealsUnderTest) {
	forge := newForger(t, string(seals.sign(t, accessKey(), newSeal(1))))
	genuine, _ := forge.header["typ"].(string)
	require.NotContains(t, []string{"", "JWT", "at+jwt"}, genuine, "a seal is no access token")
	for _, typ := range []any{gone, nil, "", "JWT", "at+jwt", "AT+JWT", genuine + " ", "application/" + genuine, 1, []string{genuine}} {
		mustBeNoSeal(t, seals.own(t), forge.token(edits{"typ": typ}, nil), fmt.Sprintf("typ %v", typ))
	}
}

func sealChanges(t *testing.T, seals sealsUnderTest) {
	verifier, token := seals.own(t), string(seals.sign(t, accessKey(), newSeal(1)))
	for i := range token {
		for _, c := range []byte{'A', '_', '.', '\n'} {
			if token[i] != c {
				mustBeNoSeal(t, verifier, token[:i]+string(c)+token[i+1:], fmt.Sprintf("character %d is now %q", i, c))
			}
		}
		mustBeNoSeal(t, verifier, token[:i], fmt.Sprintf("the first %d characters", i))
	}
	for _, more := range []string{"\n", " ", "=", "A", ".", "\x00", "." + token} {
		mustBeNoSeal(t, verifier, token+more, fmt.Sprintf("followed by %.5q", more))
		mustBeNoSeal(t, verifier, more+token, fmt.Sprintf("preceded by %.5q", more))
	}
}

func sealHuge(t *testing.T, seals sealsUnderTest) {
	verifier, token := seals.own(t), string(seals.sign(t, accessKey(), newSeal(1)))
	started := time.Now()
	mustBeNoSeal(t, verifier, token+strings.Repeat("A", 8<<20), "an 8 MB signature")
	mustBeNoSeal(t, verifier, strings.Repeat("A", 8<<20)+token, "an 8 MB header")
	mustBeNoSeal(t, verifier, strings.Repeat(".", 100_000), "100,000 dots")
	require.Less(t, time.Since(started), 5*time.Second)
}
