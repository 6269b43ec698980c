// Package operations is what the operator of a deployment does on its command line: replace keys, back up and restore,
// recover an org without an owner, and diagnose what is wrong.
package operations
