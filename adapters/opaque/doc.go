// Package opaque creates random bearer tokens: a prefix for the kind, then the ids by which they are
// found in their org, then 256 random bits, in base64url. Only their SHA-256 is stored.
package opaque
