package domain

// History says where the audit log tells of the last change of what decided: which events,
// about which resource, and with which detail. Empty parts ask for anything.
type History struct {
	Events   []EventName
	Resource string
	Detail   string
}

// FactRoles is the fact which roles an account holds.
const FactRoles = "account.roles"

// deciderEvents are the events that change a fact about an account or its org.
var deciderEvents = map[string][]EventName{
	"org.status":       {EventOrgSuspended, EventOrgActivated},
	"account.status":   {EventAccountSuspended, EventAccountActivated},
	FactRoles:          {EventAccountCreated, EventRolesAssigned},
	"account.mfa":      {EventMFAEnrolled, EventMFADisabled, EventMFAReset},
	"account.password": {EventPasswordChanged, EventPasswordReset},
	"session.ended_at": {EventSessionEnded},
}

// History is where the last change of what decided is told; ok is false for what is no
// matter of the org, such as the server's configuration.
func (d Decision) History() (_ History, ok bool) {
	decider := d.Decider()
	if _, setting := (OrgSettings{}).members()[decider]; setting {
		return History{Events: []EventName{EventOrgSettingsUpdated}, Resource: string(d.Org), Detail: decider}, true
	}
	events := deciderEvents[decider]
	resource := string(d.User)
	if decider == "org.status" {
		resource = string(d.Org)
	}
	return History{Events: events, Resource: resource}, events != nil && resource != ""
}

// History is where the last change of what a role grants is told.
func (r Role) History() History {
	return History{Events: []EventName{EventRoleUpdated}, Resource: string(r.ID), Detail: "permissions"}
}
