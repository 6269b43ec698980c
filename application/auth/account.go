package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// account is all that the policy asks about someone who signs in.
type account struct {
	org           domain.Org
	settings      domain.OrgSettings
	user          domain.User
	roles         []domain.Role
	authenticator domain.Authenticator
}

func loadAccount(ctx context.Context, tx port.OrgTx, id domain.UserID) (account, error) {
	p, err := tx.Users().Standing(ctx, id)
	return account{p.Org, p.Settings, p.User, p.Roles, p.Authenticator}, err
}

// standing refuses an account, or an org, that was suspended.
func (a account) standing() error {
	refusal := domain.ErrAccountSuspended
	switch {
	case !a.org.Active():
		refusal = domain.ErrOrgSuspended
	case a.user.Active():
		return nil
	}
	return refusal.Because(a.decision(domain.Policy{}, a.facts([]domain.AMR{domain.AMRPassword}, domain.DeviceNone)))
}

// decision is what was known of the account and its sign-in.
func (a account) decision(policy domain.Policy, facts domain.SignInFacts) domain.Decision {
	return domain.SignInDecision(domain.Principal{Org: a.org, Settings: a.settings, User: a.user}, policy, facts)
}

// facts is what the policy sees of the account and of what this sign-in has proven.
func (a account) facts(proven []domain.AMR, device domain.DeviceVerdict) domain.SignInFacts {
	session := domain.Session{AMR: proven}
	if slices.Contains(proven, domain.AMRRememberedDevice) {
		device = domain.DeviceExcuses // by an earlier step of this sign-in
	}
	return domain.SignInFacts{
		OrgActive: a.org.Active(), AccountActive: a.user.Active(), PasswordProven: slices.Contains(proven, domain.AMRPassword),
		MustChangePassword: a.user.MustChangePassword, Enrolled: a.authenticator.Enrolled(), AdminRole: domain.AnyAdmin(a.roles),
		CodeProven: session.ACR() == domain.AAL2, Device: device,
	}
}
