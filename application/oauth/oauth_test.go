package oauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/oauth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

// fixture is an org with service accounts, whose clock tests set.
type fixture struct {
	oauth.UseCases
	t       *testing.T
	now     time.Time
	store   port.Store
	visitor domain.Visitor
	granter domain.UserID
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), store: embedded.Store(t)}
	f.visitor = domain.Visitor{Origin: domain.Origin{Address: "192.0.2.1"}, Org: f.newOrg("acme")}
	clock := func() time.Time { return f.now }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ring, err := jose.NewKeys(key)
	require.NoError(t, err)
	access, err := jose.NewAccessTokens(ring, "https://id.example.org", "example")
	require.NoError(t, err)
	guard := proof.Guard{
		Store: f.store, Clock: clock, NewID: newID,
		Wrong: proof.WrongTokens{Limiter: memory.NewLimiter(clock), PerNetwork: port.Rate{Max: 3, Per: time.Minute}},
	}
	bearers := proof.Bearers{Store: f.store, Access: access, Keys: opaque.APIKeyTokens{}}
	authenticate := auth.Authenticate{
		Bearers: bearers, Clock: clock, Activity: idle{}, Refusals: auth.KeyRefusals{Store: f.store, Wrong: guard.Wrong, NewID: newID},
	}
	f.UseCases = oauth.New(oauth.Deps{
		Guard: guard, Bearers: bearers, Limiter: guard.Wrong.Limiter, Refresh: opaque.RefreshTokens{}, AccessTTL: 15 * time.Minute,
		KeyHolder: func(ctx context.Context, visitor domain.Visitor, key domain.Secret, read proof.ReadPrincipal) (domain.Caller, error) {
			return authenticate.Execute(ctx, visitor, auth.AuthenticateInput{Token: key.Reveal(), Read: read})
		},
	})
	return f
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newOrg creates an org whose owner grants what its service accounts can do.
func (f *fixture) newOrg(slug domain.Slug) domain.OrgID {
	f.t.Helper()
	org, err := domain.NewOrg(domain.OrgID(newID()), string(slug), slug, f.now)
	require.NoError(f.t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, f.now)
	f.granter = domain.UserID(newID())
	require.NoError(f.t, f.store.Platform().CreateOrg(f.t.Context(), org, settings, func(tx port.OrgTx) error {
		owner, err := domain.NewUser(f.granter, "owner@example.org", "Somebody", f.now)
		require.NoError(f.t, err)
		role := domain.Role{ID: domain.RoleID(newID()), Name: domain.RoleOwner, System: true, CreatedAt: f.now, Version: 1}
		require.NoError(f.t, tx.Users().Insert(f.t.Context(), owner))
		require.NoError(f.t, tx.Roles().Insert(f.t.Context(), role))
		return tx.Roles().Assign(f.t.Context(), owner.ID, []domain.RoleID{role.ID})
	}))
	return org.ID
}

// client creates a service account of the org with a key of one day.
func (f *fixture) client(org domain.OrgID, name string, permissions ...domain.Permission) oauth.Credentials {
	f.t.Helper()
	token := opaque.APIKeyTokens{}.New(org)
	var made domain.ServiceAccount
	require.NoError(f.t, f.store.InOrg(f.t.Context(), org, func(tx port.OrgTx) (err error) {
		role := domain.Role{ID: domain.RoleID(newID()), Name: "of " + name, Granted: permissions, CreatedAt: f.now, Version: 1}
		require.NoError(f.t, tx.Roles().Insert(f.t.Context(), role))
		draft := domain.ServiceAccountDraft{Name: name, Roles: []domain.Role{role}, GrantedBy: f.granter}
		made, err = domain.NewServiceAccount(domain.ServiceAccountID(newID()), draft, f.now)
		require.NoError(f.t, err)
		require.NoError(f.t, tx.ServiceAccounts().Insert(f.t.Context(), made))
		key, err := domain.NewAPIKey(domain.APIKeyID(newID()), made.ID,
			domain.APIKeyDraft{Name: "key", Days: 1, Hash: token.Hash, CreatedBy: f.granter}, f.now)
		require.NoError(f.t, err)
		return tx.APIKeys().Insert(f.t.Context(), key)
	}))
	return oauth.Credentials{ID: string(made.ID), Secret: token.Secret}
}

