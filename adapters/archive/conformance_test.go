package archive

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.BackupFiles(t, func(t *testing.T) port.BackupFiles {
		backups, err := New([]Key{{1, 2, 3}})
		require.NoError(t, err)
		return backups
	})
}
