package domain

import "time"

// SealSize is how many events one seal covers at most. With as many a signed seal stays
// under 16 KiB, which log pipelines take as one line.
const SealSize = 100

// Seal says which events of an org came after which, and what each of them hashes to. It
// names the seal before it by that one's digest, so the seals of an org are a chain.
type Seal struct {
	Org      OrgID
	Number   int64 // from 1
	At       time.Time
	Previous Digest    // of the seal before; zero in the first
	First    int64     // the position of its first event among all of the org, from 1
	Until    time.Time // of its latest event
	More     bool      // whether further events were waiting when it was made
	Entries  []SealEntry
}

// SealEntry is one event of a seal.
type SealEntry struct {
	Event EventID
	Hash  Digest
}

// Next is the position after the last event.
func (s Seal) Next() int64 { return s.First + int64(len(s.Entries)) }

// SealToken is a seal as it was signed: a JWS in its compact form (RFC 7515 §3.1).
type SealToken string

// Digest is the name of the seal in the one that comes after it.
func (t SealToken) Digest() Digest { return hashOf("sole audit seal 1", string(t)) }

// SealRecord is a seal as it is kept: the token, and what is looked up without opening it.
type SealRecord struct {
	Number int64
	First  int64
	Events int
	At     time.Time
	Until  time.Time
	Token  SealToken
}

// Record is the seal as it is kept under its token.
func (s Seal) Record(token SealToken) SealRecord {
	return SealRecord{Number: s.Number, First: s.First, Events: len(s.Entries), At: s.At, Until: s.Until, Token: token}
}

// WaitingEvent is an event that no seal covers yet. Turn tells how often it was changed by
// an erasure.
type WaitingEvent struct {
	Event AuditEvent
	Turn  int
}

// SealedEvent is an event, where it stands among all that were sealed, and its proof. The
// event is empty but for its id where it is gone.
type SealedEvent struct {
	Event    AuditEvent
	Gone     bool
	Seal     int64
	Position int64
	Proof    EventProof
}

// NewSeal seals waiting events, at most SealSize, after the newest seal of the org; salts
// are as many random ones. It also tells what to keep beside the events.
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
