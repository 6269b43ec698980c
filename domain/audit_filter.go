package domain

import "time"

// AuditFilter says which events a list is about; what is empty filters nothing.
type AuditFilter struct {
	Action       EventName
	Actor        UserID
	ResourceType string
	ResourceID   string
	From         time.Time // at or after
	To           time.Time // before
}

// AuditPlace is where an event stands among the others of its org, newest first; the zero
// place is before all of them.
type AuditPlace struct {
	At time.Time
	ID EventID
}

// Place is where the event stands.
func (e AuditEvent) Place() AuditPlace { return AuditPlace{e.At, e.ID} }

// Check refuses what no event could match, naming every fault.
func (f AuditFilter) Check() error {
	var faults []FieldError
	demand := func(ok bool, member, message string) {
		if !ok {
			faults = append(faults, FieldError{"query." + member, message})
		}
	}
	const text = "must be at most 200 characters without control characters"
	demand(isSearchable(string(f.Action)), "action", text)
	demand(f.Actor == "" || IsID(string(f.Actor)), "actor_id", "must be an account's id")
	demand(isSearchable(f.ResourceType), "resource_type", text)
	demand(isSearchable(f.ResourceID), "resource_id", text)
	demand(isCommonEra(f.From), "from", "must be in the years 1 to 9999")
	demand(isCommonEra(f.To), "to", "must be in the years 1 to 9999")
	if faults != nil {
		return &Error{Code: CodeInvalid, Message: "The filter has values that cannot be used.", Fields: faults}
	}
	return nil
}

// isCommonEra tells whether an instant can be kept; the zero time is none and passes.
func isCommonEra(at time.Time) bool { return at.UTC().Year() >= 1 && at.UTC().Year() <= 9999 }

// Details is the filter as an event tells of it: what was asked for, by name.
func (f AuditFilter) Details() map[string]string {
	details := map[string]string{}
	for name, value := range map[string]string{
		"action": string(f.Action), "actor_id": string(f.Actor), "resource_type": f.ResourceType, "resource_id": f.ResourceID,
		"from": instantText(f.From), "to": instantText(f.To),
	} {
		if value != "" {
			details[name] = value
		}
	}
	return details
}

func instantText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
