package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Revoke ends a token (RFC 7009): an access token or a key of the client itself, or the session of a person's token. Whoever has
// a person's token can end its session anyway, by signing out.
type Revoke struct {
	proof.Guard
	Bearers proof.Bearers
	Refresh port.RefreshTokens
}

// revokedFor is how much longer than until its expiry a token stays revoked, because a verifier may tolerate that its clock
// differs (see port.AccessTokens).
const revokedFor = time.Minute

// Execute changes nothing, and returns no error, for a token that is not in force or belongs to another org (RFC 7009 §2.2). For
// a token or key of another service account it returns ErrOtherClient.
func (uc Revoke) Execute(ctx context.Context, client domain.Caller, token domain.Secret) error {
	if refresh, err := uc.Refresh.Parse(token); err == nil {
		return uc.endSession(ctx, client, refresh.Org, refresh.Session, func(session domain.Session, now time.Time) bool {
			verdict, _ := session.Refresh.Judge(refresh, 0, now)
			return verdict != domain.RefreshForeign
		})
	}
	bearer, err := uc.Bearers.Read(token.Reveal(), uc.Clock())
	switch {
	case err != nil || bearer.Org != client.Org.ID:
		return nil //nolint:nilerr // see above
	case bearer.IsKey():
		return uc.removeKey(ctx, client, bearer)
	case bearer.OfService():
		return uc.revokeToken(ctx, client, bearer.Claims)
	}
	return uc.endSession(ctx, client, bearer.Org, bearer.Claims.Session, func(session domain.Session, _ time.Time) bool {
		return session.User == bearer.Claims.Subject
	})
}

// endSession ends a live session of the client's org if it belongs to the token.
func (uc Revoke) endSession(
	ctx context.Context, client domain.Caller, org domain.OrgID, id domain.SessionID, owns func(domain.Session, time.Time) bool,
) error {
	if org != client.Org.ID {
		return nil
	}
	return uc.Change(ctx, client, proof.SignedIn, func(tx proof.Unit) error {
		session, err := tx.Sessions().Lock(ctx, id)
		if errors.Is(err, domain.ErrNotFound) || err == nil && (!session.EndedAt.IsZero() || !owns(session, tx.Now)) {
			return nil
		}
		if err != nil {
			return err
		}
		session.End(domain.EndRevoked, tx.Now)
		if err := tx.Sessions().Update(ctx, session); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventSessionEnded, domain.OnSession(id), domain.Details{"reason": string(domain.EndRevoked)})
	})
}

// revokeToken ends an access token of the client, and no other token of the same key.
func (uc Revoke) revokeToken(ctx context.Context, client domain.Caller, claims port.AccessClaims) error {
	if claims.Subject != client.User.ID {
		return domain.ErrOtherClient
	}
	return uc.Change(ctx, client, proof.SignedIn, func(tx proof.Unit) error {
		revoked, err := tx.APIKeys().RevokeToken(ctx, claims.ID, claims.Expires.Add(revokedFor))
		if err != nil || !revoked {
			return err
		}
		return tx.Record(ctx, domain.EventTokenRevoked, domain.OnAPIKey(claims.Key), domain.Details{"token_id": claims.ID})
	})
}

// removeKey removes a key of the client, possibly the one that it authenticated with.
func (uc Revoke) removeKey(ctx context.Context, client domain.Caller, bearer proof.Bearer) error {
	principal, err := uc.Bearers.Principal(ctx, bearer)
	switch {
	case errors.Is(err, domain.ErrUnauthenticated):
		return nil
	case err != nil:
		return err
	case principal.User.ID != client.User.ID:
		return domain.ErrOtherClient
	}
	return uc.Change(ctx, client, proof.SignedIn, func(tx proof.Unit) error {
		account := domain.ServiceAccount{ID: domain.ServiceAccountID(client.User.ID), Name: client.User.FullName}
		key, err := tx.APIKeys().Get(ctx, account.ID, principal.Key.ID)
		if errors.Is(err, domain.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := tx.APIKeys().Remove(ctx, key.ID); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAPIKeyRevoked, domain.OnAPIKey(key.ID), key.Details(account))
	})
}
