package earlier

import (
	"fmt"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// mapping is what the operator says about names that the tables do not have.
type mapping struct {
	roles   map[string]string // names of roles there, in lower case, to system roles here
	actions map[string]domain.Action
}

// settings changes s to what an org has there, as far as this service has it, and returns what differs.
func (m mapping) settings(s *domain.OrgSettings, from port.EarlierSettings, limits domain.ServerLimits) (notes []string) {
	for _, setting := range domain.Settings() {
		switch value := setting.Value.(type) {
		case domain.Switch:
			if on, found := from.Switches[setting.Name]; found {
				*value.Field(s) = on
			}
		case domain.Number:
			number, found := from.Numbers[setting.Name]
			if !found {
				continue
			}
			*value.Field(s) = bounded(value, number, limits)
			if kept := *value.Field(s); int64(kept) != number {
				notes = append(notes, fmt.Sprintf("the setting %s is %d here instead of %d: it must be %s",
					setting.Name, kept, number, value.Bounds(limits)))
			}
		}
	}
	return append(notes, m.requiredActions(s, from.MFARequiredActions)...)
}

// bounded returns the accepted value that is next to number.
func bounded(value domain.Number, number int64, limits domain.ServerLimits) int {
	least := value.Min
	if value.Floor != nil {
		least = max(least, value.Floor(limits))
	}
	if value.OrZero && number <= 0 {
		return 0
	}
	return int(min(max(number, int64(least)), int64(value.Max)))
}

func (m mapping) requiredActions(s *domain.OrgSettings, from port.EarlierNames) (notes []string) {
	if from.Partial {
		notes = append(notes, "mfa_required_actions is not a list of names: what could not be read is left out")
	}
	var actions []domain.Action
	var unknown []string
	for _, name := range from.Names {
		if action := m.action(name); action != "" {
			actions = append(actions, action)
			continue
		}
		unknown = append(unknown, name)
	}
	if len(unknown) > 0 {
		notes = append(notes, "these actions are not guarded here, because no action here was named for them: "+
			listed(unknown))
	}
	s.MFARequiredActions = slices.DeleteFunc(domain.Actions(), func(a domain.Action) bool { return !slices.Contains(actions, a) })
	if len(s.MFARequiredActions) == 0 {
		s.MFARequiredActions = nil
	}
	return notes
}

// action returns the action that the name stands for here; empty: none.
func (m mapping) action(name string) domain.Action {
	if action, named := m.actions[name]; named {
		return action
	}
	if action := domain.Action(name); action.Known() {
		return action
	}
	return ActionNames()[name]
}
