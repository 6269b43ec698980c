package domain_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const sealedOrg = domain.OrgID("0189abcd-0000-774b-bcce-b302099a8057")

// eventAt is the i-th event of a story: a second after the one before it.
func eventAt(i int) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(
			fmt.Sprintf("0189abcd-ac96-774b-bcce-%012x", i),
		), At: now.Add(time.Duration(i) * time.Second), Name: domain.EventProfileUpdated,
		Outcome: domain.OutcomeSuccess, Actor: anID, ResourceType: "account", ResourceID: anID,
		Details: map[string]string{"full_name": "Zoë -> Zoë Miller", "reason": "her own"},
		Origin:  domain.Origin{Address: "192.0.2.1", UserAgent: "curl/8", RequestID: "request", HomeOrg: "home"},
	}
}

func waiting(from, n int) (events []domain.WaitingEvent, salts [][]byte) {
	for i := range n {
		events = append(events, domain.WaitingEvent{Event: eventAt(from + i)})
		salts = append(salts, []byte(fmt.Sprintf("salt %011d", from+i)))
	}
	return events, salts
}

// sealedLog is an org whose events were sealed, three by three.
type sealedLog struct {
	seals  []domain.Seal
	tokens []domain.SealToken
	events []domain.SealedEvent
}

func newLog(t *testing.T, seals int) *sealedLog {
	t.Helper()
	l := &sealedLog{}
	newest := domain.SealRecord{}
	for n := range seals {
		events, salts := waiting(3*n, 3)
		seal, sealed := domain.NewSeal(sealedOrg, newest, events, salts, now.Add(time.Duration(n)*time.Minute))
		token := domain.SealToken(fmt.Sprintf("token %d", seal.Number))
		newest = seal.Record(token)
		l.seals, l.tokens, l.events = append(l.seals, seal), append(l.tokens, token), append(l.events, sealed...)
	}
	return l
}

// verify goes through the log and returns the first break.
func (l *sealedLog) verify() *domain.Break {
	chain := domain.Chain{Org: sealedOrg}
	for i, seal := range l.seals {
		if broken := chain.Add(int64(i)+1, l.tokens[i], seal); broken != nil {
			return broken
		}
		var found []domain.FoundEvent
		for _, e := range l.events {
			if e.Position >= seal.First && e.Position < seal.Next() {
				found = append(found, e.Found(sealedOrg))
			}
		}
		if broken := seal.Compare(found); broken != nil {
			return broken
		}
	}
	return nil
}

func TestASealContinuesTheOneBefore(t *testing.T) {
	l := newLog(t, 3)
	require.Nil(t, l.verify())
	require.Equal(t, []int64{1, 4, 7}, []int64{l.seals[0].First, l.seals[1].First, l.seals[2].First})
	require.Zero(t, l.seals[0].Previous)
	require.Equal(t, l.tokens[0].Digest(), l.seals[1].Previous)
	require.Equal(t, eventAt(8).At, l.seals[2].Until)
	for i, e := range l.events {
		require.Equal(t, int64(i)+1, e.Position)
	}
}

func TestASealHasALimitedSizeAndRecordsWhetherMoreEventsWait(t *testing.T) {
	for n, more := range map[int]bool{1: false, domain.SealSize: false, domain.SealSize + 1: true} {
		events, salts := waiting(0, n)
		seal, sealed := domain.NewSeal(sealedOrg, domain.SealRecord{}, events, salts, now)
		require.Len(t, seal.Entries, min(n, domain.SealSize))
		require.Len(t, sealed, min(n, domain.SealSize))
		require.Equal(t, more, seal.More)
	}
}

func TestAClockSetBackDoesNotBreakTheChain(t *testing.T) {
	events, salts := waiting(0, 1)
	first, _ := domain.NewSeal(sealedOrg, domain.SealRecord{}, events, salts, now)
	second, _ := domain.NewSeal(sealedOrg, first.Record("one"), events, salts, now.Add(-time.Hour))
	chain := domain.Chain{Org: sealedOrg}
	require.Nil(t, chain.Add(1, "one", first))
	require.Nil(t, chain.Add(2, "two", second))
}

