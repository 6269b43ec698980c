package authorization

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

func init() { maps.Copy(useCases, serviceAccountUseCases) } //nolint:gochecknoinits // the table is too long for one file

func (w world) serviceAccounts() serviceaccounts.Accounts {
	return serviceaccounts.Accounts{Guard: w.guard}
}

var serviceAccountUseCases = map[string]useCase{
	"serviceaccounts.ActivateNeeds": {
		needs: serviceaccounts.ActivateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return serviceaccounts.Activate{Accounts: w.serviceAccounts()}.Execute(ctx, c, "program")
		},
	},
	"serviceaccounts.CreateKeyNeeds": {
		needs: serviceaccounts.CreateKeyNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			uc := serviceaccounts.CreateKey{Accounts: w.serviceAccounts()}
			return second(uc.Execute(ctx, c, "program", serviceaccounts.CreateKeyInput{}))
		},
	},
	"serviceaccounts.CreateNeeds": {
		needs: serviceaccounts.CreateNeeds, changes: true, asked: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(serviceaccounts.Create{Guard: w.guard}.Execute(ctx, c, serviceaccounts.CreateInput{Name: "Job"}))
		},
	},
	"serviceaccounts.GetNeeds": {needs: serviceaccounts.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(serviceaccounts.Get{Guard: w.guard}.Execute(ctx, c, "program"))
	}},
	"serviceaccounts.ListKeysNeeds": {needs: serviceaccounts.ListKeysNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(serviceaccounts.ListKeys{Guard: w.guard}.Execute(ctx, c, "program"))
	}},
	"serviceaccounts.ListNeeds": {needs: serviceaccounts.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := serviceaccounts.List{Guard: w.guard}.Execute(ctx, c, serviceaccounts.ListInput{Limit: 1})
		return err
	}},
	"serviceaccounts.ListOverviewsNeeds": {
		needs: serviceaccounts.ListOverviewsNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
			_, _, err := serviceaccounts.ListOverviews{Guard: w.guard}.Execute(ctx, c, serviceaccounts.ListInput{Limit: 1})
			return err
		},
	},
	"serviceaccounts.OverviewNeeds": {needs: serviceaccounts.OverviewNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(serviceaccounts.Overview{Guard: w.guard}.Execute(ctx, c, "program"))
	}},
	"serviceaccounts.RemoveNeeds": {
		needs: serviceaccounts.RemoveNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return serviceaccounts.Remove{Accounts: w.serviceAccounts()}.Execute(ctx, c, "program", nil)
		},
	},
	"serviceaccounts.RevokeKeyNeeds": {
		needs: serviceaccounts.RevokeKeyNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return serviceaccounts.RevokeKey{Accounts: w.serviceAccounts()}.Execute(ctx, c, "program", "key")
		},
	},
	"serviceaccounts.SuspendNeeds": {
		needs: serviceaccounts.SuspendNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return serviceaccounts.Suspend{Accounts: w.serviceAccounts()}.Execute(ctx, c, "program")
		},
	},
	"serviceaccounts.UpdateNeeds": {
		needs: serviceaccounts.UpdateNeeds, changes: true, asked: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			uc := serviceaccounts.Update{Accounts: w.serviceAccounts()}
			return second(uc.Execute(ctx, c, "program", serviceaccounts.UpdateInput{}))
		},
	},
}

// TestEveryUseCaseOfOnesOwnAccountRefusesServiceAccounts and every use case of a guarded action does too.
func TestEveryUseCaseOfOnesOwnAccountRefusesServiceAccounts(t *testing.T) {
	w, owner := newWorld(t)
	owner.Type, owner.Settings.MFARequiredActions = domain.ActorServiceAccount, domain.Actions()
	for name, uc := range useCases {
		want := domain.ErrPersonStepUp
		switch {
		case uc.needs.OwnAccount && !uc.needs.ServiceAccounts:
			want = domain.ErrPersonOnly
		case uc.needs.Action == "" || uc.asked:
			continue
		}
		t.Run(name, func(t *testing.T) {
			refusing := w
			refusing.guard.Store = unread{t: t}
			require.ErrorIs(t, uc.run(t.Context(), refusing, owner), want)
		})
	}
}
