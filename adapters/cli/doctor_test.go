package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestOperatorsReadTheCauseOfAnOutage(t *testing.T) {
	refused := fmt.Errorf("database: %w: %w", domain.ErrUnavailable, errors.New("connection refused"))
	require.Equal(t, "database: connection refused", Reason(refused))
	require.Equal(t, domain.ErrUnavailable.Error(), Reason(domain.ErrUnavailable), "without a cause it stays")
	require.ErrorIs(t, Refusal(refused), domain.ErrUnavailable)
	require.Equal(t, "database: connection refused", Reason(Refusal(refused)))
}
