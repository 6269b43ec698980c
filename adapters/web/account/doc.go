// Package account has the pages on which people manage their own account.
package account
