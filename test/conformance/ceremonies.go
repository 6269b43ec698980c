package conformance

import (
	"testing"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Ceremonies checks every promise of port.Ceremonies, as Challenges does.
func Ceremonies(t *testing.T, open func(t *testing.T) (ceremonies port.Ceremonies, org, other domain.OrgID)) {
	checkOneTimeTokens(t, func(t *testing.T) oneTimeTokens[domain.Ceremony] {
		all, org, other := open(t)
		return oneTimeTokens[domain.Ceremony]{OneTimeTokens: all, org: org, other: other, some: someCeremony, gone: domain.ErrCeremonyGone}
	})
}

func someCeremony() domain.Ceremony {
	return domain.Ceremony{
		Org: domain.OrgID(uuid.NewString()), User: domain.UserID(uuid.NewString()), By: uuid.NewString() + " " + oddText,
		ExpiresAt: challengeNow.Add(domain.CeremonyTTL),
	}
}
