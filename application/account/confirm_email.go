package account

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ConfirmEmail changes an account's address to the one that the opened link was mailed to.
type ConfirmEmail struct {
	Store port.Store
	Links port.OpaqueTokens
	Wrong proof.WrongTokens
	Clock port.Clock
	NewID port.NewID
}

// Execute uses the link up. It returns ErrLinkGone for a link that is unknown, used or expired, and for
// one whose session has ended since, also by its absolute lifetime: the end of a session cancels the
// change that it requested. It returns ErrEmailTaken for an address that another account has by now.
//
// Sessions and devices stay, because the proofs of the sign-in have not changed. Links that were
// mailed to the old address are void, and the old address is notified.
func (uc ConfirmEmail) Execute(ctx context.Context, visitor domain.Visitor, secret domain.Secret) error {
	token, err := uc.Links.Parse(secret)
	if err != nil {
		return uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrLinkGone)
	}
	if !visitor.Admits(token.Org) {
		return domain.ErrOrgMismatch
	}
	err = uc.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) error { return uc.settle(ctx, tx, visitor, token.Hash) })
	if errors.Is(err, domain.ErrLinkGone) || errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		event := proof.Refused(domain.EventEmailChanged, domain.Actor{Origin: visitor.Origin}, "link used, expired or replaced").
			Stamp(uc.NewID(), uc.Clock())
		wrong := proof.WrongToken{Kind: proof.LinkToken, Refusal: domain.ErrLinkGone, Event: event}
		return uc.Wrong.RefuseAndRecord(ctx, uc.Store, token.Org, wrong)
	}
	return err
}

func (uc ConfirmEmail) settle(ctx context.Context, tx port.OrgTx, visitor domain.Visitor, hash domain.TokenHash) error {
	now := uc.Clock()
	change, err := tx.EmailChanges().Take(ctx, hash, now)
	if err != nil {
		return err
	}
	before, err := uc.owner(ctx, tx, change)
	if err != nil {
		return err
	}
	after := before
	after.Readdress(change.Email, now)
	if err := tx.Users().Update(ctx, after); err != nil {
		return err
	}
	if err := tx.Links().VoidAll(ctx, after.ID); err != nil {
		return err
	}
	notice := domain.EmailMessage{Kind: domain.EmailAddressChanged, To: before.Email, At: now, Origin: visitor.Origin}
	if err := tx.Emails().Send(ctx, notice); err != nil {
		return err
	}
	return tx.Audit().Append(ctx, uc.changed(visitor, before, after, now))
}

// owner loads the account, which must still be allowed to change its address.
func (uc ConfirmEmail) owner(ctx context.Context, tx port.OrgTx, change domain.EmailChange) (domain.User, error) {
	user, err := tx.Users().Lock(ctx, change.User)
	if err != nil {
		return user, err
	}
	session, err := tx.Sessions().Lock(ctx, change.Session)
	if err != nil {
		return user, err
	}
	org, err := tx.Org().Get(ctx)
	if err != nil {
		return user, err
	}
	settings, err := tx.Org().Settings(ctx)
	switch {
	case err != nil:
		return user, err
	case !session.EndedAt.IsZero() || !uc.Clock().Before(session.ExpiresAt):
		return user, domain.ErrLinkGone
	case !org.Active():
		return user, domain.ErrOrgSuspended
	case !user.Active():
		return user, domain.ErrAccountSuspended
	case !settings.AllowProfileEdit:
		return user, domain.ErrProfileFixed
	}
	return user, nil
}

func (uc ConfirmEmail) changed(visitor domain.Visitor, before, after domain.User, now time.Time) domain.AuditEvent {
	owner := domain.Actor{User: after.ID, Origin: visitor.Origin}
	return owner.Did(domain.EventEmailChanged, domain.OnAccount(after.ID), before.Differences(after)).Stamp(uc.NewID(), now)
}
