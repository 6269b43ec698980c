// Package harness provides real servers for tests: PostgreSQL and Redis from the environment, otherwise
// from testcontainers, otherwise from binaries on this machine. Without any of them the test is skipped with
// the reason, or fails if SOLE_TEST_REQUIRE_SERVICES is set.
//
// The TestMain of a package that uses it calls [Main], which stops the servers that were started. A test that
// stops a server starts a private one: [NewPostgresServer], [NewRedisServer].
package harness
