package proof_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// noStore cannot record a refusal.
type noStore struct{ port.Store }

func (noStore) InOrg(context.Context, domain.OrgID, func(port.OrgTx) error) error {
	return domain.ErrUnavailable
}

// guarded is a guard with one step-up token for member.remove, which always needs one here.
type guarded struct {
	proof.Guard
	now    time.Time
	caller domain.Caller
	token  domain.OpaqueToken
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return g.now }
	g.Guard = proof.Guard{
		Store:   noStore{},
		NewID:   func() string { return "id" },
		StepUps: memory.NewStepUps(clock),
		Tokens:  opaque.New("su"),
		Clock:   clock,
		Wrong:   proof.WrongTokens{Limiter: memory.NewLimiter(clock), PerNetwork: port.Rate{Max: 20, Per: time.Minute}},
	}
	g.caller.Org.ID, g.caller.User.ID, g.caller.Session.ID = "7f5f0d9e-0000-4000-8000-000000000001", "ada", "session"
	g.caller.Factors = domain.Factors{{EnrolledAt: g.now.Add(-time.Hour)}}
	g.caller.Settings.MFARequiredActions = []domain.Action{domain.ActionMemberRemove}
	g.token = g.Tokens.New(g.caller.Org.ID)
	g.caller.StepUp = g.token.Secret
	stepUp := domain.NewStepUp(g.caller.Principal, domain.ActionMemberRemove, domain.AMROneTimeCode, g.now)
	require.NoError(t, g.StepUps.Put(t.Context(), g.token.Org, g.token.Hash, stepUp, domain.StepUpTTL))
	return g
}

// removal needs nothing but the step-up.
var removal = proof.Needs{OwnAccount: true, Action: domain.ActionMemberRemove}

func (g *guarded) remove(t *testing.T, outcome error) error {
	t.Helper()
	return g.Allow(t.Context(), g.caller, removal, func(proof.Access) error { return outcome })
}

// left reports whether the token could still be used.
func (g *guarded) left(t *testing.T) bool {
	t.Helper()
	_, err := g.StepUps.Get(t.Context(), g.token.Org, g.token.Hash)
	if err != nil {
		require.ErrorIs(t, err, domain.ErrStepUpGone)
	}
	return err == nil
}

func TestAStepUpIsReturnedOnlyWhenNothingChanged(t *testing.T) {
	for _, c := range []struct {
		outcome error
		left    bool
	}{
		{nil, false},
		{domain.Invalid("email", "is wrong"), true},
		{domain.ErrPreconditionFailed, true},
		{domain.ErrNotFound, true},
		{domain.ErrEmailTaken, true},
		{domain.ErrPermissionDenied, true},
		{domain.ErrOwnAccount, true},
		{fmt.Errorf("wrapped: %w", domain.ErrNotFound), true},
		{domain.ErrUnavailable, false},
		{domain.ErrBusy, false},
		{domain.ErrStepUpLost, false},
		{domain.ErrStorageFull, false},
		{errors.New("a fault of ours"), false},
	} {
		t.Run(fmt.Sprint(c.outcome), func(t *testing.T) {
			g := newGuarded(t)
			require.Equal(t, c.outcome, g.remove(t, c.outcome))
			require.Equal(t, c.left, g.left(t))
		})
	}
}

func TestAReturnedStepUpKeepsItsExpiry(t *testing.T) {
	g := newGuarded(t)
	g.now = g.now.Add(domain.StepUpTTL - time.Second)
	require.ErrorIs(t, g.remove(t, domain.ErrNotFound), domain.ErrNotFound)
	require.True(t, g.left(t))
	g.now = g.now.Add(time.Second)
	require.False(t, g.left(t))
}

func TestAStepUpThatExpiresDuringTheActionIsNotReturned(t *testing.T) {
	g := newGuarded(t)
	err := g.Allow(t.Context(), g.caller, removal, func(proof.Access) error {
		g.now = g.now.Add(domain.StepUpTTL)
		return domain.ErrNotFound
	})
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.False(t, g.left(t))
}

func TestOneOfParallelUsesOfAStepUpRuns(t *testing.T) {
	g := newGuarded(t)
	var running, most, ran atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_ = g.Allow(t.Context(), g.caller, removal, func(proof.Access) error {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				ran.Add(1)
				return domain.ErrNotFound
			})
		})
	}
	group.Wait()
	require.Positive(t, ran.Load())
	require.EqualValues(t, 1, most.Load())
	require.True(t, g.left(t))
}

func TestWithoutAStepUpNothingRuns(t *testing.T) {
	g := newGuarded(t)
	g.caller.StepUp = domain.Secret{}
	err := g.Allow(t.Context(), g.caller, removal, func(proof.Access) error { panic("ran") })
	require.ErrorIs(t, err, domain.ErrStepUpRequired)
	g.caller.Factors = nil
	require.ErrorIs(t, g.Allow(t.Context(), g.caller, removal, func(proof.Access) error { panic("ran") }), domain.ErrEnrollFirst)
	ran, unguarded := false, proof.Needs{OwnAccount: true, Action: domain.ActionRoleAssign}
	require.NoError(t, g.Allow(t.Context(), g.caller, unguarded, func(proof.Access) error { ran = true; return nil }))
	require.True(t, ran, "an action that nothing guards needs no step-up")
}
