package cli_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/domain"
)

func TestAFailureNamesTheCommandThatHelps(t *testing.T) {
	require.EqualError(t, cli.Refusal(fmt.Errorf("retire: %w", domain.ErrKeyUnknown)),
		"There is no such key in use. `sole keys list` shows the keys.")
	require.EqualError(t, cli.Refusal(domain.Invalid("full_name", "must not be empty")), "--full-name must not be empty")
	require.EqualError(t, cli.Refusal(domain.ErrPlatformOrg), domain.ErrPlatformOrg.Message)
}

func TestAnOutageKeepsItsCause(t *testing.T) {
	outage := fmt.Errorf("%w: connection refused", domain.ErrUnavailable)
	require.Equal(t, outage, cli.Refusal(outage))
	other := errors.New("no such file")
	require.Equal(t, other, cli.Refusal(other))
	require.NoError(t, cli.Refusal(nil))
}
