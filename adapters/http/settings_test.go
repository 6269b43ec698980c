package http

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestSettingsMatchTheirSchemas(t *testing.T) {
	t.Parallel()
	a := settingsAPI{limits: domain.ServerLimits{SessionTimeout: 5 * time.Minute, PasswordMinLength: 12}}
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("openapi.json", documentOf(t, describedServer())))
	for name, set := range map[string]domain.OrgSettings{
		"new": domain.DefaultOrgSettings(a.limits, time.Now().UTC()), "empty": {PhishingResistant: "off"},
		"guarded": {PhishingResistant: "everyone", MFARequiredActions: domain.Actions()},
	} {
		for schema, shown := range map[string]any{"Policy": a.showPolicy(set), "Settings": showSettings(set).Body} {
			compiled, err := compiler.Compile("openapi.json" + schemaPrefix + schema)
			require.NoError(t, err)
			text, err := json.Marshal(shown)
			require.NoError(t, err)
			require.NotContains(t, string(text), "null", "%s of %s", schema, name)
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			require.NoError(t, err)
			require.NoError(t, compiled.Validate(value), "%s of %s", schema, name)
		}
	}
}

func TestThePolicyHasThePublicSettingsWithinTheServersLimits(t *testing.T) {
	t.Parallel()
	a := settingsAPI{limits: domain.ServerLimits{SessionTimeout: 5 * time.Minute, PasswordMinLength: 12}}
	members := func(shown any) (members map[string]any) {
		text, err := json.Marshal(shown)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &members))
		return members
	}
	set := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now())
	policy, all := members(a.showPolicy(set)), members(showSettings(set).Body)
	for _, setting := range domain.Settings() {
		require.Contains(t, all, setting.Name)
		_, shown := policy[setting.Name]
		require.Equal(t, setting.Public, shown, setting.Name)
	}
	require.EqualValues(t, 5, policy["session_timeout_minutes"])
	require.EqualValues(t, 12, policy["password_min_length"])
	require.EqualValues(t, 30, all["session_timeout_minutes"])
	require.EqualValues(t, 8, all["password_min_length"])
}

func TestAChangeSetsOnlyTheSettingsInItsBody(t *testing.T) {
	t.Parallel()
	before := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now())
	before.MFARequiredActions = []domain.Action{domain.ActionLogin, domain.ActionDataExport}
	for body, want := range map[string]map[string]string{
		`{}`: {},
		`{"remember_device_days":null,"mfa_required_actions":null,"default_locale":null,"require_two_factor":null}`: {},
		`{"remember_device_days":0,"require_two_factor":true}`: {
			"remember_device_days": "30 -> 0", "require_two_factor": "false -> true",
		},
		`{"mfa_required_actions":[]}`:              {"mfa_required_actions": "[login data.export] -> []"},
		`{"mfa_required_actions":["role.assign"]}`: {"mfa_required_actions": "[login data.export] -> [role.assign]"},
		`{"phishing_resistant":"admins"}`:          {"phishing_resistant": "off -> admins"},
		`{"default_locale":"pt-BR"}`:               {"default_locale": "en -> pt-BR"},
	} {
		var sent settingsChange
		require.NoError(t, json.Unmarshal([]byte(body), &sent), body)
		after, err := before.Changed(sent.change, domain.ServerLimits{}, time.Now())
		require.NoError(t, err, body)
		require.Equal(t, want, before.Differences(after), body)
	}
	require.Equal(t, []domain.Action{domain.ActionLogin, domain.ActionDataExport}, before.MFARequiredActions)
	for _, body := range []string{
		`{"remember_device_days":"1"}`, `{"remember_device_days":1.5}`, `{"require_two_factor":1}`, `{"mfa_required_actions":[1]}`,
	} {
		require.Error(t, json.Unmarshal([]byte(body), new(settingsChange)), body)
	}
}