// changes are every way in which an event can be another.
var changes = map[string]func(e *domain.AuditEvent){
	"id":          func(e *domain.AuditEvent) { e.ID = eventAt(999).ID },
	"time":        func(e *domain.AuditEvent) { e.At = e.At.Add(time.Microsecond) },
	"name":        func(e *domain.AuditEvent) { e.Name = domain.EventSignedIn },
	"outcome":     func(e *domain.AuditEvent) { e.Outcome = domain.OutcomeFailure },
	"actor":       func(e *domain.AuditEvent) { e.Actor = "" },
	"actor's org": func(e *domain.AuditEvent) { e.Origin.HomeOrg = "" },
	"type":        func(e *domain.AuditEvent) { e.ResourceType = "accoun" },
	"resource":    func(e *domain.AuditEvent) { e.ResourceID += "x" },
	"address":     func(e *domain.AuditEvent) { e.Origin.Address = "192.0.2.2" },
	"agent":       func(e *domain.AuditEvent) { e.Origin.UserAgent = "" },
	"request":     func(e *domain.AuditEvent) { e.Origin.RequestID = "another" },
	"detail":      func(e *domain.AuditEvent) { e.Details["reason"] = "" },
	"more":        func(e *domain.AuditEvent) { e.Details["x"] = "" },
	"less":        func(e *domain.AuditEvent) { delete(e.Details, "reason") },
	"moved": func(e *domain.AuditEvent) {
		e.Origin.Address, e.Origin.UserAgent = e.Origin.UserAgent, e.Origin.Address
	},
}

// TestTheHashesOfEarlierEventsStay has the hash of an event as it was before events had a type of actor.
func TestTheHashesOfEarlierEventsStay(t *testing.T) {
	event := domain.AuditEvent{
		ID: "0189abcd-ac96-774b-bcce-000000000003", At: time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC), Name: domain.EventRoleCreated,
		Outcome: domain.OutcomeSuccess, Actor: "0189abcd-ac96-774b-bcce-000000000001", ResourceType: "role",
	}
	proof := domain.EventProof{Salt: []byte("0123456789abcdef")}
	person := event.Hash(sealedOrg, proof)
	require.Equal(t, earlierHash, person.String())
	event.ActorType = domain.ActorServiceAccount
	require.NotEqual(t, person, event.Hash(sealedOrg, proof))
	require.Equal(t, domain.ActorServiceAccount, domain.ParseActorType(event.ShownActorType()))
}

const earlierHash = "YBcwYljELtXaIyyXwLOGgBSsU3IKRVWPusSTpUmHn20"

func TestEveryChangeOfAnEventChangesItsHash(t *testing.T) {
	proof := domain.EventProof{Salt: []byte("0123456789abcdef")}
	hashes := map[domain.Digest]string{eventAt(0).Hash(sealedOrg, proof): "none"}
	for name, change := range changes {
		e := eventAt(0)
		change(&e)
		hash := e.Hash(sealedOrg, proof)
		require.Empty(t, hashes[hash], name)
		hashes[hash] = name
	}
	require.NotContains(t, hashes, eventAt(0).Hash("another org", proof))
	require.NotContains(
		t,
		hashes,
		eventAt(0).Hash(sealedOrg, domain.EventProof{Salt: []byte("0123456789abcdeg")}),
		"the salt hides what is personal",
	)
	same := eventAt(0)
	same.At = same.At.In(time.FixedZone("", 3600))
	require.Equal(t, "none", hashes[same.Hash(sealedOrg, proof)])
}

func TestEveryTamperingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(l *sealedLog)
		kind   domain.BreakKind
		event  int // -1: none
		seal   int64
	}{
		"changed":              {func(l *sealedLog) { l.events[4].Event.Origin.Address = "192.0.2.9" }, domain.BreakChanged, 4, 2},
		"salt changed":         {func(l *sealedLog) { l.events[4].Proof.Salt = []byte("another") }, domain.BreakChanged, 4, 2},
		"row removed":          {func(l *sealedLog) { l.events[4].Removed = true }, domain.BreakRemoved, 4, 2},
		"removed without rest": {func(l *sealedLog) { l.events = slices.Delete(l.events, 4, 5) }, domain.BreakRemoved, 4, 2},
		"all of a seal":        {func(l *sealedLog) { l.events = slices.Delete(l.events, 3, 6) }, domain.BreakRemoved, 3, 2},
		"inserted": {func(l *sealedLog) {
			l.events = append(l.events, domain.SealedEvent{Event: eventAt(99), Position: 5, Proof: l.events[4].Proof})
		}, domain.BreakInserted, 99, 2},
		"twice":           {func(l *sealedLog) { l.events = append(l.events, l.events[4]) }, domain.BreakInserted, 4, 2},
		"replaced":        {func(l *sealedLog) { l.events[4].Event.ID = eventAt(99).ID }, domain.BreakRemoved, 4, 2},
		"reordered":       {func(l *sealedLog) { l.events[3].Position, l.events[5].Position = 6, 4 }, domain.BreakReordered, 3, 2},
		"reordered afar":  {func(l *sealedLog) { l.events[1].Position, l.events[5].Position = 6, 2 }, domain.BreakRemoved, 1, 1},
		"seals exchanged": {func(l *sealedLog) { l.exchange(1, 2) }, domain.BreakReordered, -1, 2},
		"seal removed": {func(l *sealedLog) { l.seals, l.tokens = slices.Delete(l.seals, 1, 2), slices.Delete(l.tokens, 1, 2) },
			domain.BreakReordered, -1, 2},
		"seal made anew":    {func(l *sealedLog) { l.tokens[0] = "another" }, domain.BreakChanged, -1, 2},
		"seal of other org": {func(l *sealedLog) { l.seals[1].Org = "another" }, domain.BreakChanged, -1, 2},
		"seal with a gap":   {func(l *sealedLog) { l.seals[1].First++ }, domain.BreakChanged, -1, 2},
		"seal of nothing":   {func(l *sealedLog) { l.seals[1].Entries = nil }, domain.BreakChanged, -1, 2},
		"seal of the past":  {func(l *sealedLog) { l.seals[1].At = now.Add(-time.Minute) }, domain.BreakChanged, -1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLog(t, 3)
			c.tamper(l)
			broken := l.verify()
			require.NotNil(t, broken)
			require.Equal(t, c.kind, broken.Kind, broken)
			require.Equal(t, c.seal, broken.Seal, broken)
			if c.event >= 0 {
				require.Equal(t, eventAt(c.event).ID, broken.Event, broken)
			} else {
				require.Empty(t, broken.Event, broken)
			}
		})
	}
}

func (l *sealedLog) exchange(i, j int) {
	l.seals[i], l.seals[j] = l.seals[j], l.seals[i]
	l.tokens[i], l.tokens[j] = l.tokens[j], l.tokens[i]
}

func TestMissingAndRepeatedNumbersOfSealsAreNamed(t *testing.T) {
	l := newLog(t, 2)
	chain := domain.Chain{Org: sealedOrg}
	require.Equal(t, domain.BreakRemoved, chain.Add(2, l.tokens[1], l.seals[1]).Kind)
	require.Nil(t, chain.Add(1, l.tokens[0], l.seals[0]))
	require.Equal(t, domain.BreakInserted, chain.Add(1, l.tokens[0], l.seals[0]).Kind)
}

func TestWhatWasErasedStaysProvableAndCannotBeGuessed(t *testing.T) {
	e := eventAt(0)
	proof := domain.EventProof{Salt: []byte("0123456789abcdef")}
	sealed := e.Hash(sealedOrg, proof)
	erased, names := e.Erase(anID)
	require.Equal(t, []string{"ip", "user_agent", "details.full_name"}, names)
	require.Equal(t, map[string]string{"full_name": domain.ErasedText, "reason": "her own"}, erased.Details)
	require.Equal(t, "Zoë -> Zoë Miller", e.Details["full_name"], "the original is left alone")
	kept := proof.Erase(e, names)
	require.Equal(t, sealed, erased.Hash(sealedOrg, kept))
	require.Empty(t, kept.Salt)
	require.ElementsMatch(t, names, slices.Collect(maps.Keys(kept.Erased)))
	require.ElementsMatch(t, []string{"actor_id", "resource_id", "details.reason"}, slices.Collect(maps.Keys(kept.Salts)))

	again, more := erased.Erase(anID)
	require.Empty(t, more)
	require.Equal(t, sealed, again.Hash(sealedOrg, kept.Erase(erased, more)))

	forged := erased
	forged.Origin.Address = "192.0.2.9"
	require.NotEqual(t, sealed, forged.Hash(sealedOrg, kept), "nothing else may stand in the place of what was erased")
	for name, change := range changes {
		changed := erased
		changed.Details = maps.Clone(erased.Details)
		change(&changed)
		if name != "agent" && name != "moved" { // these are empty already
			require.NotEqual(t, sealed, changed.Hash(sealedOrg, kept), name)
		}
	}
}

func TestAnAddressThatSomebodyTriedIsErasedToo(t *testing.T) {
	e := domain.AuditEvent{ResourceID: "nobody@example.org"}
	erased, names := e.Erase(anID)
	require.Equal(t, []string{"resource_id"}, names)
	require.Equal(t, domain.ErasedText, erased.ResourceID)
	kept, names := domain.AuditEvent{ResourceID: anID}.Erase(anID)
	require.Empty(t, names)
	require.Equal(t, anID, kept.ResourceID)
}

