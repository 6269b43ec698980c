package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CheckNewestNeeds is what CheckNewest requires of its caller.
var CheckNewestNeeds = proof.Needs{Permission: domain.PermAuditRead}

// CheckNewest verifies the newest events of the caller's org, with a bounded amount of work. Verify verifies all events.
type CheckNewest struct {
	proof.Guard
	Verifier func(context.Context) (port.SealVerifier, error) // with the keys of the service, also retired ones
}

// The most that one check verifies.
const (
	newestSeals   = 50
	newestEvents  = 10 * domain.SealSize
	newestWaiting = 1000
)

// NewestReport is the result of a check.
type NewestReport struct {
	Report
	First int64 // the number of the first verified seal; 0 when the org has no seal yet
}

// Execute verifies at most the newest 50 seals, and fewer when they have more than 1000 events. It counts at most about 1000
// events that wait for a seal.
func (uc CheckNewest) Execute(ctx context.Context, caller domain.Caller) (result NewestReport, err error) {
	err = uc.Read(ctx, caller, CheckNewestNeeds, func(tx proof.Unit) error {
		verifier, err := uc.Verifier(ctx)
		if err != nil {
			return err
		}
		evidence := Within(tx.AuditSeals())
		records, err := evidence.newest(ctx, newestSeals+1)
		if err != nil {
			return err
		}
		origins, err := tx.AuditSeals().Origins(ctx)
		if err != nil {
			return err
		}
		verify, err := Verify{Evidence: evidence, Verifier: verifier}.Trusting(origins)
		if err != nil {
			return err
		}
		v := verification{Verify: verify, chain: domain.Chain{Org: caller.Org.ID, Former: origins}, waitingLimit: newestWaiting}
		result.First = v.begin(records)
		if v.report.Break == nil {
			err = v.all(ctx)
		}
		result.Report = v.report
		return err
	})
	return result, err
}

// begin prepares the verification of the last of these seals, and returns the number of the first one to verify.
func (v *verification) begin(records []domain.SealRecord) (first int64) {
	if len(records) == 0 {
		return 0
	}
	newest := records[len(records)-1].Number
	if expected := max(1, newest-newestSeals); records[0].Number != expected {
		v.report.Break = &domain.Break{Kind: domain.BreakRemoved, Seal: expected, Why: "it is missing"}
		return expected
	}
	events := 0
	for i := len(records) - 1; i >= 0; i-- {
		events += records[i].Events
		tooMany := events > newestEvents && first > 0
		if tooMany || i == 0 && records[i].Number > 1 {
			v.beginAfter(records[i])
			return records[i].Number + 1
		}
		first = records[i].Number
	}
	return first
}

// beginAfter begins the verification after a seal, of which only the signature is verified.
func (v *verification) beginAfter(record domain.SealRecord) {
	seal, wrong := v.Verifier.Verify(record.Token)
	switch {
	case wrong != nil:
		v.report.Break = &domain.Break{Kind: domain.BreakChanged, Seal: record.Number, Why: wrong.Error()}
		return
	case seal.Org != v.chain.Org && !v.chain.Former.Sealed(seal) || seal.Number != record.Number:
		v.report.Break = &domain.Break{Kind: domain.BreakReordered, Seal: record.Number, Why: "another seal is stored in its place"}
		return
	}
	former := v.chain.Former
	v.chain = domain.ChainAfter(v.chain.Org, record.Token, seal)
	v.chain.Former = former
	v.report.Last = record
	if len(seal.Entries) > 0 {
		v.unsealedAfter = seal.Entries[len(seal.Entries)-1].Event
	}
}
