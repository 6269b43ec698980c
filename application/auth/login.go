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

// LoginInput is what a person enters, and the device token their browser may hold.
type LoginInput struct {
	Email       string
	Password    domain.Secret
	DeviceToken domain.Secret
}

// Execute refuses an unknown address, a wrong password and a suspended account in the
// same words, after the same work, and counts all three alike.
func (uc Login) Execute(ctx context.Context, visitor domain.Visitor, in LoginInput) (LoginResult, error) {
	email := domain.TypedEmail(in.Email)
	if len(in.Password.Reveal()) > domain.MaxPasswordBytes || len(email) > 254 {
		return LoginResult{}, domain.ErrInvalidCredentials
	}
	var (
		user   domain.User
		device domain.DeviceID
	)
	guessed, err := uc.Flow.Guesses.Reserve(ctx, visitor.Origin, visitor.Org, func(tx port.OrgTx) (_ proof.Guess, err error) {
		if user, err = uc.find(ctx, tx, email); err != nil {
			return proof.Guess{}, err
		}
		device, err = uc.Flow.provenDevice(ctx, tx, user, in.DeviceToken)
		return proof.Password(email, user, device), err
	})
	if errors.Is(err, domain.ErrNotFound) { // nothing can be counted in an org that is not there
		err = domain.ErrOrgNotFound
	}
	if err != nil {
		return LoginResult{}, err
	}
	match, rehashed, err := uc.verify(ctx, user.Password, in.Password)
	if err != nil {
		return LoginResult{}, uc.Flow.Guesses.Release(ctx, visitor.Origin, visitor.Org, guessed, err)
	}
	s := &step{visitor: visitor, deviceToken: in.DeviceToken, known: device, now: uc.Flow.Clock()}
	var outcome error
	err = uc.Flow.Store.InOrg(ctx, visitor.Org, func(tx port.OrgTx) error {
		var err error
		if outcome, err = uc.settle(ctx, tx, s, guessed, user, match); err != nil || outcome != nil || rehashed == "" {
			return err
		}
		return tx.Users().Rehash(ctx, s.user.ID, user.Password, rehashed)
	})
	if err := uc.Flow.Guesses.Conclude(ctx, visitor.Origin, visitor.Org, guessed, err, outcome); err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

// find loads the account of the address; an address that nobody has yields an empty one.
func (uc Login) find(ctx context.Context, tx port.OrgTx, email domain.Email) (domain.User, error) {
	user, err := tx.Users().ByEmail(ctx, email)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return domain.User{}, err
	}
	return user, nil
}

// verify checks the password and, when its hash is of an older kind, makes a new one.
func (uc Login) verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match bool, rehashed domain.PasswordHash, err error) {
	match, outdated, err := uc.Hasher.Verify(ctx, hash, password)
	if err == nil && match && outdated {
		rehashed, err = uc.Hasher.Hash(ctx, password)
	}
	return match, rehashed, err
}

// settle decides the guess and, when it was right, what is owed next. The account is read
// again: it may have changed while the password was hashed.
func (uc Login) settle(ctx context.Context, tx port.OrgTx, s *step, guessed proof.Guess, seen domain.User, match bool) (outcome, err error) {
	s.proven, s.account = nil, account{}
	if seen.ID != "" {
		if s.account, err = loadAccount(ctx, tx, seen.ID); err != nil && !errors.Is(err, domain.ErrNotFound) {
			return nil, err
		}
	}
	user := s.user
	right := match && user.Active() && user.Password == seen.Password && !user.PasswordLapsed(s.now)
	if err := uc.Flow.Guesses.Decide(ctx, tx, s.visitor.Origin, guessed, right); err != nil {
		return nil, err
	}
	if !right {
		event := proof.Refusal(domain.EventSignInRefused, uc.Flow.NewID, s.now, s.visitor.Origin, user.ID, "wrong password, unknown address or suspended account")
		why := s.refusal(s.visitor.Org, uc.Flow.Issuer.Limits, match && user.Password == seen.Password && !user.PasswordLapsed(s.now))
		return domain.ErrInvalidCredentials, tx.Audit().Append(ctx, uc.Flow.Guesses.Explained(event, why))
	}
	s.proven = []domain.AMR{domain.AMRPassword}
	return nil, uc.Flow.advance(ctx, tx, s)
}

// refusal is what was known of a refused password. Only the audit log leads to it: what the
// client gets must not tell a wrong password, an unknown address and a suspended account apart.
func (s *step) refusal(org domain.OrgID, limits domain.ServerLimits, proven bool) domain.Decision {
	if s.user.ID == "" {
		return domain.Decision{Org: org, Question: &domain.SignInFacts{OrgActive: true, AccountActive: true}}
	}
	facts := s.facts(nil, domain.DeviceNone)
	facts.PasswordProven = proven
	return s.decision(s.settings.Policy(limits), facts)
}
