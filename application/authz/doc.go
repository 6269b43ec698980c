// Package authz explains decisions: those that a refusal named by an id, and those that would be made
// now. It decides nothing itself, and it writes nothing. Callers are authorized by proof.Guard.
package authz
