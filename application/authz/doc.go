// Package authz explains decisions: those that were told to someone, by their id, and those
// that would be made if someone acted now. It decides nothing itself and writes nothing.
package authz
