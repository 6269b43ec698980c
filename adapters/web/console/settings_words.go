package console

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/domain"
)

// settingGroup is a part of the settings; Name is a key below "settings.group.".
type settingGroup struct {
	Name     string
	Settings []string
}

// settingGroups has every setting in the order of the form.
var settingGroups = []settingGroup{
	{Name: "factors", Settings: []string{"require_two_factor", "phishing_resistant", "mfa_required_actions", "remember_device_days"}},
	{Name: "sessions", Settings: []string{"session_timeout_minutes"}},
	{Name: "passwords", Settings: []string{"password_min_length"}},
	{Name: "privacy", Settings: []string{
		"allow_profile_edit", "allow_user_data_export", "audit_log_retention_days", "inactive_user_retention_days",
	}},
	{Name: "language", Settings: []string{"default_locale"}},
}

// declared returns the declarations of the settings of a group.
func (g settingGroup) declared() []domain.Setting {
	all := make([]domain.Setting, 0, len(g.Settings))
	for _, setting := range domain.Settings() {
		if slices.Contains(g.Settings, setting.Name) {
			all = append(all, setting)
		}
	}
	slices.SortFunc(all, func(a, b domain.Setting) int {
		return slices.Index(g.Settings, a.Name) - slices.Index(g.Settings, b.Name)
	})
	return all
}

// settingText returns a value in words.
func settingText(ctx context.Context, setting domain.Setting, values domain.OrgSettings) string {
	switch value := setting.Value.Pointer(&values).(type) {
	case *bool:
		if *value {
			return locale.T(ctx, "settings.on")
		}
		return locale.T(ctx, "settings.off")
	case *int:
		return locale.From(ctx).Number(*value)
	case *[]domain.Action:
		return actionNames(ctx, *value)
	}
	value := setting.Value.Display(values)
	if _, words := setting.Value.(domain.Choice); words {
		return locale.T(ctx, "choice."+setting.Name+"."+value)
	}
	for _, language := range locale.Languages() {
		if language.Tag() == value {
			return language.Name()
		}
	}
	return value
}

func actionNames(ctx context.Context, actions []domain.Action) string {
	if len(actions) == 0 {
		return locale.T(ctx, "settings.no_action")
	}
	names := make([]string, len(actions))
	for i, action := range actions {
		names[i] = locale.T(ctx, "action."+string(action))
	}
	return strings.Join(names, ", ")
}

// differences returns what differs between the entered and the saved settings.
func (f settingsForm) differences(ctx context.Context) (all []difference) {
	for _, setting := range domain.Settings() {
		all = append(all, difference{
			Name: locale.T(ctx, "setting."+setting.Name), Saved: settingText(ctx, setting, f.Saved), Yours: f.text(ctx, setting),
		})
	}
	return slices.DeleteFunc(all, difference.none)
}

// text returns the entered value in words.
func (f settingsForm) text(ctx context.Context, setting domain.Setting) string {
	if typed, isTyped := f.Typed[setting.Name]; isTyped {
		return typed
	}
	return settingText(ctx, setting, f.Values)
}

// limited returns the value that is in force instead of that of the settings, because of the service's limits, or "".
func limited(ctx context.Context, setting domain.Setting, values domain.OrgSettings) string {
	inForce := values.InForce(page.From(ctx).Site().Limits)
	if setting.Value.Display(values) == setting.Value.Display(inForce) {
		return ""
	}
	return locale.T(ctx, "settings.in_force", "value", settingText(ctx, setting, inForce))
}

// numberField returns the field of a number.
func (f settingsForm) numberField(ctx context.Context, setting domain.Setting, number domain.Number) page.Field {
	least, key := number.Min, "settings.range"
	if number.Floor != nil {
		least = max(least, number.Floor(page.From(ctx).Site().Limits))
	}
	hint := []string{locale.T(ctx, "setting."+setting.Name+".help")}
	if number.OrZero {
		key = "settings.range_or_zero"
	}
	hint = append(hint, locale.T(ctx, key, "least", least, "most", number.Max))
	if inForce := limited(ctx, setting, f.Saved); inForce != "" {
		hint = append(hint, inForce)
	}
	if number.OrZero {
		least = 0
	}
	value, isTyped := f.Typed[setting.Name]
	if !isTyped {
		value = setting.Value.Display(f.Values)
	}
	return page.Field{
		Name: setting.Name, Label: locale.T(ctx, "setting."+setting.Name), Type: "number", Value: value, Required: true,
		Hint: strings.Join(hint, " "), Error: f.Errors.Of(setting.Name),
		Attributes: map[string]any{"min": strconv.Itoa(least), "max": strconv.Itoa(number.Max), "inputmode": "numeric"},
	}
}

// choices returns the values that the form offers for a setting with words.
func (f settingsForm) choices(ctx context.Context, setting domain.Setting) (choices []page.Choice) {
	if choice, words := setting.Value.(domain.Choice); words {
		for _, word := range choice.Words {
			choices = append(choices, page.Choice{Value: word, Text: locale.T(ctx, "choice."+setting.Name+"."+word)})
		}
		return choices
	}
	for _, language := range locale.Languages() {
		choices = append(choices, page.Choice{Value: language.Tag(), Text: language.Name()})
	}
	current := page.Choice{Value: setting.Value.Display(f.Values), Text: setting.Value.Display(f.Values)}
	if !slices.ContainsFunc(choices, func(c page.Choice) bool { return c.Value == current.Value }) {
		choices = append(choices, current)
	}
	return choices
}

// effects returns what a change would do to accounts, sessions and devices, in words.
func effects(ctx context.Context, p orgs.Preview) (all []string) {
	if p.EndsOwnSession {
		all = append(all, locale.T(ctx, "settings.effect_own_session"))
	}
	for _, effect := range []struct {
		key   string
		count int
	}{
		{"settings.effect_sessions", p.SessionsEnded}, {"settings.effect_accounts", p.AccountsToEnroll},
		{"settings.effect_forgotten", p.DevicesForgotten}, {"settings.effect_stopped", p.DevicesStopped},
		{"settings.effect_services", p.ServiceAccountsRefused},
	} {
		if effect.count > 0 {
			all = append(all, locale.T(ctx, effect.key, "count", effect.count))
		}
	}
	if p.ExtraPrompts > 0 {
		all = append(all, locale.T(ctx, "settings.effect_prompts", "count", p.ExtraPrompts, "of", p.SignIns, "days", domain.RehearsalDays))
	}
	return all
}
