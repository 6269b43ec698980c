package domain

import "slices"

// SealOrigin is a key of another deployment that sealed events of an org before the org was moved here. It verifies seals of
// this org only, up to a number, and nothing else.
type SealOrigin struct {
	Key       KeyID
	PublicPEM string
	Org       OrgID // the id that the org had there
	Through   int64 // number of the last seal that the key can have signed
}

// SealOrigins are the origins of one org.
type SealOrigins []SealOrigin

// Sealed reports whether the seal can be from one of the origins.
func (o SealOrigins) Sealed(seal Seal) bool {
	return slices.ContainsFunc(o, func(origin SealOrigin) bool { return origin.Org == seal.Org && seal.Number <= origin.Through })
}
