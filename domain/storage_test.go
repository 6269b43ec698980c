package domain_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestFilesMustFitIntoTheStorageOfTheirOrg(t *testing.T) {
	for _, c := range []struct {
		storage     domain.Storage
		size, freed int64
		fits        bool
	}{
		{domain.Storage{Used: 0, Limit: 100}, 100, 0, true},
		{domain.Storage{Used: 0, Limit: 100}, 101, 0, false},
		{domain.Storage{Used: 60, Limit: 100}, 40, 0, true},
		{domain.Storage{Used: 60, Limit: 100}, 41, 0, false},
		{domain.Storage{Used: 60, Limit: 100}, 50, 10, true},
		{domain.Storage{Used: 100, Limit: 100}, 1, 0, false},
		{domain.Storage{Used: 500, Limit: 100}, 10, 10, true}, // the limit was lowered
		{domain.Storage{Used: 500, Limit: 100}, 11, 10, false},
		{domain.Storage{Used: math.MaxInt64, Limit: 0}, math.MaxInt64, 0, true},
	} {
		err := c.storage.Admit(c.size, c.freed)
		require.Equal(t, c.fits, err == nil, "%+v", c)
		if !c.fits {
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			require.Equal(t, domain.CodeInsufficientStorage, fault.Code)
		}
	}
	require.ErrorContains(t, domain.Storage{Used: 99, Limit: 100}.Admit(2, 0), "use 99 of 100 bytes")
	require.Zero(t, domain.Storage{Used: 500, Limit: 100}.Left())
}
