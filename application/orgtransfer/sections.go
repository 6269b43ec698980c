package orgtransfer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// version is the newest version of files that this package reads, and the one that it writes.
const version = 1

// The sections of a file that are not rows of the database.
const (
	sectionHeader   port.OrgSection = "header"
	sectionContents port.OrgSection = "contents" // of files, in pieces
	sectionManifest port.OrgSection = "manifest"
)

// field is a field of a section with the values that it can have.
type field struct {
	port.OrgField

	form form
}

// form returns what is wrong with a value, or an empty text.
type form func(value any) string

func text(name string, form form) field     { return kind(name, port.FieldText, form) }
func number(name string) field              { return kind(name, port.FieldNumber, natural) }
func toggle(name string) field              { return kind(name, port.FieldSwitch, anything) }
func document(name string, form form) field { return kind(name, port.FieldJSON, form) }
func instant(name string) field             { return kind(name, port.FieldTime, anything) }

func kind(name string, of port.OrgFieldKind, form form) field {
	return field{OrgField: port.OrgField{Name: name, Kind: of}, form: form}
}

// orNone allows the field to have no value.
func orNone(f field) field {
	f.Optional = true
	return f
}

func anything(any) string { return "" }

func natural(value any) string {
	if value.(int64) < 0 {
		return "must not be negative"
	}
	return ""
}

func id(value any) string {
	if !domain.IsID(value.(string)) {
		return "must be an id, a UUID in lower-case letters"
	}
	return ""
}

func atMost(bytes int) form {
	return func(value any) string {
		if len(value.(string)) > bytes {
			return fmt.Sprintf("must have at most %d bytes", bytes)
		}
		return ""
	}
}

func oneOf(words ...string) form {
	return func(value any) string {
		if !slices.Contains(words, value.(string)) {
			return "must be one of: " + strings.Join(words, ", ")
		}
		return ""
	}
}

// object, texts, list and words are the forms of JSON: an object, one of texts, a list, and one of texts.
func object(value any) string {
	if _, ok := value.(map[string]any); !ok {
		return "must be a JSON object"
	}
	return ""
}

func texts(value any) string {
	members, ok := value.(map[string]any)
	for _, member := range members {
		_, isText := member.(string)
		ok = ok && isText
	}
	if !ok {
		return "must be a JSON object of texts"
	}
	return ""
}

func list(value any) string {
	if _, ok := value.([]any); !ok {
		return "must be a JSON array"
	}
	return ""
}

func words(value any) string {
	elements, ok := value.([]any)
	for _, element := range elements {
		_, isText := element.(string)
		ok = ok && isText
	}
	if !ok {
		return "must be a JSON array of texts"
	}
	return ""
}

// hash is the form of the hashes of tokens and codes.
func hash(value any) string {
	if n := len(value.(string)); n < 16 || n > 200 {
		return "must be the hash of a token, with 16 to 200 characters"
	}
	return ""
}

var (
	long     = atMost(8 << 10)
	short    = atMost(2 << 10)
	standing = oneOf(string(domain.StatusActive), string(domain.StatusSuspended))
)

// section is a section of a file.
type section struct {
	name   port.OrgSection
	key    int // how many of the first fields identify a row
	fields []field
}

// inDatabase returns the section as the database reads and writes it.
func (s section) inDatabase() port.OrgSectionFields {
	fields := make([]port.OrgField, len(s.fields))
	for i, f := range s.fields {
		fields[i] = f.OrgField
	}
	return port.OrgSectionFields{Section: s.name, Key: s.key, Fields: fields}
}

