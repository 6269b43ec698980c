package domain

import (
	"maps"
	"slices"
)

// ErasedText replaces an erased detail of an event.
const ErasedText = "(erased)"

// harmless are the details that hold no personal data: reasons, methods and counts.
var harmless = []string{
	"action", "amr", "before", "by", "call", "days", "ended", "events", "forgotten", "format", "kind", "outcome", "reason", "roles", "status",
	"through_seal",
}

// impersonal are the resource types that hold no personal data: their details are kept.
var impersonal = []string{"org", "role", "service_account", "api_key", "webhook"}

// Erase removes the personal data of the account's owner from the event and returns the names
// of the fields that it removed. The IP address and user agent are removed when the account
// itself or an unknown sender caused the event; those of an administrator who acted on the
// account are kept. Details are removed unless they are about another account, the org, a role,
// a service account, an API key or a webhook. What happened, when, and ids are kept.
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
	if e.detailsOfOthers(account) {
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

// detailsOfOthers reports whether the details are about something other than the account.
func (e AuditEvent) detailsOfOthers(account UserID) bool {
	return e.aboutOtherAccount(account) || slices.Contains(impersonal, e.ResourceType)
}

func (e AuditEvent) aboutOtherAccount(account UserID) bool {
	return e.ResourceType == "account" && IsID(e.ResourceID) && e.ResourceID != string(account)
}

// ShownTo returns the event as the account's owner may see it: without the IP address and user
// agent of anybody else, and without personal details of other accounts. A refused sign-in names
// the account as its actor, but somebody else may have attempted it.
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
