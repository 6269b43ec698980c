//go:build unix

package faults

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestTerminatedUnderLoad ends one of two processes. Every request in its log must have been answered. A
// connection that it had not accepted may fail.
func TestTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	d := deploy(t, database, harness.Redis(t)+"?prefix="+uuid.NewString())
	one, two := d.serve(t), d.serve(t)
	l := begin(t, one.enrol(t).access, one, two)
	for range 3 {
		asked := time.Now()
		require.Zero(t, one.terminate(), "SIGTERM is a clean end")
		require.Less(t, time.Since(asked), 20*time.Second)
		time.Sleep(500 * time.Millisecond)
		taken, never := one.log.String(), 0
		for _, a := range l.after(asked) {
			if a.err == nil {
				mustBe(t, []answer{a}, fine...)
				continue
			}
			never++
			require.NotContains(t, taken, a.id, "%s was taken, and is not answered: %v", a.kind, a.err)
		}
		require.NotZero(t, never, "there was no load")
		one.start(t)
		l.await(t, "both serve", func(answers []answer) bool { return len(answers) > 50 })
	}
	l.nothingLost(t, two, database)
}

// TestKilledUnderLoad kills the process and starts it again. Acknowledged writes must exist, and used codes
// must stay used.
func TestKilledUnderLoad(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return harness.Postgres(t) },
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "sole.db") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := database(t)
			s := deploy(t, database, "memory://").serve(t)
			owner := s.enrol(t)
			l := begin(t, owner.access, s)
			for range 4 {
				used := owner.recoveryCode()
				stepUp := func() answer {
					return s.post("/auth/step-up", map[string]any{"action": "mfa.disable", "recovery_code": used}, "Authorization", "Bearer "+owner.access)
				}
				stepUp().is(t, 200, "")
				s.kill()
				s.start(t)
				stepUp().is(t, 401, "invalid_code")
				l.served(t)
			}
			for _, a := range l.after(time.Time{}) {
				if a.err == nil {
					mustBe(t, []answer{a}, fine...)
				}
			}
			l.nothingLost(t, s, database)
		})
	}
}
