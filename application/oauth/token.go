package oauth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// IssueToken issues an access token to a client (RFC 6749 §4.4, RFC 9068).
type IssueToken struct {
	proof.Guard
	Access    port.AccessTokens
	Limiter   port.Limiter // of the audit events
	AccessTTL time.Duration
}

// Token is an access token of a service account.
type Token struct {
	Access    domain.Secret
	ExpiresIn time.Duration
	Scope     []domain.Permission // what it can do now, at most
}

// issuedGrain is how often the audit log says that a key was exchanged for tokens from a network: at most once in this time.
// Programs request tokens for as long as they run, so an event for each would bury the others.
const issuedGrain = time.Hour

// Execute returns a token that can do what the client can do, or less if it asks for less. It ends with the key at the latest. It
// returns ErrInvalidScope for a scope that is malformed or beyond what the client can do.
func (uc IssueToken) Execute(ctx context.Context, client domain.Caller, scope string) (token Token, err error) {
	err = uc.Allow(ctx, client, proof.SignedIn, func(access proof.Access) error {
		if token, err = uc.sign(client, scope); err != nil || !uc.auditDue(ctx, client) {
			return err
		}
		return access.ReadAndRecord(ctx, func(tx proof.Unit) error {
			key := client.Key
			return tx.Record(ctx, domain.EventTokenIssued, domain.OnAPIKey(key.ID), domain.Details{
				"name": key.Name, "service_account_id": string(client.User.ID), "service_account": client.User.FullName,
			})
		})
	})
	if err != nil {
		return Token{}, err
	}
	return token, nil
}

func (uc IssueToken) sign(client domain.Caller, scope string) (Token, error) {
	var asked []domain.Permission
	if scope != "" {
		var err error
		if asked, err = domain.ParseScope(scope); err != nil {
			return Token{}, err
		}
	}
	permissions, err := domain.Narrow(client.Permissions(), asked)
	if err != nil {
		return Token{}, err
	}
	now := uc.Clock()
	ttl := min(uc.AccessTTL, client.Key.ExpiresAt.Sub(now))
	access, err := uc.Access.Sign(port.AccessClaims{
		ID: uc.NewID(), Subject: client.User.ID, Org: client.Org.ID, Key: client.Key.ID, Scope: permissions,
		IssuedAt: now, Expires: now.Add(ttl),
	})
	if err != nil {
		return Token{}, err
	}
	return Token{Access: domain.NewSecret(access), ExpiresIn: ttl, Scope: permissions}, nil
}

// auditDue reports whether the audit log should say that the key was exchanged for a token. It does when the cache is away, too.
func (uc IssueToken) auditDue(ctx context.Context, client domain.Caller) bool {
	key := "token_issued:" + string(client.Org.ID) + ":" + string(client.Key.ID) + ":" + client.Network()
	verdict, err := uc.Limiter.Take(ctx, key, port.Rate{Max: 1, Per: issuedGrain})
	return err != nil || verdict.Allowed
}
