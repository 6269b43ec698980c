package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// SealSigner signs seals with the key that was current at the time of the seal.
type SealSigner interface {
	Sign(seal domain.Seal) (domain.SealToken, error)
}

// SealVerifier checks the signatures of seals. It must accept only our algorithm, the given keys and tokens of the type of
// seals; an access token must not be accepted as a seal, nor a seal as an access token. Anything else is an error that
// says what is wrong.
type SealVerifier interface {
	Verify(token domain.SealToken) (domain.Seal, error)
	// Trusting returns a verifier that also accepts the seals that an origin can have signed: with its key, of its org, and up
	// to its number. The keys of origins must verify nothing else.
	Trusting(origins domain.SealOrigins) (SealVerifier, error)
}

// NewSalt returns domain.SaltSize random bytes.
type NewSalt func() []byte

// Evidence is what verifies the audit log of one org. It comes from the database or from exported files.
type Evidence interface {
	// Seals returns at most limit seals in the order of their numbers, starting after the number after.
	Seals(ctx context.Context, after int64, limit int) ([]domain.SealRecord, error)
	// Covered returns the events with their proofs at n positions, starting at first, in their order. Proofs whose event is
	// missing are included.
	Covered(ctx context.Context, first int64, n int) ([]domain.SealedEvent, error)
	// Unsealed examines limit events in the order of their ids, starting after the id after, and returns those without a
	// proof. last is where the next call continues, and empty at the end.
	Unsealed(ctx context.Context, after domain.EventID, limit int) (events []UnsealedEvent, last domain.EventID, err error)
	// Lost returns the id of an event that waits for a seal and is missing, or an empty id.
	Lost(ctx context.Context) (domain.EventID, error)
	// Beyond returns the id of an event whose proof has a position before 1, or of next or higher, or an empty id.
	Beyond(ctx context.Context, next int64) (domain.EventID, error)
	// Expiry returns the latest removal of events by age, or the zero Expiry.
	Expiry(ctx context.Context) (domain.Expiry, error)
}

// UnsealedEvent is an event that no seal covers. Waiting reports whether the next seal will cover it.
type UnsealedEvent struct {
	ID      domain.EventID
	At      time.Time
	Waiting bool
}

// AuditSeals stores the seals of the org's events. Every event waits for its seal as soon as it is appended.
type AuditSeals interface {
	Evidence
	// Origins returns the keys of other deployments that sealed events of the org, oldest seals first.
	Origins(ctx context.Context) (domain.SealOrigins, error)
	// Newest returns the seal with the highest number, or the zero SealRecord.
	Newest(ctx context.Context) (domain.SealRecord, error)
	// Waiting returns at most limit events that wait for a seal, in the order of their ids.
	Waiting(ctx context.Context, limit int) ([]domain.WaitingEvent, error)
	// Put stores a seal with the proofs of its events, which then no longer wait. It must return domain.ErrStale for a
	// number that exists already, and for events that no longer wait or have changed since they were read, so that of
	// parallel calls one succeeds.
	Put(ctx context.Context, record domain.SealRecord, waiting []domain.WaitingEvent, sealed []domain.SealedEvent) error
	// Proofs returns the proofs of those events that are sealed.
	Proofs(ctx context.Context, events []domain.EventID) (map[domain.EventID]domain.SealedEvent, error)
	// Expire removes the events and proofs of the oldest seals whose events are all from before a time, of at most
	// limit seals. The seals themselves stay. If one of these events is missing already, Expire must remove nothing and
	// return domain.ErrAuditBroken. The caller has locked the org in the same unit of work.
	Expire(ctx context.Context, before time.Time, limit int) (domain.Expiry, error)
	// Erase removes the personal data (see domain.AuditEvent.Erase) from every event that the account caused or that is
	// about it, and returns how many events changed. The seals of these events must still verify.
	Erase(ctx context.Context, account domain.UserID) (int, error)
}
