// Package mfa is what a signed-in account does with its own second factor.
package mfa
