package domain

import (
	"fmt"
	"time"
)

// BreakKind is what was done to an audit log.
type BreakKind string

// The ways in which a chain is broken.
const (
	BreakChanged   BreakKind = "changed"
	BreakRemoved   BreakKind = "removed"
	BreakInserted  BreakKind = "inserted"
	BreakReordered BreakKind = "reordered"
	BreakCutOff    BreakKind = "cut off"
)

// Break is the first place at which the events and seals of an org are not what was sealed.
type Break struct {
	Kind  BreakKind
	Seal  int64   // 0 for an event that no seal covers
	Event EventID // empty where it is about a seal, or nobody can tell
	Why   string
}

// String names the place in words.
func (b Break) String() string {
	switch {
	case b.Event == "":
		return fmt.Sprintf("%s: seal %d: %s", b.Kind, b.Seal, b.Why)
	case b.Seal == 0:
		return fmt.Sprintf("%s: event %s: %s", b.Kind, b.Event, b.Why)
	}
	return fmt.Sprintf("%s: event %s of seal %d: %s", b.Kind, b.Event, b.Seal, b.Why)
}

// Chain follows the seals of one org from the first on.
type Chain struct {
	Org    OrgID
	Last   Seal
	digest Digest
	swept  time.Time // when a seal last left no event waiting
}

// Add goes on to the next seal, kept under a number, whose signature was found genuine.
func (c *Chain) Add(number int64, token SealToken, seal Seal) *Break {
	wrong := func(kind BreakKind, why string) *Break { return &Break{Kind: kind, Seal: c.Last.Number + 1, Why: why} }
	switch next := c.Last.Number + 1; {
	case number > next:
		return wrong(BreakRemoved, "it is missing")
	case number < next:
		return wrong(BreakInserted, fmt.Sprintf("another seal %d stands in its place", number))
	case seal.Org != c.Org:
		return wrong(BreakChanged, "a seal of another org stands in its place")
	case seal.Number != number:
		return wrong(BreakReordered, fmt.Sprintf("seal %d stands in its place", seal.Number))
	case seal.Previous != c.digest:
		return wrong(BreakChanged, "it does not continue the seal before it: one of the two was made anew")
	case seal.First != max(1, c.Last.Next()) || len(seal.Entries) == 0 || seal.At.Before(c.Last.At):
		return wrong(BreakChanged, "it does not begin where the seal before it ends")
	}
	if !c.Last.More && c.Last.Number > 0 {
		c.swept = c.Last.At
	}
	c.Last, c.digest = seal, token.Digest()
	return nil
}

// Digest is that of the last seal.
func (c *Chain) Digest() Digest { return c.digest }

// lateness is how long after its own time an event may be sealed at the latest, given that
// a seal was made after that time which left none waiting: it covers the longest unit of
// work and clocks that differ.
const lateness = time.Hour

// Late tells whether an event of the last seal, or one that is not sealed yet, was not there
// when all that were had been sealed, although it says it is older: it was inserted later, or
// a clock was wrong.
func (c *Chain) Late(at time.Time) bool {
	return !c.swept.IsZero() && at.Before(c.swept.Add(-lateness))
}

// Close tells that there is no further seal.
func (c *Chain) Close() {
	if !c.Last.More && c.Last.Number > 0 {
		c.swept = c.Last.At
	}
}

// FoundEvent is an event that is there, as far as a seal is concerned.
type FoundEvent struct {
	ID       EventID
	At       time.Time
	Gone     bool // only its proof is there
	Position int64
	Hash     Digest
}

// Found is the event with the hash that it has now.
func (s SealedEvent) Found(org OrgID) FoundEvent {
	return FoundEvent{ID: s.Event.ID, At: s.Event.At, Gone: s.Gone, Position: s.Position, Hash: s.Event.Hash(org, s.Proof)}
}

// Compare finds the first difference between what was sealed and what is there.
func (s Seal) Compare(found []FoundEvent) *Break {
	wrong := func(kind BreakKind, event EventID, why string) *Break {
		return &Break{Kind: kind, Seal: s.Number, Event: event, Why: why}
	}
	there := make(map[EventID]FoundEvent, len(found))
	for _, f := range found {
		if _, twice := there[f.ID]; twice {
			return wrong(BreakInserted, f.ID, "it is there more than once")
		}
		there[f.ID] = f
	}
	for i, entry := range s.Entries {
		f, ok := there[entry.Event]
		switch position := s.First + int64(i); {
		case !ok || f.Gone:
			return wrong(BreakRemoved, entry.Event, fmt.Sprintf("position %d is empty", position))
		case f.Position != position:
			return wrong(BreakReordered, entry.Event, fmt.Sprintf("sealed at position %d, now at %d", position, f.Position))
		case f.Hash != entry.Hash:
			return wrong(BreakChanged, entry.Event, fmt.Sprintf("what stands at position %d is not what was sealed", position))
		}
		delete(there, entry.Event)
	}
	for _, f := range found {
		if _, extra := there[f.ID]; extra {
			return wrong(BreakInserted, f.ID, "the seal does not name it")
		}
	}
	return nil
}
