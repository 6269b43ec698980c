package domain

import "time"

// EventName is what happened, in the past tense.
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
	EventRecoveryCodeUsed      EventName = "mfa.recovery_code_used"
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
	EventSessionRefreshRefused EventName = "session.refresh_refused"
	EventOrgUpdated            EventName = "org.updated"
	EventOwnerRecovered        EventName = "org.owner_recovered"
	EventOrgSuspended          EventName = "org.suspended"
	EventOrgActivated          EventName = "org.activated"
	EventPlatformCrossed       EventName = "platform.crossed" // in the operator's own org
	EventPlatformEntered       EventName = "platform.entered" // in the other org
	EventFileStored            EventName = "file.stored"
	EventFileRemoved           EventName = "file.removed"
	EventAvatarReplaced        EventName = "account.avatar_replaced"
	EventAvatarRemoved         EventName = "account.avatar_removed"
	EventLogoReplaced          EventName = "org.logo_replaced"
	EventLogoRemoved           EventName = "org.logo_removed"
	EventAuditRead             EventName = "audit.read"
	EventAuditExported         EventName = "audit.exported"
	EventAuditExpired          EventName = "audit.expired" // the oldest were removed by age
	EventBackupRestored        EventName = "backup.restored"
)

// Outcome says whether the thing was done.
type Outcome string

// The outcomes of an audited attempt.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure"
)

// Difference is how an event tells of a value that was changed.
func Difference(before, after string) string { return before + " -> " + after }

// AuditEvent is one fact about one org, written with what it describes or not at all.
// Details never holds a secret: names, ids, methods and reasons only.
type AuditEvent struct {
	ID           EventID
	At           time.Time
	Name         EventName
	Outcome      Outcome
	Actor        UserID // empty when nobody is known
	ResourceType string
	ResourceID   string
	Details      map[string]string
	Origin       Origin // its HomeOrg is the actor's own org, when that is another
}
