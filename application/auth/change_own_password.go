package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeOwnPassword replaces the caller's password.
type ChangeOwnPassword struct {
	Store       port.Store
	Guesses     proof.Guesses
	Hasher      port.PasswordHasher
	NewPassword proof.NewPassword
	Issuer      Issuer
	Clock       port.Clock
	NewID       port.NewID
}

// ChangeOwnPasswordInput is the password as it is and as it is to be.
type ChangeOwnPasswordInput struct {
	Current domain.Secret
	New     domain.Secret
}

// Execute ends every other session and every remembered device of the account. The caller's
// own session goes on with a new family of refresh tokens; the old family is void. A wrong
// current password counts as a guess; a new one that is refused loses nothing.
func (uc ChangeOwnPassword) Execute(ctx context.Context, caller domain.Caller, in ChangeOwnPasswordInput) (*Tokens, error) {
	var user domain.User
	guessed, err := uc.Guesses.Reserve(ctx, caller.Origin, caller.Org.ID, func(tx port.OrgTx) (_ proof.Guess, err error) {
		user, err = tx.Users().Get(ctx, caller.User.ID)
		return proof.PasswordAgain(caller.Principal), err
	})
	if err != nil {
		return nil, err
	}
	match, hash, err := uc.judge(ctx, caller, user, in)
	if err != nil {
		return nil, uc.Guesses.Release(ctx, caller.Origin, caller.Org.ID, guessed, err)
	}
	now := uc.Clock()
	refresh := uc.Issuer.Refresh.New(caller.Org.ID, caller.Session.ID)
	var (
		session domain.Session
		outcome error
	)
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if outcome, err = uc.settle(ctx, tx, caller, user, guessed, match, hash, now); err != nil || outcome != nil {
			return err
		}
		session, err = renewed(ctx, tx, caller.Session.ID, refresh)
		return err
	})
	if err := uc.Guesses.Conclude(ctx, caller.Origin, caller.Org.ID, guessed, err, outcome); err != nil {
		return nil, err
	}
	return uc.Issuer.tokens(caller.Org.ID, session, refresh, now)
}

// judge compares the current password and, when it is right, hashes the new one.
func (uc ChangeOwnPassword) judge(ctx context.Context, caller domain.Caller, user domain.User, in ChangeOwnPasswordInput) (match bool, hash domain.PasswordHash, err error) {
	if len(in.Current.Reveal()) > domain.MaxPasswordBytes {
		return false, "", nil
	}
	if match, _, err = uc.Hasher.Verify(ctx, user.Password, in.Current); err != nil || !match {
		return false, "", err
	}
	if in.New.Reveal() == in.Current.Reveal() {
		return false, "", domain.RefusePassword([]string{"must differ from the current password: choose another"})
	}
	hash, err = uc.NewPassword.Hash(ctx, in.New, "", user, caller.Org, caller.Settings)
	return match, hash, err
}

func (uc ChangeOwnPassword) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, user domain.User, guessed proof.Guess, match bool, hash domain.PasswordHash, now time.Time) (outcome, err error) {
	if err := uc.Guesses.Decide(ctx, tx, caller.Origin, guessed, match); err != nil {
		return nil, err
	}
	if !match {
		return domain.ErrWrongPassword, tx.Audit().Append(ctx, proof.Refusal(domain.EventPasswordRefused, uc.NewID, now, caller.Origin, user.ID, "wrong current password"))
	}
	seen := user.PasswordChangedAt
	if user, err = tx.Users().Lock(ctx, user.ID); err != nil {
		return nil, err
	}
	if !user.PasswordChangedAt.Equal(seen) {
		return nil, domain.ErrStale // the current password that was compared is no longer the current one
	}
	user.SetPassword(hash, false, now)
	if err := tx.Users().Update(ctx, user); err != nil {
		return nil, err
	}
	if err := endAll(ctx, tx, user, caller.Session.ID, domain.EndPasswordChanged, domain.DevicePasswordChanged, caller.Origin, now); err != nil {
		return nil, err
	}
	return nil, tx.Audit().Append(ctx, domain.AuditEvent{
		ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventPasswordChanged, Outcome: domain.OutcomeSuccess, Actor: user.ID,
		ResourceType: "account", ResourceID: string(user.ID), Origin: caller.Origin,
	})
}

// renewed gives a session a new family of refresh tokens, which refresh begins.
func renewed(ctx context.Context, tx port.OrgTx, id domain.SessionID, refresh domain.RefreshToken) (domain.Session, error) {
	session, err := tx.Sessions().Lock(ctx, id)
	if err == nil && !session.EndedAt.IsZero() {
		err = domain.ErrTokenRevoked
	}
	if err != nil {
		return session, err
	}
	session.Refresh = refresh.Family()
	return session, tx.Sessions().Update(ctx, session)
}

// endAll ends the sessions but the one kept, the remembered devices, the links and an
// unfinished enrolment of an account whose password changed, and tells its owner by mail.
func endAll(ctx context.Context, tx port.OrgTx, user domain.User, keep domain.SessionID, session domain.EndReason, device domain.DeviceEnd, origin domain.Origin, now time.Time) error {
	if _, err := tx.Sessions().EndAll(ctx, user.ID, keep, session, now); err != nil {
		return err
	}
	if _, err := tx.Devices().ForgetAll(ctx, user.ID, device, now); err != nil {
		return err
	}
	if err := proof.VoidUnfinished(ctx, tx, user.ID); err != nil {
		return err
	}
	return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterPasswordChanged, To: user.Email, At: now, Origin: origin})
}
