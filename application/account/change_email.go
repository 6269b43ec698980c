package account

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeEmail requests a new address for the caller's account. The account keeps its address
// until the link that is mailed to the new one is opened.
type ChangeEmail struct {
	Store   port.Store
	Fresh   proof.FreshSignIn
	Links   port.OpaqueTokens
	Limiter port.Limiter
	Clock   port.Clock
	NewID   port.NewID
	NoMail  bool // the deployment sends no mail, so the link would reach nobody
}

// ChangeEmailInput is the new address and, unless the sign-in is fresh, the current password.
type ChangeEmailInput struct {
	Email   string
	Current domain.Secret
}

// emailChangeRate limits the letters that one account can have sent to addresses of its choice.
var emailChangeRate = port.Rate{Max: 5, Per: time.Hour}

// Execute returns ErrProfileFixed when the org does not let its members edit their profiles,
// ErrNoMailForAddress when the deployment sends no mail, and requires a fresh sign-in. It does not reveal whether another account has the address: only
// ConfirmEmail checks that.
func (uc ChangeEmail) Execute(ctx context.Context, caller domain.Caller, in ChangeEmailInput) error {
	if err := caller.MayEditProfile(); err != nil {
		return err
	}
	email, err := parseNewEmail(in.Email, caller.User)
	if err != nil {
		return err
	}
	if uc.NoMail {
		return domain.ErrNoMailForAddress
	}
	return uc.Fresh.Do(ctx, caller, domain.ActionAccountUpdate, in.Current, func() error { return uc.request(ctx, caller, email) })
}

func parseNewEmail(raw string, user domain.User) (domain.Email, error) {
	const location = "body.new_email"
	email, err := domain.ParseEmail(raw)
	switch {
	case err != nil:
		return email, domain.Invalid(location, "must be an e-mail address such as name@example.org")
	case email == user.Email:
		return email, domain.Invalid(location, "is already your address: send a different one")
	}
	return email, nil
}

// request stores the change and orders both letters. A repeated request for the same address
// keeps the hash of its link, because the queue may send one letter for both requests, and the
// link in that letter must work.
func (uc ChangeEmail) request(ctx context.Context, caller domain.Caller, email domain.Email) error {
	key := "email-change:" + string(caller.Org.ID) + ":" + string(caller.User.ID)
	if err := proof.TakeFrom(ctx, uc.Limiter, key, emailChangeRate); err != nil {
		return err
	}
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if _, err := tx.Users().Lock(ctx, caller.User.ID); err != nil { // the link is not replaced meanwhile
			return err
		}
		before, err := tx.EmailChanges().Of(ctx, caller.User.ID, now)
		if err != nil && !errors.Is(err, domain.ErrLinkGone) {
			return err
		}
		hash := before.Hash
		if err != nil || before.Email != email {
			hash = uc.Links.New(caller.Org.ID).Hash
		}
		change := domain.EmailChange{
			User: caller.User.ID, Session: caller.Session.ID, Email: email, Hash: hash, ExpiresAt: now.Add(domain.EmailChangeTTL),
		}
		if err := tx.EmailChanges().Put(ctx, change); err != nil {
			return err
		}
		if err := uc.sendLetters(ctx, tx, caller, email, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, did(domain.EventEmailChangeRequested, uc.NewID, caller, now, "account", string(change.User)))
	})
}

// sendLetters orders the link for the new address and a notice for the current one.
func (uc ChangeEmail) sendLetters(ctx context.Context, tx port.OrgTx, caller domain.Caller, email domain.Email, now time.Time) error {
	confirm := domain.Letter{Kind: domain.LetterConfirmAddress, To: email, Account: caller.User.ID, At: now, Origin: caller.Origin}
	if err := tx.Letters().Send(ctx, confirm); err != nil {
		return err
	}
	return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterAddressChangeRequested, To: caller.User.Email, At: now, Origin: caller.Origin})
}
