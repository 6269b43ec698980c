// Package harness gives tests real servers: PostgreSQL and Redis from the environment,
// else by testcontainers, else from binaries on this machine, else the test is skipped
// with a reason. SOLE_TEST_REQUIRE_SERVICES turns that skip into a failure.
//
// A package that uses it hands its TestMain to Main, which stops what was started.
package harness
