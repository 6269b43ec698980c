package conformance

import (
	"testing"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// StepUps checks every promise of port.StepUps, as Challenges does.
func StepUps(t *testing.T, open func(t *testing.T) (stepUps port.StepUps, org, other domain.OrgID)) {
	checkOneTimeTokens(t, func(t *testing.T) oneTimeTokens[domain.StepUp] {
		all, org, other := open(t)
		return oneTimeTokens[domain.StepUp]{OneTimeTokens: all, org: org, other: other, some: someStepUp, gone: domain.ErrStepUpGone}
	})
}

func someStepUp() domain.StepUp {
	return domain.StepUp{
		Org: domain.OrgID(uuid.NewString()), User: domain.UserID(uuid.NewString()), Session: domain.SessionID(uuid.NewString()),
		Action: domain.ActionMFADisable, AMR: domain.AMRPossession,
		PasswordChangedAt: challengeNow, Factors: someFactors(), ExpiresAt: challengeNow.Add(domain.StepUpTTL),
	}
}
