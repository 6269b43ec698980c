package port

import (
	"time"

	"github.com/sole-platform/sole/domain"
)

// Decisions encodes decisions as ids and decodes them. A decision is stored nowhere but in its id, so that a refusal
// writes nothing and every replica can explain it.
type Decisions interface {
	// Seal returns the id of a decision. All ids must have the same length, and must be encrypted and authenticated.
	Seal(decision domain.Decision) domain.DecisionID
	// Open returns the decision of an id. It must return domain.ErrNotFound for an id that Seal did not return, that was
	// altered, or whose decision is at least domain.DecisionTTL old.
	Open(id domain.DecisionID, now time.Time) (domain.Decision, error)
}
