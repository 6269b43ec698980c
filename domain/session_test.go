package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestASecondFactorMakesASessionAAL2AndARememberedDeviceDoesNot(t *testing.T) {
	const pwd, otp, rc, dev = domain.AMRPassword, domain.AMROneTimeCode, domain.AMRRecoveryCode, domain.AMRRememberedDevice
	for _, c := range []struct {
		amr       []domain.AMR
		acr       domain.ACR
		satisfies bool
	}{
		{nil, domain.AAL1, false},
		{[]domain.AMR{pwd}, domain.AAL1, false},
		{[]domain.AMR{pwd, pwd}, domain.AAL1, false},
		{[]domain.AMR{pwd, dev}, domain.AAL1, true},
		{[]domain.AMR{dev, pwd}, domain.AAL1, true},
		{[]domain.AMR{pwd, otp}, domain.AAL2, true},
		{[]domain.AMR{otp, pwd}, domain.AAL2, true},
		{[]domain.AMR{pwd, rc}, domain.AAL2, true},
		{[]domain.AMR{pwd, otp, rc}, domain.AAL2, true},
		{[]domain.AMR{pwd, dev, otp}, domain.AAL2, true},
		{[]domain.AMR{pwd, dev, rc}, domain.AAL2, true},
		{[]domain.AMR{pwd, "hwk"}, domain.AAL1, false},
		{[]domain.AMR{pwd, ""}, domain.AAL1, false},
	} {
		t.Run(fmt.Sprint(c.amr), func(t *testing.T) {
			session := domain.Session{AMR: c.amr}
			require.Equal(t, c.acr, session.ACR())
			require.Equal(t, c.satisfies, session.SatisfiesMFA())
		})
	}
}

func TestTheMethodsAndLevelsHaveTheirDocumentedNames(t *testing.T) {
	require.Equal(t, []domain.AMR{"pwd", "otp", "rc", "dev"},
		[]domain.AMR{domain.AMRPassword, domain.AMROneTimeCode, domain.AMRRecoveryCode, domain.AMRRememberedDevice})
	require.Equal(t, []domain.ACR{"aal1", "aal2"}, []domain.ACR{domain.AAL1, domain.AAL2})
}

func TestASessionIsTouchedOnceInFifteenSeconds(t *testing.T) {
	session := domain.Session{LastSeenAt: now}
	for after, due := range map[time.Duration]bool{
		-time.Second: false, 0: false, 15*time.Second - 1: false, 15 * time.Second: true, time.Hour: true,
	} {
		require.Equal(t, due, session.TouchDue(now.Add(after)), after)
	}
}

func TestASessionEndsOnceAndItsFirstReasonStays(t *testing.T) {
	session := domain.Session{ID: "s", LastSeenAt: now, ExpiresAt: now.Add(time.Hour)}
	session.End(domain.EndRefreshReuse, now.Add(time.Minute))
	once := session
	require.Equal(t, domain.EndRefreshReuse, once.EndReason)
	require.Equal(t, now.Add(time.Minute), once.EndedAt)
	session.End(domain.EndSignedOut, now.Add(time.Hour))
	session.End(domain.EndRevoked, now)
	require.Equal(t, once, session)
}
