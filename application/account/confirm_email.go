package account

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ConfirmEmail changes an account's address to the one whose owner opened the link.
type ConfirmEmail struct {
	Store port.Store
	Links port.OpaqueTokens
	Wrong proof.WrongTokens
	Clock port.Clock
	NewID port.NewID
}

// Execute uses the link up. One that is unknown, used or too old is ErrLinkGone, and so is one
// whose change was asked for in a session that has been ended since: whoever ends it takes
// back what it asked for. An address that another account has by now is ErrEmailTaken.
//
// Sessions and devices go on, for nothing they were proven with has changed. Links that were
// mailed to the old address are void, and it is told.
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
		return uc.refuse(ctx, visitor, token.Org)
	}
	return err
}

// refuse counts the token against its sender's network and then records the refusal, unless
// the network is over its limit or the org is not there.
func (uc ConfirmEmail) refuse(ctx context.Context, visitor domain.Visitor, org domain.OrgID) error {
	refusal := uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrLinkGone)
	if errors.Is(refusal, domain.ErrRateLimited) {
		return refusal
	}
	event := proof.Refusal(domain.EventEmailChanged, uc.NewID, uc.Clock(), visitor.Origin, "", "link used, expired or replaced")
	err := uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event) })
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		return refusal
	}
	return cmp.Or(err, refusal)
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
	told := domain.Letter{Kind: domain.LetterAddressChanged, To: before.Email, At: now, Origin: visitor.Origin}
	if err := tx.Letters().Send(ctx, told); err != nil {
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
	case !session.EndedAt.IsZero():
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
	return domain.AuditEvent{
		ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventEmailChanged, Outcome: domain.OutcomeSuccess, Actor: after.ID,
		ResourceType: "account", ResourceID: string(after.ID), Origin: visitor.Origin, Details: before.Differences(after),
	}
}
