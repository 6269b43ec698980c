package auth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Refresh rotates a refresh token (RFC 9700 section 4.14.2), if the policy still lets the session go on.
type Refresh struct {
	Store  port.Store
	Clock  port.Clock
	NewID  port.NewID
	Issuer Issuer
	Wrong  proof.WrongTokens
	Grace  time.Duration // within it a rotated token gets the same successor again; 0 disables this
}

// Execute locks the row of the session, so that parallel refreshes return the same successor. A token
// that was rotated longer ago than the grace ends its own family and no other. Tokens that were never
// issued count against the network of their sender.
func (uc Refresh) Execute(ctx context.Context, visitor domain.Visitor, secret domain.Secret) (*Tokens, error) {
	tokens, err := uc.rotate(ctx, visitor, secret)
	if errors.Is(err, domain.ErrRefreshToken) {
		err = uc.Wrong.Refuse(ctx, visitor.Origin, proof.RefreshToken, err)
	}
	return tokens, err
}

func (uc Refresh) rotate(ctx context.Context, visitor domain.Visitor, secret domain.Secret) (*Tokens, error) {
	presented, err := uc.Issuer.Refresh.Parse(secret)
	if err != nil {
		return nil, domain.ErrRefreshToken
	}
	if !visitor.Admits(presented.Org) {
		return nil, domain.ErrOrgMismatch
	}
	next := uc.Issuer.Refresh.Next(presented)
	sealed, err := uc.Issuer.Refresh.Seal(presented, next)
	if err != nil {
		return nil, err
	}
	now := uc.Clock()
	var (
		principal domain.Principal
		successor domain.RefreshToken
		verdict   domain.RefreshVerdict
	)
	err = uc.Store.InOrg(ctx, presented.Org, func(tx port.OrgTx) (err error) {
		successor = next
		principal, err = tx.Sessions().LockPrincipal(ctx, presented.Session)
		if errors.Is(err, domain.ErrNotFound) {
			return domain.ErrRefreshToken
		}
		if err != nil {
			return err
		}
		session := &principal.Session
		var spent domain.SpentToken
		if verdict, spent = session.Refresh.Judge(presented, uc.Grace, now); verdict == domain.RefreshForeign {
			return domain.ErrRefreshToken
		}
		if err := proof.SessionInOrder(principal, uc.Issuer.Limits, now); err != nil {
			return err
		}
		switch verdict {
		case domain.RefreshReuse:
			return uc.endFamily(ctx, tx, visitor, *session, now)
		case domain.RefreshRepeat:
			successor, err = uc.Issuer.Refresh.Open(presented, spent.SealedSuccessor)
			return err
		default:
			session.Refresh.Rotate(next.Hash, sealed, uc.Grace, now)
			session.LastSeenAt = now
			return tx.Sessions().Rotate(ctx, *session)
		}
	})
	switch {
	case errors.Is(err, domain.ErrOrgNotFound):
		return nil, domain.ErrRefreshToken
	case err != nil:
		return nil, err
	case verdict == domain.RefreshReuse:
		return nil, domain.ErrTokenRevoked
	}
	return uc.Issuer.tokens(presented.Org, principal.Session, successor, now)
}

// endFamily ends the session of a refresh token that was used again, and with it the whole family.
func (uc Refresh) endFamily(ctx context.Context, tx port.OrgTx, visitor domain.Visitor, session domain.Session, now time.Time) error {
	session.End(domain.EndRefreshReuse, now)
	if err := tx.Sessions().Update(ctx, session); err != nil {
		return err
	}
	actor := domain.Actor{User: session.User, Origin: visitor.Origin}
	return tx.Audit().Append(ctx, actor.Failed(domain.EventRefreshReused, domain.OnSession(session.ID), nil).Stamp(uc.NewID(), now))
}