// sections lists every section of a file in the order of the file.
var sections = []section{
	{name: sectionHeader, key: 0, fields: []field{
		number("version"), text("written_by", short), instant("created_at"), text("issuer", short), text("org", id), text("slug", short),
	}},
	{name: sectionContents, key: 0, fields: []field{text("file", id), text("data", atMost(512<<10)), toggle("last")}},
	{name: port.SectionOrg, key: 1, fields: []field{
		text("id", id), text("name", short), text("slug", short), text("status", standing), instant("created_at"),
		instant("updated_at"), number("version"),
	}},
	{name: port.SectionSettings, key: 0, fields: []field{document("document", object), number("policy_version"), instant("updated_at")}},
	{name: port.SectionRoles, key: 1, fields: []field{
		text("id", id), text("name", short), text("description", short), toggle("system"), document("granted", words),
		instant("created_at"), number("version"),
	}},
	{name: port.SectionAccounts, key: 1, fields: []field{
		text("id", id), text("email", short), text("full_name", short), text("status", standing), text("password_hash", long),
		toggle("must_change_password"), orNone(instant("password_changed_at")), orNone(instant("last_sign_in_at")),
		orNone(instant("last_suspended_at")), instant("created_at"), instant("updated_at"), number("version"),
	}},
	{name: port.SectionAccountRoles, key: 2, fields: []field{text("user_id", id), text("role_id", id)}},
	{name: port.SectionFactors, key: 1, fields: []field{
		text("id", id), text("user_id", id), text("kind", oneOf(string(domain.FactorTOTP), string(domain.FactorPasskey))),
		text("name", short), text("secret", short), text("handle", short), text("data", long), number("counter"),
		instant("created_at"), instant("enrolled_at"), orNone(instant("last_used_at")),
		text("pending_by", oneOf("")), // only finished enrolments are exported
	}},
	{name: port.SectionRecoveryCodes, key: 2, fields: []field{text("user_id", id), text("hash", hash), orNone(instant("used_at"))}},
	{name: port.SectionDevices, key: 1, fields: []field{
		text("id", id), text("user_id", id), text("name", short), text("token_hash", hash), document("spent", list), number("skips"),
		text("address", short), instant("created_at"), instant("last_used_at"), instant("expires_at"),
	}},
	{name: port.SectionServices, key: 1, fields: []field{
		text("id", id), text("name", short), text("description", short), text("status", standing), orNone(text("granted_by", id)),
		instant("created_at"), instant("updated_at"), number("version"),
	}},
	{name: port.SectionServiceRoles, key: 2, fields: []field{text("service_account_id", id), text("role_id", id)}},
	{name: port.SectionAPIKeys, key: 1, fields: []field{
		text("id", id), text("service_account_id", id), text("name", short), text("hash", hash), document("networks", words),
		orNone(text("created_by", id)), instant("created_at"), instant("expires_at"), orNone(instant("last_used_at")),
	}},
	{name: port.SectionFiles, key: 1, fields: []field{
		text("id", id), text("kind", oneOf(string(domain.FilePlain), string(domain.FileAvatar), string(domain.FileLogo))),
		orNone(text("account_id", id)), text("name", short), text("media", short), number("size"), text("created_by", id),
		instant("created_at"),
	}},
	{name: port.SectionEvents, key: 1, fields: []field{
		text("id", id), instant("at"), text("name", short), text("outcome", short), orNone(text("actor_id", id)), text("actor_type", short),
		orNone(text("actor_org_id", id)), text("resource_type", short), text("resource_id", long), document("details", texts),
		text("address", short), text("user_agent", long), text("request_id", short),
	}},
	{name: port.SectionSeals, key: 1, fields: []field{
		number("number"), number("first"), number("events"), instant("sealed_at"), instant("until"), text("token", atMost(64<<10)),
	}},
	{name: port.SectionProofs, key: 1, fields: []field{
		number("position"), text("event_id", id), number("seal"), text("salt", short), document("fields", object),
	}},
	{name: port.SectionWaiting, key: 1, fields: []field{text("event_id", id), number("turn")}},
	{name: port.SectionOrigins, key: 2, fields: []field{text("key", short), text("former_org_id", id), number("through"),
		text("public_pem", long)}},
	{name: port.SectionWebhooks, key: 1, fields: []field{
		text("id", id), text("url", long), document("events", words), text("disabled", oneOf("", "disabled", "gone")), text("secret", short),
		text("previous_secret", short), orNone(instant("previous_until")), instant("created_at"), instant("updated_at"), number("version"),
	}},
	{name: sectionManifest, key: 0, fields: []field{text("signed", atMost(64<<10))}},
}

// find returns the place of a section, or -1.
func find(name port.OrgSection) int {
	return slices.IndexFunc(sections, func(s section) bool { return s.name == name })
}
