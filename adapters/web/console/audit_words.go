package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/domain"
)

// eventGroup is the events of one kind, for a select with groups.
type eventGroup struct {
	name   string // of its text, "audit.group." and this
	events []domain.EventName
}

// eventGroups are all events, in the order in which people look for them.
var eventGroups = []eventGroup{
	{"sign_in", []domain.EventName{
		domain.EventSignedIn, domain.EventSignInChallenged, domain.EventSignInRefused, domain.EventSignInLocked, domain.EventSessionEnded,
		domain.EventSessionsEnded, domain.EventRefreshReused, domain.EventSteppedUp, domain.EventStepUpRefused,
	}},
	{"factors", []domain.EventName{
		domain.EventMFAEnrollmentBegun, domain.EventMFAEnrolled, domain.EventMFACodeRefused, domain.EventMFADisabled, domain.EventMFAReset,
		domain.EventRecoveryCodesReplaced, domain.EventPasskeyRenamed, domain.EventPasskeyRemoved, domain.EventPasskeyCounterRefused,
		domain.EventDeviceRemembered, domain.EventDeviceRenamed, domain.EventDeviceForgotten, domain.EventDevicesForgotten,
	}},
	{"passwords", []domain.EventName{
		domain.EventPasswordChanged, domain.EventPasswordRefused, domain.EventPasswordReset, domain.EventResetLinkSent,
	}},
	{"accounts", []domain.EventName{
		domain.EventAccountCreated, domain.EventInvitationSent, domain.EventInvitationRevoked, domain.EventAccountUpdated,
		domain.EventProfileUpdated, domain.EventEmailChangeRequested, domain.EventEmailChanged, domain.EventAvatarReplaced,
		domain.EventAvatarRemoved, domain.EventAccountSuspended, domain.EventAccountActivated, domain.EventAccountRemoved,
		domain.EventAccountErased, domain.EventImportOrdered, domain.EventImportFinished, domain.EventMembersExported,
		domain.EventDataExported,
	}},
	{"roles", []domain.EventName{
		domain.EventRolesAssigned, domain.EventRoleCreated, domain.EventRoleUpdated, domain.EventRoleRemoved,
	}},
	{"org", []domain.EventName{
		domain.EventOrgCreated, domain.EventOrgUpdated, domain.EventOrgSettingsUpdated, domain.EventOrgSuspended, domain.EventOrgActivated,
		domain.EventOrgExported, domain.EventOrgImported,
		domain.EventFirstRunCompleted, domain.EventOwnerRecovered, domain.EventLogoReplaced, domain.EventLogoRemoved,
		domain.EventFileStored, domain.EventFileRemoved,
	}},
	{"machines", []domain.EventName{
		domain.EventServiceAccountCreated, domain.EventServiceAccountUpdated, domain.EventServiceAccountSuspended,
		domain.EventServiceAccountActivated, domain.EventServiceAccountRemoved, domain.EventAPIKeyCreated, domain.EventAPIKeyRevoked,
		domain.EventAPIKeyRefused, domain.EventTokenIssued, domain.EventTokenRevoked,
	}},
	{"webhooks", []domain.EventName{
		domain.EventWebhookCreated, domain.EventWebhookUpdated, domain.EventWebhookDisabled, domain.EventWebhookRemoved,
		domain.EventWebhookSecretRotated, domain.EventWebhookTested, domain.EventWebhookResent,
	}},
	{"service", []domain.EventName{
		domain.EventAuditRead, domain.EventAuditExported, domain.EventAuditExpired, domain.EventPlatformCrossed, domain.EventPlatformEntered,
		domain.EventKeyRotated, domain.EventKeyRetired, domain.EventBackupRestored,
	}},
}

// dayText writes the days of a list, most of which follow an equal one.
type dayText struct {
	language *locale.Language
	day      time.Time
	text     string
}

func (d *dayText) of(at time.Time) string {
	if day := at.UTC().Truncate(24 * time.Hour); !day.Equal(d.day) {
		d.day, d.text = day, d.language.Date(day)
	}
	return d.text
}

// auditHeads returns the heads of the columns of the log.
func auditHeads(l *locale.Language) [5]string {
	return [...]string{l.Text("audit.when"), l.Text("audit.who"), l.Text("audit.what"), l.Text("audit.on"), l.Text("audit.outcome")}
}

// resourceTypes are the types of what events are about.
var resourceTypes = []string{
	"account", "accounts", "session", "device", "passkey", "role", "org", "file", "import", "service_account", "api_key", "webhook",
	"audit_events", "signing_key",
}

