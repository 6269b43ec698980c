package memory_test

import (
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestChallengesKeepThePromisesOfThePort(t *testing.T) {
	conformance.Challenges(t, func(*testing.T) port.Challenges { return memory.NewChallenges(time.Now) })
	conformance.StepUps(t, func(*testing.T) port.StepUps { return memory.NewStepUps(time.Now) })
}

func TestLimiterKeepsThePromisesOfThePort(t *testing.T) {
	conformance.Limiter(t, func(*testing.T) port.Limiter { return memory.NewLimiter(time.Now) })
}
