// Package auth signs accounts in and out.
//
// A sign-in is a walk through challenges: each use case here proves one thing (a
// password, a code, a new password) and then asks domain.DecideSignIn, by way of Flow,
// what is owed next. No use case opens a session by itself, so none can sign in around
// the policy.
package auth
