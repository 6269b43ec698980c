package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ReplaceTemporaryPassword replaces a temporary password during sign-in.
type ReplaceTemporaryPassword struct {
	Flow        Flow
	NewPassword proof.NewPassword
}

// ReplaceTemporaryPasswordInput is the new password.
type ReplaceTemporaryPasswordInput struct {
	ChallengeToken domain.Secret
	NewPassword    domain.Secret
}

// Execute refuses the temporary password itself and every password that breaks the rules of the org. All
// other sessions and remembered devices of the account end.
func (uc ReplaceTemporaryPassword) Execute(
	ctx context.Context, visitor domain.Visitor, in ReplaceTemporaryPasswordInput,
) (LoginResult, error) {
	s, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInPasswordChange)
	if err != nil {
		return LoginResult{}, err
	}
	var known account
	err = uc.Flow.Store.ReadOrg(ctx, s.token.Org, func(tx port.OrgTx) (err error) {
		known, err = uc.Flow.challenged(ctx, tx, s.challenge)
		return err
	})
	if err != nil {
		return LoginResult{}, err
	}
	hash, err := uc.NewPassword.Hash(ctx, in.NewPassword, known.passwordOwner())
	if err != nil {
		return LoginResult{}, err
	}
	if err := uc.Flow.take(ctx, s); err != nil {
		return LoginResult{}, err
	}
	s.known, s.now = "", uc.Flow.Clock() // remembered devices end with the old password
	err = uc.Flow.Store.InOrg(ctx, s.token.Org, func(tx port.OrgTx) (err error) {
		if _, err := tx.Users().Lock(ctx, s.challenge.User); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		if s.account, err = uc.Flow.challenged(ctx, tx, s.challenge); err != nil {
			return err
		}
		s.proven = s.challenge.Proven
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

// replace stores the new password and ends what the old one allowed.
func (uc ReplaceTemporaryPassword) replace(ctx context.Context, tx port.OrgTx, s *step, hash domain.PasswordHash) error {
	s.user.SetPassword(hash, false, s.now)
	if err := tx.Users().Update(ctx, s.user); err != nil {
		return err
	}
	err := passwordSet{
		user: s.user, session: domain.EndPasswordChanged, device: domain.DevicePasswordChanged, origin: s.visitor.Origin, at: s.now,
	}.endAll(ctx, tx)
	if err != nil {
		return err
	}
	return uc.Flow.record(ctx, tx, s, domain.EventPasswordChanged)
}
