// Package harness gives tests real servers: PostgreSQL and Redis from the environment,
// else by testcontainers, else from binaries on this machine, else the test is skipped
// with a reason. SOLE_TEST_REQUIRE_SERVICES turns that skip into a failure.
//
// A package that uses it hands its TestMain to [Main], which stops what was started.
// A test that must take a server away starts one of its own: [NewPostgresServer],
// [NewRedisServer]. What the tests say to the servers does not belong here.
package harness
