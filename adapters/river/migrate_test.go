package river_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

func TestProcessesThatMigrateAtOnceWaitForOneAnother(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	errs := make(chan error, 5)
	for range 5 {
		go func() {
			queue, err := river.NewQueue(river.Postgres(), nil)
			if err != nil {
				errs <- err
				return
			}
			hooks := harness.Hooks()
			hooks.Queue = queue
			store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, hooks)
			if err != nil {
				errs <- err
				return
			}
			defer func() { _ = store.Close() }()
			_, err = store.Migrate(context.Background())
			errs <- err
		}()
	}
	for range 5 {
		require.NoError(t, <-errs)
	}
}
