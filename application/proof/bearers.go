package proof

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Bearers reads bearer tokens: access tokens and API keys.
type Bearers struct {
	Store  port.Store
	Access port.AccessTokens
	Keys   port.APIKeyTokens
	Limits domain.ServerLimits
}

// Bearer is a bearer token as it was issued. Whether it may still be used depends on its account: see Bearers.Principal.
type Bearer struct {
	Org    domain.OrgID
	Claims port.AccessClaims // of an access token; zero for a key
	Hash   domain.TokenHash  // of an API key; empty for an access token
}

// IsKey reports whether the bearer token is an API key.
func (b Bearer) IsKey() bool { return b.Hash != "" }

// OfService reports whether the bearer token is a service account's.
func (b Bearer) OfService() bool { return b.IsKey() || b.Claims.Key != "" }

// Expired reports whether an access token has expired. Whether a key has is seen with its account.
func (b Bearer) Expired(now time.Time) bool { return !b.IsKey() && !now.Before(b.Claims.Expires) }

func (b Bearer) ref() port.PrincipalRef {
	if !b.OfService() {
		return port.PrincipalRef{Session: b.Claims.Session}
	}
	return port.PrincipalRef{Key: port.KeyRef{Hash: b.Hash, ID: b.Claims.Key, Token: b.Claims.ID}}
}

// Read returns a bearer token whose form, signature and age are right. It asks no storage. Otherwise it returns
// ErrUnauthenticated or ErrTokenExpired.
func (b Bearers) Read(token string, now time.Time) (Bearer, error) {
	if domain.IsAPIKey(token) {
		key, err := b.Keys.Parse(domain.NewSecret(token))
		if err != nil {
			return Bearer{}, domain.ErrUnauthenticated
		}
		return Bearer{Org: key.Org, Hash: key.Hash}, nil
	}
	claims, err := b.Access.Verify(token, now)
	if err != nil {
		return Bearer{}, err
	}
	return Bearer{Org: claims.Org, Claims: claims}, nil
}

// ReadPrincipal reads the principal of a bearer token, as Bearers.Principal does.
type ReadPrincipal func(ctx context.Context, bearer Bearer) (domain.Principal, error)

// Principal returns the account of a bearer token as it is now, in one round trip. The permissions of a service account's
// access token are limited to its scope. It returns ErrUnauthenticated for an unknown key, and ErrTokenRevoked for a token
// whose session or key does not exist. Whether the account may use it is left to InOrder.
func (b Bearers) Principal(ctx context.Context, bearer Bearer) (domain.Principal, error) {
	if bearer.OfService() {
		return bearer.permitted(b.Store.KeyPrincipal(ctx, bearer.Org, bearer.ref().Key))
	}
	return bearer.permitted(b.Store.Principal(ctx, bearer.Org, bearer.Claims.Session))
}

// TwoPrincipals returns what Principal returns for each of two bearer tokens of one org, in one round trip.
func (b Bearers) TwoPrincipals(ctx context.Context, first, second Bearer) ([2]port.FoundPrincipal, error) {
	found, err := b.Store.TwoPrincipals(ctx, first.Org, [2]port.PrincipalRef{first.ref(), second.ref()})
	if err != nil {
		return found, err
	}
	for i, bearer := range []Bearer{first, second} {
		found[i].Principal, found[i].Err = bearer.permitted(found[i].Principal, found[i].Err)
	}
	return found, nil
}

// permitted returns the principal with the permissions of the token.
func (b Bearer) permitted(p domain.Principal, err error) (domain.Principal, error) {
	if err == nil && !b.IsKey() && p.User.ID != b.Claims.Subject {
		err = domain.ErrUnauthenticated
	}
	if err != nil {
		return domain.Principal{}, err
	}
	if b.Claims.Key != "" {
		p = p.Within(append([]domain.Permission{}, b.Claims.Scope...)) // a token without a scope permits nothing
	}
	return p, nil
}

// InOrder returns an error if the account may not use its bearer token now, from the address of a client.
func (b Bearers) InOrder(p domain.Principal, address string, now time.Time) error {
	if p.Service() {
		return keyInOrder(p, p.KeyFacts(address), now)
	}
	return SessionInOrder(p, b.Limits, now)
}

// InForce is InOrder where a token is only looked at: the networks of a key do not count, because the client is unknown.
func (b Bearers) InForce(p domain.Principal, now time.Time) error {
	if p.Service() {
		facts := p.KeyFacts("")
		facts.Admitted = true
		return keyInOrder(p, facts, now)
	}
	return SessionInOrder(p, b.Limits, now)
}

func keyInOrder(p domain.Principal, facts domain.KeyFacts, now time.Time) error {
	refusal := domain.DecideKey(domain.Policy{}, facts, now).Outcome.Refusal()
	if refusal == nil {
		return nil
	}
	return refusal.Because(domain.KeyDecision(p, facts, now))
}

// SessionInOrder returns an error if the session of the principal may not go on.
func SessionInOrder(p domain.Principal, limits domain.ServerLimits, now time.Time) error {
	policy, facts := p.Settings.Policy(limits), p.SessionFacts()
	refusal := domain.DecideSession(policy, facts, now).Outcome.Refusal()
	if refusal == nil {
		return nil
	}
	return refusal.Because(domain.SessionDecision(p, policy, facts, now))
}
