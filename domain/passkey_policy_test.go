package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestTheFactorsThatAnAccountMayRemove(t *testing.T) {
	totp := domain.Factor{ID: "totp", Kind: domain.FactorTOTP, EnrolledAt: now}
	phone := domain.Factor{ID: "phone", Kind: domain.FactorPasskey, EnrolledAt: now}
	laptop := domain.Factor{ID: "laptop", Kind: domain.FactorPasskey, EnrolledAt: now}
	free, required := domain.Policy{}, domain.Policy{RequireTwoFactor: true}
	admins, everyone := covering(domain.CoverageAdmins), covering(domain.CoverageEveryone)
	both := domain.Factors{totp, phone}

	for name, c := range map[string]struct {
		policy  domain.Policy
		factors domain.Factors
		removed domain.AuthenticatorID
		admin   bool
		refused bool
	}{
		"the only one, nothing required":          {policy: free, factors: domain.Factors{phone}, removed: "phone"},
		"the only one, of an admin":               {policy: free, factors: domain.Factors{phone}, removed: "phone", admin: true, refused: true},
		"the only one, required of all":           {policy: required, factors: domain.Factors{phone}, removed: "phone", refused: true},
		"one of two kinds":                        {policy: required, factors: both, removed: "phone", admin: true},
		"one of two passkeys":                     {policy: everyone, factors: domain.Factors{phone, laptop}, removed: "laptop", admin: true},
		"the last passkey beside TOTP":            {policy: everyone, factors: both, removed: "phone", refused: true},
		"the last passkey, of an uncovered one":   {policy: admins, factors: both, removed: "phone"},
		"the last passkey, of a covered admin":    {policy: admins, factors: both, removed: "phone", admin: true, refused: true},
		"TOTP beside a passkey":                   {policy: everyone, factors: both, removed: "totp"},
		"TOTP alone, before a passkey was added":  {policy: everyone, factors: domain.Factors{totp}, removed: "totp", refused: true},
		"the only one, of an uncovered member":    {policy: admins, factors: domain.Factors{phone}, removed: "phone"},
		"a factor that the account does not have": {policy: everyone, factors: domain.Factors{phone}, removed: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			before := append(domain.Factors{}, c.factors...)
			err := domain.DecideFactorRemoval(c.policy, c.factors, c.removed, c.admin)
			require.Equal(t, before, c.factors)
			if c.refused {
				require.ErrorIs(t, err, domain.ErrLastFactor)
				return
			}
			require.NoError(t, err)
		})
	}
}
