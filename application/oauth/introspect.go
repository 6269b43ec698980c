package oauth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// IntrospectNeeds is what Introspect requires of its caller.
var IntrospectNeeds = proof.Needs{Permission: domain.PermTokenIntrospect}

// Introspect says whether a token is in force, and whose it is (RFC 7662).
type Introspect struct {
	proof.Guard
	Bearers proof.Bearers
}

// Introspection describes a token that is in force. The zero value is any other one.
type Introspection struct {
	Active    bool
	Bearer    proof.Bearer
	Principal domain.Principal // as it is now, with the permissions of the token
}

// Execute decides as a request with the token would, at this instant, but for the networks of a key: the client that asks is not the
// one that the token was sent to. Tokens of another org, refresh tokens and any other text are not in force.
func (uc Introspect) Execute(ctx context.Context, client domain.Caller, token domain.Secret) (found Introspection, err error) {
	err = uc.Allow(ctx, client, IntrospectNeeds, func(proof.Access) error {
		found, err = uc.look(ctx, client, token)
		return err
	})
	return found, err
}

func (uc Introspect) look(ctx context.Context, client domain.Caller, token domain.Secret) (Introspection, error) {
	now := uc.Clock()
	bearer, err := uc.Bearers.Read(token.Reveal(), now)
	if err != nil || bearer.Org != client.Org.ID || !bearer.IsKey() && !now.Before(bearer.Claims.Expires) {
		return Introspection{}, nil //nolint:nilerr // it is not in force
	}
	principal, err := uc.Bearers.Principal(ctx, bearer)
	if err == nil {
		err = uc.Bearers.InForce(principal, now)
	}
	if err != nil {
		return Introspection{}, unlessRefused(err)
	}
	return Introspection{Active: true, Bearer: bearer, Principal: principal}, nil
}

// unlessRefused returns nil for an error that says that a token is not in force, and the error for one after which that is unknown.
func unlessRefused(err error) error {
	failure, ok := errors.AsType[*domain.Error](err)
	if ok && failure.Code != domain.CodeUnavailable {
		return nil
	}
	return err
}
