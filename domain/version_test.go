package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAChangeAppliesToTheVersionsItLists(t *testing.T) {
	require.NoError(t, domain.Versions(nil).Check(7))
	require.NoError(t, domain.Versions{7}.Check(7))
	require.NoError(t, domain.Versions{1, 7}.Check(7))
	require.ErrorIs(t, domain.Versions{6, 8}.Check(7), domain.ErrPreconditionFailed)
	require.ErrorIs(t, domain.Versions{0}.Check(7), domain.ErrPreconditionFailed)
}
