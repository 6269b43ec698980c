package bunstore

import (
	"github.com/sole-platform/sole/application/port"
)

var _ port.Database = (*Store)(nil)

// Connection implements port.Database. It is the *sql.DB that writes.
func (s *Store) Connection() any { return s.SQL() }

// Challenges implements port.Database.
func (s *Store) Challenges(clock port.Clock) port.Challenges { return NewChallenges(s, clock) }

// Ceremonies implements port.Database.
func (s *Store) Ceremonies(clock port.Clock) port.Ceremonies { return NewCeremonies(s, clock) }

// FirstRuns implements port.Database.
func (s *Store) FirstRuns(clock port.Clock) port.FirstRuns { return NewFirstRuns(s, clock) }

// StepUps implements port.Database.
func (s *Store) StepUps(clock port.Clock) port.StepUps { return NewStepUps(s, clock) }

// IsolationChecks implements port.Database. SQLite has no row level security to check.
func (s *Store) IsolationChecks() []port.Check {
	if s.dialect.bound == nil {
		return nil
	}
	return []port.Check{{Name: "row level security", Ask: s.Bound}}
}
