package domain

import "time"

// EventName says what happened, in the past tense.
type EventName string

// The closed list of audit events.
const (
	EventOrgCreated            EventName = "org.created"
	EventAccountCreated        EventName = "account.created"
	EventSignedIn              EventName = "session.signed_in"
	EventSignInRefused         EventName = "session.sign_in_refused"
	EventSignInLocked          EventName = "session.sign_in_locked"
	EventSignInChallenged      EventName = "session.sign_in_challenged"
	EventSessionEnded          EventName = "session.ended"
	EventSessionsEnded         EventName = "session.all_ended"
	EventRefreshReused         EventName = "session.refresh_token_reused"
	EventPasswordChanged       EventName = "account.password_changed"
	EventMFAEnrollmentBegun    EventName = "mfa.enrollment_begun"
	EventMFAEnrolled           EventName = "mfa.enrolled"
	EventPasskeyRenamed        EventName = "passkey.renamed"
	EventPasskeyRemoved        EventName = "passkey.removed"
	EventPasskeyCounterRefused EventName = "passkey.counter_refused" // the passkey may have been copied
	EventDeviceRemembered      EventName = "device.remembered"
	EventDeviceForgotten       EventName = "device.forgotten"
	EventProfileUpdated        EventName = "account.profile_updated"
	EventPasswordReset         EventName = "account.password_reset"
	EventResetLinkSent         EventName = "account.password_reset_link_sent"
	EventAccountSuspended      EventName = "account.suspended"
	EventAccountActivated      EventName = "account.activated"
	EventAccountUpdated        EventName = "account.updated"
	EventEmailChangeRequested  EventName = "account.email_change_requested"
	EventEmailChanged          EventName = "account.email_changed"
	EventAccountRemoved        EventName = "account.removed"
	EventInvitationSent        EventName = "account.invitation_sent"
	EventInvitationRevoked     EventName = "account.invitation_revoked"
	EventAccountErased         EventName = "account.erased"
	EventDataExported          EventName = "account.data_exported"
	EventImportOrdered         EventName = "account.import_ordered"
	EventImportFinished        EventName = "account.import_finished"
	EventMembersExported       EventName = "account.exported_all"
	EventRolesAssigned         EventName = "account.roles_assigned"
	EventRoleCreated           EventName = "role.created"
	EventRoleUpdated           EventName = "role.updated"
	EventRoleRemoved           EventName = "role.removed"
	EventPasswordRefused       EventName = "account.password_refused"
	EventMFADisabled           EventName = "mfa.disabled"
	EventMFAReset              EventName = "mfa.reset"
	EventMFACodeRefused        EventName = "mfa.code_refused"
	EventRecoveryCodesReplaced EventName = "mfa.recovery_codes_replaced"
	EventSteppedUp             EventName = "session.stepped_up"
	EventStepUpRefused         EventName = "session.step_up_refused"
	EventDeviceRenamed         EventName = "device.renamed"
	EventDevicesForgotten      EventName = "device.all_forgotten"
	EventKeyRotated            EventName = "key.rotated"
	EventKeyRetired            EventName = "key.retired"
	EventOrgSettingsUpdated    EventName = "org.settings_updated"
	EventOrgUpdated            EventName = "org.updated"
	EventOwnerRecovered        EventName = "org.owner_recovered"
	EventFirstRunCompleted     EventName = "org.first_run_completed"
	EventOrgSuspended          EventName = "org.suspended"
	EventOrgActivated          EventName = "org.activated"
	EventOrgExported           EventName = "org.exported"     // to move it to another deployment
	EventOrgImported           EventName = "org.imported"     // from another deployment
	EventPlatformCrossed       EventName = "platform.crossed" // recorded in the org of the operator who acted in another org
	EventPlatformEntered       EventName = "platform.entered" // recorded in that other org
	EventFileStored            EventName = "file.stored"
	EventFileRemoved           EventName = "file.removed"
	EventAvatarReplaced        EventName = "account.avatar_replaced"
	EventAvatarRemoved         EventName = "account.avatar_removed"
	EventLogoReplaced          EventName = "org.logo_replaced"
	EventLogoRemoved           EventName = "org.logo_removed"
	EventAuditRead             EventName = "audit.read"
	EventAuditExported         EventName = "audit.exported"
	EventAuditExpired          EventName = "audit.expired" // the oldest events were removed because of their age
	EventBackupRestored        EventName = "backup.restored"

	EventServiceAccountCreated   EventName = "service_account.created"
	EventServiceAccountUpdated   EventName = "service_account.updated"
	EventServiceAccountSuspended EventName = "service_account.suspended"
	EventServiceAccountActivated EventName = "service_account.activated"
	EventServiceAccountRemoved   EventName = "service_account.removed"
	EventAPIKeyCreated           EventName = "api_key.created"
	EventAPIKeyRevoked           EventName = "api_key.revoked"
	EventAPIKeyRefused           EventName = "api_key.refused" // a known key, from a network or at a time that it does not allow
	EventTokenIssued             EventName = "token.issued"
	EventTokenRevoked            EventName = "token.revoked"
	EventWebhookCreated          EventName = "webhook.created"
	EventWebhookUpdated          EventName = "webhook.updated"
	EventWebhookDisabled         EventName = "webhook.disabled" // the receiver answered 410
	EventWebhookRemoved          EventName = "webhook.removed"
	EventWebhookSecretRotated    EventName = "webhook.secret_rotated"
	EventWebhookTested           EventName = "webhook.tested"
	EventWebhookResent           EventName = "webhook.delivery_resent"
)

// Outcome says whether an attempt succeeded.
type Outcome string

// The outcomes of an audited attempt.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure"
)

// Difference returns the text by which an event describes a changed value.
func Difference(before, after string) string { return before + " -> " + after }

// differences returns the Difference of each pair of values that differ, by name.
func differences(values map[string][2]string) map[string]string {
	changed := map[string]string{}
	for name, value := range values {
		if value[0] != value[1] {
			changed[name] = Difference(value[0], value[1])
		}
	}
	return changed
}

// AuditEvent records one thing that happened in one org. It is stored in the same transaction as the
// change that it describes. Details holds names, ids, methods and reasons, and never a secret.
type AuditEvent struct {
	ID           EventID
	At           time.Time
	Name         EventName
	Outcome      Outcome
	Actor        UserID    // the account that acted, also a service account; empty when it is unknown
	ActorType    ActorType // ActorPerson also when it is unknown
	ResourceType string
	ResourceID   string
	Details      map[string]string
	Origin       Origin // its HomeOrg is the org of the actor, when that is another one
}
