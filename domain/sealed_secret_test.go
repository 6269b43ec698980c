package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestASealedSecretNamesItsKey(t *testing.T) {
	for sealed, want := range map[domain.SealedSecret]string{
		"0a1b2c3d.gAAAAA==": "0a1b2c3d",
		"0a1b2c3d.a.b":      "0a1b2c3d",
		"0a1b2c3d.":         "0a1b2c3d",
		".gAAAAA==":         "",
		"no dot":            "",
		"":                  "",
	} {
		require.Equal(t, want, sealed.KeyID(), sealed)
	}
}
