// Package account is what an account may see and change of itself.
package account