// detail is one detail of an event in words.
type detail struct{ label, before, value, link string }

// detailsOf returns the details of an event in words, sorted by their names.
func detailsOf(l *locale.Language, e domain.AuditEvent) []detail {
	all := make([]detail, 0, len(e.Details))
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		d := detail{label: labelOf(l, name), value: e.Details[name]}
		before, after, changed := strings.Cut(d.value, " -> ")
		switch {
		case name == "decision_id":
			d.link = "/console/explain?decision=" + d.value
		case name == "event_id" && domain.IsID(d.value):
			d.link = "/console/audit/" + d.value
		case name == "service_account_id" && domain.IsID(d.value):
			d.link = serviceAccountPath(domain.ServiceAccountID(d.value))
		case changed:
			d.before, d.value = valueOf(l, name, before), valueOf(l, name, after)
		default:
			d.value = valueOf(l, name, d.value)
		}
		all = append(all, d)
	}
	return all
}

func labelOf(l *locale.Language, name string) string {
	for _, area := range []string{"detail.", "setting."} {
		if l.Has(area + name) {
			return l.Text(area + name)
		}
	}
	return name
}

// detailWords are the areas of texts for the words of a detail.
var detailWords = map[string]string{
	"outcome": "outcome.", "amr": "amr.", "kind": "factor.", "action": "action.", "status": "status.", "roles": "role.",
	"permissions": "permission.", "reason": "reason.", "phishing_resistant": "choice.phishing_resistant.",
	"mfa_required_actions": "action.", "resource_type": "resource.", "event": "event.", "events": "event.", "url": "audit.url.",
}

// valueOf returns the value of a detail in words.
func valueOf(l *locale.Language, name, value string) string {
	switch value {
	case "":
		return l.Text("audit.nothing")
	case domain.ErasedText:
		return l.Text("audit.erased")
	case "true", "false":
		return switched(l, name, value == "true")
	}
	if size, err := strconv.ParseInt(value, 10, 64); name == "size" && err == nil {
		return l.Bytes(size)
	}
	if area := detailWords[name]; area != "" {
		return inWords(l, area, value)
	}
	return l.Message(value)
}

// switched returns yes or no, and for a setting the words of its form.
func switched(l *locale.Language, name string, on bool) string {
	setting := l.Has("setting." + name)
	switch {
	case setting && on:
		return l.Text("settings.on")
	case setting:
		return l.Text("settings.off")
	case on:
		return l.Text("audit.true")
	default:
		return l.Text("audit.false")
	}
}

// inWords replaces the words of a list by their texts. A value with another word is left as it is.
func inWords(l *locale.Language, area, value string) string {
	if l.Has(area + value) {
		return l.Text(area + value)
	}
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	for i, word := range words {
		if !l.Has(area + word) {
			return l.Message(value)
		}
		words[i] = l.Text(area + word)
	}
	return strings.Join(words, ", ")
}

// rawEvent is an event as the API returns it.
type rawEvent struct {
	ID           domain.EventID    `json:"id"`
	CreatedAt    time.Time         `json:"created_at"`
	Action       domain.EventName  `json:"action"`
	Outcome      domain.Outcome    `json:"outcome"`
	ActorID      *domain.UserID    `json:"actor_id"`
	ActorType    *string           `json:"actor_type"`
	ActorOrgID   *domain.OrgID     `json:"actor_org_id"`
	ResourceType string            `json:"resource_type"`
	ResourceID   string            `json:"resource_id"`
	Details      map[string]string `json:"details"`
	IP           string            `json:"ip"`
	UserAgent    string            `json:"user_agent"`
	RequestID    string            `json:"request_id"`
}

// raw returns the event as JSON.
func raw(e domain.AuditEvent) (string, error) {
	shown := rawEvent{
		ID: e.ID, CreatedAt: e.At, Action: e.Name, Outcome: e.Outcome, ResourceType: e.ResourceType, ResourceID: e.ResourceID,
		Details: e.Details, IP: e.Origin.Address, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID,
	}
	if kind := e.ShownActorType(); kind != "" {
		shown.ActorID, shown.ActorType = &e.Actor, &kind
	}
	if e.Origin.HomeOrg != "" {
		shown.ActorOrgID = &e.Origin.HomeOrg
	}
	if shown.Details == nil {
		shown.Details = map[string]string{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(shown)
	return text.String(), err
}
