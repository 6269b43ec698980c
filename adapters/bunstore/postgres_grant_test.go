package bunstore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGrantRoleFitsTheServerVersion checks that WITH SET and INHERIT are used from PostgreSQL 16 on.
func TestGrantRoleFitsTheServerVersion(t *testing.T) {
	t.Parallel()
	require.Equal(t, `GRANT sole_app TO "a ""login"`, grantRole(`a "login`, 150020))
	require.Equal(t, `GRANT sole_app TO "sole" WITH SET TRUE, INHERIT FALSE`, grantRole("sole", 160000))
	require.Equal(t, `GRANT sole_app TO "sole" WITH SET TRUE, INHERIT FALSE`, grantRole("sole", 180004))
}
