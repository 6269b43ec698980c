package memory_test

import (
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestChallengesConformance(t *testing.T) {
	t.Parallel()
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return memory.NewChallenges(time.Now), "one", "another"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return memory.NewStepUps(time.Now), "one", "another"
	})
	conformance.Ceremonies(t, func(*testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
		return memory.NewCeremonies(time.Now), "one", "another"
	})
}

func TestLimiterConformance(t *testing.T) {
	t.Parallel()
	conformance.Limiter(t, func(*testing.T) port.Limiter { return memory.NewLimiter(time.Now) })
}

func TestRequestLimiterConformance(t *testing.T) {
	t.Parallel()
	conformance.RequestLimiter(t, func(_ *testing.T, rate port.Rate) port.RequestLimiter {
		return memory.NewRequestLimiter(time.Now, rate, nil)
	})
}
