package domain

import (
	"maps"
	"slices"
	"time"
)

// WebhookBody is what a webhook sends about an event. It holds no address of a person or a client, no secret, and no text that
// a person wrote except the names of orgs and roles. Its JSON is below 20 KB.
type WebhookBody struct {
	Type         EventName
	At           time.Time
	ID           EventID
	Org          OrgID
	Outcome      Outcome
	Actor        UserID // empty: unknown, or the service itself
	ActorType    ActorType
	ResourceType string
	ResourceID   string
	Details      Details
}

// maxWebhookDetails is the largest size of all details, in bytes. JSON needs at most six bytes for one.
const maxWebhookDetails = 3000

// WebhookBody returns what webhooks of the org send about the event.
func (e AuditEvent) WebhookBody(org OrgID) WebhookBody {
	body := WebhookBody{
		Type: e.Name, At: e.At, ID: e.ID, Org: org, Outcome: e.Outcome, Actor: e.Actor, ActorType: e.ActorType,
		ResourceType: e.ResourceType, ResourceID: e.ResourceID, Details: Details{},
	}
	if !IsID(e.ResourceID) && e.ResourceType != "signing_key" { // an address that somebody tried
		body.ResourceID = ""
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		more := len(name) + len(e.Details[name])
		if !isPublished(e.ResourceType, name) || size+more > maxWebhookDetails {
			continue
		}
		size += more
		body.Details[name] = e.Details[name]
	}
	return body
}

// published are the details that webhooks send, by the type of the resource; those of "" are sent for every type. A new detail
// is sent only once it is listed here.
var published = map[string][]string{
	"": {
		"amr", "by", "call", "created", "days", "devices", "devices_forgotten", "ended", "event", "event_id", "events", "expires_at",
		"forgotten", "format", "host", "kind", "links", "media", "outcome", "reason", "refused", "roles", "rows",
		"service_account_id", "service_accounts", "sessions", "size", "status", "through_seal", "url",
	},
	"org":     {"name", "slug", "taken_at"},
	"role":    {"name", "permissions"},
	"session": {"action"}, // of a step-up; that of audit.read is a text that somebody searched for
}

func isPublished(resourceType, detail string) bool {
	return slices.Contains(published[""], detail) || slices.Contains(published[resourceType], detail) ||
		resourceType == "org" && slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == detail })
}
