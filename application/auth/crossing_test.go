package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// crossing is the owner of an operators' org, signed in, and another org.
type crossing struct {
	*fixture
	other  domain.OrgID
	claims knownClaims
	broken domain.OrgID // the org in which nothing can be written
}

// knownClaims are the claims of every token.
type knownClaims struct{ port.AccessClaims }

func (knownClaims) Sign(port.AccessClaims) (string, error) { return "", nil }

func (k knownClaims) Verify(string, time.Time) (port.AccessClaims, error) { return k.AccessClaims, nil }

// idle records no activity.
type idle struct{}

func (idle) Seen(domain.OrgID, domain.SessionID, time.Time) {}

// KeyUsed does nothing.
func (idle) KeyUsed(domain.OrgID, domain.APIKeyID, time.Time) {}

// brokenStore fails to write in one org.
type brokenStore struct {
	port.Store
	broken *domain.OrgID
}

var errBroken = errors.New("cannot be written")

func (s brokenStore) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	if org == *s.broken {
		return errBroken
	}
	return s.Store.InOrg(ctx, org, fn)
}

func newCrossing(t *testing.T) *crossing {
	t.Helper()
	c := &crossing{fixture: newFixture(t), other: domain.OrgID(uuid.NewString())}
	org, err := domain.NewOrg(c.other, "Other", "other", c.now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, c.now)
	settings.RememberDeviceDays = 7
	require.NoError(t, c.store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	session := domain.SessionID(c.enroll().Tokens.Access.Reveal())
	principal, err := c.store.Principal(t.Context(), c.org, session)
	require.NoError(t, err)
	c.claims = knownClaims{port.AccessClaims{Org: c.org, Subject: principal.User.ID, Session: session}}
	return c
}

func (c *crossing) call(call string) (domain.Caller, error) {
	clock := func() time.Time { return c.now }
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	store := brokenStore{c.store, &c.broken}
	return auth.Authenticate{
		Bearers:  proof.Bearers{Store: store, Access: c.claims, Limits: c.flow.Issuer.Limits},
		Activity: idle{}, Clock: clock,
		Crossings: proof.Crossings{Store: store, Clock: clock, NewID: newID},
	}.Execute(c.t.Context(), domain.Visitor{Org: c.other, Origin: domain.Origin{Address: "192.0.2.7"}}, auth.AuthenticateInput{Call: call})
}

// crossings returns the events about crossings in the audit log of an org.
func (c *crossing) crossings(org domain.OrgID) (found []domain.AuditEvent) {
	c.t.Helper()
	require.NoError(c.t, c.store.ReadOrg(c.t.Context(), org, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(c.t.Context(), 1000)
		for _, event := range events {
			if event.Name == domain.EventPlatformCrossed || event.Name == domain.EventPlatformEntered {
				found = append(found, event)
			}
		}
		return err
	}))
	return found
}

func TestAnOperatorsCrossingIsAuditedInBothOrgs(t *testing.T) {
	c := newCrossing(t)
	caller, err := c.call("GET /x/{id}")
	require.NoError(t, err)
	require.True(t, caller.ActingFor())
	require.Equal(t, c.other, caller.Org.ID)
	require.Equal(t, c.org, caller.HomeOrg)
	require.Equal(t, 7, caller.Settings.RememberDeviceDays)
	require.EqualValues(t, email, caller.User.Email)

	home, there := c.crossings(c.org), c.crossings(c.other)
	require.Len(t, home, 1)
	require.Len(t, there, 1)
	require.Equal(t, domain.EventPlatformCrossed, home[0].Name)
	require.Equal(t, domain.EventPlatformEntered, there[0].Name)
	require.Equal(t, domain.Origin{Address: "192.0.2.7"}, home[0].Origin)
	require.Equal(t, domain.Origin{Address: "192.0.2.7", HomeOrg: c.org}, there[0].Origin)
	for _, event := range []domain.AuditEvent{home[0], there[0]} {
		require.Equal(t, caller.User.ID, event.Actor)
		require.Equal(t, string(c.other), event.ResourceID)
		require.Equal(t, map[string]string{"call": "GET /x/{id}"}, event.Details)
	}
}

func TestACrossingThatCannotBeAuditedIsRefused(t *testing.T) {
	c := newCrossing(t)
	c.broken = c.org
	_, err := c.call("GET /x")
	require.ErrorIs(t, err, errBroken)
	require.Empty(t, c.crossings(c.other), "the event in the operator's own org comes first")
	c.broken = c.other
	_, err = c.call("GET /x")
	require.ErrorIs(t, err, errBroken)
	require.Len(t, c.crossings(c.org), 1)
}

func TestARefusedCrossingIsNotAudited(t *testing.T) {
	for name, prepare := range map[string]func(c *crossing) (call string){
		"where nobody may": func(*crossing) string { return "" },
		"without the permission": func(c *crossing) string {
			c.plain()
			return "GET /x"
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrossing(t)
			_, err := c.call(prepare(c))
			require.ErrorIs(t, err, domain.ErrOrgMismatch)
			require.Empty(t, c.crossings(c.org))
			require.Empty(t, c.crossings(c.other))
		})
	}
}

func TestACrossingIntoASuspendedOrgOrWithAnExpiredSessionIsRefused(t *testing.T) {
	c := newCrossing(t)
	require.NoError(t, c.store.InOrg(t.Context(), c.other, func(tx port.OrgTx) error {
		org, err := tx.Org().Lock(t.Context())
		require.NoError(t, err)
		require.NoError(t, org.Suspend(c.now))
		return tx.Org().Update(t.Context(), org)
	}))
	_, err := c.call("GET /x")
	require.ErrorIs(t, err, domain.ErrOrgSuspended)
	c.now = c.now.Add(31 * time.Minute)
	_, err = c.call("GET /x")
	require.ErrorIs(t, err, domain.ErrSessionExpired)
}
