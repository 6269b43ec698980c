package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Login proves the password, the first step of every sign-in.
type Login struct {
	Flow   Flow
	Hasher port.PasswordHasher
}

// LoginInput is what a person enters, and the device token that the browser may have stored.
type LoginInput struct {
	Email       string
	Password    domain.Secret
	DeviceToken domain.Secret
}

// Execute refuses an unknown address, a wrong password and a suspended account with the same error
// after the same work, and counts all three alike.
func (uc Login) Execute(ctx context.Context, visitor domain.Visitor, in LoginInput) (LoginResult, error) {
	email := domain.TypedEmail(in.Email)
	if len(in.Password.Reveal()) > domain.MaxPasswordBytes || len(email) > 254 {
		return LoginResult{}, domain.ErrInvalidCredentials
	}
	s := &step{visitor: visitor, deviceToken: in.DeviceToken}
	var check passwordCheck
	find := func(tx port.OrgTx) (_ proof.Guess, err error) {
		var kinds domain.PasswordKinds
		if check.user, kinds, err = tx.Users().ForSignIn(ctx, email); err != nil {
			return proof.Guess{}, err
		}
		if check.stored = check.user.Password; check.stored == "" {
			check.stored = kinds.StandIn(email)
		}
		s.known, err = uc.Flow.provenDevice(ctx, tx, check.user, in.DeviceToken)
		return proof.Password(email, check.user, s.known), err
	}
	err := uc.Flow.Guesses.Try(ctx, proof.Guesser{Origin: visitor.Origin, Org: visitor.Org, Find: find}, func() (err error) {
		check.match, check.rehashed, err = uc.verify(ctx, check, in.Password)
		s.now = uc.Flow.Clock()
		return err
	}, func(tx port.OrgTx) (*proof.WrongGuess, error) { return uc.settle(ctx, tx, s, check) })
	if errors.Is(err, domain.ErrNotFound) { // an org that does not exist has no counters
		err = domain.ErrOrgNotFound
	}
	if err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

// passwordCheck is an account as it was when its password was compared, and the result.
type passwordCheck struct {
	user     domain.User         // zero when the address has no account
	stored   domain.PasswordHash // that the password is compared with, of the account or in place of one
	match    bool
	rehashed domain.PasswordHash // set when the stored hash is outdated
}

// verify compares the password and, when the stored hash is outdated, returns a new one. A sign-in that is refused anyway hashes
// nothing, so that it takes as long with the right password as with a wrong one.
func (uc Login) verify(
	ctx context.Context, check passwordCheck, password domain.Secret,
) (match bool, rehashed domain.PasswordHash, err error) {
	match, outdated, err := uc.Hasher.Verify(ctx, check.stored, password)
	match = match && check.user.Password != ""
	if err == nil && match && outdated && check.user.CanSignIn(uc.Flow.Clock()) {
		rehashed, err = uc.Hasher.Hash(ctx, password)
	}
	return match, rehashed, err
}

// settle moves the sign-in on when the password was right. It reads the account again, which may have
// changed while the password was hashed.
func (uc Login) settle(ctx context.Context, tx port.OrgTx, s *step, check passwordCheck) (wrong *proof.WrongGuess, err error) {
	s.proven, s.account = nil, account{}
	if check.user.ID != "" {
		load := loadAccount
		if check.match {
			load = lockAccount
		}
		if s.account, err = load(ctx, tx, check.user.ID); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, err
		}
	}
	proven := check.match && s.user.Password == check.user.Password && !s.user.PasswordLapsed(s.now)
	if !proven || !s.user.Active() {
		return uc.refuse(s, proven), nil
	}
	s.proven = []domain.AMR{domain.AMRPassword}
	if err := uc.Flow.advance(ctx, tx, s); err != nil || check.rehashed == "" {
		return nil, err
	}
	return nil, tx.Users().Rehash(ctx, s.user.ID, check.user.Password, check.rehashed)
}

// refuse returns the result of a wrong password. Only the audit log leads to its reasons: the
// response must not tell a wrong password, an unknown address and a suspended account apart.
func (uc Login) refuse(s *step, proven bool) *proof.WrongGuess {
	const reason = "wrong password, unknown address or suspended account"
	event := proof.Refused(domain.EventSignInRefused, s.actor(), reason).Stamp(uc.Flow.NewID(), s.now)
	why := domain.Decision{Org: s.visitor.Org, Question: &domain.SignInFacts{OrgActive: true, AccountActive: true}}
	if s.user.ID != "" {
		facts := s.facts(nil, domain.DeviceNone)
		facts.PasswordProven = proven
		why = s.decision(s.settings.Policy(uc.Flow.Issuer.Limits), facts)
	}
	return &proof.WrongGuess{Refusal: domain.ErrInvalidCredentials, Event: uc.Flow.Guesses.Explained(event, why)}
}
