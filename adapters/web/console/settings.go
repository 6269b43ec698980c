package console

import (
	"strconv"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/domain"
)

var settingsLink = page.Link{Path: "/console/settings", Text: "nav.settings", Needs: orgs.GetSettingsNeeds}

// mountSettings adds the form, the preview of a change, the way back from it to the form, and the change.
func (p Pages) mountSettings(t *page.Table) {
	t.Signed("GET /console/settings", orgs.GetSettingsNeeds, p.showSettings)
	t.Signed("POST /console/settings", orgs.PreviewSettingsNeeds, p.previewSettings)
	t.Signed("POST /console/settings/edit", orgs.PreviewSettingsNeeds, p.editSettings)
	t.Signed("POST /console/settings/apply", orgs.UpdateSettingsNeeds, p.applySettings)
}

// settingsForm is the settings as somebody edits them.
type settingsForm struct {
	Saved    domain.OrgSettings
	Values   domain.OrgSettings // as entered
	Typed    map[string]string  // what was entered for a number and is none, by setting
	Version  int64              // of the settings that the edit began with
	Errors   *page.Errors
	Conflict []difference // to what somebody else has saved meanwhile
}

// savedSettings returns a form with the settings as they are.
func (p Pages) savedSettings(r *page.Request) (form settingsForm, err error) {
	form.Saved, err = p.Orgs.GetSettings.Execute(r.Context(), r.Caller)
	form.Values, form.Version = form.Saved, form.Saved.PolicyVersion
	return form, err
}

// postedSettings returns a form with the posted values.
func (p Pages) postedSettings(r *page.Request) (settingsForm, error) {
	form, err := p.savedSettings(r)
	if err != nil {
		return form, err
	}
	form.Version, _ = strconv.ParseInt(r.Field("version"), 10, 64) // 0, of which there is none, for anything else
	form.Typed = map[string]string{}
	for _, setting := range domain.Settings() {
		switch value := setting.Value.Pointer(&form.Values).(type) {
		case *bool:
			*value = r.Checked(setting.Name)
		case *int:
			if *value, err = strconv.Atoi(r.Field(setting.Name)); err != nil {
				*value, form.Typed[setting.Name] = -1, r.Field(setting.Name) // no setting accepts -1
			}
		case *string:
			*value = r.Field(setting.Name)
		case *[]domain.Action:
			*value = nil
			for _, action := range r.List(setting.Name) {
				*value = append(*value, domain.Action(action))
			}
		}
	}
	return form, nil
}

// change sets every setting to the entered value.
func (f settingsForm) change(s *domain.OrgSettings) {
	for _, setting := range domain.Settings() {
		setting.Value.Copy(s, f.Values)
	}
}

func (p Pages) showSettings(r *page.Request) error {
	form, err := p.savedSettings(r)
	if err != nil {
		return err
	}
	if orgs.UpdateSettingsNeeds.Check(r.Caller) != nil {
		return r.Show(200, readSettings(form.Saved))
	}
	return r.Show(200, editSettings(form))
}

// editSettings shows the form with the posted values, after a look at the preview.
func (p Pages) editSettings(r *page.Request) error {
	form, err := p.postedSettings(r)
	if err != nil {
		return err
	}
	return r.Show(200, editSettings(form))
}

func (p Pages) previewSettings(r *page.Request) error {
	form, err := p.postedSettings(r)
	if err != nil {
		return err
	}
	preview, err := p.Orgs.PreviewSettings.Execute(r.Context(), r.Caller, form.change)
	if err == nil && preview.PolicyVersion != form.Version {
		err = domain.ErrPreconditionFailed
	}
	switch {
	case err != nil:
		return p.refuseSettings(r, form, err)
	case len(preview.Differences) == 0:
		return r.Done("/console/settings", "settings_same")
	}
	return r.Show(200, reviewSettings(form, preview))
}

func (p Pages) applySettings(r *page.Request) error {
	form, err := p.postedSettings(r)
	if err != nil {
		return err
	}
	_, err = p.Orgs.UpdateSettings.Execute(r.Context(), r.Caller, orgs.UpdateSettingsInput{
		Change: form.change, IfMatch: domain.Versions{form.Version},
	})
	if err != nil {
		return p.refuseSettings(r, form, err)
	}
	return r.Done("/console/settings", "settings_saved")
}

// refuseSettings shows the form again with what is wrong. If somebody else has saved settings meanwhile, it shows both.
func (p Pages) refuseSettings(r *page.Request, form settingsForm, err error) error {
	if form.Errors = r.Errors(err); form.Errors.Interrupts() {
		return err
	}
	if stale(err) {
		form.Conflict = form.differences(r.Context())
		form.Version = form.Saved.PolicyVersion
	}
	return r.Show(form.Errors.Status(), editSettings(form))
}
