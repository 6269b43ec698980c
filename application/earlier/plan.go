package earlier

import (
	"context"
	"fmt"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Plan says what Move would do.
type Plan struct {
	Orgs      []OrgPlan
	Keys      port.EarlierKeys
	Left      map[string]int // rows that are left behind, by table
	Settings  []string       // columns of settings without a counterpart
	Operators int            // superusers who become owners of the operators' org
	Problems  []Problem      // must be solved first

	identity string
	request  Request
}

// Blocked reports whether a problem must be solved before anything is moved.
func (p Plan) Blocked() bool {
	for _, org := range p.Orgs {
		if len(org.Problems) > 0 {
			return true
		}
	}
	return len(p.Problems) > 0
}

// OrgPlan says what becomes of one org.
type OrgPlan struct {
	From     port.EarlierOrg
	Org      domain.Org // here
	Exists   bool       // the org is here already
	Settings domain.OrgSettings
	Counts   Counts
	Notes    []string
	Problems []Problem

	ours   bool // an earlier run created the org
	settle bool // the settings are to be stored
	roles  roleMap
}

func (p *OrgPlan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

func (p *OrgPlan) problem(remedy Remedy, format string, args ...any) {
	p.Problems = append(p.Problems, Problem{Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// Counts are the numbers of accounts of an org.
type Counts struct {
	Accounts        int // that can be created
	Refused         int
	Here            int // whose address an account of the org has already: it stays as it is
	Suspended       int
	WithoutPassword int
	WithFactor      int
	Noted           int // that lose something
	Owners          int // active, also those that the org has already
}

// MakePlan reads the earlier service and plans the move. It changes nothing.
type MakePlan struct{ Deps }

// Finding is an account that is refused, loses something, or is here already.
type Finding struct {
	Org  OrgPlan
	Row  domain.ImportRow
	Here bool // an account of the org has the address
}

// planner makes one plan.
type planner struct {
	Deps
	source  port.EarlierService
	request Request
	report  func(Finding) error
	slugs   map[domain.Slug]string
	now     time.Time
	plan    *Plan
}

// Execute passes every account that is refused, loses something or is here already to report.
func (uc MakePlan) Execute(
	ctx context.Context, source port.EarlierService, request Request, report func(Finding) error,
) (plan Plan, err error) {
	if err := request.Check(); err != nil {
		return plan, err
	}
	p := planner{
		Deps: uc.Deps, source: source, request: request, report: report, slugs: map[domain.Slug]string{}, now: uc.Clock(), plan: &plan,
	}
	plan.request = request
	return plan, p.run(ctx)
}

func (p *planner) run(ctx context.Context) error {
	all, err := p.facts(ctx)
	if err != nil {
		return err
	}
	orgs, unknown := p.request.chosen(all)
	if len(unknown) > 0 {
		p.problem(RemedyName, "the earlier service has no org with these ids: %s; it has %s", listed(unknown), listed(idsOf(all)))
		return nil
	}
	if len(orgs) == 0 {
		p.problem(RemedyNone, "the earlier service has no org")
	}
	if !p.MultiTenant && len(orgs) > 1 {
		p.problem(RemedyTenancy, "this deployment has one org, and %d are to be moved: %s", len(orgs), listed(idsOf(orgs)))
		return nil
	}
	for _, org := range orgs {
		plan := OrgPlan{From: org}
		if err := p.org(ctx, &plan); err != nil {
			return err
		}
		p.plan.Orgs = append(p.plan.Orgs, plan)
	}
	return p.operators(ctx)
}

func (p *planner) problem(remedy Remedy, format string, args ...any) {
	p.plan.Problems = append(p.plan.Problems, Problem{Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

func idsOf(orgs []port.EarlierOrg) []string {
	ids := make([]string, len(orgs))
	for i, org := range orgs {
		ids[i] = org.ID
	}
	return ids
}

// facts reads what is not about one org.
func (p *planner) facts(ctx context.Context) (orgs []port.EarlierOrg, err error) {
	if p.plan.identity, err = p.source.Identity(ctx); err != nil {
		return nil, err
	}
	if p.plan.Left, err = p.source.LeftBehind(ctx); err != nil {
		return nil, err
	}
	if p.plan.Keys, err = p.source.Keys(ctx); err != nil {
		return nil, err
	}
	if keys := p.plan.Keys; keys.Sampled > 0 && keys.None == keys.Sampled && !p.request.WithoutFactors {
		p.problem(RemedyKeys, "no key opens any of the %d secrets of authenticator apps that were tried", keys.Sampled)
	}
	if orgs, err = p.source.Orgs(ctx); err != nil {
		return nil, err
	}
	if len(orgs) > 0 {
		p.plan.Settings = orgs[0].Settings.Others
	}
	return orgs, nil
}

// org plans what becomes of one org.
func (p *planner) org(ctx context.Context, plan *OrgPlan) error {
	if err := p.place(ctx, plan); err != nil || len(plan.Problems) > 0 {
		return err
	}
	have, before, owners, err := p.existing(ctx, *plan)
	if err != nil {
		return err
	}
	mapping := p.request.mapping()
	plan.Settings = before
	switch {
	case plan.ours:
	case before.PolicyVersion > 1:
		plan.note("the settings of the org were changed here: they stay as they are")
	default:
		plan.Notes = append(plan.Notes, mapping.settings(&plan.Settings, plan.From.Settings, p.Limits)...)
		plan.settle = len(before.Differences(plan.Settings)) > 0
	}
	maker := roleMaker{mapping: mapping, org: plan.Org, have: have, newID: p.NewID, now: p.now}
	plan.roles = maker.roles(plan.From.Roles)
	plan.Notes = append(plan.Notes, plan.roles.notes...)
	return p.accounts(ctx, plan, owners)
}

// existing returns the roles, the settings and the owners of the org; those of a new one if it does not exist yet.
func (p *planner) existing(ctx context.Context, plan OrgPlan) (roles []domain.Role, s domain.OrgSettings, owners []domain.User, err error) {
	if !plan.Exists {
		for _, name := range domain.SystemRoles() {
			roles = append(roles, domain.Role{ID: domain.RoleID(p.NewID()), Name: name, System: true})
		}
		return roles, domain.DefaultOrgSettings(p.Limits, p.now), nil, nil
	}
	err = p.Store.ReadOrg(ctx, plan.Org.ID, func(tx port.OrgTx) (err error) {
		if roles, err = tx.Roles().List(ctx); err != nil {
			return err
		}
		if s, err = tx.Org().Settings(ctx); err != nil {
			return err
		}
		owners, err = tx.Roles().Owners(ctx)
		return err
	})
	return roles, s, owners, err
}

// operators counts the superusers, who become owners of the operators' org if the operator says so.
func (p *planner) operators(ctx context.Context) error {
	if !p.request.Operators {
		return nil
	}
	for _, err := range p.source.Superusers(ctx, "") {
		if err != nil {
			return err
		}
		p.plan.Operators++
	}
	return nil
}
