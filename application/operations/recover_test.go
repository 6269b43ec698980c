package operations_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// plainHasher keeps passwords as they are.
type plainHasher struct{ port.PasswordHasher }

func (plainHasher) Hash(_ context.Context, password domain.Secret) (domain.PasswordHash, error) {
	return domain.PasswordHash(password.Reveal()), nil
}

// recovery is a seeded org with an owner, owner@example.org.
type recovery struct {
	*vault
	operations.Recover
	org domain.OrgID
}

const ownerAddress = "owner@example.org"

func newRecovery(t *testing.T) *recovery {
	t.Helper()
	r := &recovery{vault: newVault(t), org: domain.OrgID(uuid.NewString())}
	clock := func() time.Time { return now }
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	seed := platform.Seed{Store: r.store, Hasher: plainHasher{}, Clock: clock, NewID: newID}
	_, err := seed.Execute(t.Context(), platform.SeedInput{
		OrgID: r.org, OrgName: "Acme", OrgSlug: "acme",
		Email: ownerAddress, FullName: "Owner", Password: domain.NewSecret("a password"),
	})
	require.NoError(t, err)
	r.Recover = operations.Recover{
		Store: r.store, Hasher: plainHasher{}, Clock: clock, NewID: newID,
		NewPassword: func() domain.Secret { return domain.NewSecret("a temporary password") },
	}
	return r
}

// change makes the owner what the case wants.
func (r *recovery) change(change func(ctx context.Context, tx port.OrgTx, owner domain.User) error) {
	r.t.Helper()
	ctx := r.t.Context()
	require.NoError(r.t, r.store.InOrg(ctx, r.org, func(tx port.OrgTx) error {
		owner, err := tx.Users().ByEmail(ctx, ownerAddress)
		if err != nil {
			return err
		}
		return change(ctx, tx, owner)
	}))
}

func update(change func(*domain.User)) func(context.Context, port.OrgTx, domain.User) error {
	return func(ctx context.Context, tx port.OrgTx, owner domain.User) error {
		change(&owner)
		return tx.Users().Update(ctx, owner)
	}
}

func TestAnOrgWithoutAUsableOwnerGetsOneAgain(t *testing.T) {
	for name, lose := range map[string]func(context.Context, port.OrgTx, domain.User) error{
		"suspended": update(func(u *domain.User) { u.Suspend(now) }),
		"invited":   update(func(u *domain.User) { u.Password = "" }),
		"lapsed":    update(func(u *domain.User) { u.SetPassword("old", true, now.Add(-domain.TemporaryPasswordTTL)) }),
		"demoted": func(ctx context.Context, tx port.OrgTx, owner domain.User) error {
			return tx.Roles().Assign(ctx, owner.ID, nil)
		},
		"removed": func(ctx context.Context, tx port.OrgTx, owner domain.User) error {
			return tx.Users().Remove(ctx, owner.ID)
		},
	} {
		for _, email := range []string{ownerAddress, "another@example.org"} {
			t.Run(name+", for "+email, func(t *testing.T) {
				r := newRecovery(t)
				r.change(lose)
				result, err := r.Execute(t.Context(), operations.RecoverInput{Org: "acme", Email: email, FullName: "Another"})
				require.NoError(t, err)
				require.Equal(t, email != ownerAddress || name == "removed", result.Created)
				require.Equal(t, "a temporary password", result.Password.Reveal())
				r.usable(result.User.ID)
				_, err = r.Execute(t.Context(), operations.RecoverInput{Org: "acme", Email: "a-third@example.org", FullName: "Third"})
				require.ErrorIs(t, err, domain.ErrOwnerUsable, "it has one again")
			})
		}
	}
}

// usable demands that the account is an owner who can sign in, and that its recovery was audited.
func (r *recovery) usable(id domain.UserID) {
	r.t.Helper()
	ctx := r.t.Context()
	require.NoError(r.t, r.store.ReadOrg(ctx, r.org, func(tx port.OrgTx) error {
		owners, err := tx.Roles().Owners(ctx)
		require.NoError(r.t, err)
		var found domain.User
		for _, owner := range owners {
			if owner.ID == id {
				found = owner
			}
		}
		require.True(r.t, found.CanSignIn(now))
		require.True(r.t, found.MustChangePassword)
		events, err := tx.Audit().Newest(ctx, 1)
		require.NoError(r.t, err)
		require.Equal(r.t, domain.EventOwnerRecovered, events[0].Name)
		require.EqualValues(r.t, id, events[0].ResourceID)
		return nil
	}))
}

func TestAUsableOwnerNeedsNoRecovery(t *testing.T) {
	r := newRecovery(t)
	for _, in := range []operations.RecoverInput{
		{Org: "acme", Email: ownerAddress},
		{Org: " ACME ", Email: ownerAddress},
		{Org: string(r.org), Email: "another@example.org", FullName: "Another"},
		{Org: "acme", Email: "another@example.org", FullName: "Another", LostFactor: true},
	} {
		_, err := r.Execute(t.Context(), in)
		require.ErrorIs(t, err, domain.ErrOwnerUsable)
	}
	_, err := r.Execute(t.Context(), operations.RecoverInput{Org: "nowhere", Email: ownerAddress})
	require.ErrorIs(t, err, domain.ErrOrgNotFound)
	_, err = r.Execute(t.Context(), operations.RecoverInput{Org: "acme", Email: "nobody"})
	require.Error(t, err)
}

func TestTheOnlyOwnerMayHaveLostTheSecondFactor(t *testing.T) {
	r := newRecovery(t)
	session := domain.Session{
		ID: domain.SessionID(uuid.NewString()), AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
		AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
	r.change(func(ctx context.Context, tx port.OrgTx, owner domain.User) error {
		pending := domain.Authenticator{ID: domain.AuthenticatorID(owner.ID), User: owner.ID, Kind: domain.FactorTOTP, Secret: "sealed"}
		pending.Begin("", now)
		require.NoError(t, tx.Authenticators().SavePending(ctx, pending))
		live := pending
		live.Confirm(1, now)
		require.NoError(t, tx.Authenticators().Confirm(ctx, live, pending))
		session.User = owner.ID
		return tx.Sessions().Insert(ctx, session)
	})
	result, err := r.Execute(t.Context(), operations.RecoverInput{Org: "acme", Email: ownerAddress, LostFactor: true})
	require.NoError(t, err)
	r.usable(result.User.ID)
	r.change(func(ctx context.Context, tx port.OrgTx, owner domain.User) error {
		left, err := tx.Authenticators().Of(ctx, owner.ID)
		require.NoError(t, err)
		require.Empty(t, left)
		live, err := tx.Sessions().Live(ctx, owner.ID, now)
		require.Empty(t, live)
		return err
	})
}
