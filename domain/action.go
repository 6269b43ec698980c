package domain

import "slices"

// Action is an operation that an org may guard with a second factor.
type Action string

// The actions of the catalogue. ActionLogin stands for signing in: when it is guarded, a remembered
// device does not skip the second factor.
const (
	ActionLogin                   Action = "login"
	ActionOrgSettingsUpdate       Action = "org_settings.update"
	ActionAccountUpdate           Action = "account.update"
	ActionRoleAssign              Action = "role.assign"
	ActionRoleManage              Action = "role.manage"
	ActionMemberMFAReset          Action = "member.mfa_reset"
	ActionMemberPasswordReset     Action = "member.password_reset"
	ActionMemberRemove            Action = "member.remove"
	ActionRecoveryCodesRegenerate Action = "recovery_codes.regenerate"
	ActionMFADisable              Action = "mfa.disable"
	ActionPasskeyAdd              Action = "passkey.add" // covers every kind of second factor
	ActionPasskeyRemove           Action = "passkey.remove"
	ActionDataExport              Action = "data.export"
	ActionOrgManage               Action = "org.manage"
	ActionAPIKeyCreate            Action = "api_key.create"
	ActionWebhookManage           Action = "webhook.manage"
)

// Actions returns the catalogue in its documented order.
func Actions() []Action {
	return []Action{
		ActionLogin, ActionOrgSettingsUpdate, ActionAccountUpdate, ActionRoleAssign, ActionRoleManage, ActionMemberMFAReset,
		ActionMemberPasswordReset, ActionMemberRemove, ActionRecoveryCodesRegenerate, ActionMFADisable,
		ActionPasskeyAdd, ActionPasskeyRemove, ActionDataExport, ActionOrgManage, ActionAPIKeyCreate, ActionWebhookManage,
	}
}

// AlwaysGuarded reports whether the action needs a step-up whatever the org's settings are, because it
// could otherwise remove the second factor itself.
func (a Action) AlwaysGuarded() bool {
	return a == ActionRecoveryCodesRegenerate || a == ActionMFADisable || a == ActionPasskeyRemove || a == ActionMemberMFAReset
}

// permissions returns the permissions of which any one lets a service account do the action. It returns none for an action
// on a person's own account.
func (a Action) permissions() []Permission {
	return map[Action][]Permission{
		ActionOrgSettingsUpdate:   {PermOrgSettingsUpdate},
		ActionAccountUpdate:       {PermMemberUpdate},
		ActionRoleAssign:          {PermRoleAssign},
		ActionRoleManage:          {PermRoleManage},
		ActionMemberMFAReset:      {PermMemberMFAReset},
		ActionMemberPasswordReset: {PermMemberPasswordReset},
		ActionMemberRemove:        {PermMemberRemove},
		ActionDataExport:          {PermAuditRead, PermMemberRead}, // of the audit log, and of an account
		ActionOrgManage:           {PermOrgUpdate},
		ActionAPIKeyCreate:        {PermServiceAccountManage},
		ActionWebhookManage:       {PermWebhookManage},
	}[a]
}

// Known reports whether the action is in the catalogue.
func (a Action) Known() bool { return slices.Contains(Actions(), a) }
