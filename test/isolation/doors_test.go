package isolation

import (
	"slices"
	"strings"
)

// commands are what a door lets be done with all rows of a table.
type commands string

func (c commands) has(command string) bool {
	return slices.Contains(strings.Fields(string(c)), command)
}

// doors are the ways across orgs, and what each opens. Nothing else is.
var doors = map[string]map[string]commands{
	"orgs":     {"orgs": "SELECT"},
	"discover": {"orgs": "SELECT", "users": "SELECT"},
	"sweep":    {"sessions": "SELECT DELETE", "attempts": "SELECT DELETE", "links": "SELECT DELETE", "email_changes": "SELECT DELETE", "devices": "SELECT DELETE", "imports": "SELECT DELETE", "tickets": "SELECT DELETE"},
	"secrets":  {"authenticators": "SELECT", "signing_keys": "SELECT UPDATE", "canaries": "SELECT UPDATE"},
	"keys":     {"signing_keys": "SELECT UPDATE"},
	"audit":    {"audit_waiting": "SELECT", "audit_seals": "SELECT", "audit_proofs": "SELECT", "org_settings": "SELECT"},
	"expire":   {"audit_events": "", "audit_proofs": ""}, // of an org, together with it
	"erase":    {"audit_events": "", "audit_proofs": ""},
}
