package http

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// settingsAPI shows and changes the settings of the org.
type settingsAPI struct {
	uc     orgs.UseCases
	limits domain.ServerLimits
}

func (a settingsAPI) mount(s *Server) {
	t := table{server: s, tag: "Org"}
	secured(t, "GET /org/policy", proof.SignedIn, route{id: "org-policy"}, a.getPolicy)
	secured(t, "GET /org/settings", orgs.GetSettingsNeeds, route{id: "org-settings"}, a.getSettings)
	secured(t, "PATCH /org/settings", orgs.UpdateSettingsNeeds, route{id: "update-org-settings", fails: []int{409}}, a.updateSettings)
	secured(t, "POST /org/settings/preview", orgs.PreviewSettingsNeeds, route{id: "preview-org-settings"}, a.previewSettings)
}

// Policy shows the settings that every member may read. Here and in the types below, domain.Settings
// determines which settings the JSON object has.
type Policy struct {
	PolicyVersion int64 `json:"policy_version" doc:"Raised by every change."`
	values        domain.OrgSettings
}

// MarshalJSON implements json.Marshaler.
func (p Policy) MarshalJSON() ([]byte, error) {
	members := settingMembers(p.values, publicSettings())
	members["policy_version"] = p.PolicyVersion
	return json.Marshal(members)
}

// TransformSchema implements huma.SchemaTransformer.
func (Policy) TransformSchema(r huma.Registry, schema *huma.Schema) *huma.Schema {
	schema.Examples = []any{Policy{PolicyVersion: 1, values: newOrg}}
	return withSettings(r, schema, publicSettings())
}

type settings struct {
	PolicyVersion int64     `json:"policy_version" doc:"Raised by every change."`
	UpdatedAt     time.Time `json:"updated_at"`
	values        domain.OrgSettings
}

// MarshalJSON implements json.Marshaler.
func (s settings) MarshalJSON() ([]byte, error) {
	members := settingMembers(s.values, domain.Settings())
	members["policy_version"], members["updated_at"] = s.PolicyVersion, s.UpdatedAt
	return json.Marshal(members)
}

// TransformSchema implements huma.SchemaTransformer.
func (settings) TransformSchema(r huma.Registry, schema *huma.Schema) *huma.Schema {
	schema.Examples = []any{settings{PolicyVersion: 1, UpdatedAt: newOrg.UpdatedAt, values: newOrg}}
	return withSettings(r, schema, domain.Settings())
}

// newOrg holds the settings that examples show.
var newOrg = domain.DefaultOrgSettings(domain.ServerLimits{PasswordMinLength: 12}, time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC))

func publicSettings() []domain.Setting {
	return slices.DeleteFunc(domain.Settings(), func(s domain.Setting) bool { return !s.Public })
}

// settingMembers returns the JSON members that show the settings.
func settingMembers(values domain.OrgSettings, shown []domain.Setting) map[string]any {
	members := map[string]any{}
	for _, setting := range shown {
		members[setting.Name] = setting.Value.Pointer(&values)
		if actions, ok := members[setting.Name].(*[]domain.Action); ok {
			members[setting.Name] = listed(*actions)
		}
	}
	return members
}

// withSettings adds the settings to the schema of an object that shows them.
func withSettings(r huma.Registry, schema *huma.Schema, shown []domain.Setting) *huma.Schema {
	for _, setting := range shown {
		schema.Properties[setting.Name] = settingSchema(r, setting)
		schema.Required = append(schema.Required, setting.Name)
	}
	return schema
}

func settingSchema(r huma.Registry, setting domain.Setting) *huma.Schema {
	value := reflect.TypeOf(setting.Value.Pointer(&domain.OrgSettings{})).Elem()
	schema := r.Schema(value, false, "")
	schema.Description = setting.Purpose
	if choice, ok := setting.Value.(domain.Choice); ok {
		for _, word := range choice.Words {
			schema.Enum = append(schema.Enum, word)
		}
	}
	return schema
}

type policyResponse struct{ Body Policy }

type settingsResponse struct {
	ETag string `header:"ETag"`
	Body settings
}

// showPolicy shows the effective values: those of the org within the server's limits.
func (a settingsAPI) showPolicy(set domain.OrgSettings) Policy {
	return Policy{PolicyVersion: set.PolicyVersion, values: set.InForce(a.limits)}
}

// showSettings shows the values as they were set, even if the server's limits are stricter.
func showSettings(set domain.OrgSettings) *settingsResponse {
	return &settingsResponse{
		ETag: etag(set.PolicyVersion),
		Body: settings{PolicyVersion: set.PolicyVersion, UpdatedAt: set.UpdatedAt, values: set},
	}
}

func (a settingsAPI) getPolicy(_ context.Context, caller domain.Caller, _ *nothing) (*policyResponse, error) {
	return &policyResponse{Body: a.showPolicy(caller.Settings)}, nil
}

func (a settingsAPI) getSettings(ctx context.Context, caller domain.Caller, _ *nothing) (*settingsResponse, error) {
	found, err := a.uc.GetSettings.Execute(ctx, caller)
	return showSettings(found), err
}

type settingsRequest struct {
	Conditional
	Body settingsChange
}

// settingsChange sets the settings that the body names. Null leaves a setting as it is.
type settingsChange struct{ change domain.SettingsChange }

// UnmarshalJSON implements json.Unmarshaler.
func (c *settingsChange) UnmarshalJSON(data []byte) error {
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(data, &sent); err != nil {
		return err
	}
	var values domain.OrgSettings
	var named []domain.Setting
	for _, setting := range domain.Settings() {
		if value := sent[setting.Name]; value != nil && string(value) != "null" {
			if err := json.Unmarshal(value, setting.Value.Pointer(&values)); err != nil {
				return err
			}
			named = append(named, setting)
		}
	}
	c.change = func(s *domain.OrgSettings) {
		for _, setting := range named {
			setting.Value.Copy(s, values)
		}
	}
	return nil
}

// TransformSchema implements huma.SchemaTransformer.
func (settingsChange) TransformSchema(r huma.Registry, schema *huma.Schema) *huma.Schema {
	for _, setting := range domain.Settings() {
		property := settingSchema(r, setting)
		switch value := setting.Value.(type) {
		case domain.Number:
			property.Description += " Accepted: " + value.Bounds(domain.ServerLimits{}) + "."
		case domain.Text:
			property.Description += " Accepted: " + value.Form + "."
			property.MaxLength, property.Examples = &value.MaxLength, []any{value.Default}
		case domain.ActionList:
			property.MaxItems = new(50)
		}
		if setting.OnChange != "" {
			property.Description += " " + setting.OnChange
		}
		schema.Properties[setting.Name] = property
	}
	return schema
}

func (a settingsAPI) updateSettings(ctx context.Context, caller domain.Caller, in *settingsRequest) (*settingsResponse, error) {
	input := orgs.UpdateSettingsInput{Change: in.Body.change, IfMatch: in.versions()}
	next, err := a.uc.UpdateSettings.Execute(ctx, caller, input)
	return showSettings(next), err
}
