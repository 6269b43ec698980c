// Package proof holds what use cases share to authorize callers and to check what they prove: guards,
// guesses, second factors, recovery codes and new passwords.
package proof
