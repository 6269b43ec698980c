package domain

import (
	"slices"
	"strings"
)

// Permission is the right to do one thing in one's org.
type Permission string

// The permission catalogue.
const (
	PermOrgUpdate           Permission = "org.update"
	PermOrgSettingsRead     Permission = "org_settings.read"
	PermOrgSettingsUpdate   Permission = "org_settings.update"
	PermMemberRead          Permission = "member.read"
	PermMemberCreate        Permission = "member.create"
	PermMemberUpdate        Permission = "member.update"
	PermMemberRemove        Permission = "member.remove"
	PermMemberSuspend       Permission = "member.suspend"
	PermMemberMFAReset      Permission = "member.mfa_reset"
	PermMemberPasswordReset Permission = "member.password_reset"
	PermRoleRead            Permission = "role.read"
	PermRoleManage          Permission = "role.manage"
	PermRoleAssign          Permission = "role.assign"
	PermAuditRead           Permission = "audit.read"
	PermFileRead            Permission = "file.read"
	PermFileWrite           Permission = "file.write"
	PermPlatformManage      Permission = "platform.manage"
)

// catalogue has every permission with what it lets its holder do.
var catalogue = []struct {
	permission Permission
	meaning    string
}{
	{PermOrgUpdate, "Rename the org and change its logo."},
	{PermOrgSettingsRead, "See every setting of the org."},
	{PermOrgSettingsUpdate, "Change what the org demands of its members."},
	{PermMemberRead, "See the accounts of the org."},
	{PermMemberCreate, "Make, invite and import accounts."},
	{PermMemberUpdate, "Change names of accounts; with member.password_reset also addresses."},
	{PermMemberRemove, "Remove accounts for good."},
	{PermMemberSuspend, "Suspend and activate accounts, and end their sessions."},
	{PermMemberMFAReset, "Take away a lost second factor."},
	{PermMemberPasswordReset, "Give accounts temporary passwords."},
	{PermRoleRead, "See roles and permissions."},
	{PermRoleManage, "Make, change and remove roles of the org's own."},
	{PermRoleAssign, "Say who holds which role."},
	{PermAuditRead, "Read and export what happened in the org."},
	{PermFileRead, "Read files of the org."},
	{PermFileWrite, "Store and remove files of the org."},
	{PermPlatformManage, "Manage every org of the deployment, and act in it."},
}

// Permissions lists the catalogue.
func Permissions() []Permission {
	all := make([]Permission, len(catalogue))
	for i, entry := range catalogue {
		all[i] = entry.permission
	}
	return all
}

// Meaning tells people what the permission lets its holder do; nothing for one that is not
// in the catalogue.
func (p Permission) Meaning() string {
	for _, entry := range catalogue {
		if entry.permission == p {
			return entry.meaning
		}
	}
	return ""
}

// Known tells whether the permission is in the catalogue.
func (p Permission) Known() bool { return slices.Contains(Permissions(), p) }

// Platform tells whether the permission reaches beyond one org.
func (p Permission) Platform() bool { return strings.HasPrefix(string(p), "platform.") }

// Sensitive tells whether holding the permission makes a role an admin role.
func (p Permission) Sensitive() bool {
	return p == PermOrgSettingsUpdate || p == PermAuditRead || p == PermOrgUpdate || p.Platform() ||
		strings.HasPrefix(string(p), "member.") || strings.HasPrefix(string(p), "role.")
}