// idle implements port.Activity.
type idle struct{}

func (idle) Seen(domain.OrgID, domain.SessionID, time.Time)   {}
func (idle) KeyUsed(domain.OrgID, domain.APIKeyID, time.Time) {}

func (f *fixture) authenticated(given oauth.Credentials) domain.Caller {
	f.t.Helper()
	client, err := f.AuthenticateClient.Execute(f.t.Context(), f.visitor, given)
	require.NoError(f.t, err)
	return client
}

func (f *fixture) issued(given oauth.Credentials) domain.Secret {
	f.t.Helper()
	token, err := f.IssueToken.Execute(f.t.Context(), f.authenticated(given), "")
	require.NoError(f.t, err)
	return token.Access
}

func (f *fixture) active(asks oauth.Credentials, token domain.Secret) bool {
	f.t.Helper()
	_, found, err := f.Introspect.Execute(f.t.Context(), oauth.IntrospectInput{Visitor: f.visitor, Credentials: asks, Token: token})
	require.NoError(f.t, err)
	return found.Active
}

func (f *fixture) events(name domain.EventName) (n int) {
	f.t.Helper()
	require.NoError(f.t, f.store.ReadOrg(f.t.Context(), f.visitor.Org, func(tx port.OrgTx) error {
		found, err := tx.Audit().List(f.t.Context(), domain.AuditFilter{Action: name}, domain.AuditPlace{}, 100)
		n = len(found)
		return err
	}))
	return n
}

func TestAClientIsRefusedAlikeWhateverIsWrong(t *testing.T) {
	f := newFixture(t)
	a, b := f.client(f.visitor.Org, "a"), f.client(f.visitor.Org, "b")
	unknown := opaque.APIKeyTokens{}.New(f.visitor.Org).Secret
	for name, given := range map[string]oauth.Credentials{
		"the key of another client": {ID: a.ID, Secret: b.Secret},
		"unknown key":               {ID: a.ID, Secret: unknown},
		"no key":                    {ID: a.ID, Secret: f.issued(a)},
	} {
		_, err := f.AuthenticateClient.Execute(t.Context(), f.visitor, given)
		require.ErrorIs(t, err, domain.ErrClientRefused, name)
	}
	_, err := f.AuthenticateClient.Execute(t.Context(), f.visitor, oauth.Credentials{ID: a.ID, Secret: unknown})
	require.ErrorIs(t, err, domain.ErrRateLimited, "each of them is counted")
	f.authenticated(a)
}

func TestATokenEndsWithItsKey(t *testing.T) {
	f := newFixture(t)
	client := f.authenticated(f.client(f.visitor.Org, "a", domain.PermMemberRead))
	for left, want := range map[time.Duration]time.Duration{24 * time.Hour: 15 * time.Minute, 10 * time.Minute: 10 * time.Minute} {
		f.now = client.Key.ExpiresAt.Add(-left)
		token, err := f.IssueToken.Execute(t.Context(), client, "")
		require.NoError(t, err)
		require.Equal(t, want, token.ExpiresIn)
		claims, err := f.IssueToken.Access.Verify(token.Access.Reveal(), f.now)
		require.NoError(t, err)
		require.Equal(t, f.now.Add(want), claims.Expires)
		require.Equal(t, []domain.Permission{domain.PermMemberRead}, claims.Scope)
	}
}

