package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// owner is the one account of the fixture.
func (f *fixture) owner() (user domain.User) {
	f.t.Helper()
	require.NoError(f.t, f.store.ReadOrg(f.t.Context(), f.org, func(tx port.OrgTx) (err error) {
		user, err = tx.Users().ByEmail(f.t.Context(), email)
		return err
	}))
	return user
}

func (f *fixture) inOrg(do func(tx port.OrgTx) error) {
	f.t.Helper()
	require.NoError(f.t, f.store.InOrg(f.t.Context(), f.org, do))
}

func TestAChallengeFromBeforeASuspensionStaysVoid(t *testing.T) {
	for name, begin := range map[string]func(f *fixture){
		"waits for a code": func(f *fixture) {
			f.enroll()
			f.now = f.now.Add(time.Minute)
		},
		"waits for a new password": func(f *fixture) { f.account(func(u *domain.User) { u.SetPassword(password, true, f.now) }) },
		"waits for an enrolment":   func(*fixture) {},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			begin(f)
			token := f.challenge()
			f.now = f.now.Add(time.Second)
			f.account(func(u *domain.User) { u.Suspend(f.now) })
			require.ErrorIs(t, f.goOn(token), domain.ErrChallengeGone)
			f.account(func(u *domain.User) { u.Activate(f.now) })
			require.ErrorIs(t, f.goOn(token), domain.ErrChallengeGone)
			require.NoError(t, f.goOn(f.challenge()), "a new sign-in goes on")
		})
	}
}

// goOn completes the step that the sign-in waits for: a code, an enrolment or a new password.
func (f *fixture) goOn(token domain.Secret) error {
	_, err := f.mfa(token, f.code())
	if conflict, ok := errors.AsType[*domain.Error](err); !ok || conflict.Code != domain.CodeConflict {
		return err
	}
	_, err = f.startEnrollment(token)
	if conflict, ok := errors.AsType[*domain.Error](err); !ok || conflict.Code != domain.CodeConflict {
		return err
	}
	_, err = auth.ReplaceTemporaryPassword{Flow: f.flow, NewPassword: f.newPassword()}.Execute(
		f.t.Context(),
		f.visitor,
		auth.ReplaceTemporaryPasswordInput{ChallengeToken: token, NewPassword: domain.NewSecret("a password that stays")},
	)
	return err
}

func TestAChallengeFromBeforeAnMFAResetIsVoid(t *testing.T) {
	f := newFixture(t)
	f.enroll()
	f.now = f.now.Add(time.Minute)
	token := f.challenge()
	owner := f.owner()
	f.inOrg(func(tx port.OrgTx) error {
		removal := proof.MFARemoval{User: owner.ID, Device: domain.DeviceMFAReset, Session: domain.EndMFAReset, At: f.now}
		return proof.RemoveMFA(t.Context(), tx, removal)
	})
	_, err := f.mfa(token, f.code())
	require.ErrorIs(t, err, domain.ErrChallengeGone)
	require.NotContains(t, f.events(), domain.EventSignInRefused, "no false alarm of a key that is lost")

	f.now = f.now.Add(time.Minute)
	f.enroll()
	_, err = f.mfa(token, f.code())
	require.ErrorIs(t, err, domain.ErrChallengeGone, "nor with the next authenticator")
}

func TestACodeOfAnAccountThatHasNoAuthenticatorIsWrong(t *testing.T) {
	f := newFixture(t)
	holder := port.Holder{Org: domain.Org{ID: f.org}, User: f.owner(), Now: f.now}
	shown, err := f.flow.Factors.Verify(t.Context(), holder, proof.Answer{Kind: domain.FactorTOTP, Text: f.code()})
	require.NoError(t, err, "it is not an authenticator that cannot be read")
	require.False(t, shown.Right)
}
