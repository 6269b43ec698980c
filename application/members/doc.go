// Package members is what an org's administrators do with its accounts.
package members
