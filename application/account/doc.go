// Package account has the use cases of a caller's own account.
package account
