package domain

import (
	"slices"
	"strings"
)

// Permission is the right to do one kind of operation in an org.
type Permission string

// The permission catalogue.
const (
	PermOrgUpdate            Permission = "org.update"
	PermOrgSettingsRead      Permission = "org_settings.read"
	PermOrgSettingsUpdate    Permission = "org_settings.update"
	PermMemberRead           Permission = "member.read"
	PermMemberCreate         Permission = "member.create"
	PermMemberUpdate         Permission = "member.update"
	PermMemberRemove         Permission = "member.remove"
	PermMemberSuspend        Permission = "member.suspend"
	PermMemberMFAReset       Permission = "member.mfa_reset"
	PermMemberPasswordReset  Permission = "member.password_reset"
	PermRoleRead             Permission = "role.read"
	PermRoleManage           Permission = "role.manage"
	PermRoleAssign           Permission = "role.assign"
	PermAuditRead            Permission = "audit.read"
	PermFileRead             Permission = "file.read"
	PermFileWrite            Permission = "file.write"
	PermServiceAccountRead   Permission = "service_account.read"
	PermServiceAccountManage Permission = "service_account.manage"
	PermTokenIntrospect      Permission = "token.introspect"
	PermWebhookManage        Permission = "webhook.manage"
	PermPlatformManage       Permission = "platform.manage"
)

// catalogue has every permission with its meaning.
var catalogue = []struct {
	permission Permission
	meaning    string
}{
	{PermOrgUpdate, "Rename the org and change its logo."},
	{PermOrgSettingsRead, "See every setting of the org."},
	{PermOrgSettingsUpdate, "Change the settings of the org."},
	{PermMemberRead, "See the accounts of the org."},
	{PermMemberCreate, "Create, invite and import accounts."},
	{PermMemberUpdate, "Change the names of accounts; with member.password_reset also their addresses."},
	{PermMemberRemove, "Remove accounts permanently."},
	{PermMemberSuspend, "Suspend and activate accounts, and end their sessions."},
	{PermMemberMFAReset, "Remove the second factor of an account that has lost it."},
	{PermMemberPasswordReset, "Give accounts temporary passwords."},
	{PermRoleRead, "See roles and permissions."},
	{PermRoleManage, "Create, change and remove the org's own roles."},
	{PermRoleAssign, "Assign roles to accounts."},
	{PermAuditRead, "Read and export the audit log of the org."},
	{PermFileRead, "Read files of the org."},
	{PermFileWrite, "Store and remove files of the org."},
	{PermServiceAccountRead, "See the service accounts of the org."},
	{PermServiceAccountManage, "Create, change, suspend and remove service accounts and their API keys."},
	{PermTokenIntrospect, "Ask whether an access token or API key of the org is active, and whose it is."},
	{PermWebhookManage, "Manage the webhooks to which the audit events of the org are sent."},
	{PermPlatformManage, "Manage every org of the deployment, and act in it."},
}

// Permissions returns the catalogue.
func Permissions() []Permission {
	all := make([]Permission, len(catalogue))
	for i, entry := range catalogue {
		all[i] = entry.permission
	}
	return all
}

// Meaning describes what the permission allows; it is empty for one that is not in the catalogue.
func (p Permission) Meaning() string {
	for _, entry := range catalogue {
		if entry.permission == p {
			return entry.meaning
		}
	}
	return ""
}

// Known reports whether the permission is in the catalogue.
func (p Permission) Known() bool { return slices.Contains(Permissions(), p) }

// Platform reports whether the permission reaches beyond one org.
func (p Permission) Platform() bool { return strings.HasPrefix(string(p), "platform.") }

// Sensitive reports whether a role that grants the permission is an admin role.
func (p Permission) Sensitive() bool {
	return p == PermOrgSettingsUpdate || p == PermAuditRead || p == PermOrgUpdate || p == PermServiceAccountManage ||
		p == PermWebhookManage || p.Platform() ||
		strings.HasPrefix(string(p), "member.") || strings.HasPrefix(string(p), "role.")
}
