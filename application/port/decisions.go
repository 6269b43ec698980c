package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// Decisions makes decisions into ids and back. A decision is kept nowhere but in its own
// id, so that a refusal writes nothing and every replica can explain it.
type Decisions interface {
	// Seal must give ids of one length, whatever was decided, that nobody can read or make up.
	Seal(decision domain.Decision) domain.DecisionID
	// Open must refuse with domain.ErrNotFound what Seal did not make, what was altered in
	// any way, and what was decided domain.DecisionTTL or more before now.
	Open(id domain.DecisionID, now time.Time) (domain.Decision, error)
}
