package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// account is all that the policy asks about someone who signs in. Without a user (an
// address that nobody has) it holds the org's part only.
type account struct {
	org           domain.Org
	settings      domain.OrgSettings
	user          domain.User
	roles         []domain.Role
	authenticator domain.Authenticator
}

func loadAccount(ctx context.Context, tx port.OrgTx, user domain.User) (a account, err error) {
	if a.org, err = tx.Org().Get(ctx); err != nil {
		return a, err
	}
	if a.settings, err = tx.Org().Settings(ctx); err != nil || user.ID == "" {
		return a, err
	}
	a.user = user
	if a.roles, err = tx.Roles().Of(ctx, user.ID); err != nil {
		return a, err
	}
	a.authenticator, err = tx.Authenticators().Get(ctx, user.ID)
	return a, err
}

// standing refuses an account, or an org, that was suspended.
func (a account) standing() error {
	switch {
	case !a.org.Active():
		return domain.ErrOrgSuspended
	case !a.user.Active():
		return domain.ErrAccountSuspended
	}
	return nil
}

func (a account) place() port.Place {
	return port.TOTPPlace(a.org.ID, a.user.ID)
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
