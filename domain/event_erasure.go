package domain

import (
	"maps"
	"slices"
)

// ErasedText stands where a detail of an event was erased.
const ErasedText = "(erased)"

// harmless are the details that tell of no person: reasons, methods, counts.
var harmless = []string{
	"action", "amr", "before", "by", "call", "days", "ended", "events", "forgotten", "format", "outcome", "reason", "roles", "status", "through_seal",
}

// Erase takes out of the event what tells of a person, and names the fields. What happened,
// when, and the ids that lead nowhere once the account is gone stay.
func (e AuditEvent) Erase() (AuditEvent, []string) {
	var names []string
	if e.Origin.Address != "" {
		names = append(names, "ip")
	}
	if e.Origin.UserAgent != "" {
		names = append(names, "user_agent")
	}
	if e.ResourceID != "" && !IsID(e.ResourceID) { // an address that somebody tried
		names = append(names, "resource_id")
		e.ResourceID = ErasedText
	}
	e.Origin.Address, e.Origin.UserAgent, e.Details = "", "", maps.Clone(e.Details)
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		if !slices.Contains(harmless, name) && e.Details[name] != ErasedText {
			names = append(names, "details."+name)
			e.Details[name] = ErasedText
		}
	}
	return e, names
}
