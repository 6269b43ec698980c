package domain

// History selects the audit events that changed a decider: by their names, their resource and a detail
// that they must have. An empty field selects every event.
type History struct {
	Events   []EventName
	Resource string
	Detail   string
}

// FactRoles is the name of the fact that holds the roles of an account.
const FactRoles = "account.roles"

// deciderEvents are the events that change a fact about an account or its org.
var deciderEvents = map[string][]EventName{
	"org.status":       {EventOrgSuspended, EventOrgActivated},
	"account.status":   {EventAccountSuspended, EventAccountActivated, EventServiceAccountSuspended, EventServiceAccountActivated},
	FactRoles:          {EventAccountCreated, EventRolesAssigned, EventServiceAccountCreated, EventServiceAccountUpdated},
	"account.mfa":      {EventMFAEnrolled, EventMFADisabled, EventMFAReset, EventPasskeyRemoved},
	"account.password": {EventPasswordChanged, EventPasswordReset},
	"session.ended_at": {EventSessionEnded},
}

// History returns the events that changed the decider. ok is false for a decider that the audit log of
// the org does not cover, such as the configuration of the service.
func (d Decision) History() (_ History, ok bool) {
	decider := d.Decider()
	if isSetting(decider) {
		return History{Events: []EventName{EventOrgSettingsUpdated}, Resource: string(d.Org), Detail: decider}, true
	}
	events := deciderEvents[decider]
	resource := string(d.User)
	if decider == "org.status" {
		resource = string(d.Org)
	}
	return History{Events: events, Resource: resource}, events != nil && resource != ""
}

// History returns the events that changed the permissions of the role.
func (r Role) History() History {
	return History{Events: []EventName{EventRoleUpdated}, Resource: string(r.ID), Detail: "permissions"}
}
