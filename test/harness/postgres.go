package harness

import "testing"

var sharedPostgres = sharedServer{
	name: "PostgreSQL", env: "SOLE_TEST_DATABASE_URL", advice: "its server binaries (initdb, postgres)",
	routes: []route{{"Docker", postgresContainer}, {"binaries", forAll(newPostgres)}},
}

// Postgres returns the DSN of a new, empty database, which is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, sharedPostgres.URL(t), "template0")
}

// PostgresURL returns the DSN of a superuser of the server on which Postgres creates its databases.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return sharedPostgres.URL(t)
}

// PostgresServer returns the DSN of a superuser of a server that no other test package uses, for tests of
// server-wide objects such as roles. The server stops when the test process ends.
func PostgresServer(t testing.TB) string {
	t.Helper()
	own := sharedServer{name: "PostgreSQL of the test's own", advice: sharedPostgres.advice, routes: sharedPostgres.routes}
	return own.URL(t)
}
