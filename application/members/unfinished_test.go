package members_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type noHashing struct{}

func (noHashing) Hash(context.Context, domain.Secret) (domain.PasswordHash, error) { return "h", nil }
func (noHashing) Verify(context.Context, domain.PasswordHash, domain.Secret) (match, outdated bool, err error) {
	return false, false, nil
}

// TestSuspensionAndResetVoidLinksAndEnrolments: mailed links and an enrolment that
// waits for its first code do not outlive a suspension or an administrator's reset.
func TestSuspensionAndResetVoidLinksAndEnrolments(t *testing.T) {
	i := newImporting(t)
	accounts := members.Accounts{Guard: i.guard(i.store)}
	var admin domain.Caller
	i.in(t, i.org, func(tx port.OrgTx) (err error) {
		admin.Principal, err = tx.Users().Standing(t.Context(), i.orderer)
		return err
	})
	for name, end := range map[string]func(id domain.UserID) error{
		"suspended": func(id domain.UserID) error {
			return members.Suspend{Accounts: accounts}.Execute(t.Context(), admin, id)
		},
		"password reset": func(id domain.UserID) error {
			newPassword := func() domain.Secret { return domain.NewSecret("temporary") }
			reset := members.ResetPassword{Accounts: accounts, Hasher: noHashing{}, NewPassword: newPassword}
			_, err := reset.Execute(t.Context(), admin, id)
			return err
		},
	} {
		member, err := domain.NewUser(domain.UserID(newID()), domain.Email(name[:5]+"@example.org"), "Member", i.now)
		require.NoError(t, err)
		member.SetPassword("hash", false, i.now)
		pending := domain.Authenticator{ID: domain.AuthenticatorID(member.ID), User: member.ID, Kind: domain.FactorTOTP, Secret: "sealed"}
		pending.Begin("", i.now)
		i.in(t, i.org, func(tx port.OrgTx) error {
			require.NoError(t, tx.Users().Insert(t.Context(), member))
			require.NoError(t, tx.Authenticators().SavePending(t.Context(), pending))
			return tx.Links().Put(t.Context(), domain.Link{
				User: member.ID, Purpose: domain.LinkPasswordReset, Hash: domain.TokenHash(name), ExpiresAt: i.now.Add(time.Hour),
			})
		})
		require.NoError(t, end(member.ID), name)
		i.in(t, i.org, func(tx port.OrgTx) error {
			_, err := tx.Links().Get(t.Context(), domain.LinkPasswordReset, domain.TokenHash(name), i.now)
			require.ErrorIs(t, err, domain.ErrLinkGone, name)
			left, err := tx.Authenticators().Of(t.Context(), member.ID)
			require.Empty(t, left, name)
			return err
		})
	}
}
