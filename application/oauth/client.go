package oauth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// KeyHolder returns the service account of an API key as the caller of a request, as for a request that carries the key as its
// bearer token (see auth.Authenticate). It reads the principal of the key with read.
type KeyHolder func(ctx context.Context, visitor domain.Visitor, key domain.Secret, read proof.ReadPrincipal) (domain.Caller, error)

// AuthenticateClient authenticates the client of a request: a service account, by one of its keys.
type AuthenticateClient struct {
	KeyHolder KeyHolder
	Bearers   proof.Bearers
	Wrong     proof.WrongTokens
}

// Credentials are what a client authenticates with (RFC 6749 §2.3.1).
type Credentials struct {
	ID     string        // the id of the service account
	Secret domain.Secret // one of its keys
}

// Execute returns the client. It returns ErrClientRefused, or ErrRateLimited, for wrong credentials, ErrOrgMismatch for a client
// of another org than the visitor names, and the refusals of domain.DecideKey: of an expired key, a suspended account, and so on.
func (uc AuthenticateClient) Execute(ctx context.Context, visitor domain.Visitor, given Credentials) (domain.Caller, error) {
	return uc.with(ctx, visitor, given, uc.Bearers.Principal)
}

func (uc AuthenticateClient) with(
	ctx context.Context, visitor domain.Visitor, given Credentials, read proof.ReadPrincipal,
) (domain.Caller, error) {
	if !domain.IsAPIKey(given.Secret.Reveal()) { // an access token is no secret of a client
		return domain.Caller{}, uc.refuse(ctx, visitor)
	}
	client, err := uc.KeyHolder(ctx, visitor, given.Secret, read)
	switch {
	case errors.Is(err, domain.ErrUnknownKey): // and counted
		return domain.Caller{}, domain.ErrClientRefused
	case err != nil:
		return domain.Caller{}, err
	case string(client.User.ID) != given.ID:
		return domain.Caller{}, uc.refuse(ctx, visitor)
	}
	return client, nil
}

func (uc AuthenticateClient) refuse(ctx context.Context, visitor domain.Visitor) error {
	return uc.Wrong.Refuse(ctx, visitor.Origin, proof.APIKey, domain.ErrClientRefused)
}
