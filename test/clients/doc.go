// Package clients runs the examples of docs/clients.md against the real service: generated clients, and services that verify its
// tokens. Its tests are skipped with the reason where node, npm, the Go command or a package of an example cannot be had, or fail if
// SOLE_TEST_REQUIRE_SERVICES is set.
package clients
