package domain

import "time"

// Actor is the account that caused an audit event, and where its request came from. The zero
// Actor is the service itself.
type Actor struct {
	User   UserID // of a service account its id
	Type   ActorType
	Origin Origin
}

// ActorType says what kind of account acts.
type ActorType string

// The types of actors.
const (
	ActorPerson         ActorType = ""
	ActorServiceAccount ActorType = "service_account"
)

// shownPerson is the type of a known actor who is a person, in exports.
const shownPerson = "account"

// Shown returns the type of a known actor in exports: account or service_account.
func (t ActorType) Shown() string {
	if t == ActorPerson {
		return shownPerson
	}
	return string(t)
}

// ParseActorType returns the type whose Shown is text. Empty text, of an unknown actor, is ActorPerson.
func ParseActorType(text string) ActorType {
	if text == shownPerson {
		return ActorPerson
	}
	return ActorType(text)
}

// ShownActorType returns the type of the actor in exports; empty when the actor is unknown.
func (e AuditEvent) ShownActorType() string {
	if e.Actor == "" {
		return ""
	}
	return e.ActorType.Shown()
}

// Did returns the event of something that the actor did to a resource. The event still needs
// its id and time: see AuditEvent.Stamp.
func (a Actor) Did(name EventName, on Resource, details Details) AuditEvent {
	return AuditEvent{
		Name: name, Outcome: OutcomeSuccess, Actor: a.User, ActorType: a.Type,
		ResourceType: on.Type, ResourceID: on.ID, Details: details, Origin: a.Origin,
	}
}

// Failed is Did for something that the actor tried and was refused.
func (a Actor) Failed(name EventName, on Resource, details Details) AuditEvent {
	event := a.Did(name, on, details)
	event.Outcome = OutcomeFailure
	return event
}

// ActorResource returns the account that acted as a resource.
func (e AuditEvent) ActorResource() Resource { return accountResource(e.Actor, e.ActorType) }

// AccountResource returns the caller's own account as a resource.
func (p Principal) AccountResource() Resource { return accountResource(p.User.ID, p.Type) }

func accountResource(id UserID, kind ActorType) Resource {
	if kind == ActorServiceAccount {
		return OnServiceAccount(ServiceAccountID(id))
	}
	return OnAccount(id)
}

// Actor returns the caller as the actor of events in org. In an org that is not their own the
// events name the caller's own org too.
func (c Caller) Actor(org OrgID) Actor {
	return Actor{User: c.User.ID, Type: c.Type, Origin: c.OriginIn(org)}
}

// Stamp returns the event with a new id and the time at which it happened.
func (e AuditEvent) Stamp(id string, at time.Time) AuditEvent {
	e.ID, e.At = EventID(id), at
	return e
}

// Details are what an audit event says besides its name and resource, by name. They never hold
// a secret.
type Details map[string]string

// Resource is what an audit event is about. ID is empty when the event is about all resources
// of the type.
type Resource struct{ Type, ID string }

// OnAccount is an account as the resource of an event.
func OnAccount(id UserID) Resource { return Resource{"account", string(id)} }

// OnOrg is an org as the resource of an event.
func OnOrg(id OrgID) Resource { return Resource{"org", string(id)} }

// OnSession is a session as the resource of an event.
func OnSession(id SessionID) Resource { return Resource{"session", string(id)} }

// OnDevice is a remembered device as the resource of an event.
func OnDevice(id DeviceID) Resource { return Resource{"device", string(id)} }

// OnPasskey is a passkey as the resource of an event.
func OnPasskey(id AuthenticatorID) Resource { return Resource{"passkey", string(id)} }

// OnRole is a role as the resource of an event.
func OnRole(id RoleID) Resource { return Resource{"role", string(id)} }

// OnFile is a plain file as the resource of an event.
func OnFile(id FileID) Resource { return Resource{"file", string(id)} }

// OnImport is an import of accounts as the resource of an event.
func OnImport(id ImportID) Resource { return Resource{"import", string(id)} }

// OnSigningKey is a signing key as the resource of an event.
func OnSigningKey(id KeyID) Resource { return Resource{"signing_key", string(id)} }

// OnServiceAccount is a service account as the resource of an event.
func OnServiceAccount(id ServiceAccountID) Resource { return Resource{"service_account", string(id)} }

// OnAPIKey is an API key as the resource of an event.
func OnAPIKey(id APIKeyID) Resource { return Resource{"api_key", string(id)} }

// OnWebhook is a webhook as the resource of an event.
func OnWebhook(id WebhookID) Resource { return Resource{"webhook", string(id)} }

// OnAccounts is the accounts of an org as the resource of an event.
func OnAccounts() Resource { return Resource{Type: "accounts"} }

// OnAuditLog is the audit log of an org as the resource of an event.
func OnAuditLog() Resource { return Resource{Type: "audit_events"} }
