package domain

import (
	"cmp"
	"slices"
	"time"
)

// Factor is a live authenticator without its secret, as the policy uses it.
type Factor struct {
	ID         AuthenticatorID
	Kind       FactorKind
	EnrolledAt time.Time
}

// Factors lists the live authenticators of an account, oldest first.
type Factors []Factor

// NewFactors returns the live ones among an account's authenticators.
func NewFactors(held []Authenticator) (factors Factors) {
	for _, a := range held {
		if a.Live() {
			factors = append(factors, Factor{ID: a.ID, Kind: a.Kind, EnrolledAt: a.EnrolledAt})
		}
	}
	factors.Sort()
	return factors
}

// Sort sorts the factors, oldest first.
func (f Factors) Sort() {
	slices.SortFunc(f, func(a, b Factor) int {
		return cmp.Or(a.EnrolledAt.Compare(b.EnrolledAt), cmp.Compare(a.ID, b.ID))
	})
}

// Enrolled reports whether the account has a second factor.
func (f Factors) Enrolled() bool { return len(f) > 0 }

// EnrolledAt returns when the account's oldest second factor was enrolled; zero without one.
func (f Factors) EnrolledAt() time.Time {
	if len(f) == 0 {
		return time.Time{}
	}
	return f[0].EnrolledAt
}

// Has reports whether the account has a factor of the kind.
func (f Factors) Has(kind FactorKind) bool {
	return slices.ContainsFunc(f, func(factor Factor) bool { return factor.Kind == kind })
}

// Same reports whether both list the same authenticators. A challenge or a step-up is void once the
// account's authenticators have changed.
func (f Factors) Same(other Factors) bool {
	return slices.EqualFunc(f, other, func(a, b Factor) bool {
		return a.ID == b.ID && a.Kind == b.Kind && a.EnrolledAt.Equal(b.EnrolledAt)
	})
}
