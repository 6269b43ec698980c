// Package opaque makes random bearer tokens: a prefix that tells their kind, then the
// ids that let them be found inside one org, then 256 random bits, base64url. Only
// their SHA-256 is ever kept.
package opaque
