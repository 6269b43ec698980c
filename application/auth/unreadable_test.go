package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// shutBox opens nothing any more.
type shutBox struct{ openBox }

func (shutBox) Open(domain.SealedSecret, port.Place) (domain.Secret, error) {
	return domain.Secret{}, domain.ErrSecretUnreadable
}

func TestAnUnreadableAuthenticatorIsAuditedAndNoWrongGuess(t *testing.T) {
	f := newFixture(t)
	codes := f.enroll().RecoveryCodes
	f.now = f.now.Add(time.Minute)
	complete := auth.CompleteMFA{Flow: f.flow, Codes: proof.Codes{Store: f.store, OneTime: stepCodes{}, Recovery: totp.RecoveryCodes{}, Secrets: shutBox{}}}
	before := len(f.events())
	token := f.challenge()
	for range 5 { // the limit is three
		_, err := complete.Execute(t.Context(), f.visitor, auth.CompleteMFAInput{ChallengeToken: token, CodeInput: proof.CodeInput{Code: f.code()}})
		require.ErrorIs(t, err, domain.ErrSecretUnreadable)
	}
	refused := domain.EventSignInRefused
	require.Equal(t, []domain.EventName{domain.EventSignInChallenged, refused, refused, refused, refused, refused}, f.events()[before:])
	result, err := complete.Execute(t.Context(), f.visitor, auth.CompleteMFAInput{ChallengeToken: token, CodeInput: proof.CodeInput{RecoveryCode: codes[0]}})
	require.NoError(t, err)
	require.Equal(t, domain.SignInAuthenticated, result.Outcome)
}

func TestAnUnreadablePendingSecretIsBegunAgain(t *testing.T) {
	f := newFixture(t)
	token := f.challenge()
	begin := auth.StartEnrollment{Flow: f.flow, Enrollment: enrollment}
	_, err := begin.Execute(t.Context(), f.visitor, token)
	require.NoError(t, err)
	confirm := auth.ConfirmEnrollment{Flow: f.flow, Enrollment: proof.Enrollment{OneTime: stepCodes{}, Recovery: totp.RecoveryCodes{}, Secrets: shutBox{}}}
	_, err = confirm.Execute(t.Context(), f.visitor, auth.ConfirmEnrollmentInput{ChallengeToken: token, Code: f.code()})
	require.ErrorIs(t, err, domain.ErrEnrollmentGone)
	_, err = begin.Execute(t.Context(), f.visitor, token)
	require.NoError(t, err)
}
