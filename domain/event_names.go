package domain

import "slices"

// eventNames lists the audit events, grouped by what they are about.
var eventNames = []EventName{
	EventSignedIn, EventSignInRefused, EventSignInLocked, EventSignInChallenged, EventSessionEnded, EventSessionsEnded,
	EventRefreshReused, EventSteppedUp, EventStepUpRefused,

	EventAccountCreated, EventAccountUpdated, EventAccountSuspended, EventAccountActivated, EventAccountRemoved, EventAccountErased,
	EventProfileUpdated, EventEmailChangeRequested, EventEmailChanged, EventAvatarReplaced, EventAvatarRemoved, EventDataExported,
	EventInvitationSent, EventInvitationRevoked, EventRolesAssigned, EventImportOrdered, EventImportFinished, EventMembersExported,
	EventPasswordChanged, EventPasswordReset, EventPasswordRefused, EventResetLinkSent,

	EventMFAEnrollmentBegun, EventMFAEnrolled, EventMFADisabled, EventMFAReset, EventMFACodeRefused, EventRecoveryCodesReplaced,
	EventPasskeyRenamed, EventPasskeyRemoved, EventPasskeyCounterRefused,
	EventDeviceRemembered, EventDeviceRenamed, EventDeviceForgotten, EventDevicesForgotten,

	EventRoleCreated, EventRoleUpdated, EventRoleRemoved,
	EventServiceAccountCreated, EventServiceAccountUpdated, EventServiceAccountSuspended, EventServiceAccountActivated,
	EventServiceAccountRemoved, EventAPIKeyCreated, EventAPIKeyRevoked, EventAPIKeyRefused, EventTokenIssued, EventTokenRevoked,
	EventWebhookCreated, EventWebhookUpdated, EventWebhookDisabled, EventWebhookRemoved, EventWebhookSecretRotated, EventWebhookTested,
	EventWebhookResent,

	EventOrgCreated, EventOrgUpdated, EventOrgSettingsUpdated, EventOrgSuspended, EventOrgActivated, EventOwnerRecovered,
	EventOrgExported, EventOrgImported,
	EventFirstRunCompleted, EventLogoReplaced, EventLogoRemoved, EventPlatformCrossed, EventPlatformEntered,
	EventFileStored, EventFileRemoved,
	EventAuditRead, EventAuditExported, EventAuditExpired, EventBackupRestored, EventKeyRotated, EventKeyRetired,
}

// EventNames returns the names of all audit events, grouped by what they are about.
func EventNames() []EventName { return slices.Clone(eventNames) }

// Known reports whether the name is that of an audit event.
func (n EventName) Known() bool { return slices.Contains(eventNames, n) }
