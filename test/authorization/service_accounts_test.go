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

// TestAForecastKnowsEveryUseCaseThatAGuardTakesFromServiceAccounts checks the permissions that a forecast assumes for an
// action against the needs of the use cases.
func TestAForecastKnowsEveryUseCaseThatAGuardTakesFromServiceAccounts(t *testing.T) {
	org, checked := domain.Org{Status: domain.StatusActive}, 0
	for name, uc := range useCases {
		if uc.needs.Permission == "" || uc.needs.Permission.Platform() || uc.needs.Action == "" || uc.needs.Action.AlwaysGuarded() {
			continue
		}
		if uc.asked && uc.needs.Action == domain.ActionRoleAssign {
			continue // the roles that are chosen need role.assign too, or a person
		}
		checked++
		role := domain.Role{Name: "Job", Granted: []domain.Permission{uc.needs.Permission}}
		program := domain.ServiceAccount{ID: "program", Status: domain.StatusActive, Roles: []domain.Role{role}}
		granter := domain.Granter{Active: true, Roles: program.Roles}
		r := domain.Rehearsal{
			ServiceAccounts: []domain.Principal{domain.ServicePrincipal(org, domain.OrgSettings{}, program, granter, domain.APIKey{})},
			Draft:           domain.Policy{StepUpActions: []domain.Action{uc.needs.Action}},
		}
		require.Equal(t, 1, r.Forecast().ServiceAccountsRefused, name)
	}
	require.Greater(t, checked, 8)
}
