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

// impersonal are the types of resources that are no person's: details about them stay.
var impersonal = []string{"org", "role"}

// Erase removes from the event what tells of the person who had the account, and names the
// fields. The address and agent are removed where the account, or nobody known, caused the
// event: those of an administrator who acted on the account stay. Details are removed unless
// they are about another account, the org or a role. What happened, when, and ids stay.
func (e AuditEvent) Erase(account UserID) (AuditEvent, []string) {
	var names []string
	if e.Actor == account || e.Actor == "" {
		if e.Origin.Address != "" {
			names = append(names, "ip")
		}
		if e.Origin.UserAgent != "" {
			names = append(names, "user_agent")
		}
		e.Origin.Address, e.Origin.UserAgent = "", ""
	}
	if e.ResourceID != "" && !IsID(e.ResourceID) { // an address that somebody tried
		names = append(names, "resource_id")
		e.ResourceID = ErasedText
	}
	if e.tellsOfAnother(account) {
		return e, names
	}
	e.Details = maps.Clone(e.Details)
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		if !slices.Contains(harmless, name) && e.Details[name] != ErasedText {
			names = append(names, "details."+name)
			e.Details[name] = ErasedText
		}
	}
	return e, names
}

// tellsOfAnother reports whether the details are about something other than the account.
func (e AuditEvent) tellsOfAnother(account UserID) bool {
	return e.aboutOtherAccount(account) || slices.Contains(impersonal, e.ResourceType)
}

func (e AuditEvent) aboutOtherAccount(account UserID) bool {
	return e.ResourceType == "account" && IsID(e.ResourceID) && e.ResourceID != string(account)
}

// ShownTo is the event as the account itself may see it: without the address and agent of
// anybody else, and without personal details of other accounts. Refused sign-ins name the
// account as their actor although nobody proved to be its owner, so they count as anybody's.
func (e AuditEvent) ShownTo(account UserID) AuditEvent {
	if e.Actor != account || e.Name == EventSignInRefused || e.Name == EventSignInLocked {
		e.Origin.Address, e.Origin.UserAgent = "", ""
	}
	if e.aboutOtherAccount(account) {
		e.Details = maps.Clone(e.Details)
		maps.DeleteFunc(e.Details, func(name, _ string) bool { return !slices.Contains(harmless, name) })
	}
	return e
}
