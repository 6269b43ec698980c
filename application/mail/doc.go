// Package mail writes the letters that other use cases have ordered.
package mail
