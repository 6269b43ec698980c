package webhooks

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheGateBoundsBusyAttempts(t *testing.T) {
	gate := NewGate(2)
	var busy atomic.Int64
	var attempts sync.WaitGroup
	for range 20 {
		attempts.Go(func() {
			leave := gate.enter(t.Context())
			defer leave()
			assert.LessOrEqual(t, busy.Add(1), int64(2))
			defer busy.Add(-1)
			time.Sleep(time.Millisecond / 2)
		})
	}
	attempts.Wait()
	require.Empty(t, gate)
}

func TestAttemptsThatWaitHoldNobodyUp(t *testing.T) {
	gate := NewGate(1)
	for range 5 {
		leave := gate.enter(t.Context())
		defer leave() // not before the others have entered
	}
}

func TestAnEndedContextWaitsForNothing(t *testing.T) {
	gate := NewGate(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gate.enter(ctx)()
}
