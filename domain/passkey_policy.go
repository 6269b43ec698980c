package domain

import "slices"

// Coverage says which accounts of an org a rule covers.
type Coverage string

// The accounts that a rule covers.
const (
	CoverageOff      Coverage = "off"
	CoverageAdmins   Coverage = "admins" // those with an admin role
	CoverageEveryone Coverage = "everyone"
)

// Covers reports whether the rule covers an account; adminRole tells it whether the account has an admin role.
func (c Coverage) Covers(adminRole bool) bool {
	return c == CoverageEveryone || c == CoverageAdmins && adminRole
}

// WantsPasskey reports whether the org requires an account to sign in and to step up with a passkey. No other factor and
// no remembered device replaces the passkey.
func (p Policy) WantsPasskey(adminRole bool) bool { return p.PhishingResistant.Covers(adminRole) }

// WantsPasskey is Policy.WantsPasskey for the account of p.
func (p Principal) WantsPasskey() bool {
	return Coverage(p.Settings.PhishingResistant).Covers(AnyAdmin(p.Roles))
}

// DecideFactorRemoval decides whether an account may remove one of its factors. It returns ErrLastFactor for the last
// factor of an account that must have one, and for the last passkey of an account that must have a passkey.
func DecideFactorRemoval(p Policy, factors Factors, removed AuthenticatorID, adminRole bool) error {
	passkey := false
	rest := slices.DeleteFunc(slices.Clone(factors), func(f Factor) bool {
		passkey = passkey || f.ID == removed && f.Kind == FactorPasskey
		return f.ID == removed
	})
	switch {
	case len(rest) == len(factors):
		return nil
	case p.WantsPasskey(adminRole) && passkey && !rest.Has(FactorPasskey):
		return ErrLastFactor
	case !rest.Enrolled() && (p.WantsPasskey(adminRole) || requiresFactor(p, false, adminRole) != ""):
		return ErrLastFactor
	}
	return nil
}
