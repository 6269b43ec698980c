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
	Guesses     proof.Guesses
	Hasher      port.PasswordHasher
	NewPassword proof.NewPassword
	Issuer      Issuer
	Clock       port.Clock
	NewID       port.NewID
}

// ChangeOwnPasswordInput is the current password and the new one.
type ChangeOwnPasswordInput struct {
	Current domain.Secret
	New     domain.Secret
}

// Execute ends every other session and every remembered device of the account. The caller's own
// session goes on with a new family of refresh tokens; the old family is void. A wrong current
// password counts as a guess. A new password that is refused does not.
func (uc ChangeOwnPassword) Execute(ctx context.Context, caller domain.Caller, in ChangeOwnPasswordInput) (*Tokens, error) {
	if err := proof.OwnAccount.Check(caller); err != nil {
		return nil, err
	}
	change := ownPasswordChange{caller: caller, refresh: uc.Issuer.Refresh.New(caller.Org.ID, caller.Session.ID)}
	find := func(tx port.OrgTx) (_ proof.Guess, err error) {
		change.user, err = tx.Users().Get(ctx, caller.User.ID)
		return proof.PasswordAgain(caller.Principal), err
	}
	var session domain.Session
	err := uc.Guesses.Try(ctx, proof.Guesser{Origin: caller.Origin, Org: caller.Org.ID, Find: find}, func() (err error) {
		change.match, change.hash, err = uc.judge(ctx, caller, change.user, in)
		change.now = uc.Clock()
		return err
	}, func(tx port.OrgTx) (wrong *proof.WrongGuess, err error) {
		if !change.match {
			return proof.WrongPassword(uc.NewID, change.now, caller), nil
		}
		session, err = uc.settle(ctx, tx, change)
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	return uc.Issuer.tokens(caller.Org.ID, session, change.refresh, change.now)
}

// ownPasswordChange is a change of the password that the account itself requested.
type ownPasswordChange struct {
	caller  domain.Caller
	user    domain.User // as it was when the current password was compared
	match   bool
	hash    domain.PasswordHash
	refresh domain.RefreshToken // the first of the session's new family
	now     time.Time
}

// judge compares the current password and, when it is right, hashes the new one.
func (uc ChangeOwnPassword) judge(
	ctx context.Context, caller domain.Caller, user domain.User, in ChangeOwnPasswordInput,
) (match bool, hash domain.PasswordHash, err error) {
	if len(in.Current.Reveal()) > domain.MaxPasswordBytes {
		return false, "", nil
	}
	match, _, err = uc.Hasher.Verify(ctx, user.Password, in.Current)
	if err != nil || !match || user.PasswordLapsed(uc.Clock()) {
		return false, "", err
	}
	if in.New.Reveal() == in.Current.Reveal() {
		return false, "", domain.RefusePassword([]string{"must differ from the current password: choose another"})
	}
	user.Password = "" // the two were compared as they were sent
	hash, err = uc.NewPassword.Hash(ctx, in.New, proof.PasswordOwner{User: user, Org: caller.Org, Settings: caller.Settings})
	return match, hash, err
}

// settle stores the new password and returns the caller's renewed session.
func (uc ChangeOwnPassword) settle(ctx context.Context, tx port.OrgTx, change ownPasswordChange) (session domain.Session, err error) {
	caller := change.caller
	user, err := tx.Users().Lock(ctx, change.user.ID)
	if err != nil {
		return session, err
	}
	if !user.PasswordChangedAt.Equal(change.user.PasswordChangedAt) {
		return session, domain.ErrStale // the current password that was compared is no longer the current one
	}
	user.SetPassword(change.hash, false, change.now)
	if err := tx.Users().Update(ctx, user); err != nil {
		return session, err
	}
	err = passwordSet{
		user: user, keep: caller.Session.ID, origin: caller.Origin, at: change.now,
		session: domain.EndPasswordChanged, device: domain.DevicePasswordChanged,
	}.endAll(ctx, tx)
	if err != nil {
		return session, err
	}
	changed := caller.Actor(caller.Org.ID).Did(domain.EventPasswordChanged, domain.OnAccount(user.ID), nil)
	err = tx.Audit().Append(ctx, changed.Stamp(uc.NewID(), change.now))
	if err != nil {
		return session, err
	}
	return renewed(ctx, tx, caller.Session.ID, change.refresh)
}

// renewed starts a new family of refresh tokens for a session. refresh is its first token.
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
