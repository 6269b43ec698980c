// Package memory stores the short-lived state in the memory of the process. It is for a single process, and the state is
// lost when that ends.
package memory
