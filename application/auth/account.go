package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// account has everything that the policy needs to know about an account that signs in.
type account struct {
	org      domain.Org
	settings domain.OrgSettings
	user     domain.User
	roles    []domain.Role
	factors  domain.Factors
}

func loadAccount(ctx context.Context, tx port.OrgTx, id domain.UserID) (account, error) {
	p, err := tx.Users().Standing(ctx, id)
	return newAccount(p), err
}

// lockAccount is loadAccount for a unit that may open a session. It waits for units that change the account, and they wait
// for it: when one of them ends the account's sessions, it ends this one too, or this unit sees the change.
func lockAccount(ctx context.Context, tx port.OrgTx, id domain.UserID) (account, error) {
	p, err := tx.Users().LockStanding(ctx, id)
	return newAccount(p), err
}

func newAccount(p domain.Principal) account {
	return account{org: p.Org, settings: p.Settings, user: p.User, roles: p.Roles, factors: p.Factors}
}

// standing returns an error for a suspended account or org.
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

// decision records what was known about the account and its sign-in.
func (a account) decision(policy domain.Policy, facts domain.SignInFacts) domain.Decision {
	return domain.SignInDecision(domain.Principal{Org: a.org, Settings: a.settings, User: a.user}, policy, facts)
}

// facts returns the facts about the account and about this sign-in.
func (a account) facts(proven []domain.AMR, device domain.DeviceVerdict) domain.SignInFacts {
	session := domain.Session{AMR: proven}
	if slices.Contains(proven, domain.AMRRememberedDevice) {
		device = domain.DeviceSkipsCode // by an earlier step of this sign-in
	}
	return domain.SignInFacts{
		OrgActive: a.org.Active(), AccountActive: a.user.Active(), PasswordProven: slices.Contains(proven, domain.AMRPassword),
		MustChangePassword: a.user.MustChangePassword, Enrolled: a.factors.Enrolled(), AdminRole: domain.AnyAdmin(a.roles),
		CodeProven: session.ACR() == domain.AAL2, RecoveryProven: slices.Contains(proven, domain.AMRRecoveryCode),
		HasPasskey: a.factors.Has(domain.FactorPasskey), PasskeyProven: session.ProvedPasskey(), Device: device,
	}
}

// wantsPasskey reports whether the account must sign in with a passkey.
func (a account) wantsPasskey() bool {
	return domain.Principal{Settings: a.settings, Roles: a.roles}.WantsPasskey()
}

// passwordOwner is the account as the owner of a new password.
func (a account) passwordOwner() proof.PasswordOwner {
	return proof.PasswordOwner{User: a.user, Org: a.org, Settings: a.settings}
}
