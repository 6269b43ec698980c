package domain

import "time"

// SealSize is the largest number of events in one seal. A signed seal of this size stays under 16 KiB, which
// log pipelines accept as one line.
const SealSize = 100

// Seal lists consecutive events of an org with their hashes. It contains the digest of the seal before it, so
// the seals of an org form a chain.
type Seal struct {
	Org      OrgID
	Number   int64 // from 1
	At       time.Time
	Previous Digest    // of the seal before it; zero in the first one
	First    int64     // the position of its first event among all events of the org, from 1
	Until    time.Time // of its latest event
	More     bool      // whether more events were waiting when it was made
	Entries  []SealEntry
}

// SealEntry is one event of a seal.
type SealEntry struct {
	Event EventID
	Hash  Digest
}

// Next returns the position after the last event.
func (s Seal) Next() int64 { return s.First + int64(len(s.Entries)) }

// SealToken is a signed seal: a JWS in compact form (RFC 7515 §3.1).
type SealToken string

// Digest returns the digest that the next seal contains.
func (t SealToken) Digest() Digest { return hashOf("sole audit seal 1", string(t)) }

// SealRecord is a stored seal: its token, and the values that are needed without parsing it.
type SealRecord struct {
	Number int64
	First  int64
	Events int
	At     time.Time
	Until  time.Time
	Token  SealToken
}

// Record returns the form in which the seal is stored.
func (s Seal) Record(token SealToken) SealRecord {
	return SealRecord{Number: s.Number, First: s.First, Events: len(s.Entries), At: s.At, Until: s.Until, Token: token}
}

// WaitingEvent is an event that is not sealed yet. Turn is the number of erasures that changed it.
type WaitingEvent struct {
	Event AuditEvent
	Turn  int
}

// SealedEvent is a sealed event with its position among all sealed events and its proof. If it was removed, the
// event has only its id.
type SealedEvent struct {
	Event    AuditEvent
	Removed  bool
	Seal     int64
	Position int64
	Proof    EventProof
}

// NewSeal seals waiting events, at most SealSize, after the newest seal of the org. salts must hold a random
// salt for each event. It also returns the positions and proofs to store with the events.
func NewSeal(org OrgID, newest SealRecord, waiting []WaitingEvent, salts [][]byte, now time.Time) (Seal, []SealedEvent) {
	seal := Seal{Org: org, Number: newest.Number + 1, At: now, First: newest.First + int64(newest.Events), More: len(waiting) > SealSize}
	if newest.Number > 0 {
		seal.Previous = newest.Token.Digest()
	} else {
		seal.First = 1
	}
	if seal.At.Before(newest.At) { // a clock that was set back must not break the chain
		seal.At = newest.At
	}
	waiting = waiting[:min(len(waiting), SealSize)]
	sealed := make([]SealedEvent, len(waiting))
	for i, w := range waiting {
		proof := EventProof{Salt: salts[i]}
		seal.Entries = append(seal.Entries, SealEntry{w.Event.ID, w.Event.Hash(org, proof)})
		if w.Event.At.After(seal.Until) {
			seal.Until = w.Event.At
		}
		sealed[i] = SealedEvent{Event: w.Event, Seal: seal.Number, Position: seal.First + int64(i), Proof: proof}
	}
	return seal, sealed
}
