package account

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChangeEmailNeeds is what ChangeEmail requires of its caller. The step-up is one of the proofs of a
// fresh sign-in: see proof.FreshSignIn.
var ChangeEmailNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionAccountUpdate}

// ChangeEmail requests a new address for the caller's account. The account keeps its address until
// the link that is mailed to the new one is opened.
type ChangeEmail struct {
	Fresh   proof.FreshSignIn
	Links   port.OpaqueTokens
	Limiter port.Limiter
	NoMail  bool // the deployment sends no mail, so the link would reach nobody
}

// ChangeEmailInput is the new address and, unless the sign-in is fresh, the current password.
type ChangeEmailInput struct {
	Email   string
	Current domain.Secret
}

// emailChangeRate limits the emails that one account can have sent to addresses of its choice.
var emailChangeRate = port.Rate{Max: 5, Per: time.Hour}

// Execute returns ErrProfileFixed when the org does not let its members edit their profiles,
// ErrNoMailForAddress when the deployment sends no mail, and requires a fresh sign-in. It does not
// reveal whether another account has the address: only ConfirmEmail checks that.
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
	return uc.Fresh.Allow(ctx, caller, ChangeEmailNeeds, in.Current, func(access proof.Access) error {
		key := "email-change:" + string(caller.Org.ID) + ":" + string(caller.User.ID)
		if err := proof.TakeFrom(ctx, uc.Limiter, key, emailChangeRate); err != nil {
			return err
		}
		return access.Change(ctx, func(tx proof.Unit) error { return uc.request(ctx, tx, email) })
	})
}

func parseNewEmail(raw string, user domain.User) (domain.Email, error) {
	const location = "new_email"
	email, err := domain.ParseEmail(raw)
	switch {
	case err != nil:
		return email, domain.Invalid(location, "must be an email address such as name@example.org")
	case email == user.Email:
		return email, domain.Invalid(location, "is already your address: send a different one")
	}
	return email, nil
}

// request stores the change and enqueues both emails. A repeated request for the same address keeps
// the hash of its link, because the queue may send one email for both requests, and the link in that
// email must work.
func (uc ChangeEmail) request(ctx context.Context, tx proof.Unit, email domain.Email) error {
	user, org := tx.Caller.User, tx.Caller.Org.ID
	if _, err := tx.Users().Lock(ctx, user.ID); err != nil { // parallel requests do not replace the link
		return err
	}
	before, err := tx.EmailChanges().Of(ctx, user.ID, tx.Now)
	if err != nil && !errors.Is(err, domain.ErrLinkGone) {
		return err
	}
	hash := before.Hash
	if err != nil || before.Email != email {
		hash = uc.Links.New(org).Hash
	}
	change := domain.EmailChange{
		User: user.ID, Session: tx.Caller.Session.ID, Email: email, Hash: hash, ExpiresAt: tx.Now.Add(domain.EmailChangeTTL),
	}
	if err := tx.EmailChanges().Put(ctx, change); err != nil {
		return err
	}
	confirm := domain.EmailMessage{
		Kind: domain.EmailConfirmAddress, To: email, Account: user.ID, At: tx.Now, Origin: tx.Caller.Origin,
	}
	if err := tx.Emails().Send(ctx, confirm); err != nil {
		return err
	}
	notice := domain.EmailMessage{Kind: domain.EmailAddressChangeRequested, To: user.Email, At: tx.Now, Origin: tx.Caller.Origin}
	if err := tx.Emails().Send(ctx, notice); err != nil {
		return err
	}
	return tx.Record(ctx, domain.EventEmailChangeRequested, domain.OnAccount(user.ID), nil)
}
