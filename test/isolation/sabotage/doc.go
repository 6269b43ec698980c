// Package sabotage takes away, one at a time, everything that keeps orgs apart and demands
// that test/isolation fails each time: `task test-sabotage`.
package sabotage
