// Package clients runs the examples of docs/clients.md and docs/machines.md against the real service: generated clients, services that
// verify its tokens, and nginx. Its tests are skipped with the reason where node, npm, nginx, the Go command or a package of an example
// cannot be had, or fail if SOLE_TEST_REQUIRE_SERVICES is set.
package clients
