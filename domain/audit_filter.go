package domain

import "time"

// AuditFilter selects events. An empty field selects every event.
type AuditFilter struct {
	Action       EventName
	Actor        UserID
	ResourceType string
	ResourceID   string
	From         time.Time // inclusive
	To           time.Time // exclusive
}

// AuditPlace is the position of an event in the list of its org, newest first. The zero place is
// before all events.
type AuditPlace struct {
	At time.Time
	ID EventID
}

// Place returns the position of the event in a list.
func (e AuditEvent) Place() AuditPlace { return AuditPlace{e.At, e.ID} }

// Check returns ErrInvalid with every value that no event could match.
func (f AuditFilter) Check() error {
	var faults []FieldError
	demand := func(ok bool, member, message string) {
		if !ok {
			faults = append(faults, FieldError{member, message})
		}
	}
	const text = "must be at most 200 characters without control characters"
	demand(isSearchable(string(f.Action)), "action", text)
	demand(f.Actor == "" || IsID(string(f.Actor)), "actor_id", "must be the id of an account")
	demand(isSearchable(f.ResourceType), "resource_type", text)
	demand(isSearchable(f.ResourceID), "resource_id", text)
	demand(isCommonEra(f.From), "from", "must be in the years 1 to 9999")
	demand(isCommonEra(f.To), "to", "must be in the years 1 to 9999")
	if faults != nil {
		return ErrInvalid.In(faults...)
	}
	return nil
}

// isCommonEra reports whether a time can be stored. The zero time stands for none and passes.
func isCommonEra(at time.Time) bool { return at.UTC().Year() >= 1 && at.UTC().Year() <= 9999 }

// Details returns the filter for the details of an event: each value in use, by its name.
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
