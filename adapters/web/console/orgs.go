package console

import (
	"strconv"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

var orgsLink = page.Link{Path: "/console/orgs", Text: "nav.orgs", Needs: platform.ListOrgsNeeds, MultiOnly: true}

func (p Pages) mountOrgs(t *page.Table) {
	t.Signed("GET /console/orgs", platform.ListOrgsNeeds, several(p.orgList))
	t.Signed("GET /console/orgs/new", platform.CreateOrgNeeds, several(func(r *page.Request) error { return r.Show(200, newOrg(nil)) }))
	t.Signed("POST /console/orgs", platform.CreateOrgNeeds, several(p.createOrg))
	t.Signed("GET /console/orgs/:id", platform.GetOrgNeeds, several(p.oneOrg))
	t.Signed("POST /console/orgs/:id", orgs.UpdateAnyNeeds, several(p.renameOrg))
	for path, change := range map[string]page.Handler{
		"suspend": p.changeStanding(domain.StatusSuspended, "org_suspended"), "activate": p.changeStanding(domain.StatusActive, "org_activated"),
	} {
		t.Signed("POST /console/orgs/:id/"+path, platform.ChangeStandingNeeds, several(change))
	}
}

// several returns a handler for a deployment with several orgs. In any other, there is no such page.
func several(handle page.Handler) page.Handler {
	return func(r *page.Request) error {
		if !r.Site().MultiTenant {
			return domain.ErrNotFound
		}
		return handle(r)
	}
}

const orgsPage = 50 // orgs

// orgsView is a page of the orgs.
type orgsView struct {
	filter domain.OrgFilter
	found  []domain.Org
	next   string
	errors *page.Errors
}

func (p Pages) orgList(r *page.Request) error {
	view := orgsView{filter: domain.OrgFilter{Text: r.Query("q"), Status: domain.Status(r.Query("status"))}}
	err := p.findOrgs(r, &view)
	if view.errors = r.Errors(err); view.errors != nil && !view.errors.Is(domain.CodeInvalid) {
		return err
	}
	return r.Show(view.errors.Status(), orgList(view))
}

func (p Pages) findOrgs(r *page.Request, view *orgsView) error {
	list := page.List{Name: "orgs", Filter: view.filter}
	var after domain.OrgID
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, more, err := p.Platform.ListOrgs.Execute(r.Context(), r.Caller, platform.ListOrgsInput{
		Filter: view.filter, After: after, Limit: orgsPage,
	})
	if view.found = found; err == nil && more {
		view.next, err = r.Next(list, found[len(found)-1].ID)
	}
	return err
}

// createOrg creates an org and shows the password of its owner, which nothing shows again.
func (p Pages) createOrg(r *page.Request) error {
	made, err := p.Platform.CreateOrg.Execute(r.Context(), r.Caller, platform.CreateOrgInput{
		Name: r.Field("name"), Slug: r.Field("slug"), OwnerEmail: r.Field("owner_email"), OwnerName: r.Field("owner_full_name"),
	})
	if err != nil {
		if shown := r.Errors(err); !shown.Interrupts() {
			return r.Show(shown.Status(), newOrg(shown))
		}
		return err
	}
	return r.Show(201, createdOrg(made))
}

// orgView is the page of one org.
type orgView struct {
	org        domain.Org
	name, slug string // in the form
	errors     *page.Errors
}

// differences returns the values that somebody else has saved meanwhile.
func (v orgView) differences(l *locale.Language) (all []difference) {
	for _, d := range []difference{
		{Name: l.Text("orgs.name"), Saved: v.org.Name, Yours: v.name},
		{Name: l.Text("orgs.slug"), Saved: string(v.org.Slug), Yours: v.slug},
	} {
		if !d.none() {
			all = append(all, d)
		}
	}
	return all
}

func (p Pages) oneOrg(r *page.Request) error {
	org, err := p.findOrg(r)
	if err != nil {
		return err
	}
	return r.Show(200, oneOrg(orgView{org: org, name: org.Name, slug: string(org.Slug)}))
}

func (p Pages) findOrg(r *page.Request) (domain.Org, error) {
	id, err := domain.ParseID[domain.OrgID](r.Param("id"))
	if err != nil {
		return domain.Org{}, err
	}
	return p.Platform.GetOrg.Execute(r.Context(), r.Caller, id)
}

// renameOrg changes the name and the slug. If the org was changed meanwhile, the page shows both values, and saving again
// replaces the others.
func (p Pages) renameOrg(r *page.Request) error {
	id, err := domain.ParseID[domain.OrgID](r.Param("id"))
	if err != nil {
		return err
	}
	name, slug := r.Field("name"), r.Field("slug")
	version, err := strconv.ParseInt(r.Field("version"), 10, 64)
	if err != nil {
		return domain.ErrPreconditionFailed
	}
	_, err = p.Orgs.UpdateAny.Execute(r.Context(), r.Caller, id, orgs.UpdateInput{
		Change: domain.OrgChange{Name: &name, Slug: &slug}, IfMatch: domain.Versions{version},
	})
	if shown := r.Errors(err); shown != nil && !shown.Interrupts() {
		org, err := p.findOrg(r)
		if err != nil {
			return err
		}
		return r.Show(shown.Status(), oneOrg(orgView{org: org, name: name, slug: slug, errors: shown}))
	}
	if err != nil {
		return err
	}
	return r.Done("/console/orgs/"+string(id), "org_renamed")
}

func (p Pages) changeStanding(status domain.Status, done string) page.Handler {
	return func(r *page.Request) error {
		id, err := domain.ParseID[domain.OrgID](r.Param("id"))
		if err != nil {
			return err
		}
		if _, err := p.Platform.ChangeStanding.Execute(r.Context(), r.Caller, id, status); err != nil {
			return err
		}
		return r.Done("/console/orgs/"+string(id), done)
	}
}
