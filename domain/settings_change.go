package domain

import "time"

// SettingsChange sets the new values of some settings and leaves the others as they are.
type SettingsChange func(s *OrgSettings)

// Changed returns the settings after the change, with the next version, or the same settings if nothing differs. It
// returns CodeInvalid with every value that is out of bounds.
func (s OrgSettings) Changed(change SettingsChange, limits ServerLimits, now time.Time) (OrgSettings, error) {
	next := s
	change(&next)
	for _, setting := range settings {
		setting.Value.normalize(&next)
	}
	if err := next.Check(limits); err != nil {
		return s, err
	}
	if len(s.Differences(next)) == 0 {
		return s, nil
	}
	next.PolicyVersion, next.UpdatedAt = s.PolicyVersion+1, now
	return next, nil
}

// Check returns CodeInvalid with every value that is out of bounds.
func (s OrgSettings) Check(limits ServerLimits) error {
	var faults []FieldError
	for _, setting := range settings {
		if fault := setting.Value.fault(&s, limits); fault != "" {
			faults = append(faults, FieldError{setting.Name, fault})
		}
	}
	if faults != nil {
		return &Error{Code: CodeInvalid, Message: "The settings have values that cannot be used.", Fields: faults}
	}
	return nil
}

// Differences returns "before -> after" for each setting whose value differs, by name.
func (s OrgSettings) Differences(next OrgSettings) map[string]string {
	differences := map[string]string{}
	for _, setting := range settings {
		if before, after := setting.Value.Display(s), setting.Value.Display(next); before != after {
			differences[setting.Name] = Difference(before, after)
		}
	}
	return differences
}