func TestAScopeNarrowsAndNeverWidens(t *testing.T) {
	f := newFixture(t)
	client := f.authenticated(f.client(f.visitor.Org, "a", domain.PermMemberRead, domain.PermAuditRead))
	token, err := f.IssueToken.Execute(t.Context(), client, string(domain.PermAuditRead))
	require.NoError(t, err)
	require.Equal(t, []domain.Permission{domain.PermAuditRead}, token.Scope)
	for _, scope := range []string{string(domain.PermMemberCreate), "audit.read  member.read", "nothing"} {
		token, err := f.IssueToken.Execute(t.Context(), client, scope)
		require.ErrorIs(t, err, domain.ErrInvalidScope, scope)
		require.Zero(t, token)
	}
}

func TestIssuedTokensAreAuditedOncePerHourAndNetwork(t *testing.T) {
	f := newFixture(t)
	client := f.client(f.visitor.Org, "a")
	for range 3 {
		f.issued(client)
	}
	require.Equal(t, 1, f.events(domain.EventTokenIssued))
	f.visitor.Address = "198.51.100.1"
	f.issued(client)
	require.Equal(t, 2, f.events(domain.EventTokenIssued))
	f.now = f.now.Add(61 * time.Minute)
	f.issued(client)
	require.Equal(t, 3, f.events(domain.EventTokenIssued))
}

func TestIntrospectionSaysWhatIsInForceNow(t *testing.T) {
	f := newFixture(t)
	asks, a := f.client(f.visitor.Org, "asks", domain.PermTokenIntrospect), f.client(f.visitor.Org, "a")
	home := f.visitor
	f.visitor.Org = f.newOrg("other")
	foreign := f.client(f.visitor.Org, "foreign")
	foreignToken := f.issued(foreign)
	f.visitor = home

	token, ended := f.issued(a), f.issued(a)
	require.NoError(t, f.Revoke.Execute(t.Context(), f.authenticated(a), ended))
	require.True(t, f.active(asks, token))
	require.True(t, f.active(asks, a.Secret), "a key is a bearer token too")
	require.False(t, f.active(asks, ended))
	require.False(t, f.active(asks, foreignToken))
	require.False(t, f.active(asks, foreign.Secret))
	require.False(t, f.active(asks, domain.NewSecret("text")))
	f.now = f.now.Add(16 * time.Minute)
	require.False(t, f.active(asks, token))

	client, found, err := f.Introspect.Execute(t.Context(), oauth.IntrospectInput{Visitor: f.visitor, Credentials: a, Token: asks.Secret})
	require.ErrorIs(t, err, domain.ErrPermissionDenied)
	require.Equal(t, a.ID, string(client.User.ID), "the refusal names the client")
	require.Zero(t, found)
}

func TestAClientRevokesOnlyItsOwn(t *testing.T) {
	f := newFixture(t)
	a, b := f.client(f.visitor.Org, "a", domain.PermTokenIntrospect), f.client(f.visitor.Org, "b")
	client := f.authenticated(a)
	require.ErrorIs(t, f.Revoke.Execute(t.Context(), client, f.issued(b)), domain.ErrOtherClient)
	require.ErrorIs(t, f.Revoke.Execute(t.Context(), client, b.Secret), domain.ErrOtherClient)
	require.True(t, f.active(a, b.Secret))

	token := f.issued(a)
	for range 2 { // RFC 7009 §2.2: a token that is not in force is no error
		require.NoError(t, f.Revoke.Execute(t.Context(), client, token))
	}
	require.Equal(t, 1, f.events(domain.EventTokenRevoked))
	require.NoError(t, f.Revoke.Execute(t.Context(), client, a.Secret))
	_, err := f.AuthenticateClient.Execute(t.Context(), f.visitor, a)
	require.ErrorIs(t, err, domain.ErrClientRefused)
	require.Equal(t, 1, f.events(domain.EventAPIKeyRevoked))
	require.NoError(t, f.Revoke.Execute(t.Context(), client, domain.NewSecret("text")))
}
