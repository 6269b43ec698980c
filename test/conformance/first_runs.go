package conformance

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FirstRuns checks every promise of port.FirstRuns, as Challenges does.
func FirstRuns(t *testing.T, open func(t *testing.T) (firstRuns port.FirstRuns, org, other domain.OrgID)) {
	checkOneTimeTokens(t, func(t *testing.T) oneTimeTokens[domain.FirstRun] {
		all, org, other := open(t)
		return oneTimeTokens[domain.FirstRun]{OneTimeTokens: all, org: org, other: other, some: someFirstRun, gone: domain.ErrFirstRunGone}
	})
}

func someFirstRun() domain.FirstRun {
	return domain.FirstRun{OfferedAt: challengeNow.Add(time.Duration(rand.Uint32()) * time.Microsecond)}
}
