package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// OrgSection is a kind of rows that belong to an org, such as its accounts.
type OrgSection string

// The sections of an org, in an order in which they can be inserted: a row refers only to rows of earlier sections.
const (
	SectionOrg           OrgSection = "org"
	SectionSettings      OrgSection = "settings"
	SectionRoles         OrgSection = "roles"
	SectionAccounts      OrgSection = "accounts"
	SectionAccountRoles  OrgSection = "account_roles"
	SectionFactors       OrgSection = "authenticators"
	SectionRecoveryCodes OrgSection = "recovery_codes"
	SectionDevices       OrgSection = "devices"
	SectionServices      OrgSection = "service_accounts"
	SectionServiceRoles  OrgSection = "service_account_roles"
	SectionAPIKeys       OrgSection = "api_keys"
	SectionFiles         OrgSection = "files"
	SectionEvents        OrgSection = "audit_events"
	SectionSeals         OrgSection = "audit_seals"
	SectionProofs        OrgSection = "audit_proofs"
	SectionWaiting       OrgSection = "audit_waiting" // the events that no seal covers yet
	SectionOrigins       OrgSection = "seal_origins"  // see domain.SealOrigin
	SectionWebhooks      OrgSection = "webhooks"
)

// OrgFieldKind is the type of a field of a row.
type OrgFieldKind string

// The kinds of fields. In an OrgRow the value of each is a Go string, int64, bool, time.Time in UTC, or for a FieldJSON what
// encoding/json decodes a JSON object or array to.
const (
	FieldText   OrgFieldKind = "text"
	FieldNumber OrgFieldKind = "number"
	FieldSwitch OrgFieldKind = "switch"
	FieldTime   OrgFieldKind = "time"
	FieldJSON   OrgFieldKind = "JSON"
)

// OrgField is a field of the rows of a section.
type OrgField struct {
	Name     string
	Kind     OrgFieldKind
	Optional bool // its value can be nil
}

// OrgRow is a row of a section, by the names of its fields. It does not contain the id of its org, except in SectionOrg.
type OrgRow map[string]any

// OrgSectionFields are the fields of a section. The first Key of them identify a row.
type OrgSectionFields struct {
	Section OrgSection
	Key     int
	Fields  []OrgField
}

// OrgRows reads and writes all rows of one org, in one transaction.
type OrgRows interface {
	// Each calls visit with every row of a section, in the order of its key. It holds a bounded number of rows in memory.
	Each(ctx context.Context, section OrgSectionFields, visit func(OrgRow) error) error
	// Insert adds rows. It also stores what is derived from them, such as the words by which accounts are found. It
	// returns domain.ErrSlugTaken for an org whose id or slug exists.
	Insert(ctx context.Context, section OrgSectionFields, rows []OrgRow) error
}

// OrgTransfers opens units of work on whole orgs. The unit of ExportOrg reads one state of the data, whatever changes
// meanwhile. In that of ImportOrg the org does not exist until SectionOrg was inserted. Both undo everything when fn
// returns an error or the process ends. fn can run more than once.
type OrgTransfers interface {
	ExportOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx, OrgRows) error) error
	ImportOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx, OrgRows) error) error
}
