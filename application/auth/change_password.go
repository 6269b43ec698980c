package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangePassword replaces a temporary password during sign-in.
type ChangePassword struct {
	Flow        Flow
	NewPassword proof.NewPassword
}

// ChangePasswordInput is the password that is to stay.
type ChangePasswordInput struct {
	ChallengeToken domain.Secret
	NewPassword    domain.Secret
}

// Execute refuses the temporary password itself and whatever the org's rules refuse. All
// other sessions and remembered devices of the account end.
func (uc ChangePassword) Execute(ctx context.Context, visitor domain.Visitor, in ChangePasswordInput) (LoginResult, error) {
	token, challenge, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInPasswordChange)
	if err != nil {
		return LoginResult{}, err
	}
	var known account
	err = uc.Flow.Store.ReadOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		known, err = uc.Flow.challenged(ctx, tx, challenge)
		return err
	})
	if err != nil {
		return LoginResult{}, err
	}
	hash, err := uc.NewPassword.Hash(ctx, in.NewPassword, known.user.Password, known.user, known.org, known.settings)
	if err != nil {
		return LoginResult{}, err
	}
	if _, err := uc.Flow.Challenges.Take(ctx, token.Org, token.Hash); err != nil {
		return LoginResult{}, err
	}
	s := &step{visitor: visitor, now: uc.Flow.Clock()}
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		if _, err := tx.Users().Lock(ctx, challenge.User); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if s.account, err = uc.Flow.challenged(ctx, tx, challenge); err != nil {
			return err
		}
		s.proven = challenge.Proven
		if err := uc.replace(ctx, tx, s, hash); err != nil {
			return err
		}
		return uc.Flow.advance(ctx, tx, s)
	})
	if err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

func (uc ChangePassword) replace(ctx context.Context, tx port.OrgTx, s *step, hash domain.PasswordHash) error {
	s.user.SetPassword(hash, false, s.now)
	if err := tx.Users().Update(ctx, s.user); err != nil {
		return err
	}
	if err := endAll(ctx, tx, s.user, "", domain.EndPasswordChanged, domain.DevicePasswordChanged, s.visitor.Origin, s.now); err != nil {
		return err
	}
	return uc.Flow.record(ctx, tx, s, domain.EventPasswordChanged)
}
