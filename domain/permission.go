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

// Permissions lists the catalogue.
func Permissions() []Permission {
	return []Permission{
		PermOrgUpdate, PermOrgSettingsRead, PermOrgSettingsUpdate,
		PermMemberRead, PermMemberCreate, PermMemberUpdate, PermMemberRemove, PermMemberSuspend, PermMemberMFAReset, PermMemberPasswordReset,
		PermRoleRead, PermRoleManage, PermRoleAssign, PermAuditRead, PermFileRead, PermFileWrite, PermPlatformManage,
	}
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
