// Package proof is what use cases share that ask for a proof or set one: counting guesses,
// looking at codes, accepting new passwords.
package proof
