package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// PasswordStrength examines a password before it is chosen. It stores nothing and reads no account.
// Because anybody may call it, it works only while no password waits to be hashed.
type PasswordStrength struct {
	Store       port.Store
	NewPassword proof.NewPassword
	Spare       port.SpareTime
}

// PasswordStrengthInput is the password, and what the client knows about the account that it is for.
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
	return uc.NewPassword.Examine(in.Password, proof.PasswordOwner{User: user, Org: org, Settings: settings}), nil
}
