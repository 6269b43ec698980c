// Package auth signs accounts in and out.
//
// A sign-in is a series of challenges. Each use case proves one thing (a password, a second factor, a
// new password) and then asks domain.DecideSignIn, through Flow, what is owed next. Only Flow opens
// sessions, so that no use case can sign in without the policy.
package auth
