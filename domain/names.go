package domain

// Names are the names of resources for people.
type Names map[Resource]string

// Of returns the name of a resource, or "" if it has none or no longer exists.
func (n Names) Of(on Resource) string { return n[on] }

// On returns the resource that the event is about.
func (e AuditEvent) On() Resource { return Resource{e.ResourceType, e.ResourceID} }
