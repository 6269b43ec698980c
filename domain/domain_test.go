package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// now is the instant at which every story here begins.
var now = time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)

const anID = "01890a5d-ac96-774b-bcce-b302099a8057"

// requireFault checks that err names exactly these members of the request as at fault.
func requireFault(t *testing.T, err error, locations ...string) {
	t.Helper()
	var failure *domain.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, domain.CodeInvalid, failure.Code)
	named := make([]string, len(failure.Fields))
	for i, field := range failure.Fields {
		named[i] = field.Field
		require.NotEmpty(t, field.Message, "it says what to do about %s", field.Field)
	}
	require.Equal(t, locations, named)
}
