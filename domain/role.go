package domain

import (
	"slices"
	"time"
)

// Role is a named set of permissions in one org.
type Role struct {
	ID          RoleID
	Name        string
	Description string
	System      bool         // defined by the service, the same in every org
	Granted     []Permission // of a custom role; see Permissions for system roles
	CreatedAt   time.Time
	Version     int64
}

// The system roles.
const (
	RoleOwner   = "owner"   // has every permission; the last one of an org is protected
	RoleAdmin   = "admin"   // has every permission except those of the platform, and is no owner
	RoleAuditor = "auditor" // reads everything, including the audit log
	RoleMember  = "member"  // has no permission; its holders can only use their own account
)

// SystemRoles lists the system roles, the most powerful one first.
func SystemRoles() []string { return []string{RoleOwner, RoleAdmin, RoleAuditor, RoleMember} }

// Permissions returns what the role grants in org. Permissions of the platform exist only in the operators' org.
func (r Role) Permissions(org Org) []Permission {
	granted := r.Granted
	if r.System {
		granted = systemRolePermissions(r.Name)
	}
	return slices.DeleteFunc(slices.Clone(granted), func(p Permission) bool { return p.Platform() && !org.Platform })
}

func systemRolePermissions(name string) []Permission {
	switch name {
	case RoleOwner:
		return Permissions()
	case RoleAdmin:
		return slices.DeleteFunc(Permissions(), Permission.Platform)
	case RoleAuditor:
		return []Permission{PermOrgSettingsRead, PermMemberRead, PermRoleRead, PermAuditRead, PermFileRead, PermServiceAccountRead}
	}
	return nil
}

// Admin reports whether the role is an admin role, which requires a second factor: owner, admin, and every
// custom role with a sensitive permission.
func (r Role) Admin() bool {
	if r.System {
		return r.Name == RoleOwner || r.Name == RoleAdmin
	}
	return slices.ContainsFunc(r.Granted, Permission.Sensitive)
}

// PermissionsOf returns the permissions that roles grant in org, in catalogue order.
func PermissionsOf(roles []Role, org Org) []Permission {
	held := map[Permission]bool{}
	for _, role := range roles {
		for _, p := range role.Permissions(org) {
			held[p] = true
		}
	}
	return slices.DeleteFunc(Permissions(), func(p Permission) bool { return !held[p] })
}

// IsOwner reports whether one of the roles is the system role owner.
func IsOwner(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return r.System && r.Name == RoleOwner })
}

// BeyondMember reports whether any of the roles is not the system role member. Giving such a
// role to an account requires what assigning roles requires.
func BeyondMember(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return !r.System || r.Name != RoleMember })
}

// AnyAdmin reports whether one of the roles is an admin role.
func AnyAdmin(roles []Role) bool { return slices.ContainsFunc(roles, Role.Admin) }
