package opaque_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestAPIKeyConformance(t *testing.T) {
	conformance.APIKeyTokens(t, func(*testing.T) port.APIKeyTokens { return opaque.APIKeyTokens{} })
}

func TestTheFormOfAPIKeysNeverChanges(t *testing.T) {
	key := opaque.APIKeyTokens{}.New(org)
	require.Regexp(t, regexp.MustCompile(`^sole_sk_[0-9A-Za-z]{65}_[0-9A-Za-z]{6}$`), key.Secret.Reveal())
	const earlier = "sole_sk_02PRV0QnnfgeeyQhitzDw1iFxaN5tscKZjd6cL8fhAkTHjTzomnjj9K3jO6HuzKKp_3LkpUv"
	parsed, err := opaque.APIKeyTokens{}.Parse(domain.NewSecret(earlier))
	require.NoError(t, err)
	require.Equal(t, org, parsed.Org)
}

func FuzzAnAPIKeyHasOneText(f *testing.F) {
	f.Add(opaque.APIKeyTokens{}.New(org).Secret.Reveal())
	f.Add(domain.APIKeyPrefix + strings.Repeat("Z", 65) + "_000000")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := (opaque.APIKeyTokens{}).Parse(domain.NewSecret(text)); err == nil {
			require.Len(t, text, 80)
			require.True(t, domain.IsID(string(key.Org)))
		} else {
			require.ErrorIs(t, err, domain.ErrUnauthenticated)
		}
	})
}
