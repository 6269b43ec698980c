package harness

import "testing"

var sharedPostgres = sharedServer{
	name: "PostgreSQL", env: "SOLE_TEST_DATABASE_URL", advice: "its server binaries (initdb, postgres)",
	routes: []route{{"Docker", postgresContainer}, {"binaries", forAll(newPostgres)}},
}

// Postgres is the DSN of a fresh, empty database, dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, sharedPostgres.URL(t), "template0")
}

// PostgresServer is the DSN of a superuser at a server that no other test uses, for what
// concerns all of a server, such as its roles. It goes with the test process.
func PostgresServer(t testing.TB) string {
	t.Helper()
	own := sharedServer{name: "PostgreSQL of the test's own", advice: sharedPostgres.advice, routes: sharedPostgres.routes}
	return own.URL(t)
}
