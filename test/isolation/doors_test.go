package isolation

import (
	"slices"
	"strings"
)

// commands lists the SQL commands that a door allows on all rows of a table.
type commands string

func (c commands) has(command string) bool {
	return slices.Contains(strings.Fields(string(c)), command)
}

// doors lists the ways across orgs with the tables and commands that each allows. There are no others.
var doors = map[string]map[string]commands{
	"orgs":     {"orgs": "SELECT"},
	"discover": {"orgs": "SELECT", "users": "SELECT"},
	"sweep": {
		"sessions":           "SELECT DELETE",
		"attempts":           "SELECT DELETE",
		"links":              "SELECT DELETE",
		"email_changes":      "SELECT DELETE",
		"devices":            "SELECT DELETE",
		"imports":            "SELECT DELETE",
		"import_rows":        "SELECT DELETE",
		"tickets":            "SELECT DELETE",
		"api_keys":           "SELECT DELETE",
		"revoked_tokens":     "SELECT DELETE",
		"webhook_deliveries": "SELECT DELETE",
	},
	"secrets": {
		"authenticators": "SELECT", "import_accounts": "SELECT", "webhooks": "SELECT", "signing_keys": "SELECT UPDATE",
		"canaries": "SELECT UPDATE",
	},
	"webhooks": {"webhooks": "SELECT", "webhook_circuits": "SELECT", "webhook_deliveries": "SELECT"},
	"keys":     {"signing_keys": "SELECT UPDATE"},
	"audit":    {"audit_waiting": "SELECT", "audit_seals": "SELECT", "audit_proofs": "SELECT", "org_settings": "SELECT"},
	"expire":   {"audit_events": "", "audit_proofs": ""}, // of an org, together with it
	"erase":    {"audit_events": "", "audit_proofs": ""},
}
