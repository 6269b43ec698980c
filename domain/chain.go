package domain

import (
	"fmt"
	"time"
)

// BreakKind says how an audit log was changed after it was sealed.
type BreakKind string

// The kinds of breaks.
const (
	BreakChanged   BreakKind = "changed"
	BreakRemoved   BreakKind = "removed"
	BreakInserted  BreakKind = "inserted"
	BreakReordered BreakKind = "reordered"
	BreakCutOff    BreakKind = "cut off"
)

// Break is the first place at which the events and seals of an org differ from what was sealed.
type Break struct {
	Kind  BreakKind
	Seal  int64   // 0 for an event that no seal covers
	Event EventID // empty when the break is in a seal, or the event is unknown
	Why   string
}

// String describes the break for people.
func (b Break) String() string {
	switch {
	case b.Event == "":
		return fmt.Sprintf("%s: seal %d: %s", b.Kind, b.Seal, b.Why)
	case b.Seal == 0:
		return fmt.Sprintf("%s: event %s: %s", b.Kind, b.Event, b.Why)
	}
	return fmt.Sprintf("%s: event %s of seal %d: %s", b.Kind, b.Event, b.Seal, b.Why)
}

// Chain verifies the seals of one org in order, from the first one.
type Chain struct {
	Org    OrgID
	Former SealOrigins // under which the org was sealed before it came here
	Last   Seal
	digest Digest
	swept  time.Time // of the last seal after which no event was left unsealed
}

// ChainAfter returns a chain that begins after a seal of the org whose signature was verified, to verify only later seals.
func ChainAfter(org OrgID, token SealToken, seal Seal) Chain {
	return Chain{Org: org, Last: seal, digest: token.Digest()}
}

// Add appends the next seal, which is stored under number and whose signature was verified. It returns
// a Break if the seal does not continue the chain.
func (c *Chain) Add(number int64, token SealToken, seal Seal) *Break {
	wrong := func(kind BreakKind, why string) *Break { return &Break{Kind: kind, Seal: c.Last.Number + 1, Why: why} }
	switch next := c.Last.Number + 1; {
	case number > next:
		return wrong(BreakRemoved, "it is missing")
	case number < next:
		return wrong(BreakInserted, fmt.Sprintf("another seal %d is stored in its place", number))
	case seal.Org != c.Org && !c.Former.Sealed(seal):
		return wrong(BreakChanged, "a seal of another org is stored in its place")
	case seal.Number != number:
		return wrong(BreakReordered, fmt.Sprintf("seal %d is stored in its place", seal.Number))
	case seal.Previous != c.digest:
		return wrong(BreakChanged, "it does not continue the seal before it: one of the two was replaced")
	case seal.First != max(1, c.Last.Next()) || len(seal.Entries) == 0 || seal.At.Before(c.Last.At):
		return wrong(BreakChanged, "it does not begin where the seal before it ends")
	}
	if !c.Last.More && c.Last.Number > 0 {
		c.swept = c.Last.At
	}
	c.Last, c.digest = seal, token.Digest()
	return nil
}

// lateness is how much older an event may be than a seal that left no event unsealed, and still appear
// after it. It allows for the longest unit of work and for clocks that differ.
const lateness = time.Hour

// Late reports whether an event with this time, which is in the last seal or not sealed yet, should
// have been in an earlier seal. Then it was inserted later, or a clock was wrong.
func (c *Chain) Late(at time.Time) bool {
	return !c.swept.IsZero() && at.Before(c.swept.Add(-lateness))
}

// Close ends the chain after its last seal.
func (c *Chain) Close() {
	if !c.Last.More && c.Last.Number > 0 {
		c.swept = c.Last.At
	}
}

// FoundEvent is a stored event with what a seal says about it.
type FoundEvent struct {
	ID       EventID
	At       time.Time
	Removed  bool // the event was removed and only its proof is stored
	Position int64
	Hash     Digest
}

// Found returns the event with the hash of its present content.
func (s SealedEvent) Found(org OrgID) FoundEvent {
	return FoundEvent{ID: s.Event.ID, At: s.Event.At, Removed: s.Removed, Position: s.Position, Hash: s.Event.Hash(org, s.Proof)}
}

// Compare returns the first difference between the sealed events and the stored ones, or nil.
func (s Seal) Compare(found []FoundEvent) *Break {
	wrong := func(kind BreakKind, event EventID, why string) *Break {
		return &Break{Kind: kind, Seal: s.Number, Event: event, Why: why}
	}
	there := make(map[EventID]FoundEvent, len(found))
	for _, f := range found {
		if _, twice := there[f.ID]; twice {
			return wrong(BreakInserted, f.ID, "it is stored more than once")
		}
		there[f.ID] = f
	}
	for i, entry := range s.Entries {
		f, ok := there[entry.Event]
		switch position := s.First + int64(i); {
		case !ok || f.Removed:
			return wrong(BreakRemoved, entry.Event, fmt.Sprintf("position %d is empty", position))
		case f.Position != position:
			return wrong(BreakReordered, entry.Event, fmt.Sprintf("sealed at position %d, now at %d", position, f.Position))
		case f.Hash != entry.Hash:
			return wrong(BreakChanged, entry.Event, fmt.Sprintf("the event at position %d differs from the sealed one", position))
		}
		delete(there, entry.Event)
	}
	for _, f := range found {
		if _, extra := there[f.ID]; extra {
			return wrong(BreakInserted, f.ID, "the seal does not contain it")
		}
	}
	return nil
}
