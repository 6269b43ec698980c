package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// page is how many orgs, or seals, one query lists.
const page = 200

// ListSeals lists the seals of orgs.
type ListSeals struct{ Store port.Store }

// Execute calls each with every seal of the org, an id or a slug, or of every org if it is empty.
func (uc ListSeals) Execute(ctx context.Context, org string, each func(domain.OrgID, domain.SealRecord) error) error {
	return eachOrg(ctx, uc.Store, org, func(org domain.OrgID) error {
		evidence := Stored(uc.Store, org)
		for last := int64(0); ; {
			records, err := evidence.Seals(ctx, last, page)
			if err != nil || len(records) == 0 {
				return err
			}
			for _, record := range records {
				if err := each(org, record); err != nil {
					return err
				}
			}
			last = records[len(records)-1].Number
		}
	})
}

// VerifyStored verifies the audit logs in the database.
type VerifyStored struct {
	Store    port.Store
	Verifier port.SealVerifier
}

// Execute calls report with the result for the org, an id or a slug, or for every org if it is empty. The seal known,
// if it is not empty, must be in the chain.
func (uc VerifyStored) Execute(ctx context.Context, org string, known domain.SealToken, report func(domain.OrgID, Report)) error {
	return eachOrg(ctx, uc.Store, org, func(org domain.OrgID) error {
		evidence := Stored(uc.Store, org)
		origins, err := evidence.Origins(ctx)
		if err != nil {
			return err
		}
		verify, err := Verify{Evidence: evidence, Verifier: uc.Verifier}.Trusting(origins)
		if err != nil {
			return err
		}
		result, err := verify.Execute(ctx, org, known)
		if err == nil {
			report(org, result)
		}
		return err
	})
}

// eachOrg calls do with the org that has the id or slug, or with every org if idOrSlug is empty.
func eachOrg(ctx context.Context, store port.Store, idOrSlug string, do func(domain.OrgID) error) error {
	if idOrSlug != "" {
		org, err := store.Platform().FindOrg(ctx, domain.OrgReference(idOrSlug))
		if err != nil {
			return err
		}
		return do(org.ID)
	}
	for after := domain.OrgID(""); ; {
		orgs, err := store.Platform().ListOrgs(ctx, domain.OrgFilter{}, after, page)
		if err != nil || len(orgs) == 0 {
			return err
		}
		for _, org := range orgs {
			if err := do(org.ID); err != nil {
				return err
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}
