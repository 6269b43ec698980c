package auth_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

const wrongTokensAllowed = 20 // by the fixture, per network

var mailed = opaque.New("pr")

// link stores a new reset link for the owner.
func (f *fixture) link() domain.OpaqueToken {
	f.t.Helper()
	token, owner := mailed.New(f.org), f.owner()
	f.inOrg(func(tx port.OrgTx) error {
		return tx.Links().Put(f.t.Context(), domain.Link{
			User: owner.ID, Purpose: domain.LinkPasswordReset, Hash: token.Hash, ExpiresAt: f.now.Add(domain.PasswordResetTTL),
		})
	})
	return token
}

func (f *fixture) reset(token domain.Secret, password string) error {
	return auth.ResetPassword{
		Store: f.store, Links: mailed, NewPassword: f.newPassword(), Guesses: f.flow.Guesses, Wrong: f.flow.Wrong,
		Clock: f.flow.Clock, NewID: f.flow.NewID,
	}.Execute(f.t.Context(), domain.Visitor{Origin: f.visitor.Origin},
		auth.ResetPasswordInput{Token: token, NewPassword: domain.NewSecret(password)})
}

func (f *fixture) refresh(token domain.Secret) (*auth.Tokens, error) {
	uc := auth.Refresh{Store: f.store, Clock: f.flow.Clock, NewID: f.flow.NewID, Issuer: f.flow.Issuer, Wrong: f.flow.Wrong}
	return uc.Execute(f.t.Context(), f.visitor, token)
}

// TestRandomTokensAreLimitedAndLockNobodyOut presents random tokens of each kind from one
// address. They are rate limited in the end and write a bounded number of events. A right token
// and the right password still work from that address.
func TestRandomTokensAreLimitedAndLockNobodyOut(t *testing.T) {
	stepUps := opaque.New("su")
	for name, c := range map[string]struct {
		guess func(f *fixture) error
		says  error
		right func(t *testing.T, f *fixture)
	}{
		"link": {
			func(f *fixture) error { return f.reset(mailed.New(f.org).Secret, "an entirely new phrase") }, domain.ErrLinkGone,
			func(t *testing.T, f *fixture) { require.NoError(t, f.reset(f.link().Secret, password+"!")) },
		},
		"link of no org": {
			func(f *fixture) error {
				return f.reset(mailed.New(domain.OrgID(uuid.NewString())).Secret, "an entirely new phrase")
			}, domain.ErrLinkGone, nil,
		},
		"no link at all": {func(f *fixture) error { return f.reset(domain.NewSecret("pr_"), "an entirely new phrase") }, domain.ErrLinkGone, nil},
		"challenge": {
			func(f *fixture) error { return f.goOn(f.flow.ChallengeTokens.New(f.org).Secret) }, domain.ErrChallengeGone,
			func(t *testing.T, f *fixture) { require.NoError(t, f.goOn(f.challenge())) },
		},
		"refresh token": {
			func(f *fixture) error {
				_, err := f.refresh(f.flow.Issuer.Refresh.New(f.org, domain.SessionID(uuid.NewString())).Secret)
				return err
			}, domain.ErrRefreshToken,
			func(t *testing.T, f *fixture) {
				f.plain()
				signedIn, err := f.login(password)
				require.NoError(t, err)
				_, err = f.refresh(signedIn.Tokens.Refresh)
				require.NoError(t, err)
			},
		},
		"step-up token": {
			func(f *fixture) error { return f.guarded(stepUps.New(f.org).Secret) }, domain.ErrStepUpGone.For(domain.ActionMFADisable), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for range wrongTokensAllowed {
				require.ErrorIs(t, c.guess(f), c.says)
			}
			written := len(f.events())
			for range 30 {
				require.ErrorIs(t, c.guess(f), domain.ErrRateLimited)
			}
			require.Len(t, f.events(), written, "over the limit nothing is written")
			require.LessOrEqual(t, written, wrongTokensAllowed)
			if c.right != nil {
				c.right(t, f)
			}
			_, err := f.login(password)
			if name != "link" { // which has set another password
				require.NoError(t, err)
			}
			f.now = f.now.Add(15 * time.Minute)
			require.ErrorIs(t, c.guess(f), c.says)
		})
	}
}

// mfaDisable needs nothing but the step-up.
var mfaDisable = proof.Needs{OwnAccount: true, Action: domain.ActionMFADisable}

// guarded uses a step-up token for an action of the owner, who is enrolled.
func (f *fixture) guarded(token domain.Secret) error {
	caller := domain.Caller{Origin: f.visitor.Origin, StepUp: token, Principal: domain.Principal{
		Org: domain.Org{ID: f.org}, User: f.owner(), Factors: domain.Factors{{EnrolledAt: f.now}},
	}}
	return proof.Guard{
		Store: f.store, StepUps: memory.NewStepUps(f.flow.Clock), Tokens: opaque.New("su"), Wrong: f.flow.Wrong, Clock: f.flow.Clock,
		NewID: f.flow.NewID,
	}.Allow(f.t.Context(), caller, mfaDisable, func(proof.Access) error { return nil })
}

func TestAttemptsAtALockedAccountAreLimitedBeforeTheyAreWritten(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		_, err := f.login("a wrong password")
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	}
	for range 20 - 3 {
		_, err := f.login(password)
		require.ErrorIs(t, err, domain.ErrAccountLocked)
	}
	written := len(f.events())
	for range 30 {
		_, err := f.login(password)
		require.ErrorIs(t, err, domain.ErrRateLimited)
	}
	require.Len(t, f.events(), written)
}

func TestAUsedLinkVoidsTheOthersAndANewLinkVoidsNone(t *testing.T) {
	f := newFixture(t)
	links := []domain.OpaqueToken{f.link(), f.link(), f.link(), f.link(), f.link(), f.link(), f.link()}
	require.NoError(t, f.reset(links[0].Secret, "an entirely new phrase"), "the oldest still works")
	for _, link := range links {
		require.ErrorIs(t, f.reset(link.Secret, "yet another long phrase"), domain.ErrLinkGone)
	}
}
