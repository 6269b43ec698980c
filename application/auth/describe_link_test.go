package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestALinkIsDescribedWithoutBeingUsed(t *testing.T) {
	f := newFixture(t)
	links := opaque.New("pr")
	describe := func(visitor domain.Visitor, token domain.Secret) (auth.LinkDescription, error) {
		return auth.DescribeLink{
			Store: f.store, Links: links, Wrong: f.flow.Wrong, Limits: f.flow.Issuer.Limits, Clock: f.flow.Clock,
		}.Execute(t.Context(), visitor, token)
	}
	issue := func(purpose domain.LinkPurpose) domain.Secret {
		token := links.New(f.org)
		require.NoError(t, f.store.InOrg(t.Context(), f.org, func(tx port.OrgTx) error {
			user, err := tx.Users().ByEmail(t.Context(), email)
			if err != nil {
				return err
			}
			return tx.Links().Put(t.Context(), domain.Link{
				User: user.ID, Purpose: purpose, Hash: token.Hash, ExpiresAt: f.now.Add(time.Hour),
			})
		}))
		return token.Secret
	}

	token := issue(domain.LinkPasswordReset)
	for range 2 {
		description, err := describe(f.visitor, token)
		require.NoError(t, err)
		require.Equal(t, "Acme", description.Org.Name)
		require.EqualValues(t, email, description.Email)
		require.Equal(t, 12, description.PasswordMinLength)
		require.False(t, description.Invitation)
	}
	description, err := describe(domain.Visitor{Origin: f.visitor.Origin}, issue(domain.LinkInvitation))
	require.NoError(t, err, "the link names its org")
	require.True(t, description.Invitation)

	_, err = describe(domain.Visitor{Origin: f.visitor.Origin, Org: "another"}, token)
	require.ErrorIs(t, err, domain.ErrOrgMismatch)
	f.now = f.now.Add(time.Hour)
	for _, gone := range []domain.Secret{token, domain.NewSecret("nothing"), links.New(f.org).Secret} {
		_, err = describe(f.visitor, gone)
		require.ErrorIs(t, err, domain.ErrLinkGone)
	}
	f.now = f.now.Add(-time.Hour)
	f.account(func(u *domain.User) { u.Suspend(f.now) })
	description, err = describe(f.visitor, token)
	require.ErrorIs(t, err, domain.ErrAccountSuspended)
	require.Zero(t, description)
}
