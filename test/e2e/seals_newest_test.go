package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// newest checks the newest seals as an auditor of the org.
func (a archive) newest(t *testing.T, org domain.OrgID) audit.NewestReport {
	t.Helper()
	check := audit.CheckNewest{
		Guard:    proof.Guard{Store: a.app.Store, Clock: a.clock.Now},
		Verifier: func(context.Context) (port.SealVerifier, error) { return a.verifier, nil },
	}
	auditor := domain.Caller{Principal: domain.Principal{
		Org:     domain.Org{ID: org, Status: domain.StatusActive},
		User:    domain.User{ID: domain.UserID(uuid.NewString()), Status: domain.StatusActive},
		Session: domain.Session{AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}},
		Roles:   []domain.Role{{Name: domain.RoleAuditor, System: true}},
	}}
	found, err := check.Execute(t.Context(), auditor)
	require.NoError(t, err)
	_, err = check.Execute(t.Context(), domain.Caller{Principal: domain.Principal{Org: auditor.Org}})
	require.ErrorIs(t, err, domain.ErrPermissionDenied)
	return found
}

func TestTheNewestSealsAreChecked(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 0)
		require.Equal(t, audit.NewestReport{}, a.newest(t, org))

		a.happen(t, org, 250, unchanged)
		require.EqualValues(t, 250, a.newest(t, org).Waiting)
		a.seal(t)
		a.happen(t, org, 2, unchanged)
		found := a.newest(t, org)
		require.True(t, found.Sound(), found.Break)
		require.Equal(t, []int64{1, 3, 250, 2, 3}, []int64{found.First, found.Seals, found.Events, found.Waiting, found.Last.Number})

		a.happen(t, org, 1200, unchanged)
		a.seal(t)
		found = a.newest(t, org)
		require.True(t, found.Sound(), found.Break)
		require.Equal(t, []int64{7, 10, 902, 0, 16}, []int64{found.First, found.Seals, found.Events, found.Waiting, found.Last.Number})

		checked, before := a.event(t, org, 1400), a.event(t, org, 20)
		a.tamper(t, `UPDATE audit_events SET user_agent = 'another' WHERE id = '`+string(before)+`'`)
		require.True(t, a.newest(t, org).Sound(), "the event is older than what was checked")
		a.tamper(t, `UPDATE audit_events SET user_agent = 'another' WHERE id = '`+string(checked)+`'`)
		found = a.newest(t, org)
		require.NotNil(t, found.Break)
		require.Equal(t, []any{domain.BreakChanged, checked}, []any{found.Break.Kind, found.Break.Event})
	})
}

func TestSealsMissingAmongTheNewestAreReported(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		for name, damage := range map[string]struct {
			gone string
			kind domain.BreakKind
		}{
			"the first of them": {"number = 11", domain.BreakRemoved}, "one of them": {"number = 50", domain.BreakRemoved},
			"the newest": {"number = 61", domain.BreakCutOff}, "all": {"number > 0", domain.BreakCutOff},
		} {
			org := a.org(t, 0)
			for range 61 {
				a.happen(t, org, 1, unchanged)
				a.seal(t)
			}
			found := a.newest(t, org)
			require.True(t, found.Sound(), found.Break)
			require.Equal(t, []int64{12, 50, 50, 61}, []int64{found.First, found.Seals, found.Events, found.Last.Number})
			a.tamper(t, fmt.Sprintf("DELETE FROM audit_seals WHERE org_id = '%s' AND %s", org, damage.gone))
			found = a.newest(t, org)
			require.NotNil(t, found.Break, name)
			require.Equal(t, damage.kind, found.Break.Kind, name)
		}
	})
}
