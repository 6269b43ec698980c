//go:build unix

package faults

import (
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestAMissingDatabaseOrLoginEndsTheStart: the server answers, and waiting does not help.
func TestAMissingDatabaseOrLoginEndsTheStart(t *testing.T) {
	t.Parallel()
	database, err := url.Parse(harness.Postgres(t))
	require.NoError(t, err)
	misspelt, stranger := *database, *database
	misspelt.Path, stranger.User = "/"+uuid.NewString(), url.User("stranger-"+uuid.NewString())
	for advice, at := range map[string]url.URL{
		"it has no such database: create it, or correct the name in DATABASE_URL": misspelt,
		"correct the login or the password in DATABASE_URL":                       stranger,
	} {
		d := configure(t, at.String(), "memory://", "PORT=0")
		for _, args := range [][]string{{"serve"}, {"serve", "--migrate"}, {"doctor"}, {"migrate", "up"}} {
			command := d.command(t, args...)
			output, err := command.CombinedOutput()
			require.Error(t, err, "%v: %s", args, output)
			require.Equal(t, 1, command.ProcessState.ExitCode(), "%v: %s", args, output)
			require.Contains(t, string(output), advice, args)
			require.NotContains(t, string(output), "until it answers")
		}
	}
}

// TestASchemaOfAnotherBuildIsUnavailable changes the schema under a running service, as a migration that was undone does.
func TestASchemaOfAnotherBuildIsUnavailable(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	s := deploy(t, database, "memory://").serve(t)
	owner := s.enrol(t)
	db := look(t, database)
	for _, change := range [][2]string{
		{"ALTER TABLE sessions RENAME COLUMN auth_time TO another", "ALTER TABLE sessions RENAME COLUMN another TO auth_time"},
		{"ALTER TABLE sessions RENAME TO others", "ALTER TABLE others RENAME TO sessions"},
	} {
		s.get("/me", owner.access).is(t, 200, "")
		_, err := db.ExecContext(t.Context(), change[0])
		require.NoError(t, err)
		for range 10 { // each connection of the pool may have prepared the statement
			s.get("/me", owner.access).is(t, 503, "unavailable")
			s.login(member(0)).is(t, 503, "unavailable")
		}
		s.get("/health/ready", "").is(t, 503, "unavailable")
		require.Contains(t, s.log.String(), "run `sole migrate up` with the newest version in use")
		output, err := s.d.command(t, "serve").CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(output), "run `sole migrate up` with the newest version in use")
		_, err = db.ExecContext(t.Context(), change[1])
		require.NoError(t, err)
		eventually(t, "it is served again", func() bool { return s.get("/me", owner.access).status == 200 })
	}
	s.login(member(0)).is(t, 200, "")
}
