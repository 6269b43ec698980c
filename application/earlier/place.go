package earlier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// orgID derives the id of an org here, so that a second run finds the org that the first one created. Another database of the
// earlier service gives other ids, even for an org with the same id (UUID version 8, RFC 9562).
func orgID(identity, id string) domain.OrgID {
	digest := sha256.Sum256(fmt.Appendf(nil, "sole earlier service\n%d\n%s\n%s", len(identity), identity, id))
	digest[6] = digest[6]&0x0f | 0x80
	digest[8] = digest[8]&0x3f | 0x80
	return domain.OrgID(fmt.Sprintf("%x-%x-%x-%x-%x", digest[0:4], digest[4:6], digest[6:8], digest[8:10], digest[10:16]))
}

// place decides which org here the accounts of an org go to, and what it would be like if it does not exist yet.
func (p *planner) place(ctx context.Context, plan *OrgPlan) error {
	derived := orgID(p.plan.identity, plan.From.ID)
	switch org, err := p.find(ctx, string(derived)); {
	case err != nil:
		return err
	case org != nil:
		plan.Org, plan.Exists, plan.ours = *org, true, true
		plan.note("an earlier run created the org: its name, slug and settings stay as they are")
		return nil
	}
	into, chosen := p.request.Into[plan.From.ID]
	if !chosen && !p.MultiTenant {
		into = string(p.DefaultOrg)
	}
	if into == "" {
		return p.draft(ctx, plan, derived)
	}
	org, err := p.find(ctx, domain.OrgReference(into))
	if err != nil {
		return err
	}
	if org == nil {
		plan.problem(RemedyInto, "the org that it is to go into does not exist here")
		return nil
	}
	plan.Org, plan.Exists = *org, true
	if !active(plan.From) {
		plan.note("it is suspended there, and the org here is not changed by that")
	}
	return nil
}

// find returns the org with the id or slug, or nil.
func (p *planner) find(ctx context.Context, reference string) (*domain.Org, error) {
	org, err := p.Store.Platform().FindOrg(ctx, reference)
	if errors.Is(err, domain.ErrOrgNotFound) {
		return nil, nil //nolint:nilnil // nil is the answer
	}
	return &org, err
}

// draft describes the org that is to be created.
func (p *planner) draft(ctx context.Context, plan *OrgPlan, id domain.OrgID) error {
	text, chosen := p.request.Slugs[plan.From.ID]
	if !chosen {
		text = plan.From.Slug
	}
	slug, err := domain.ParseSlug(text)
	if err != nil {
		plan.problem(RemedySlug, "its slug %s cannot be used here: it must be 2 to 63 lower-case letters, digits or inner hyphens", legible(text))
		return nil //nolint:nilerr // it is a problem of the plan
	}
	if plan.Org, err = domain.NewOrg(id, plan.From.Name, slug, p.now); err != nil {
		plan.Org, err = domain.NewOrg(id, string(slug), slug, p.now)
		plan.note("its name cannot be used here: it is named like its slug")
	}
	if err != nil {
		return err
	}
	taken, err := p.find(ctx, string(slug))
	if err != nil {
		return err
	}
	if other, twice := p.slugs[slug]; taken != nil || twice {
		plan.problem(RemedySlug, "its slug %s is taken by another org%s", legible(text), other)
	}
	p.slugs[slug] = " that is moved (" + plan.From.ID + ")"
	if !active(plan.From) {
		if err := plan.Org.Suspend(p.now); err != nil {
			return err
		}
		plan.note("it is not active there: it is suspended here, and a platform operator can activate it")
	}
	return nil
}

func active(org port.EarlierOrg) bool { return org.Status == statusActive }
