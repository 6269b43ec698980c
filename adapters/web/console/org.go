package console

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/domain"
)

const ownOrgPath = "/console/org"

var ownOrgLink = page.Link{Path: ownOrgPath, Text: "nav.own_org", Needs: orgs.UpdateNeeds}

func (p Pages) mountOwnOrg(t *page.Table) {
	t.Signed("GET "+ownOrgPath, orgs.UpdateNeeds, p.showOwnOrg)
	t.Signed("POST "+ownOrgPath, orgs.UpdateNeeds, p.updateOwnOrg)
	t.Signed("POST "+ownOrgPath+"/logo", files.ChangeLogoNeeds, p.setLogo)
	t.Signed("POST "+ownOrgPath+"/logo/remove", files.ChangeLogoNeeds, p.removeLogo)
}

// logo is the picture of the caller's org.
var logo = files.Subject{}

// ownOrgForm is the org as somebody edits it.
type ownOrgForm struct {
	Saved      domain.Org
	HasLogo    bool
	Name, Slug string
	Version    int64 // of the org that the edit began with
	Errors     *page.Errors
	LogoErrors *page.Errors
	Conflict   []difference // to what somebody else has saved meanwhile
}

func savedOwnOrg(org domain.Org) ownOrgForm {
	return ownOrgForm{Saved: org, Name: org.Name, Slug: string(org.Slug), Version: org.Version}
}

func (p Pages) showOwnOrg(r *page.Request) error {
	return p.showOwnOrgForm(r, savedOwnOrg(r.Caller.Org))
}

// showOwnOrgForm adds to the form whether there is a logo.
func (p Pages) showOwnOrgForm(r *page.Request, form ownOrgForm) error {
	_, content, err := p.Files.GetPicture.Execute(r.Context(), r.Caller, logo)
	switch {
	case err == nil:
		form.HasLogo = true
		_ = content.Close()
	case !errors.Is(err, domain.ErrNotFound):
		return err
	}
	return r.Show(max(form.Errors.Status(), form.LogoErrors.Status()), editOwnOrg(form))
}

func (p Pages) updateOwnOrg(r *page.Request) error {
	form := savedOwnOrg(r.Caller.Org)
	form.Name, form.Slug = r.Field("name"), r.Field("slug")
	form.Version, _ = strconv.ParseInt(r.Field("version"), 10, 64) // 0, of which there is none, for anything else
	_, err := p.Orgs.Update.Execute(r.Context(), r.Caller, orgs.UpdateInput{
		Change: domain.OrgChange{Name: &form.Name, Slug: &form.Slug}, IfMatch: domain.Versions{form.Version},
	})
	if err == nil {
		return r.Done(ownOrgPath, "own_org_saved")
	}
	if form.Errors = r.Errors(err); form.Errors.Interrupts() {
		return err
	}
	if stale(err) {
		form.Conflict, form.Version = form.differences(r.Context()), form.Saved.Version
	}
	return p.showOwnOrgForm(r, form)
}

// differences returns what differs between the entered and the saved values.
func (f ownOrgForm) differences(ctx context.Context) []difference {
	return slices.DeleteFunc([]difference{
		{Name: locale.T(ctx, "own_org.name"), Saved: f.Saved.Name, Yours: f.Name},
		{Name: locale.T(ctx, "own_org.slug"), Saved: string(f.Saved.Slug), Yours: f.Slug},
	}, difference.none)
}

func (p Pages) setLogo(r *page.Request) error {
	upload, err := r.Upload()
	if err == nil {
		_, err = p.Files.SetPicture.Execute(r.Context(), r.Caller, logo, upload)
	}
	return p.logoChanged(r, err, "logo_changed")
}

func (p Pages) removeLogo(r *page.Request) error {
	err := p.Files.RemovePicture.Execute(r.Context(), r.Caller, logo)
	if errors.Is(err, domain.ErrNotFound) { // it was removed already
		err = nil
	}
	return p.logoChanged(r, err, "logo_removed")
}

func (p Pages) logoChanged(r *page.Request, err error, done string) error {
	if err == nil {
		r.LogoChanged()
		return r.Done(ownOrgPath, done)
	}
	form := savedOwnOrg(r.Caller.Org)
	if form.LogoErrors = r.Errors(err); form.LogoErrors.Interrupts() {
		return err
	}
	return p.showOwnOrgForm(r, form)
}
