package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// SealSigner signs seals with the key that signs at their time.
type SealSigner interface {
	Sign(seal domain.Seal) (domain.SealToken, error)
}

// SealVerifier opens seals. It must accept only our algorithm, the keys it was given and
// the type of seals: an access token is none, and a seal is no access token. Anything else
// is an error that says what is wrong.
type SealVerifier interface {
	Verify(token domain.SealToken) (domain.Seal, error)
}

// NewSalt makes domain.SaltSize random bytes.
type NewSalt func() []byte

// Evidence is what an audit log is verified by, of one org: in the database, or in files
// that left the host.
type Evidence interface {
	// Seals lists seals in the order of their numbers, from the one that follows after on.
	Seals(ctx context.Context, after int64, limit int) ([]domain.SealRecord, error)
	// Covered gives what stands at n positions from the first on, in their order, also proofs
	// whose event is gone.
	Covered(ctx context.Context, first int64, n int) ([]domain.SealedEvent, error)
	// Unsealed looks at limit events in the order of their ids, from the one that follows after
	// on, and gives those without a proof. It says after which to go on; empty at the end.
	Unsealed(ctx context.Context, after domain.EventID, limit int) (events []UnsealedEvent, last domain.EventID, err error)
	// Lost names an event that waits for a seal and is gone; empty when there is none.
	Lost(ctx context.Context) (domain.EventID, error)
	// Beyond names an event whose proof stands before the first position or at next or later;
	// empty when there is none.
	Beyond(ctx context.Context, next int64) (domain.EventID, error)
	// Expiry is the latest removal of events by age; the zero one when there was none.
	Expiry(ctx context.Context) (domain.Expiry, error)
}

// UnsealedEvent is an event that no seal covers. Waiting tells whether the next one will.
type UnsealedEvent struct {
	ID      domain.EventID
	At      time.Time
	Waiting bool
}

// AuditSeals keeps the seals of the org's events. An event waits for its seal from the
// moment it is appended, whoever appended it.
type AuditSeals interface {
	Evidence
	// Newest is the seal with the highest number; the zero one when there is none.
	Newest(ctx context.Context) (domain.SealRecord, error)
	// Waiting lists events that wait for a seal in the order of their ids, at most limit.
	Waiting(ctx context.Context, limit int) ([]domain.WaitingEvent, error)
	// Put stores a seal with the proofs of its events, which wait no longer. It must refuse a
	// number that is there already, and events that do not wait as they were read, with
	// domain.ErrStale: of parallel calls one wins.
	Put(ctx context.Context, record domain.SealRecord, waiting []domain.WaitingEvent, sealed []domain.SealedEvent) error
	// Proofs gives the proofs of those of the events that are sealed.
	Proofs(ctx context.Context, events []domain.EventID) (map[domain.EventID]domain.SealedEvent, error)
	// Expire removes the events and proofs of the oldest seals whose events are all from before
	// the instant, at most limit seals, and leaves the seals. Where an event of theirs is gone
	// already it must remove nothing: domain.ErrAuditBroken. The unit must have locked the org.
	Expire(ctx context.Context, before time.Time, limit int) (domain.Expiry, error)
	// Erase removes what tells of a person (see domain.AuditEvent.Erase) from every event that
	// the account caused or that is about it, and returns how many changed. Sealed events must
	// stay provable.
	Erase(ctx context.Context, account domain.UserID) (int, error)
}
