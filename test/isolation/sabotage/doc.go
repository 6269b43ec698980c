// Package sabotage removes each protection that isolates orgs, one at a time, and requires that
// test/isolation fails: `task test-sabotage`.
package sabotage
