package bunstore_test

import (
	"testing"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/test/conformance"
)

func TestDriverConformance(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		conformance.DatabaseDriver(t, bunstore.Postgres{},
			"postgres://zeus1:hera2@ares3:harbour/apollo5", "postgres://zeus1:he%zzra2@ares3:5444/apollo5", "mysql://zeus1:hera2@ares3/apollo5",
			"postgres://zeus1:hera2@ares3:5444/apollo5?sslmode=dionysus6")
	})
	t.Run("sqlite", func(t *testing.T) {
		conformance.DatabaseDriver(t, bunstore.SQLite{}, "sqlite:", "sqlite://", "sqlite:///zeus1/hera2/")
	})
}
