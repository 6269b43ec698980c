// Package domain holds the words and rules of SOLE: who an account is, which org it
// belongs to, and what that org demands of it.
//
// It is pure. Nothing here reads a clock, a file, a network or a random source: the
// current instant arrives as an argument, ids and secrets are made elsewhere. Types
// keep their own invariants; policy.go decides, everyone else carries out. Storage
// tags, JSON tags and HTTP statuses belong to the adapters.
package domain
