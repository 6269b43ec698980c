package memory_test

import (
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestChallengesKeepThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return memory.NewChallenges(time.Now), "one", "another"
	})
	conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return memory.NewStepUps(time.Now), "one", "another"
	})
}

func TestLimiterKeepsThePromisesOfThePort(t *testing.T) {
	t.Parallel()
	conformance.Limiter(t, func(*testing.T) port.Limiter { return memory.NewLimiter(time.Now) })
}
