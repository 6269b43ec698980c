package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Refresh rotates a refresh token (RFC 9700 §4.14.2) after asking anew whether the
// session may go on.
type Refresh struct {
	Store  port.Store
	Clock  port.Clock
	NewID  port.NewID
	Issuer Issuer
	Wrong  proof.WrongTokens
	Grace  time.Duration // within it a rotated token gets the same successor again; 0 turns that off
}

// Execute locks the one session row, so that parallel refreshes agree on one successor.
// A token that was rotated longer ago than the grace ends its whole family, and only that.
// Tokens that were never issued count against their sender's network.
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
		session   domain.Session
		successor domain.RefreshToken
		outcome   error
	)
	err = uc.Store.InOrg(ctx, presented.Org, func(tx port.OrgTx) (err error) {
		successor = next
		session, err = tx.Sessions().Lock(ctx, presented.Session)
		if errors.Is(err, domain.ErrNotFound) {
			return domain.ErrRefreshToken
		}
		if err != nil {
			return err
		}
		verdict, spent := session.Refresh.Judge(presented, uc.Grace, now)
		if outcome, err = uc.refuse(ctx, tx, visitor, &session, verdict, now); outcome != nil || err != nil {
			return err
		}
		if verdict == domain.RefreshRepeat {
			successor, err = uc.Issuer.Refresh.Open(presented, spent.SealedSuccessor)
			return err
		}
		session.Refresh.Rotate(next.Hash, sealed, uc.Grace, now)
		session.LastSeenAt = now
		return tx.Sessions().Update(ctx, session)
	})
	if errors.Is(err, domain.ErrOrgNotFound) {
		return nil, domain.ErrRefreshToken
	}
	if err != nil || outcome != nil {
		return nil, cmp.Or(err, outcome)
	}
	return uc.Issuer.tokens(presented.Org, session, successor, now)
}

// refuse says why this token gets nothing, and ends the family of a reused one.
func (uc Refresh) refuse(ctx context.Context, tx port.OrgTx, visitor domain.Visitor, session *domain.Session, verdict domain.RefreshVerdict, now time.Time) (outcome, err error) {
	if verdict == domain.RefreshForeign {
		return domain.ErrRefreshToken, nil
	}
	if err := uc.sessionInOrder(ctx, tx, *session, now); err != nil {
		if _, refused := errors.AsType[*domain.Error](err); refused && !errors.Is(err, domain.ErrUnavailable) {
			return err, nil
		}
		return nil, err
	}
	if verdict != domain.RefreshReuse {
		return nil, nil
	}
	session.End(domain.EndRefreshReuse, now)
	if err := tx.Sessions().Update(ctx, *session); err != nil {
		return nil, err
	}
	return domain.ErrTokenRevoked, tx.Audit().Append(ctx, domain.AuditEvent{
		ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventRefreshReused, Outcome: domain.OutcomeFailure, Actor: session.User,
		ResourceType: "session", ResourceID: string(session.ID), Origin: visitor.Origin,
	})
}

// sessionInOrder re-reads everything that could have ended the session since its last use.
func (uc Refresh) sessionInOrder(ctx context.Context, tx port.OrgTx, session domain.Session, now time.Time) error {
	principal, err := tx.Users().Standing(ctx, session.User)
	if err != nil {
		return err
	}
	principal.Session = session
	return sessionInOrder(principal, uc.Issuer.Limits, now)
}
