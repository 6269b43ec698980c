package audit

import (
	"context"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Verify checks that the events of an org are the ones that were sealed, or finds the first that is
// not.
type Verify struct {
	Evidence port.Evidence
	Verifier port.SealVerifier
	Former   domain.SealOrigins // where the org was before it was moved here
}

// Trusting returns the verification with the origins of the org, whose keys it then trusts for their seals.
func (uc Verify) Trusting(origins domain.SealOrigins) (Verify, error) {
	if len(origins) == 0 {
		return uc, nil
	}
	verifier, err := uc.Verifier.Trusting(origins)
	return Verify{Evidence: uc.Evidence, Verifier: verifier, Former: origins}, err
}

// Report is the result of a verification. Break is nil when nothing was changed.
type Report struct {
	Seals    int64             // verified, from the first on
	Events   int64             // verified
	Expired  int64             // events that were removed by age, as far as the seals show
	Waiting  int64             // events that no seal covers yet, which cannot be verified
	Erased   int64             // verified events whose personal fields were erased
	Last     domain.SealRecord // the newest seal
	Break    *domain.Break
	Late     int64 // verified events that were sealed long after their own time
	LateSeal int64 // the seal of the first late event
	LateID   domain.EventID
}

// Sound reports whether nothing needs to be investigated.
func (r Report) Sound() bool { return r.Break == nil && r.Late == 0 }

// verifyPage is how many seals, or unsealed events, one query reads.
const verifyPage = 200

// Execute verifies all seals of the org. When known is not empty, it must be one of them; events up to
// that seal are not reported as late.
func (uc Verify) Execute(ctx context.Context, org domain.OrgID, known domain.SealToken) (Report, error) {
	v := verification{Verify: uc, chain: domain.Chain{Org: org, Former: uc.Former}, token: known}
	if known != "" {
		seal, err := uc.Verifier.Verify(known)
		if err != nil {
			return v.report, &domain.Error{
				Code:    domain.CodeInvalid,
				Message: "The seal that the log is to be verified by cannot be used: " + err.Error() + ".",
			}
		}
		if seal.Org != org && !uc.Former.Sealed(seal) {
			return v.report, &domain.Error{Code: domain.CodeInvalid, Message: "The seal that the log is to be verified by is of another org."}
		}
		v.known = seal
	}
	err := v.all(ctx)
	return v.report, err
}

// verification is one run of Verify.
type verification struct {
	Verify
	chain  domain.Chain
	token  domain.SealToken
	known  domain.Seal
	expiry domain.Expiry
	report Report

	unsealedAfter domain.EventID // where the search for unsealed events begins; empty: with the first event
	waitingLimit  int64          // the search ends when it has found so many; 0: no limit
}

// all verifies the seals until none was added meanwhile, and then the unsealed events.
func (v *verification) all(ctx context.Context) error {
	for {
		if err := v.seals(ctx); err != nil || v.report.Break != nil {
			return err
		}
		beyond, err := v.Evidence.Beyond(ctx, max(1, v.chain.Last.Next()))
		if err != nil {
			return err
		}
		if beyond == "" {
			return v.rest(ctx)
		}
		added, err := v.Evidence.Seals(ctx, v.report.Last.Number, 1)
		if err != nil {
			return err
		}
		if len(added) == 0 {
			v.report.Break = &domain.Break{
				Kind:  domain.BreakCutOff,
				Seal:  v.chain.Last.Number + 1,
				Event: beyond,
				Why:   "it was sealed, and the seal was removed",
			}
			return nil
		}
	}
}

// seals follows the chain to its end or to its first break.
func (v *verification) seals(ctx context.Context) error {
	for {
		records, err := v.Evidence.Seals(ctx, v.report.Last.Number, verifyPage)
		if err != nil {
			return err
		}
		for _, record := range records {
			if v.report.Break, err = v.seal(ctx, record); err != nil || v.report.Break != nil {
				return err
			}
			v.report.Last = record
		}
		if len(records) == 0 {
			v.chain.Close()
			v.report.Break = v.cutOff()
			return nil
		}
	}
}

// seal verifies one seal and its events.
func (v *verification) seal(ctx context.Context, record domain.SealRecord) (*domain.Break, error) {
	seal, wrong := v.Verifier.Verify(record.Token)
	if wrong != nil {
		return &domain.Break{Kind: domain.BreakChanged, Seal: record.Number, Why: wrong.Error()}, nil //nolint:nilerr // the error is the finding
	}
	if broken := v.chain.Add(record.Number, record.Token, seal); broken != nil {
		return broken, nil
	}
	if v.known.Number == seal.Number && v.token != record.Token {
		return &domain.Break{
			Kind: domain.BreakChanged,
			Seal: seal.Number,
			Why:  "it is not the known seal: the chain was created anew up to here",
		}, nil
	}
	covered, err := v.Evidence.Covered(ctx, seal.First, len(seal.Entries))
	if err != nil {
		return nil, err
	}
	if len(covered) == 0 {
		expired, err := v.expired(ctx, seal)
		if err != nil {
			return nil, err
		}
		if expired {
			v.report.Expired += int64(len(seal.Entries))
			v.report.Seals++
			return nil, nil //nolint:nilnil // no break and no failure
		}
	}
	return v.compare(seal, covered), nil
}

// compare verifies the events of a seal.
func (v *verification) compare(seal domain.Seal, covered []domain.SealedEvent) *domain.Break {
	found := make([]domain.FoundEvent, len(covered))
	for i, event := range covered {
		found[i] = event.Found(seal.Org)
	}
	if broken := seal.Compare(found); broken != nil {
		return broken
	}
	for i, event := range covered {
		if len(event.Proof.Erased) > 0 {
			v.report.Erased++
		}
		if v.chain.Late(found[i].At) && seal.Number > v.known.Number {
			v.late(seal.Number, event.Event.ID)
		}
	}
	v.report.Seals++
	v.report.Events += int64(len(covered))
	return nil
}

func (v *verification) late(seal int64, event domain.EventID) {
	if v.report.Late++; v.report.Late == 1 {
		v.report.LateSeal, v.report.LateID = seal, event
	}
}

// expired reports whether the events of the seal were removed by age. It reads the expiry again each
// time the answer is no, because events may be removed meanwhile.
func (v *verification) expired(ctx context.Context, seal domain.Seal) (bool, error) {
	if v.expiry.Covers(seal) {
		return true, nil
	}
	var err error
	v.expiry, err = v.Evidence.Expiry(ctx)
	return v.expiry.Covers(seal), err
}

// cutOff returns a break when the chain ends before the known seal.
func (v *verification) cutOff() *domain.Break {
	last := v.report.Last.Number
	if v.known.Number <= last {
		return nil
	}
	broken := &domain.Break{
		Kind: domain.BreakCutOff,
		Seal: last + 1,
		Why:  fmt.Sprintf("seals %d to %d were removed", last+1, v.known.Number),
	}
	if v.known.Number == last+1 && len(v.known.Entries) > 0 {
		broken.Event = v.known.Entries[0].Event
	}
	return broken
}

// rest looks for events that a seal should cover and none does.
func (v *verification) rest(ctx context.Context) error {
	lost, err := v.Evidence.Lost(ctx)
	if err != nil {
		return err
	}
	if lost != "" {
		v.report.Break = &domain.Break{Kind: domain.BreakRemoved, Event: lost, Why: "it waited for a seal and was removed"}
		return nil
	}
	for after := v.unsealedAfter; ; {
		events, last, err := v.Evidence.Unsealed(ctx, after, verifyPage)
		if err != nil {
			return err
		}
		for _, event := range events {
			if !event.Waiting || v.chain.Late(event.At) {
				v.report.Break = &domain.Break{Kind: domain.BreakInserted, Event: event.ID, Why: "no seal covers it, and later events were sealed"}
				return nil
			}
			v.report.Waiting++
		}
		if after = last; after == "" || v.waitingLimit > 0 && v.report.Waiting >= v.waitingLimit {
			return nil
		}
	}
}
