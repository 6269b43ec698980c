package authorization

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// TestAPermissionRemovedDuringTheRequestIsRefused removes the permission after the request has read
// the caller.
func TestAPermissionRemovedDuringTheRequestIsRefused(t *testing.T) {
	for about, lose := range map[string]struct {
		now     func(context.Context, world, port.OrgTx) error
		refusal error
	}{
		"the roles are taken away": {func(ctx context.Context, w world, tx port.OrgTx) error {
			return tx.Roles().Assign(ctx, w.owner, nil)
		}, domain.ErrPermissionDenied},
		"the account is suspended": {func(ctx context.Context, w world, tx port.OrgTx) error {
			user, err := tx.Users().Get(ctx, w.owner)
			user.Suspend(w.guard.Clock())
			return errors.Join(err, tx.Users().Update(ctx, user))
		}, domain.ErrAccountSuspended},
		"the account is removed": {func(ctx context.Context, w world, tx port.OrgTx) error {
			return tx.Users().Remove(ctx, w.owner)
		}, domain.ErrTokenRevoked},
	} {
		t.Run(about, func(t *testing.T) {
			w, owner := newWorld(t)
			owner.StepUp = domain.Secret{}
			w.inOrg(t, func(tx port.OrgTx) error { return lose.now(t.Context(), w, tx) })
			for name, uc := range useCases {
				if uc.changes && !uc.needs.Action.AlwaysGuarded() {
					require.ErrorIs(t, uc.run(t.Context(), w, owner), lose.refusal, name)
				}
			}
		})
	}
}

func TestNobodyUsesTheirOwnAccountInAnotherOrg(t *testing.T) {
	w, owner := newWorld(t)
	w.guard.Store = unread{t: t}
	acting := owner.ActFor(domain.Org{ID: domain.OrgID(newID()), Status: domain.StatusActive}, owner.Settings)
	for name, uc := range useCases {
		if uc.needs.OwnAccount {
			require.ErrorIs(t, uc.run(t.Context(), w, acting), domain.ErrOrgMismatch, name)
		}
	}
	require.ErrorIs(t, auth.Logout{Guard: w.guard}.Execute(t.Context(), acting), domain.ErrOrgMismatch)
	require.ErrorIs(t, account.RevokeSession{Guard: w.guard}.Execute(t.Context(), acting, "session"), domain.ErrOrgMismatch)
}

func TestAnEmptyDeclarationRefusesEveryCaller(t *testing.T) {
	_, owner := newWorld(t)
	require.ErrorIs(t, proof.Needs{}.Check(owner), domain.ErrPermissionDenied)
	require.NoError(t, proof.SignedIn.Check(owner))
	require.NoError(t, proof.OwnAccount.Check(owner))
}
