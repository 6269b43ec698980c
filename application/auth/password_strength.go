package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// PasswordStrength tells what would be said of a password if someone chose it. It keeps
// nothing, and knows no more of an account than what it is told. Anybody may ask, so the
// estimate is made only while no password waits to be hashed.
type PasswordStrength struct {
	Store       port.Store
	NewPassword proof.NewPassword
	Spare       port.SpareTime
}

// PasswordStrengthInput is a candidate and who thinks of choosing it, as far as known.
type PasswordStrengthInput struct {
	Password domain.Secret
	Email    string
	FullName string
}

// Execute applies the rules for new passwords of the visitor's org. It returns ErrOverloaded while
// the service is busy.
func (uc PasswordStrength) Execute(ctx context.Context, visitor domain.Visitor, in PasswordStrengthInput) (proof.Opinion, error) {
	var (
		org      domain.Org
		settings domain.OrgSettings
	)
	err := uc.Store.ReadOrg(ctx, visitor.Org, func(tx port.OrgTx) (err error) {
		if org, err = tx.Org().Get(ctx); err != nil {
			return err
		}
		if !org.Active() {
			return suspended(org)
		}
		settings, err = tx.Org().Settings(ctx)
		return err
	})
	if err != nil {
		return proof.Opinion{}, err
	}
	leave, err := uc.Spare(ctx)
	if err != nil {
		return proof.Opinion{}, err
	}
	defer leave()
	user := domain.User{Email: domain.TypedEmail(in.Email), FullName: in.FullName}
	return uc.NewPassword.Examine(in.Password, user, org, settings), nil
}
