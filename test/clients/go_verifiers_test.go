package clients

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// TestVerifiersInGo starts services that verify tokens and know the URL of their issuer only. Each accepts the token of a person and that
// of a machine, and refuses every other, whatever algorithm the issuer signs with.
func TestVerifiersInGo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"oidc", "jwx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifier := goProgram(t, "verify-go/"+name)
			t.Run("RS256", func(t *testing.T) {
				s := serve(t)
				s.verified(t, verifier.listen(t, "ISSUER="+s.url, "AUDIENCE=sole"))
			})
			t.Run("ES256", func(t *testing.T) {
				s := serveWith(t, signsWithES256(t))
				url := verifier.listen(t, "ISSUER="+s.url, "AUDIENCE=sole")
				for _, token := range []string{s.person(t, "member").access, s.token(t, s.machine(t, "member.read"))} {
					ask(t, url, token, 200)
					ask(t, url, swapClaims(t, token, body{"sub": "somebody else"}), 401)
				}
			})
		})
	}
}

// signsWithES256 configures ES256 and a new key for it.
func signsWithES256(t *testing.T) func(*bootstrap.Config) {
	t.Helper()
	made, err := jose.Maker{}.New(domain.ES256, 0)
	require.NoError(t, err)
	return func(c *bootstrap.Config) {
		c.Algorithm, c.PrivateKeyPEM, c.PublicKeyPEM = domain.ES256, made.PrivatePEM.Reveal(), made.PublicPEM
	}
}

// TestGoOIDCFollowsARotation rotates the signing key: the running verifier accepts tokens of the new key, and still those of the old one.
func TestGoOIDCFollowsARotation(t *testing.T) {
	t.Parallel()
	verifier := goProgram(t, "verify-go/oidc")
	s := serve(t)
	url := verifier.listen(t, "ISSUER="+s.url, "AUDIENCE=sole")
	machine := s.machine(t, "member.read")
	before := s.token(t, machine)
	ask(t, url, before, 200)
	_, err := s.app.Operations.RotateSigningKey.Execute(t.Context(), 0, 0)
	require.NoError(t, err)
	header := func(token string) string { return strings.Split(token, ".")[0] }
	after := before
	require.Eventually(t, func() bool {
		after = s.token(t, machine)
		return header(after) != header(before)
	}, 10*time.Second, 100*time.Millisecond)
	ask(t, url, after, 200)
	ask(t, url, before, 200)
}

func TestIntrospectionInGoRefusesTokensThatEnded(t *testing.T) {
	t.Parallel()
	refusesEnded(t, goProgram(t, "verify-go/introspection"))
}