func TestAnEventThatWasNotThereWhenAllWereSealedIsLate(t *testing.T) {
	events, salts := waiting(0, 2)
	first, _ := domain.NewSeal(sealedOrg, domain.SealRecord{}, events, salts, now)
	second, _ := domain.NewSeal(sealedOrg, first.Record("one"), events, salts, now.Add(time.Minute))
	for _, more := range []bool{false, true} {
		first.More = more
		chain := domain.Chain{Org: sealedOrg}
		require.Nil(t, chain.Add(1, "one", first))
		require.False(t, chain.Late(now.AddDate(-1, 0, 0)), "nothing was sealed before")
		require.Nil(t, chain.Add(2, "two", second))
		require.Equal(t, !more, chain.Late(now.Add(-time.Hour-time.Second)), "unless more were waiting")
		require.False(t, chain.Late(now.Add(-time.Hour)))
		chain.Close()
		require.True(t, chain.Late(now.Add(time.Minute-time.Hour-time.Second)))
	}
}

func TestARemovalByAgeIsRecordedInItsEvent(t *testing.T) {
	settings := domain.OrgSettings{AuditLogRetentionDays: 30}
	require.Zero(t, domain.OrgSettings{}.AuditCutoff(now))
	x := domain.Expiry{Through: 7, Events: 700, Before: settings.AuditCutoff(now), Days: 30}
	event := domain.AuditEvent{Name: domain.EventAuditExpired, At: now, Details: x.Details()}
	read, ok := domain.ExpiryOf(event)
	require.True(t, ok)
	require.Equal(t, x, read)
	old, young := now.AddDate(0, 0, -30).Add(-time.Microsecond), now.AddDate(0, 0, -30)
	require.True(t, read.Covers(domain.Seal{Number: 7, Until: old}))
	require.False(t, read.Covers(domain.Seal{Number: 7, Until: young}))
	require.False(t, read.Covers(domain.Seal{Number: 8, Until: old}))
	for name, change := range map[string]func(e *domain.AuditEvent){
		"another event": func(e *domain.AuditEvent) { e.Name = domain.EventAuditRead },
		"no number":     func(e *domain.AuditEvent) { e.Details["through_seal"] = "all" },
		"no days":       func(e *domain.AuditEvent) { e.Details["days"] = "0" },
		"too young":     func(e *domain.AuditEvent) { e.At = e.At.Add(-time.Microsecond) },
		"no instant":    func(e *domain.AuditEvent) { delete(e.Details, "before") },
	} {
		e := event
		e.Details = maps.Clone(event.Details)
		change(&e)
		_, ok := domain.ExpiryOf(e)
		require.False(t, ok, name)
	}
}

// FuzzEventHash splits one text into the fields of two events in two ways. The hashes must be equal
// only if the events are.
func FuzzEventHash(f *testing.F) {
	f.Add("account.updatedsuccess192.0.2.1", []byte{3, 9, 3, 8})
	f.Add("\x00\x00\x00\x00\x00\x00\x00\x01a", []byte{8, 9, 7, 9})
	f.Fuzz(func(t *testing.T, text string, cuts []byte) {
		if len(cuts) < 4 {
			return
		}
		proof := domain.EventProof{Salt: []byte("0123456789abcdef")}
		split := func(i, j byte) domain.AuditEvent {
			first := min(int(i), len(text))
			second := max(first, min(int(j), len(text)))
			x, y, z := text[:first], text[first:second], text[second:]
			return domain.AuditEvent{
				ID: domain.EventID(x), Name: domain.EventName(y), Outcome: domain.Outcome(z), Actor: domain.UserID(x),
				ResourceType: y, ResourceID: z, At: now,
				Details: map[string]string{x: y, z: ""}, Origin: domain.Origin{Address: x, UserAgent: y, RequestID: z, HomeOrg: domain.OrgID(x)},
			}
		}
		one, two := split(cuts[0], cuts[1]), split(cuts[2], cuts[3])
		same := one.ID == two.ID && one.Name == two.Name && one.Outcome == two.Outcome
		require.Equal(t, same, one.Hash(sealedOrg, proof) == two.Hash(sealedOrg, proof))
	})
}

func FuzzParseDigest(f *testing.F) {
	f.Add(domain.SealToken("x").Digest().String())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		digest, err := domain.ParseDigest(text)
		if err == nil {
			require.Equal(t, text, digest.String())
		} else {
			require.Zero(t, digest)
		}
	})
}
