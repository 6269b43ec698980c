package account

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeEmail asks for another address of the caller's account. The address stays as it is
// until the link in a letter to the new one is opened.
type ChangeEmail struct {
	Store   port.Store
	Fresh   proof.FreshSignIn
	Links   port.OpaqueTokens
	Limiter port.Limiter
	Clock   port.Clock
	NewID   port.NewID
}

// ChangeEmailInput is the new address and, unless the sign-in is fresh, the current password.
type ChangeEmailInput struct {
	Email   string
	Current domain.Secret
}

// emailChangeRate bounds the letters that one account has sent to addresses of its choice.
var emailChangeRate = port.Rate{Max: 5, Per: time.Hour}

// Execute refuses with ErrProfileFixed where the org does not let its members edit themselves,
// and wants a fresh sign-in. Whether another account has the address makes no difference here:
// only whoever opens the link is told.
func (uc ChangeEmail) Execute(ctx context.Context, caller domain.Caller, in ChangeEmailInput) error {
	if !caller.Settings.AllowProfileEdit {
		return domain.ErrProfileFixed.Because(domain.AccountDecision(caller.Principal, &domain.AllowanceFacts{Setting: "allow_profile_edit"}))
	}
	email, err := parseNewEmail(in.Email, caller.User)
	if err != nil {
		return err
	}
	return uc.Fresh.Do(ctx, caller, domain.ActionAccountUpdate, in.Current, func() error { return uc.ask(ctx, caller, email) })
}

func parseNewEmail(raw string, user domain.User) (domain.Email, error) {
	const location = "body.new_email"
	email, err := domain.ParseEmail(raw)
	switch {
	case err != nil:
		return email, domain.Invalid(location, "must be an e-mail address such as name@example.org")
	case email == user.Email:
		return email, domain.Invalid(location, "is your address already")
	}
	return email, nil
}

// ask keeps the change and orders both letters. Asked again for the same address, it keeps
// the link of the letter that is under way, which may stand for the next one.
func (uc ChangeEmail) ask(ctx context.Context, caller domain.Caller, email domain.Email) error {
	verdict, err := uc.Limiter.Take(ctx, "email-change:"+string(caller.Org.ID)+":"+string(caller.User.ID), emailChangeRate)
	if err == nil && !verdict.Allowed {
		return domain.ErrRateLimited.RetryIn(verdict.Reset)
	}
	now := uc.Clock()
	change := domain.EmailChange{
		User: caller.User.ID, Session: caller.Session.ID, Email: email, Hash: uc.Links.New(caller.Org.ID).Hash, ExpiresAt: now.Add(domain.EmailChangeTTL),
	}
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		before, err := tx.EmailChanges().Of(ctx, change.User, now)
		if err != nil && !errors.Is(err, domain.ErrLinkGone) {
			return err
		}
		change := change
		if err == nil && before.Email == email {
			change.Hash = before.Hash
		}
		if err := tx.EmailChanges().Put(ctx, change); err != nil {
			return err
		}
		if err := uc.write(ctx, tx, caller, email, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, did(domain.EventEmailChangeAsked, uc.NewID, caller, now, "account", string(change.User)))
	})
}

// write orders the link for the new address and a notice for the one that the account has.
func (uc ChangeEmail) write(ctx context.Context, tx port.OrgTx, caller domain.Caller, email domain.Email, now time.Time) error {
	confirm := domain.Letter{Kind: domain.LetterConfirmAddress, To: email, Account: caller.User.ID, At: now, Origin: caller.Origin}
	if err := tx.Letters().Send(ctx, confirm); err != nil {
		return err
	}
	return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterAddressAsked, To: caller.User.Email, At: now, Origin: caller.Origin})
}
