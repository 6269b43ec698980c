package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// shutBox cannot open any secret.
type shutBox struct{ openBox }

func (shutBox) Open(domain.SealedSecret, port.Place) (domain.Secret, error) {
	return domain.Secret{}, domain.ErrSecretUnreadable
}

func TestAnUnreadableAuthenticatorIsAuditedAndNoWrongGuess(t *testing.T) {
	f := newFixture(t)
	codes := f.enroll().RecoveryCodes
	f.now = f.now.Add(time.Minute)
	f.flow.Factors = f.factorsWith(shutBox{})
	complete := auth.CompleteMFA{Flow: f.flow}
	before := len(f.events())
	token := f.challenge()
	for range 5 { // the limit is three
		_, err := f.mfa(token, f.code())
		require.ErrorIs(t, err, domain.ErrSecretUnreadable)
	}
	refused := domain.EventSignInRefused
	require.Equal(t, []domain.EventName{domain.EventSignInChallenged, refused, refused, refused, refused, refused}, f.events()[before:])
	in := auth.CompleteMFAInput{ChallengeToken: token, Answer: proof.Answer{RecoveryCode: codes[0]}}
	result, err := complete.Execute(t.Context(), f.visitor, in)
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
}

func TestAnEnrolmentWithAnUnreadableSecretCanBeStartedAgain(t *testing.T) {
	f := newFixture(t)
	token := f.challenge()
	_, err := f.startEnrollment(token)
	require.NoError(t, err)
	readable := f.flow.Factors
	f.flow.Factors = f.factorsWith(shutBox{})
	_, err = f.confirmEnrollment(token, f.code())
	require.ErrorIs(t, err, domain.ErrEnrollmentGone)
	f.flow.Factors = readable
	_, err = f.startEnrollment(token)
	require.NoError(t, err)
}
