package oauth

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// IntrospectNeeds is what Introspect requires of its caller.
var IntrospectNeeds = proof.Needs{Permission: domain.PermTokenIntrospect}

// Introspect says whether a token is in force, and whose it is (RFC 7662).
type Introspect struct {
	proof.Guard
	Client AuthenticateClient
}

// Introspection describes a token that is in force. The zero value is any other one.
type Introspection struct {
	Active    bool
	Bearer    proof.Bearer
	Principal domain.Principal // as it is now, with the permissions of the token
}

// IntrospectInput is a request of a client that is not authenticated yet.
type IntrospectInput struct {
	Visitor     domain.Visitor
	Credentials Credentials
	Token       domain.Secret
}

// Execute authenticates the client as AuthenticateClient does, and reads the client and the token in one round trip. It decides as a
// request with the token would, at this instant, but for the networks of a key: the client that asks is not the one that the token was
// sent to. Tokens of another org, refresh tokens and any other text are not in force. It returns the client also when it refuses it
// for a permission that it lacks.
func (uc Introspect) Execute(ctx context.Context, in IntrospectInput) (client domain.Caller, found Introspection, err error) {
	now := uc.Clock()
	asked, unread := uc.Client.Bearers.Read(in.Token.Reveal(), now)
	token := port.FoundPrincipal{Err: domain.ErrUnauthenticated}
	client, err = uc.Client.with(ctx, in.Visitor, in.Credentials, func(ctx context.Context, key proof.Bearer) (domain.Principal, error) {
		if unread != nil || asked.Org != key.Org || asked.Expired(now) {
			return uc.Client.Bearers.Principal(ctx, key)
		}
		two, err := uc.Client.Bearers.TwoPrincipals(ctx, key, asked)
		token = two[1]
		return two[0].Principal, cmp.Or(err, two[0].Err)
	})
	if err != nil {
		return client, found, err
	}
	err = uc.Allow(ctx, client, IntrospectNeeds, func(proof.Access) error {
		if token.Err == nil {
			token.Err = uc.Client.Bearers.InForce(token.Principal, now)
		}
		if token.Err != nil {
			return unlessRefused(token.Err)
		}
		found = Introspection{Active: true, Bearer: asked, Principal: token.Principal}
		return nil
	})
	return client, found, err
}

// unlessRefused returns nil for an error that says that a token is not in force, and the error for one after which that is unknown.
func unlessRefused(err error) error {
	failure, ok := errors.AsType[*domain.Error](err)
	if ok && failure.Code != domain.CodeUnavailable {
		return nil
	}
	return err
}
