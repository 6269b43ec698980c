package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestHashesAreEqualOnlyWhenIdenticalAndNotEmpty(t *testing.T) {
	for _, c := range []struct {
		name     string
		one, two domain.TokenHash
		equal    bool
	}{
		{"the same", "hash", "hash", true},
		{"another", "hash", "hush", false},
		{"another case", "hash", "Hash", false},
		{"a beginning", "hash", "has", false},
		{"padded", "hash", "hash=", false},
		{"nothing and something", "", "hash", false},
		{"nothing and nothing", "", "", false},
	} {
		require.Equal(t, c.equal, c.one.Equal(c.two), c.name)
		require.Equal(t, c.equal, c.two.Equal(c.one), c.name)
	}
}
