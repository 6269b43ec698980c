// Package memory keeps the short-lived state in the process: exact, for one process only,
// and gone when it ends.
package memory
